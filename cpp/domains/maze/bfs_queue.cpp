// Breadth-first search with a queue, for mazes that cannot be packed. What a branch could not
// predict (is this neighbour a wall, or seen?) is arithmetic: the queue is written anyway, and
// grows if it is new.
#include "domains/maze/bfs_queue.hpp"

#include <algorithm>

namespace mlsearch {
namespace {

constexpr std::size_t kPopsAtOnce = 1 << 13;
constexpr std::uint64_t kOneStep = std::uint64_t{1} << 32;

// Divides numbers below 2^25 by a fixed one below 2^13, exactly.
class Divider {
 public:
  explicit Divider(std::int32_t divisor)
      : factor_((std::uint64_t{1} << 45) / static_cast<std::uint64_t>(divisor) + 1) {}
  std::uint32_t divide(std::uint32_t number) const {
    return static_cast<std::uint32_t>(number * factor_ >> 45);
  }

 private:
  std::uint64_t factor_;
};

}  // namespace

void QueueSolver::load(MazeView maze) {
  free_.assign(static_cast<std::size_t>(stride() * (shape_.height + 2)), 0);
  for (std::int32_t row = 0; row < shape_.height; ++row) {
    const std::uint8_t* walls = maze.walls + row * shape_.width;
    std::transform(walls, walls + shape_.width, free_.begin() + (row + 1) * stride(),
                   [](std::uint8_t wall) { return static_cast<std::uint8_t>(wall == 0); });
  }
  if (!queue_) {
    const auto capacity = static_cast<std::size_t>(shape_.cells()) + 1;
    queue_ = std::make_unique_for_overwrite<std::uint64_t[]>(capacity);
  }
}

void QueueSolver::field(Cell goal, Distance* out, StopToken& stop) {
  std::fill(out, out + shape_.cells(), unreachable);
  unseen_ = free_;
  const auto first = static_cast<std::uint32_t>(stride() + goal + goal / shape_.width);
  std::uint64_t* const queue = queue_.get();
  std::uint8_t* const unseen = unseen_.data();
  const Divider by_stride(stride());
  const auto row_step = static_cast<std::uint64_t>(stride());
  queue[0] = first;
  std::size_t head = 0;
  std::size_t tail = unseen[first];
  unseen[first] = 0;
  for (;;) {
    const std::size_t pause = head + kPopsAtOnce;
    for (; head < tail && head < pause; ++head) {
      const std::uint64_t entry = queue[head];
      const auto index = static_cast<std::uint32_t>(entry);
      const std::uint32_t row = by_stride.divide(index) - 1;
      out[index - static_cast<std::uint32_t>(row_step) - row] = static_cast<Distance>(entry >> 32);
      const auto offer = [&](std::uint64_t neighbour) {
        std::uint8_t& is_new = unseen[static_cast<std::uint32_t>(neighbour)];
        queue[tail] = neighbour;
        tail += is_new;
        is_new = 0;
      };
      offer(entry + kOneStep - row_step);
      offer(entry + kOneStep + row_step);
      offer(entry + kOneStep - 1);
      offer(entry + kOneStep + 1);
    }
    if (head < pause) break;
    stop.check();
    if (tail - head <= head) {  // moves the waiting entries to the front, where the cache is warm
      std::copy(queue + head, queue + tail, queue);
      tail -= head;
      head = 0;
    }
  }
}

}  // namespace mlsearch
