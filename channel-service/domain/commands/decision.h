// The one decision table of a create: mode, link and HQ's answer come in, what to do comes out.
// Pure.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_DECISION_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_DECISION_H_

#include "absl/status/status.h"

namespace comptoir::channel {

// From the channel's functionality profile (S1), unless customer data is filtered (S9).
enum class CreateMode { kFiltered, kSynchronous, kAsynchronous };

enum class LinkBelief { kOnline, kOffline };

enum class HqOutcome {
  kNotAsked,
  kOk,
  kRefusal,  // a status with Comptoir's reason that is marked as one: it would be the same when
             // asked again
  kAnythingElse,  // unreachable, no answer in time, overloaded, unauthenticated, unimplemented,
                  // internal
};

HqOutcome OutcomeOf(const absl::Status& status);

enum class CreateAction {
  kAskHq,
  kStoreAnswer,     // stored with its account number; reply SYNCED
  kReturnAnswer,    // only its outcome is remembered; reply SYNCED
  kReturnRefusal,   // nothing stored
  kOutcomeUnknown,  // nothing stored; to be repeated with the same UUID
  kRefuseFiltered,  // nothing stored, CUSTOMER_DATA_FILTERED
  kCreatePending,   // PENDING and outbox, same UUID
};

// The first row that fits applies.
//
//   | profile                     | link    | HQ's answer   | result                       |
//   | any, customer data filtered | offline | not asked     | CUSTOMER_DATA_FILTERED       |
//   | any, customer data filtered | online  | not asked yet | ask HQ                       |
//   | any, customer data filtered | online  | OK, a refusal | returned; outcome remembered |
//   | any, customer data filtered | online  | anything else | OUTCOME_UNKNOWN              |
//   | synchronous                 | online  | not asked yet | ask HQ                       |
//   | synchronous                 | online  | OK            | stored with account number   |
//   | synchronous                 | online  | a refusal     | returned; nothing stored     |
//   | synchronous                 | online  | anything else | PENDING + outbox, same UUID  |
//   | synchronous                 | offline | not asked     | PENDING + outbox at once     |
//   | asynchronous                | any     | not asked     | PENDING + outbox at once     |
//
// A refusal isn't remembered (C10). What F3 forbids is refused in an asynchronous channel before
// this table is asked, and left out where a synchronous one comes to "PENDING" (rules.h); it
// doesn't bind a filtered one.
CreateAction Decide(CreateMode mode, LinkBelief link, HqOutcome outcome);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_DECISION_H_
