// HQ tells a result once: what it may have told to a copy of this database it is asked about again.

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// HQ has the first operation, both streams are open.
class AskedResults : public ChannelTest {
 protected:
  AskedResults() {
    OpenOffline();
    CreatePending(ACustomer());
    AcknowledgeUpload(1);
  }

  void BreakUpload() { hq_.uploads.Break(absl::UnavailableError("connection reset")); }
  void BreakSubscription() { hq_.subscriptions.Break(absl::UnavailableError("connection reset")); }
  // HQ greets an upload that has opened anew, and holds this much.
  void GreetUpload(uint64_t held) {
    hq::v1::UploadResponse hello;
    *hello.mutable_hello() = HeldByHq(held);
    hq_.uploads.Send(hello);
    Run();
  }

  // What each hello of the open subscription asked about.
  std::vector<std::vector<uint64_t>> Asked() {
    std::vector<std::vector<uint64_t>> asked;
    for (const auto& request : hq_.subscriptions.written) {
      if (!request.has_hello()) continue;
      auto& sequences = asked.emplace_back();
      for (const auto& operation : request.hello().unsettled()) {
        sequences.push_back(operation.sequence());
      }
    }
    return asked;
  }
};

// The subscription brings the results of what is uploaded while it is open, however often the
// upload begins again.
TEST_F(AskedResults, NotOfWhatIsUploadedUnderTheSubscription) {
  PROVES("P13");
  EXPECT_THAT(Asked(), ElementsAre(IsEmpty()));
  CreatePending(ACustomer());
  BreakUpload();
  Advance(absl::Seconds(2));
  GreetUpload(2);
  EXPECT_THAT(Asked(), ElementsAre(IsEmpty()));
}

// An acknowledgement that is stored isn't stored again for each stream.
TEST_F(AskedResults, WhatIsKeptIsNotKeptAgain) {
  BreakUpload();
  Advance(absl::Seconds(2));
  const uint64_t commands = queue().commands_run();
  GreetUpload(1);
  EXPECT_EQ(queue().commands_run(), commands);
  BreakUpload();
  CreatePending(ACustomer());
  Advance(absl::Seconds(2));
  const uint64_t commands_before = queue().commands_run();
  GreetUpload(2);
  EXPECT_EQ(queue().commands_run(), commands_before + 1) << "the second is new";
}

// A copy of this database has uploaded the second operation.
TEST_F(AskedResults, OfWhatHqTurnsOutToHold) {
  PROVES("P13");
  BreakUpload();
  BreakSubscription();
  Run();
  CreatePending(ACustomer());
  Advance(absl::Seconds(2));
  GreetSubscription();
  EXPECT_THAT(Asked(), ElementsAre(ElementsAre(1))) << "it isn't known yet that HQ has the second";
  GreetUpload(2);
  EXPECT_THAT(Asked(), ElementsAre(ElementsAre(1), ElementsAre(2)));
  BreakUpload();
  Advance(absl::Seconds(2));
  GreetUpload(2);
  EXPECT_THAT(Asked(), SizeIs(2)) << "once";
}

// A result may be told to a copy until HQ greets the subscription.
TEST_F(AskedResults, OfWhatIsUploadedBeforeTheSubscriptionIsGreeted) {
  PROVES("P13");
  BreakSubscription();
  Run();
  CreatePending(ACustomer());
  Advance(absl::Seconds(2));
  CreatePending(ACustomer());
  GreetSubscription();
  EXPECT_THAT(Asked(), ElementsAre(ElementsAre(1)));
  CreatePending(ACustomer());
  AcknowledgeUpload(2);
  EXPECT_THAT(Asked(), SizeIs(1)) << "HQ may hold the third as well";
  AcknowledgeUpload(3);
  EXPECT_THAT(Asked(), ElementsAre(ElementsAre(1), ElementsAre(2, 3)));
  AcknowledgeUpload(4);
  EXPECT_THAT(Asked(), SizeIs(2)) << "the fourth was uploaded later";
}

// The acknowledgement is being stored while the upload breaks and begins again.
TEST_F(AskedResults, WhenTheAcknowledgementIsStoredBeforeHqSaysIt) {
  PROVES("P13");
  BreakSubscription();
  Run();
  CreatePending(ACustomer());
  Advance(absl::Seconds(2));
  GreetSubscription();
  hq::v1::UploadResponse acknowledged;
  acknowledged.mutable_acknowledgement()->set_sequence(2);
  hq_.uploads.Send(acknowledged);
  executor_.RunReady();
  CommitQueue::Answers answers = queue().RunGroup();
  ASSERT_THAT(answers, SizeIs(1));
  BreakUpload();
  Advance(absl::Seconds(2));
  for (auto& [done, status] : answers) done(status);
  Run();
  EXPECT_THAT(Asked(), SizeIs(1));
  GreetUpload(2);
  EXPECT_THAT(Asked(), ElementsAre(ElementsAre(1), ElementsAre(2)));
}

// More than a hello takes: what turns out to be held while pages are under way comes among them.
TEST_F(AskedResults, EachOnceWhilePagesAreUnderWay) {
  PROVES("P13");
  BreakUpload();
  BreakSubscription();
  Run();
  {
    const auto transaction = database_.NewTransaction();
    auto state = ReadOutboxState(*transaction);
    for (int i = 0; i < 25'000; ++i) {
      replication::v1::Operation operation;
      operation.set_customer_id(std::string(NewId().bytes()));
      operation.set_request_id(operation.customer_id());
      operation.mutable_create_customer();
      ASSERT_THAT(AppendOperation(*transaction, *state, std::move(operation)), IsOk());
    }
    ASSERT_THAT(AcknowledgeUpTo(*transaction, *state, state->lineage(), 15'000), IsOk());
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  }
  Advance(absl::Seconds(2));
  GreetUpload(25'001);
  GreetSubscription();
  std::vector<uint64_t> all;
  for (const std::vector<uint64_t>& page : Asked()) {
    EXPECT_LE(page.size(), 10'000);
    all.insert(all.end(), page.begin(), page.end());
  }
  ASSERT_THAT(all, SizeIs(25'001));
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], i + 1);
}

}  // namespace
}  // namespace comptoir::channel
