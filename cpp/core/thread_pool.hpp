// Threads that wait for work, so that no call has to start its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace mlsearch {

// Work that helpers may take part in. Whoever offers it does all of it that no helper has begun,
// so a helper that comes late costs nothing.
class SharedWork {
 public:
  SharedWork() = default;
  SharedWork(const SharedWork&) = delete;
  SharedWork& operator=(const SharedWork&) = delete;
  virtual ~SharedWork() = default;

  virtual void help() noexcept = 0;

 private:
  friend class ThreadPool;
  std::atomic<int> num_helpers_{0};  // that are in help()
};

class ThreadPool {
 public:
  // The one of this process; it is never destroyed, and a forked child makes its own.
  static ThreadPool& shared();

  // Asks for `number` helpers. Starts threads if there are too few, as far as the system lets it.
  void offer(SharedWork& work, int number);

  // From now on no helper begins with the work.
  void withdraw(SharedWork& work);

  // Waits until no helper is at withdrawn work, for `longest` at most; returns whether none is.
  bool wait_for_helpers(const SharedWork& work, std::chrono::milliseconds longest);

 private:
  void start_threads(int number);
  void run();
  SharedWork& next();
  void leave(SharedWork& work);

  std::mutex mutex_;  // guards the members below
  std::condition_variable offered_;
  std::condition_variable left_;
  std::deque<SharedWork*> offers_;  // one entry for each helper asked for
  int num_threads_ = 0;
  int num_asleep_ = 0;
  std::atomic<bool> has_offers_{false};  // for those who look without the lock
};

}  // namespace mlsearch
