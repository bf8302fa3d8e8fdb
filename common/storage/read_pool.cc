#include "common/storage/read_pool.h"

#include <utility>

#include "common/base/check.h"

namespace comptoir {

ReadPool::ReadPool(const ReadPoolOptions& options) : queue_reads_max_(options.queue_reads_max) {
  COMPTOIR_CHECK(options.threads > 0);
  MutexLock lock(join_mutex_);
  for (size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Work(); });
}

ReadPool::~ReadPool() { Stop(); }

bool ReadPool::Run(std::function<void()> read) {
  COMPTOIR_CHECK(read != nullptr);
  MutexLock lock(mutex_);
  if (stopping_ || queue_.size() >= queue_reads_max_) return false;
  queue_.push_back(std::move(read));
  changed_.NotifyOne();
  return true;
}

void ReadPool::Stop() {
  MutexLock join_lock(join_mutex_);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t ReadPool::queued() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void ReadPool::Work() {
  while (std::function<void()> read = Take()) read();
}

std::function<void()> ReadPool::Take() {
  MutexLock lock(mutex_);
  while (queue_.empty()) {
    if (stopping_) return nullptr;
    changed_.Wait(mutex_);
  }
  std::function<void()> read = std::move(queue_.front());
  queue_.pop_front();
  return read;
}

}  // namespace comptoir
