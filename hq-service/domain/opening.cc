#include "hq-service/domain/opening.h"

#include <string>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/record_io.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "common/storage/schema.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds.h"

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
  transaction.Put(Table::kRecords, ChainRecordKey(), SerializeDeterministically(record));
  MoveRecordEntry(transaction, ConfigurationFeed(), ChainRecordKey(), /*old_version=*/0, sequence);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<replication::v1::Epoch> OpenDatabase(Database& database, Random& random) {
  COMPTOIR_RETURN_IF_ERROR(OpenSchema(database, "hq-service"));
  const auto transaction = database.NewTransaction();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(*transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto epoch,
                            BeginEpoch(*transaction, random, Sequence(last.value() + 1)));
  COMPTOIR_RETURN_IF_ERROR(MakeChainKey(*transaction, random));
  COMPTOIR_RETURN_IF_ERROR(database.Commit(*transaction));
  return epoch;
}

}  // namespace comptoir::hq
