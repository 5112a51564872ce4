#include "core/parallel.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "core/thread_pool.hpp"

namespace mlsearch {
namespace {

constexpr auto kAskInterval = std::chrono::milliseconds(20);

// The state that all threads of one parallel_for share.
class Loop : public SharedWork {
 public:
  Loop(std::int64_t count, std::int64_t grain, const RangeBody& body)
      : count_(count), grain_(grain), body_(body) {}

  void help() noexcept override { work(nullptr); }

  // Takes ranges until none is left or one has failed.
  void work(const Execution* asks) {
    StopToken stop(stopped, asks);
    while (!failed_.load(std::memory_order_relaxed)) {
      const std::int64_t begin = next_.fetch_add(grain_, std::memory_order_relaxed);
      if (begin >= count_) break;
      try {
        stop.check();
        body_(begin, std::min(begin + grain_, count_), stop);
      } catch (...) {
        record_failure(begin);
      }
    }
  }

  // Waits for the helpers, asking the caller meanwhile whether to stop.
  void wait(ThreadPool& pool, const Execution& execution) {
    while (!pool.wait_for_helpers(*this, kAskInterval)) {
      if (!stopped.load() && execution.is_interrupted()) stopped.store(true);
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
    if (stopped.load()) throw Interrupted();
  }

  std::atomic<bool> stopped{false};

 private:
  void record_failure(std::int64_t begin) {
    const std::lock_guard lock(mutex_);
    failed_.store(true);
    if (!failure_ || begin < failed_range_) {
      failure_ = std::current_exception();
      failed_range_ = begin;
    }
  }

  const std::int64_t count_;
  const std::int64_t grain_;
  const RangeBody& body_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards the members below
  std::exception_ptr failure_;
  std::int64_t failed_range_ = 0;
};

}  // namespace

void StopToken::check() {
  if (asks_ != nullptr) {
    const auto now = std::chrono::steady_clock::now();
    if (now - asks_->last_asked > kAskInterval) {
      asks_->last_asked = now;
      if (asks_->is_interrupted()) stopped_.store(true);
    }
  }
  if (stopped_.load(std::memory_order_relaxed)) throw Interrupted();
}

int resolved_threads(int num_threads) {
  static const int all = [] {
    const char* const wanted = std::getenv("OMP_NUM_THREADS");
    const int number = wanted != nullptr ? std::atoi(wanted) : 0;
    return number > 0 ? number : static_cast<int>(std::thread::hardware_concurrency());
  }();
  return std::max(1, num_threads > 0 ? num_threads : all);
}

void parallel_for(std::int64_t count, std::int64_t grain, const Execution& execution,
                  const RangeBody& body) {
  const std::int64_t ranges = (count + grain - 1) / grain;
  const auto threads =
      static_cast<int>(std::min<std::int64_t>(resolved_threads(execution.num_threads), ranges));
  Loop loop(count, grain, body);
  if (threads > 1) {
    ThreadPool& pool = ThreadPool::shared();
    pool.offer(loop, threads - 1);
    loop.work(&execution);
    pool.withdraw(loop);
    loop.wait(pool, execution);
  } else {
    loop.work(&execution);
  }
  loop.rethrow();
}

}  // namespace mlsearch
