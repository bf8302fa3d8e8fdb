// HQ closes the channel that this service serves. (M5)

#include "comptoir/storage/v1/records.pb.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class RetiredChannelTest : public ChannelTest {
 protected:
  void Retire(bool retired) {
    storage::v1::ChannelRecord channel;
    channel.mutable_channel()->set_name("channels/052");
    channel.mutable_channel()->set_operating_unit("operatingUnits/london");
    channel.mutable_channel()->set_profile("profiles/stores");
    channel.mutable_channel()->set_currency("GBP");
    channel.mutable_channel()->set_language("en-GB");
    channel.mutable_channel()->set_retired(retired);
    channel.set_version(hq_sequence_ + 1);
    replication::v1::Change change;
    change.mutable_membership()->set_job(replication::v1::JOB_1070_CHANNELS);
    change.set_sequence(channel.version());
    change.mutable_record()->set_kind(replication::v1::RECORD_KIND_CHANNEL);
    change.mutable_record()->set_key("052");
    change.mutable_record()->set_record(channel.SerializeAsString());
    change.mutable_record()->set_version(channel.version());
    Deliver({change});
  }
};

// Nobody serves it: neither creates nor reads, with or without HQ, after a restart too. The service
// itself is ready.
TEST_F(RetiredChannelTest, IsServedByNobody) {
  PROVES("M5", "K2");
  asynchronous_ = true;
  OpenReady();
  const Customer pending = CreatePending(ACustomer());
  Retire(true);
  EXPECT_THAT(*Create(ACustomer()), HasReason("CHANNEL_NOT_SERVED"));
  EXPECT_THAT(*Get(pending.name()), HasReason("CHANNEL_NOT_SERVED"));
  EXPECT_TRUE(Status().configured());
  Crash();
  Open();
  EXPECT_THAT(*Create(ACustomer()), HasReason("CHANNEL_NOT_SERVED"));
  Connect();
  Retire(false);
  const auto created = Create(ACustomer());
  ASSERT_THAT(*created, IsOk());
  EXPECT_THAT(created.value(), IsPending());
  EXPECT_THAT(*Get(pending.name()), IsOk());
}

// What it had captured is uploaded and settled all the same.
TEST_F(RetiredChannelTest, ItsOutboxStillComesHome) {
  PROVES("M5", "P7");
  OpenOffline();
  CreatePending(ACustomer());
  Retire(true);
  ASSERT_THAT(Operations(), SizeIs(1));
  const auto operation = Operations().front();
  AcknowledgeUpload(1);
  Deliver({ChangeOf(AppliedResult(operation, AtHq(operation, "C-1")))});
  EXPECT_THAT(Operations(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::channel
