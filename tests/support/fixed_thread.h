// A thread at the same address in each process. Libraries seed random numbers with the id of their
// thread, which is its address: RocksDB draws from them how high a row stands in its memory, and
// so how many steps it is to the next one.

#ifndef COMPTOIR_TESTS_SUPPORT_FIXED_THREAD_H_
#define COMPTOIR_TESTS_SUPPORT_FIXED_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <functional>

namespace comptoir {

// Where its stack is: far from where kernel and valgrind put anything by themselves.
inline constexpr uintptr_t kFixedThreadBegin = uintptr_t{3} << 40;
inline constexpr size_t kFixedThreadBytes = size_t{8} << 20;

// Runs `work` on it, and returns when that is done. One at a time.
void RunOnFixedThread(std::function<void()> work);

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_FIXED_THREAD_H_
