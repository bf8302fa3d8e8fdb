#include "common/storage/read_pool.h"

#include <utility>

#include "common/base/check.h"

namespace comptoir {
namespace {

// gRPC has two threads that bring calls, or one for two processors if that is more: one of them is
// left to other calls, unless these would wait for a processor anyway.
size_t ReadsHereMax(size_t option) {
  if (option != 0) return option;
  return std::thread::hardware_concurrency() <= 2 ? 2 : 1;
}

}  // namespace

ReadPool::ReadPool(const ReadPoolOptions& options)
    : queue_reads_max_(options.queue_reads_max),
      reads_here_max_(ReadsHereMax(options.reads_here_max)) {
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

bool ReadPool::RunHere(absl::FunctionRef<void()> read) {
  const bool may = reads_here_.fetch_add(1) < reads_here_max_;
  if (may) read();
  reads_here_.fetch_sub(1);
  return may;
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
