// SPDX-License-Identifier: Apache-2.0
// Mutex: std::mutex that clang's thread-safety analysis understands, so that "guarded by" is
// checked by the compiler (preset fuzz builds with it) and not only said in a comment.
//
//   Mutex mutex_;
//   std::vector<Handler> posted_ SF_GUARDED_BY(mutex_);
//   ...
//   const MutexLock lock(mutex_);

#pragma once

#include <mutex>

#if defined(__clang__)
#define SF_THREAD_ANNOTATION(...) __attribute__((__VA_ARGS__))
#else
#define SF_THREAD_ANNOTATION(...)
#endif
#define SF_GUARDED_BY(mutex) SF_THREAD_ANNOTATION(guarded_by(mutex))
#define SF_REQUIRES(mutex) SF_THREAD_ANNOTATION(requires_capability(mutex))

namespace superfluid::os {

class SF_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() SF_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() SF_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SF_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SF_THREAD_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() SF_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

}  // namespace superfluid::os
