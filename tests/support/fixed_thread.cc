#include "tests/support/fixed_thread.h"

#include <pthread.h>
#include <sys/mman.h>

#include "common/base/check.h"

namespace comptoir {
namespace {

void* Run(void* work) {
  (*static_cast<std::function<void()>*>(work))();
  return nullptr;
}

}  // namespace

void RunOnFixedThread(std::function<void()> work) {
  void* const stack =
      mmap(reinterpret_cast<void*>(kFixedThreadBegin), kFixedThreadBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, /*fd=*/-1,
           /*offset=*/0);
  COMPTOIR_CHECK(stack == reinterpret_cast<void*>(kFixedThreadBegin)) << "its place is taken";
  pthread_attr_t attributes;
  COMPTOIR_CHECK(pthread_attr_init(&attributes) == 0);
  COMPTOIR_CHECK(pthread_attr_setstack(&attributes, stack, kFixedThreadBytes) == 0);
  pthread_t thread;
  COMPTOIR_CHECK(pthread_create(&thread, &attributes, &Run, &work) == 0);
  COMPTOIR_CHECK(pthread_join(thread, nullptr) == 0);
  COMPTOIR_CHECK(pthread_attr_destroy(&attributes) == 0);
  COMPTOIR_CHECK(munmap(stack, kFixedThreadBytes) == 0);
}

}  // namespace comptoir
