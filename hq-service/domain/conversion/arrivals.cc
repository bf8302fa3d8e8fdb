#include "hq-service/domain/conversion/arrivals.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/counters.h"
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

absl::StatusOr<ArrivalConverter> ArrivalConverter::Open(Transaction& transaction,
                                                        absl::Span<const Arrival> arrivals) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool converts, Converts(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto staged, StagedCustomers::Read(transaction));
  Ids known;
  if (converts) {
    COMPTOIR_ASSIGN_OR_RETURN(known, ReadKnown(transaction, arrivals));
  }
  return ArrivalConverter(transaction, arrivals.size(), converts, std::move(staged),
                          std::move(known));
}

absl::StatusOr<ArrivalConverter::Ids> ArrivalConverter::ReadKnown(
    const Reader& reader, absl::Span<const Arrival> arrivals) {
  std::vector<std::pair<CustomerId, std::string_view>> creates;
  for (const Arrival& arrival : arrivals) {
    if (!arrival.prepared.has_value()) continue;
    creates.emplace_back(arrival.prepared->id, arrival.operation->request_digest());
  }
  // Rows are read faster in the order of their keys.
  std::sort(creates.begin(), creates.end());
  std::vector<std::string> keys;
  keys.reserve(creates.size());
  for (const auto& [id, digest] : creates) keys.push_back(CustomerRecordKey(id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto records, reader.MultiGet(Table::kRecords, keys));
  COMPTOIR_ASSIGN_OR_RETURN(const auto remembered, AreRemembered(reader, creates));
  Ids known;
  for (size_t i = 0; i < creates.size(); ++i) {
    if (records[i].has_value() || remembered[i]) known.insert(creates[i].first);
  }
  return known;
}

absl::StatusOr<bool> ArrivalConverter::Convert(const TakenOperation& taken,
                                               std::optional<PreparedCustomer>& prepared,
                                               absl::Time now) {
  const Operation& operation = taken.operation;
  if (!converts_ || !prepared.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const bool staged, IsStaged(operation.customer_id()));
  if (staged) return false;
  if (known_.contains(prepared->id)) return false;
  const auto number = numbers_.Next(prepared->record.customer().customer_group());
  if (IsNumberProblem(number.status())) return false;
  COMPTOIR_RETURN_IF_ERROR(number.status());

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction_));
  NewCustomer made{.prepared = std::move(*prepared),
                   .request_digest = operation.request_digest(),
                   .create_time = operation.capture_time(),
                   .account_number = *number};
  COMPTOIR_RETURN_IF_ERROR(PutNewCustomer(transaction_, made, sequence, now));
  const CustomerId id = made.prepared.id;
  known_.insert(id);
  ++converted_;
  COMPTOIR_RETURN_IF_ERROR(TellOutcome(transaction_, taken, {.customer = id}, sequence, now));
  PutWarnings(transaction_, taken, id, made.prepared.warnings, sequence, now);
  return true;
}

absl::Status ArrivalConverter::Finish() {
  if (converted_ == 0) return absl::OkStatus();
  numbers_.Take(transaction_);
  return AddToCounters(transaction_, {.customers = converted_});
}

void ArrivalConverter::Staged(const Operation& operation) {
  staged_.Add(operation.customer_id());
  staged_.Add(operation.request_id());
}

}  // namespace comptoir::hq
