#include "core/thread_pool.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace mlsearch {
namespace {

// Helpers look for more work for a while before they sleep: to wake one takes as long.
constexpr auto kLookingTime = std::chrono::microseconds(100);
constexpr int kLooksAtOnce = 32;

// More threads than cores are of no use, but a few are had on any machine, if they are asked for.
int most_threads() {
  constexpr int kAnywhere = 8;
  return std::max(kAnywhere, static_cast<int>(std::thread::hardware_concurrency()));
}

void pause() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Looks now and then whether a condition holds; gives up after kLookingTime.
template <class Condition>
bool looks_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kLookingTime;
  do {
    for (int i = 0; i < kLooksAtOnce; ++i) {
      if (condition()) return true;
      pause();
    }
    std::this_thread::yield();  // to a thread that has to share this core, if there is one
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

std::atomic<ThreadPool*> the_pool{nullptr};

ThreadPool* make_pool() {
#if defined(__unix__) || defined(__APPLE__)
  pthread_atfork(nullptr, nullptr, [] { the_pool.store(new ThreadPool); });
#endif
  return new ThreadPool;
}

}  // namespace

ThreadPool& ThreadPool::shared() {
  static const bool is_made = [] {
    the_pool.store(make_pool());
    return true;
  }();
  static_cast<void>(is_made);
  return *the_pool.load(std::memory_order_acquire);
}

void ThreadPool::offer(SharedWork& work, int number) {
  const std::lock_guard lock(mutex_);
  start_threads(number);
  offers_.insert(offers_.end(), static_cast<std::size_t>(std::min(number, num_threads_)), &work);
  has_offers_.store(true, std::memory_order_release);
  for (int i = 0; i < std::min(number, num_asleep_); ++i) offered_.notify_one();
}

void ThreadPool::start_threads(int number) {
  number = std::min(number, most_threads());
  try {
    for (; num_threads_ < number; ++num_threads_) std::thread([this] { run(); }).detach();
  } catch (const std::system_error&) {  // the system gives no more threads: fewer do it too
  }
}

void ThreadPool::withdraw(SharedWork& work) {
  const std::lock_guard lock(mutex_);
  std::erase(offers_, &work);
  has_offers_.store(!offers_.empty(), std::memory_order_release);
}

bool ThreadPool::wait_for_helpers(const SharedWork& work, std::chrono::milliseconds longest) {
  const auto is_alone = [&] { return work.num_helpers_.load(std::memory_order_acquire) == 0; };
  if (looks_until(is_alone)) return true;
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, longest, is_alone);
}

void ThreadPool::run() {
  while (true) {
    SharedWork& work = next();
    work.help();
    leave(work);
  }
}

SharedWork& ThreadPool::next() {
  looks_until([this] { return has_offers_.load(std::memory_order_acquire); });
  std::unique_lock lock(mutex_);
  ++num_asleep_;
  offered_.wait(lock, [this] { return !offers_.empty(); });
  --num_asleep_;
  SharedWork& work = *offers_.front();
  offers_.pop_front();
  has_offers_.store(!offers_.empty(), std::memory_order_release);
  work.num_helpers_.fetch_add(1, std::memory_order_relaxed);
  return work;
}

void ThreadPool::leave(SharedWork& work) {
  // The work may be gone as soon as its number of helpers is zero.
  if (work.num_helpers_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::lock_guard lock(mutex_);
  left_.notify_all();
}

}  // namespace mlsearch
