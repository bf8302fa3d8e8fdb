// What HQ sends to a channel service that keeps no customer data. (S9)

#include <string>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using ::testing::SizeIs;

class HqDataFilterTest : public SubscriptionTest {
 protected:
  void SetFilter(bool filtered) {
    v1::ApplyConfigurationsRequest request;
    request.set_keep_others(true);
    auto& group = *request.mutable_chain()->add_configurations()->mutable_channel_database_group();
    group.set_name("channelDatabaseGroups/stores");
    group.set_filter_shared_customer_data(filtered);
    ASSERT_THAT(Administer<v1::ApplyConfigurationsResponse>(request), IsOk());
    v1::UpdateChannelRequest channel;
    channel.mutable_channel()->set_name("channels/houston");
    channel.mutable_channel()->set_channel_database_group(group.name());
    channel.mutable_update_mask()->add_paths("channel_database_group");
    ASSERT_THAT(Administer<v1::Channel>(channel), IsOk());
  }
  static bool HoldsCustomers(const Replica& replica) {
    for (const auto& [key, record] : replica.records) {
      if (key.front() == replication::v1::RECORD_KIND_CUSTOMER ||
          key.front() == replication::v1::RECORD_KIND_ADDRESS) {
        return true;
      }
    }
    return false;
  }
};

// By HQ's own configuration, at the next hello.
TEST_F(HqDataFilterTest, NoCustomersComeToAFilteredService) {
  PROVES("S9");
  ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  SetFilter(false);
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_TRUE(HoldsCustomers(replica)) << "this test could not fail";
  stream.Break();

  SetFilter(true);
  Replica filtered;
  stream = Resume(filtered, kLineage);
  Follow(stream, filtered);
  EXPECT_FALSE(HoldsCustomers(filtered));
  const auto list = Administer<v1::ListChannelServicesResponse>(v1::ListChannelServicesRequest());
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->channel_services(), SizeIs(1));
  EXPECT_TRUE(list->channel_services(0).customer_data_filtered());
}

// Results carry only UUIDs, state and reason: neither HQ's records nor, for a service that lost
// them, the operation.
TEST_F(HqDataFilterTest, ResultsCarryOnlyIdsStateAndReason) {
  PROVES("S9");
  SetFilter(true);
  SetNumbersBlocked(true);
  const auto waits = CreateOperation(1, ACustomer().WithId(NewId()).Named("Xanthippe"));
  UploadOnce(kLineage, {waits});
  Replica wiped;
  SubscribeStream stream = Resume(wiped, kOtherLineage);
  Follow(stream, wiped);
  ASSERT_THAT(wiped.results, SizeIs(1));
  EXPECT_EQ(wiped.results[0].state(), replication::v1::OPERATION_STATE_WAITING);
  EXPECT_EQ(wiped.results[0].reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_FALSE(wiped.results[0].has_operation());

  SetNumbersBlocked(false);
  Advance(absl::Minutes(1));
  Follow(stream, wiped);
  const auto& applied = wiped.results.back();
  EXPECT_EQ(applied.state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_EQ(applied.customer_id(), waits.customer_id());
  EXPECT_EQ(applied.request_id(), waits.request_id());
  EXPECT_THAT(applied.records(), SizeIs(0));
  EXPECT_FALSE(HoldsCustomers(wiped));
  EXPECT_THAT(Get(CustomerId::FromBytes(waits.customer_id())), IsOk());
}

}  // namespace
}  // namespace comptoir::hq
