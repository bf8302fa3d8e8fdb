// HQ's database is restored from a backup; its stores read, say hello and offer what they have.

#ifndef COMPTOIR_TESTS_UNIT_HQ_RECOVERY_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_RECOVERY_TEST_H_

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {

inline constexpr char kOtherStore[] = "dallas-1";
inline constexpr uint64_t kMargin = 10;

class RecoveryTest : public SubscriptionTest {
 protected:
  RecoveryTest() : SubscriptionTest({.number_margin_after_restore = kMargin}) {}

  // A store that reads all there is.
  void Read(Replica& replica, const std::string& service = kStore) {
    replica.batches = 0;
    SubscribeStream stream = OpenSubscription(HelloOf(replica, service));
    epoch_ = stream.written->messages.at(0).hello().epoch();
    Follow(stream, replica);
    stream.Break();
  }

  // From then on HQ knows the channel service.
  void SayHello(const std::string& service) {
    Replica nothing;
    Read(nothing, service);
  }

  v1::SubscribeHello HelloOf(const Replica& replica, const std::string& service) {
    v1::SubscribeHello hello = SubscribeHello(kLineage, service);
    for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
    if (epoch_.counter() != 0) *hello.add_hq_epochs() = epoch_;
    for (const auto& [key, value] : replica.records) {
      if (key.front() != replication::v1::RECORD_KIND_CUSTOMER) continue;
      storage::v1::CustomerRecord record;
      EXPECT_TRUE(record.ParseFromString(value));
      *hello.add_highest_numbers() = record.customer().account_number();
    }
    return hello;
  }

  void Restore(const MemoryDatabase::Content& backup) {
    database().Restore(backup);
    Restart();
  }

  // All that the store has of later than `known`, customers first.
  static v1::SubscribeRequest OffersOf(const Replica& replica, uint64_t known) {
    v1::SubscribeRequest request;
    v1::RecordOffers& offers = *request.mutable_offers();
    offers.set_number(1);
    offers.set_last(true);
    for (const auto& [key, value] : replica.records) {
      v1::RecordOffer offer;
      offer.mutable_record()->set_kind(static_cast<replication::v1::RecordKind>(key.front()));
      offer.mutable_record()->set_key(key.substr(1));
      offer.mutable_record()->set_record(value);
      storage::v1::CustomerRecord customer;
      storage::v1::AddressRecord address;
      if (key.front() == replication::v1::RECORD_KIND_CUSTOMER) {
        EXPECT_TRUE(customer.ParseFromString(value));
        offer.mutable_record()->set_version(customer.version());
      } else if (key.front() == replication::v1::RECORD_KIND_ADDRESS) {
        EXPECT_TRUE(address.ParseFromString(value));
        offer.mutable_record()->set_version(address.version());
        const auto owner = replica.records.find(
            CustomerRecordKey(Uuid::FromBytes(std::string_view(key).substr(1, 16))));
        EXPECT_TRUE(customer.ParseFromString(owner->second));
        offer.set_customer_digest(customer.request_digest());
      } else {
        continue;
      }
      if (offer.record().version() > known) *offers.add_offers() = offer;
    }
    return request;
  }

  // The store says hello and offers what HQ asks for; returns how many records that were.
  int Offer(const Replica& replica, const std::string& service = kStore) {
    SubscribeStream stream = OpenSubscription(HelloOf(replica, service));
    const auto& hello = stream.written->messages.at(0).hello();
    EXPECT_TRUE(hello.has_offers_wanted());
    const v1::SubscribeRequest offers = OffersOf(replica, hello.offers_wanted().known_sequence());
    stream.reader->OnMessage(offers);
    RunAll();
    const auto acknowledged = [](const auto& message) {
      return message.has_offers_acknowledgement();
    };
    EXPECT_THAT(stream.finished(), IsOk());
    EXPECT_TRUE(std::any_of(stream.written->messages.begin(), stream.written->messages.end(),
                            acknowledged));
    stream.Break();
    return offers.offers().offers_size();
  }

  v1::Recovery RecoveryNow() { return *Administer<v1::Recovery>(v1::GetRecoveryRequest()); }
  std::vector<std::string> Findings() {
    const auto check = Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    EXPECT_THAT(check, IsOk());
    std::vector<std::string> reasons;
    for (const auto& finding : check->findings()) reasons.push_back(finding.reason());
    return reasons;
  }
  std::vector<v1::RestoreConflict> Conflicts() {
    const auto response =
        Administer<v1::ListRestoreConflictsResponse>(v1::ListRestoreConflictsRequest());
    return {response->conflicts().begin(), response->conflicts().end()};
  }

  customer::v1::Customer Edit(const CustomerId& id, const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_notes(notes);
    request.mutable_update_mask()->add_paths("notes");
    return *Update(request);
  }

  // HQ's epoch in which the stores have read.
  replication::v1::Epoch epoch_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_RECOVERY_TEST_H_
