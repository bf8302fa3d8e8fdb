#include "hq-service/domain/conversion/arrivals.h"

#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/customers/new_customer.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;

// Whether conversion runs by itself. What a run converts counts in it: that is for conversion.h.
absl::StatusOr<bool> Converts(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto job, ReadProgress(reader, kConversionJob));
  if (job.stopped() || job.canceling() || job.executing_run() != 0) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const bool numbers_wait, NumbersWait(reader));
  return !numbers_wait;
}

}  // namespace

absl::StatusOr<std::vector<Arrival>> PrepareArrivals(const Reader& reader,
                                                     absl::Span<const Operation* const> operations,
                                                     absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool converts, Converts(reader));
  CapturingChannels channels(reader);
  std::vector<Arrival> arrivals;
  arrivals.reserve(operations.size());
  for (const Operation* operation : operations) {
    Arrival& arrival = arrivals.emplace_back();
    arrival.operation = operation;
    if (!converts || !operation->has_create_customer()) continue;
    // What is wrong with it conversion finds again, and says.
    auto prepared = PrepareStagedCreate(reader, channels, *operation, now);
    if (prepared.ok()) arrival.prepared = *std::move(prepared);
  }
  return arrivals;
}

absl::StatusOr<ArrivalConverter> ArrivalConverter::Open(Transaction& transaction, size_t arrivals) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool converts, Converts(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto staged, StagedCustomers::Read(transaction));
  return ArrivalConverter(transaction, arrivals, converts, std::move(staged));
}

// The customer is there, or it was moved or discarded by a person.
absl::StatusOr<bool> ArrivalConverter::IsKnown(const Operation& operation,
                                               const CustomerId& id) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored,
                            transaction_.Get(Table::kRecords, CustomerRecordKey(id)));
  if (stored.has_value()) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto remembered,
                            FindRemembered(transaction_, id, id, operation.request_digest()));
  return remembered.has_value();
}

absl::StatusOr<bool> ArrivalConverter::Convert(const TakenOperation& taken,
                                               std::optional<PreparedCustomer>& prepared,
                                               absl::Time now) {
  const Operation& operation = taken.operation;
  if (!converts_ || !prepared.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const bool staged, IsStaged(operation.customer_id()));
  if (staged) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const bool known, IsKnown(operation, prepared->id));
  if (known) return false;
  const auto number = numbers_.Next(prepared->record.customer().customer_group());
  if (IsNumberProblem(number.status())) return false;
  COMPTOIR_RETURN_IF_ERROR(number.status());

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction_));
  const CustomerId id = prepared->id;
  const Warnings warnings = std::move(prepared->warnings);
  COMPTOIR_RETURN_IF_ERROR(StoreNewCustomer(transaction_,
                                            {.prepared = *std::move(prepared),
                                             .request_digest = operation.request_digest(),
                                             .create_time = operation.capture_time(),
                                             .account_number = *number,
                                             .nobody_waits = true},
                                            sequence, now)
                               .status());
  COMPTOIR_RETURN_IF_ERROR(TellOutcome(transaction_, taken, {.customer = id}, sequence, now));
  PutWarnings(transaction_, taken, id, warnings, sequence, now);
  return true;
}

void ArrivalConverter::Staged(const Operation& operation) {
  staged_.Add(operation.customer_id());
  staged_.Add(operation.request_id());
}

}  // namespace comptoir::hq
