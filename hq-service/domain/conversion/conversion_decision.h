// What is to become of a staged operation. (P5, P7, P8, F9)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_DECISION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_DECISION_H_

#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// What the operation captured, checked and derived.
using PreparedOperation = std::variant<PreparedCustomer, PreparedAddress, PreparedEdit>;

// Needs no transaction. The error is a refusal if the operation itself is wrong. `channels` are
// those of `reader`.
absl::StatusOr<PreparedOperation> PrepareOperation(const Reader& reader,
                                                   CapturingChannels& channels,
                                                   const replication::v1::Operation& operation,
                                                   absl::Time now);

enum class Verdict {
  kConvert,
  // HQ knows what became of it: it came over two paths, or again.
  kSettle,
  // It is an edit, by the create's own channel service, of a customer whose create HQ refused: it
  // becomes part of that create, which is tried again. (F5)
  kMerge,
  // HQ's answer is that the operation is wrong; another try may find a repaired configuration.
  kRefuse,
  // Another try cannot help: a person decides.
  kKeep,
  // It isn't the operation's fault and counts as no try.
  kWaitForNumber,
  // HQ doesn't have the customer that it is about, or not yet as one with an account number.
  kWaitForCustomer,
  // An earlier operation on the same address or fields isn't settled.
  kWaitBehind,
  kWait,
};

struct Decision {
  Verdict verdict;
  // Of those that don't convert or settle.
  absl::Status reason;
  // Of a create that converts.
  std::optional<NextNumber> number;
  // Of kSettle; of anything but a create that converts: the customer that it is applied to.
  Outcome outcome;
  // Of an edit that converts: what it makes of the records.
  std::optional<MergedEdit> edit;
  // Of kMerge: the create as it shall be captured.
  std::optional<replication::v1::CreateCustomer> create;
};

// Fails only if the database does.
absl::StatusOr<Decision> DecideOperation(const Reader& reader, const StagedRow& row,
                                         const absl::StatusOr<PreparedOperation>& prepared,
                                         absl::Time now);

// A status that says why there is no account number now.
bool IsNumberProblem(const absl::Status& status);

// True if the UUID of a staged create is that of another create's customer, stored or staged
// before.
absl::StatusOr<bool> IsIdTaken(const Reader& reader, const StagedRow& row);

// The staged create of a customer, if there is one in the customer's order.
absl::StatusOr<std::optional<StagedRow>> FindStagedCreate(const Reader& reader,
                                                          const CustomerId& customer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_DECISION_H_
