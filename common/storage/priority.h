#ifndef COMPTOIR_COMMON_STORAGE_PRIORITY_H_
#define COMPTOIR_COMMON_STORAGE_PRIORITY_H_

#include <cstdint>

namespace comptoir {

// In which order commands are run, see committer.h.
enum class Priority : uint8_t {
  kInteractive,  // a person waits: before bulk, which is paced for a while (see bulk_pace.h)
  kAtOnce,       // the same, and the thread that hands it in may be kept as long as a commit takes
  kPrompt,       // before bulk, though nobody waits for it at a till: a store that says hello
  kBulk,         // uploads, conversion, replication
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_PRIORITY_H_
