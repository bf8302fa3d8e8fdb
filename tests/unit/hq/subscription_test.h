// A channel service's end of a subscription, as tests need it.

#ifndef COMPTOIR_TESTS_UNIT_HQ_SUBSCRIPTION_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_SUBSCRIPTION_TEST_H_

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {

// The far end of a subscription: applies what comes and acknowledges it, as a channel service
// would. What belongs to a customer goes with it.
struct Replica {
  // Records by kind and key; results in the order in which they came.
  std::map<std::string, std::string> records;
  std::vector<replication::v1::OperationResult> results;
  // By job and book.
  std::map<std::pair<int, std::string>, replication::v1::Cursor> cursors;
  uint64_t batches = 0;
  uint64_t largest_batch = 0;

  void Apply(const v1::ChangeBatch& batch) {
    EXPECT_EQ(batch.batch(), batches + 1);
    ++batches;
    largest_batch = std::max<uint64_t>(largest_batch, batch.changes_size());
    uint64_t last = 0;
    for (const replication::v1::Change& change : batch.changes()) {
      EXPECT_GE(change.sequence(), last);
      last = change.sequence();
      if (change.has_result()) {
        results.push_back(change.result());
        continue;
      }
      const auto& record = change.record();
      const std::string key =
          KeyWriter().Byte(static_cast<uint8_t>(record.kind())).Rest(record.key()).key();
      if (record.removed()) {
        records.erase(key);
        if (record.kind() == replication::v1::RECORD_KIND_CUSTOMER) RemoveChildren(record.key());
      } else {
        records[key] = record.record();
      }
    }
    for (const auto& cursor : batch.cursors()) {
      auto& held = cursors[{cursor.membership().job(), cursor.membership().book()}];
      EXPECT_GE(cursor.position().sequence(), held.position().sequence());
      held = cursor;
    }
  }

  void RemoveChildren(const std::string& customer) {
    std::erase_if(records, [&](const auto& record) {
      const bool address = record.first.front() == replication::v1::RECORD_KIND_ADDRESS;
      return (address || record.first.front() == replication::v1::RECORD_KIND_LOYALTY_CARD) &&
             OwnerOf(record.first, record.second) == CustomerId::FromBytes(customer);
    });
  }

  // The customer that a record is, or belongs to; nothing for others, and for a card that is
  // nobody's.
  static std::optional<CustomerId> OwnerOf(const std::string& key, const std::string& record) {
    switch (key.front()) {
      case replication::v1::RECORD_KIND_CUSTOMER:
      case replication::v1::RECORD_KIND_ADDRESS:
        return CustomerId::FromBytes(std::string_view(key).substr(1, Uuid::kBytes));
      case replication::v1::RECORD_KIND_LOYALTY_CARD: {
        storage::v1::LoyaltyCardRecord card;
        EXPECT_TRUE(card.ParseFromString(record));
        if (card.card().customer().empty()) return std::nullopt;
        return *ParseCustomerName(card.card().customer());
      }
      default:
        return std::nullopt;
    }
  }
};

class SubscriptionTest : public HqTest {
 protected:
  explicit SubscriptionTest(const HqOptions& options = {}) : HqTest(options) {}
  void SetUp() override { SetUpChain(); }

  // How a batch job stands, and the reasons of its warnings.
  v1::JobInfo Job(const std::string& id, const std::string& language = "en") {
    const CallContext call{.language = language, .caller = "anna"};
    const auto response = Administer<v1::ListJobsResponse>(v1::ListJobsRequest(), call);
    EXPECT_THAT(response, IsOk());
    for (const v1::JobInfo& info : response->jobs()) {
      if (info.job().name() == "batchJobs/" + id) return info;
    }
    ADD_FAILURE() << "no job " << id;
    return {};
  }
  std::vector<std::string> Warnings(const std::string& id) {
    std::vector<std::string> reasons;
    const v1::JobInfo info = Job(id);
    for (const auto& warning : info.warnings()) reasons.push_back(warning.reason());
    return reasons;
  }

  // Applies and acknowledges until nothing more comes.
  void Follow(SubscribeStream& stream, Replica& replica) {
    size_t read = 0;
    while (read < stream.written->messages.size()) {
      const auto message = stream.written->messages[read++];
      if (!message.has_batch()) continue;
      replica.Apply(message.batch());
      Acknowledge(stream, message.batch().batch());
    }
    stream.written->messages.clear();
  }

  SubscribeStream Resume(Replica& replica, uint64_t lineage,
                         const std::vector<v1::UnsettledOperation>& unsettled = {}) {
    v1::SubscribeHello hello = SubscribeHello(lineage);
    for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
    for (const auto& operation : unsettled) *hello.add_unsettled() = operation;
    replica.batches = 0;
    return OpenSubscription(hello);
  }

  // What a complete replica holds: all that is distributed, as HQ stores it.
  std::map<std::string, std::string> Distributed() {
    std::map<std::string, std::string> records;
    for (const auto& [key, value] : database().Copy()) {
      const char kind = key.second.front();
      const bool distributed =
          key.first == Table::kRecords &&
          kind != static_cast<char>(replication::v1::RECORD_KIND_NUMBER_SEQUENCE) &&
          kind != static_cast<char>(replication::v1::RECORD_KIND_AUDIT_ENTRY) &&
          kind != static_cast<char>(replication::v1::RECORD_KIND_BATCH_JOB);
      if (distributed) records[key.second] = value;
    }
    return records;
  }

  size_t ResultEntries() {
    size_t entries = 0;
    for (const auto& [key, value] : database().Copy()) {
      entries += key.first == Table::kFeeds && !value.empty();
    }
    return entries;
  }

  static v1::UnsettledOperation Unsettled(const replication::v1::Operation& operation) {
    v1::UnsettledOperation unsettled;
    unsettled.set_sequence(operation.sequence());
    unsettled.set_customer_id(operation.customer_id());
    unsettled.set_request_id(operation.request_id());
    unsettled.set_request_digest(operation.request_digest());
    unsettled.set_customer_digest(operation.customer_digest());
    return unsettled;
  }
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_SUBSCRIPTION_TEST_H_
