#include "hq-service/domain/opening.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "common/storage/schema.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/configuration/administration.h"
#include "hq-service/domain/configuration/configuration_kinds.h"
#include "hq-service/domain/configuration/configuration_rules.h"
#include "hq-service/domain/configuration/features.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {
namespace {

constexpr int kDigestKeyWords = 4;  // 32 bytes

absl::Status MakeChainKey(Transaction& transaction, Random& random) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto chain, transaction.Get(Table::kRecords, ChainRecordKey()));
  if (chain.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  KeyWriter key;
  for (int i = 0; i < kDigestKeyWords; ++i) key.Fixed64(random.Next());
  storage::v1::ChainRecord record;
  record.set_digest_key(key.key());
  record.set_version(sequence.value());
  PutRecord(transaction, Table::kRecords, ChainRecordKey(), record);
  return MoveRecordEntry(transaction, ConfigurationFeed(replication::v1::JOB_1070_CHANNELS),
                         ChainRecordKey(), /*old_version=*/0, sequence);
}

// Those that this version brings are off until somebody decides. (F0)
absl::Status AddFeatures(Transaction& transaction) {
  std::vector<v1::Feature> missing;
  for (const FeatureInfo& info : AllFeatures()) {
    const std::string key = ConfigurationKey<v1::Feature>(info.id);
    COMPTOIR_ASSIGN_OR_RETURN(const auto known, transaction.Get(Table::kRecords, key));
    if (known.has_value()) continue;
    v1::Feature& feature = missing.emplace_back();
    feature.set_name(absl::StrCat("features/", ToAbsl(info.id)));
    feature.set_display_name(std::string(info.description));
  }
  if (missing.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  for (const v1::Feature& feature : missing) {
    v1::Configuration any;
    *any.mutable_feature() = feature;
    COMPTOIR_RETURN_IF_ERROR(PutConfiguration(transaction, any, /*old_version=*/0, sequence));
  }
  return absl::OkStatus();
}

// Continuous until somebody decides otherwise. (P3)
absl::Status AddBatchJobs(Transaction& transaction) {
  std::optional<Sequence> sequence;
  for (const BatchJobInfo& info : AllBatchJobs()) {
    const std::string key = ConfigurationKey<v1::BatchJob>(info.id);
    COMPTOIR_ASSIGN_OR_RETURN(const auto known, transaction.Get(Table::kRecords, key));
    if (known.has_value()) continue;
    if (!sequence.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(sequence, NextSequence(transaction));
    }
    v1::Configuration any;
    any.mutable_batch_job()->set_name(BatchJobName(info));
    CompleteConfiguration(any);
    COMPTOIR_RETURN_IF_ERROR(PutConfiguration(transaction, any, /*old_version=*/0, *sequence));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<replication::v1::Epoch> OpenDatabase(Database& database, Random& random,
                                                    const RecoveryStart& recovery) {
  COMPTOIR_RETURN_IF_ERROR(OpenSchema(database, "hq-service"));
  const auto transaction = database.NewTransaction();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(*transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto epoch,
                            BeginEpoch(*transaction, random, Sequence(last.value() + 1)));
  COMPTOIR_RETURN_IF_ERROR(MakeChainKey(*transaction, random));
  COMPTOIR_RETURN_IF_ERROR(AddFeatures(*transaction));
  COMPTOIR_RETURN_IF_ERROR(AddBatchJobs(*transaction));
  COMPTOIR_RETURN_IF_ERROR(StartRecovery(*transaction, recovery));
  COMPTOIR_RETURN_IF_ERROR(database.Commit(*transaction));
  return epoch;
}

}  // namespace comptoir::hq
