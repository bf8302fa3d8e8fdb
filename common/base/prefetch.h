#ifndef COMPTOIR_COMMON_BASE_PREFETCH_H_
#define COMPTOIR_COMMON_BASE_PREFETCH_H_

namespace comptoir {

// Has what is at this address, wherever that is, fetched from memory into the cache meanwhile.
inline void Prefetch(const void* at) {
  __builtin_prefetch(at);
  // Without it gcc takes a function that does nothing else for one without effects, and drops calls
  // of it.
  asm volatile("");
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_PREFETCH_H_
