// Work shared among threads, which a caller can interrupt.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>

namespace mlsearch {

// Thrown out of a kernel after the caller asked to stop.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// How a kernel runs. num_threads 0 means what OMP_NUM_THREADS says, or else all cores.
// `is_interrupted` is asked now and then, only on the calling thread.
struct Execution {
  int num_threads = 0;
  std::function<bool()> is_interrupted = [] { return false; };
  // Kept here, as a kernel may be made of many loops that are too short to ask in.
  mutable std::chrono::steady_clock::time_point last_asked = std::chrono::steady_clock::now();
};

// Handed to loop bodies; a body that runs for more than some milliseconds calls check() often.
class StopToken {
 public:
  StopToken(std::atomic<bool>& stopped, const Execution* asks) : stopped_(stopped), asks_(asks) {}

  // Throws Interrupted once the caller wants to stop.
  void check();

 private:
  std::atomic<bool>& stopped_;
  const Execution* asks_;  // null on helper threads: they only read stopped_
};

// The number of threads that `num_threads` stands for on this machine.
int resolved_threads(int num_threads);

using RangeBody = std::function<void(std::int64_t begin, std::int64_t end, StopToken& stop)>;

// Calls body on consecutive ranges of at most `grain` items that cover 0 .. count - 1.
// If bodies throw, the exception of the earliest range is rethrown, whatever the thread count.
void parallel_for(std::int64_t count, std::int64_t grain, const Execution& execution,
                  const RangeBody& body);

}  // namespace mlsearch
