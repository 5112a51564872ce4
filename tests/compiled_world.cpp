// Searches mazes as a compiled world whose states are rows of bytes, without Python.
//
//   compiled_world SEARCH WEIGHT EXPANSIONS_PER_ROUND MAX_EXPANSIONS MAX_ACTIVE BEAM_WIDTH <
//   problems
//
// A negative weight or beam width is none. The input is height, width and number of problems, then
// each with its walls, start and goal. A line for each problem comes out: status, expansions,
// generated, cost and path.
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <vector>

#include "search/compiled.hpp"

namespace {

using namespace mlsearch;

// A state is (row, column), a byte each.
class Maze {
 public:
  Maze() = default;
  Maze(int height, int width, const char* walls) : height_(height), width_(width), walls_(walls) {}

  [[nodiscard]] std::size_t num_bytes() const { return 2; }
  [[nodiscard]] std::size_t num_moves() const { return 4; }

  void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
    constexpr std::array<std::array<int, 2>, 4> kMoves{{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}};
    for (const auto& [down, right] : kMoves) {
      const int row = state[0] + down;
      const int column = state[1] + right;
      const bool is_inside = row >= 0 && row < height_ && column >= 0 && column < width_;
      const bool is_free = is_inside && walls_[row * width_ + column] == '0';
      *rows++ = is_free ? static_cast<std::uint8_t>(row) : state[0];
      *rows++ = is_free ? static_cast<std::uint8_t>(column) : state[1];
    }
  }

 private:
  int height_ = 0;
  int width_ = 0;
  const char* walls_ = nullptr;
};

}  // namespace

int main(int, char** argv) {
  SearchOptions options;
  options.search = std::atoi(argv[1]) != 0;
  if (std::atof(argv[2]) >= 0) options.weight = static_cast<float>(std::atof(argv[2]));
  options.expansions_per_round = std::atoi(argv[3]);
  options.max_expansions = std::atoi(argv[4]);
  if (std::atoi(argv[6]) > 0) options.beam_width = std::atoi(argv[6]);
  const RoundLimits limits{std::atoi(argv[5]), std::int64_t{1} << 30};

  int height = 0;
  int width = 0;
  std::size_t num = 0;
  std::cin >> height >> width >> num;
  std::vector<std::string> walls(num);
  std::vector<Maze> mazes;
  StateBytes starts(2 * num);
  StateBytes goals(2 * num);
  for (std::size_t i = 0; i < num; ++i) {
    int start = 0;
    int goal = 0;
    std::cin >> walls[i] >> start >> goal;
    mazes.emplace_back(height, width, walls[i].data());
    starts[2 * i] = static_cast<std::uint8_t>(start / width);
    starts[2 * i + 1] = static_cast<std::uint8_t>(start % width);
    goals[2 * i] = static_cast<std::uint8_t>(goal / width);
    goals[2 * i + 1] = static_cast<std::uint8_t>(goal % width);
  }
  const Predictor manhattan = [&](std::span<const std::int32_t> problems, const StateBytes& states,
                                  std::span<float> predictions) {
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const std::size_t goal = 2 * static_cast<std::size_t>(problems[i]);
      predictions[i] = static_cast<float>(std::abs(states[2 * i] - goals[goal]) +
                                          std::abs(states[2 * i + 1] - goals[goal + 1]));
    }
  };
  std::vector<SearchStatus> status(num);
  std::vector<std::int32_t> expansions(num), generated(num), cost(num);
  std::vector<std::int64_t> path_begin(num);
  SearchResults results{status.data(), expansions.data(), generated.data(),
                        cost.data(),   path_begin.data(), {}};
  const StateProblems<Maze> problems{mazes, starts.data(), goals.data(),
                                     static_cast<std::int64_t>(num), nullptr};
  search_compiled(problems, manhattan, limits, options, results, Execution{2});
  for (std::size_t i = 0; i < num; ++i) {
    std::cout << static_cast<int>(status[i]) << ' ' << expansions[i] << ' ' << generated[i] << ' '
              << cost[i];
    for (int step = 0; step <= cost[i]; ++step) {
      const auto* state = &results.path_states[2 * static_cast<std::size_t>(path_begin[i] + step)];
      std::cout << ' ' << state[0] * width + state[1];
    }
    std::cout << '\n';
  }
}
