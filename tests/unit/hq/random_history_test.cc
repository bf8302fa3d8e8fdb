#include <set>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

// Whatever happens at HQ, in whichever order, a reader with tiny batches that comes and goes ends
// with exactly HQ's records; so does one that begins at zero.
class RandomHistoryTest : public SubscriptionTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  RandomHistoryTest()
      : SubscriptionTest({.subscribe_window_bytes_max = 3000, .change_batch_bytes_max = 700}) {}

  const CustomerId& AnyCustomer() { return customers_[chance_.Below(customers_.size())]; }

  void Step() {
    switch (chance_.Below(8)) {
      case 0:
      case 1: {
        customers_.push_back(NewId());
        auto customer = ACustomer().WithId(customers_.back());
        for (uint64_t i = chance_.Below(4); i > 0; --i) customer.At(AnAddress());
        ASSERT_THAT(Create(customer), IsOk());
        break;
      }
      case 2:
        customers_.push_back(NewId());
        UploadOnce(
            kLineage,
            {CreateOperation(++uploaded_, ACustomer().WithId(customers_.back()).At(AnAddress()))});
        break;
      case 3: {
        auto address = AnAddress();
        if (chance_.OneIn(2)) address.Primary();
        const auto added = AddAddress(AnyCustomer(), address);
        if (added.ok()) addresses_.push_back(added->name());
        break;
      }
      case 4: {
        if (addresses_.empty()) break;
        customer::v1::DeactivateAddressRequest request;
        request.set_name(addresses_[chance_.Below(addresses_.size())]);
        ASSERT_THAT(Call(&Hq::DeactivateAddress, request), IsOk());
        break;
      }
      case 5: {
        v1::UpdateChannelRequest request;
        request.mutable_channel()->set_name("channels/houston");
        request.mutable_channel()->set_display_name(std::to_string(chance_.Next()));
        request.mutable_update_mask()->add_paths("display_name");
        ASSERT_THAT(Administer<v1::Channel>(request), IsOk());
        break;
      }
      default: {
        customer::v1::UpdateCustomerRequest request;
        request.mutable_customer()->set_name(CustomerName(AnyCustomer()));
        request.mutable_customer()->set_notes(std::to_string(chance_.Next()));
        request.mutable_update_mask()->add_paths("notes");
        const auto updated = Update(request);
        ASSERT_TRUE(updated.ok() || ReasonOf(updated.status()) == Reason::kCustomerPending);
        break;
      }
    }
  }

  SeededRandom chance_{TestSeed(GetParam())};
  std::vector<CustomerId> customers_ = {NewId()};
  std::vector<std::string> addresses_;
  uint64_t uploaded_ = 0;
};

TEST_P(RandomHistoryTest, ReaderEndsWithHqsRecords) {
  PROVES("P1", "P7", "P13");
  ASSERT_THAT(Create(ACustomer().WithId(customers_[0])), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  for (int i = 0; i < 150; ++i) {
    ASSERT_NO_FATAL_FAILURE(Step());
    if (chance_.OneIn(4)) Follow(stream, replica);
    if (chance_.OneIn(20)) {
      stream.Break();
      if (chance_.OneIn(2)) Restart();
      stream = Resume(replica, kLineage);
    }
    if (chance_.OneIn(15)) SetNumbersBlocked(false);
  }
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(ResultEntries(), 0u);
  std::set<std::string> settled;
  for (const auto& result : replica.results) {
    if (result.state() == replication::v1::OPERATION_STATE_APPLIED) {
      settled.insert(result.request_id());
    }
  }
  EXPECT_EQ(settled.size(), uploaded_);

  Replica fresh;
  stream.Break();
  stream = Resume(fresh, kLineage);
  Follow(stream, fresh);
  EXPECT_EQ(fresh.records, Distributed());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, ::testing::Range<uint64_t>(1, 11));

}  // namespace
}  // namespace comptoir::hq
