// Compiled domains: static inside, with one virtual call for a whole batch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "domains/random_walk.hpp"
#include "domains/rows.hpp"
#include "domains/world.hpp"
#include "search/compiled.hpp"
#include "search/search.hpp"

namespace mlsearch {

// States as rows of bytes, one after the other, each of some world.
struct StateBatch {
  const std::uint8_t* states;
  const std::int32_t* worlds;
  std::int64_t num_states;
};

struct RandomWalkOptions {
  const std::int64_t* items;  // walk i draws from Stream(seed, items[i]), after 64 bits
  std::uint64_t seed;
  std::int64_t length;  // steps of each walk; fewer where no move is possible
  bool backtracks;      // whether a step may undo the one before it
  bool keeps_all;       // whether all states are kept, or only the last
};

// Problems with the world of each; starts and goals are rows of bytes.
struct ProblemBatch {
  StateBatch starts;
  const std::uint8_t* goals;
  const std::uint8_t* goal_mask;       // as of StateProblems
  const double* move_costs = nullptr;  // as of StateProblems
};

class CompiledDomain {
 public:
  virtual ~CompiledDomain() = default;
  [[nodiscard]] virtual std::int64_t num_worlds() const = 0;
  [[nodiscard]] virtual std::size_t num_bytes() const = 0;
  [[nodiscard]] virtual std::size_t num_moves() const = 0;

  // Writes num_moves() rows for each state.
  virtual void neighbours(const StateBatch& batch, std::uint8_t* rows,
                          const Execution& execution) const = 0;

  // Writes 1 + length rows for each walk, or one if only the last is kept, and its steps into
  // `lengths`. A walk that has ended stays where it is.
  virtual void walk(const StateBatch& origins, const RandomWalkOptions& options,
                    std::uint8_t* states, std::int32_t* lengths,
                    const Execution& execution) const = 0;

  // Solves every problem; see search_compiled.
  virtual void search(const ProblemBatch& batch, const Predictor& predict,
                      const RoundLimits& limits, const SearchOptions& options,
                      SearchResults& results, const Execution& execution) const = 0;
};

// The domain of a puzzle, which has `num_worlds()` and `world(i)`. A puzzle of one world may also
// have `neighbours(states, num, rows)` for many states at a time.
template <class Puzzle>
class Compiled final : public CompiledDomain {
 public:
  explicit Compiled(Puzzle puzzle) : puzzle_(std::move(puzzle)) {}

  [[nodiscard]] std::int64_t num_worlds() const override { return puzzle_.num_worlds(); }
  [[nodiscard]] std::size_t num_bytes() const override { return puzzle_.world(0).num_bytes(); }
  [[nodiscard]] std::size_t num_moves() const override { return puzzle_.world(0).num_moves(); }

  void neighbours(const StateBatch& batch, std::uint8_t* rows,
                  const Execution& execution) const override {
    const auto size = static_cast<std::int64_t>(num_bytes());
    const auto answer = size * static_cast<std::int64_t>(num_moves());
    const std::int64_t grain = std::max<std::int64_t>(1, kBytesPerRange / answer);
    parallel_for(batch.num_states, grain, execution,
                 [&](std::int64_t begin, std::int64_t end, StopToken&) {
                   const std::uint8_t* const first = batch.states + begin * size;
                   std::uint8_t* const out = rows + begin * answer;
                   if constexpr (requires { puzzle_.neighbours(first, end - begin, out); }) {
                     puzzle_.neighbours(first, end - begin, out);
                     return;
                   }
                   for (std::int64_t i = 0; i < end - begin; ++i) {
                     const auto world = puzzle_.world(batch.worlds[begin + i]);
                     world.neighbours(first + i * size, out + i * answer);
                   }
                 });
  }

  void walk(const StateBatch& origins, const RandomWalkOptions& options, std::uint8_t* states,
            std::int32_t* lengths, const Execution& execution) const override {
    parallel_for(origins.num_states, kWalksPerRange, execution,
                 [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                   const auto size = static_cast<std::int64_t>(num_bytes());
                   const std::int64_t kept = options.keeps_all ? 1 + options.length : 1;
                   for (std::int64_t i = begin; i < end; ++i) {
                     Walk walk(puzzle_.world(origins.worlds[i]), options.backtracks,
                               origins.states + i * size);
                     Stream stream(options.seed, static_cast<std::uint64_t>(options.items[i]));
                     stream.bits();  // those that the origin was drawn with
                     lengths[i] = run(walk, stream, options, states + i * kept * size, stop);
                   }
                 });
  }

  void search(const ProblemBatch& batch, const Predictor& predict, const RoundLimits& limits,
              const SearchOptions& options, SearchResults& results,
              const Execution& execution) const override {
    const auto num = static_cast<std::size_t>(batch.starts.num_states);
    std::vector<World> worlds;
    worlds.reserve(num);
    for (std::size_t i = 0; i < num; ++i) worlds.push_back(puzzle_.world(batch.starts.worlds[i]));
    const StateProblems<World> problems{worlds,          batch.starts.states,
                                        batch.goals,     batch.starts.num_states,
                                        batch.goal_mask, batch.move_costs};
    search_compiled(problems, predict, limits, options, results, execution);
  }

 private:
  using World = typename Puzzle::World;
  using Walk = typename WalkOf<World>::Type;
  static constexpr std::int64_t kBytesPerRange = 1 << 16;
  static constexpr std::int64_t kWalksPerRange = 16;
  static constexpr std::int64_t kStepsPerCheck = 64;

  // Makes one walk, and writes its states behind one another, or only the last.
  std::int32_t run(Walk& walk, Stream& stream, const RandomWalkOptions& options, std::uint8_t* out,
                   StopToken& stop) const {
    std::int32_t length = 0;
    bool goes_on = true;
    for (std::int64_t step = 0; step < options.length && (goes_on || options.keeps_all); ++step) {
      if (step % kStepsPerCheck == 0) stop.check();
      if (options.keeps_all) {
        copy_state(walk.state(), num_bytes(), out);
        out += num_bytes();
      }
      goes_on = goes_on && walk.step(stream);
      length += goes_on ? 1 : 0;
    }
    copy_state(walk.state(), num_bytes(), out);
    return length;
  }

  Puzzle puzzle_;
};

}  // namespace mlsearch
