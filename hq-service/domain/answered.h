// What a command or a read at HQ yields: the value and the position at which it holds.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_ANSWERED_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_ANSWERED_H_

#include "common/storage/epochs.h"

namespace comptoir::hq {

// An answer older than what a reader has already applied isn't stored by it: the sequence says.
template <typename T>
struct Answered {
  T value;
  Sequence sequence;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_ANSWERED_H_
