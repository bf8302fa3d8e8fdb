// What downstream systems follow.

#include "hq-service/domain/feeds/customer_events.h"

#include <map>
#include <string>
#include <vector>

#include "hq-service/jobs/event_stream.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::CustomerEvent;

// A consumer that stores the token with the effect.
struct EventFollower {
  std::shared_ptr<Written<CustomerEvent>> written = std::make_shared<Written<CustomerEvent>>();
  std::unique_ptr<StreamSource> source;
  std::string token;
  std::vector<CustomerEvent> events;
  int progress = 0;

  // Reads what was written, so that more comes; at most so many messages.
  void Read(size_t messages_max = 1'000'000) {
    size_t taken = 0;
    while (!written->messages.empty() && taken < messages_max) {
      const CustomerEvent event = written->messages.front();
      written->messages.erase(written->messages.begin());
      ++taken;
      token = event.token();
      if (event.kind() == CustomerEvent::KIND_PROGRESS) {
        ++progress;
      } else {
        events.push_back(event);
      }
      source->OnWritten();
    }
  }
};

class CustomerEventsTest : public HqTest {
 protected:
  void SetUp() override {
    SetUpChain();
    v1::UpdateConfigurationRequest request;
    request.mutable_configuration()->mutable_feature()->set_name("features/F1");
    request.mutable_configuration()->mutable_feature()->set_enabled(true);
    request.mutable_update_mask()->add_paths("enabled");
    ASSERT_THAT(Administer<v1::Configuration>(request), IsOk());
  }

  void Open(EventFollower& follower, const v1::CustomerEventFilter& filter = {}) {
    v1::StreamCustomerEventsRequest request;
    request.set_token(follower.token);
    *request.mutable_filter() = filter;
    follower.written = std::make_shared<Written<CustomerEvent>>();
    follower.source = hq().StreamCustomerEvents(
        request, {}, std::make_unique<WrittenBy<CustomerEvent>>(follower.written));
    RunAll();
  }
  void Follow(EventFollower& follower) {
    while (!follower.written->messages.empty()) {
      follower.Read();
      RunAll();
    }
  }
  // All that there is after the follower's token, over a stream of its own.
  std::vector<CustomerEvent> News(EventFollower& follower,
                                  const v1::CustomerEventFilter& filter = {}) {
    Open(follower, filter);
    follower.events.clear();
    Follow(follower);
    follower.source.reset();
    return follower.events;
  }
  absl::Status OpenAt(const std::string& token) {
    EventFollower follower;
    follower.token = token;
    Open(follower);
    return follower.written->finished.value_or(absl::OkStatus());
  }

  Customer Edited(const CustomerId& id, const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_notes(notes);
    request.mutable_update_mask()->add_paths("notes");
    auto customer = Update(request);
    EXPECT_THAT(customer, IsOk());
    return *customer;
  }
  void Consent(const CustomerId& id, customer::v1::ConsentState state) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->mutable_email()->set_address("ada@example.com");
    request.mutable_customer()->mutable_email()->mutable_consent()->set_state(state);
    request.mutable_update_mask()->add_paths("email");
    ASSERT_THAT(Update(request), IsOk());
  }
  CustomerId Created(const std::string& name) {
    const CustomerId id = NewId();
    EXPECT_THAT(HqTest::Create(ACustomer().WithId(id).Named(name)), IsOk());
    return id;
  }

  static std::vector<std::string> Texts(const std::vector<CustomerEvent>& events) {
    std::vector<std::string> texts;
    for (const CustomerEvent& event : events) {
      texts.push_back(event.customer().given_name() +
                      (event.kind() == CustomerEvent::KIND_CREATED ? " created" : " changed"));
    }
    return texts;
  }
};

// In order, with the account number, and then as it happens.
TEST_F(CustomerEventsTest, FollowsWhatIsCommitted) {
  PROVES("M9");
  const CustomerId ada = Created("Ada");
  Created("Grace");
  EventFollower follower;
  Open(follower);
  Follow(follower);
  EXPECT_THAT(Texts(follower.events), ElementsAre("Ada created", "Grace created"));
  EXPECT_EQ(follower.events[0].customer().account_number(), "C-00000001");
  EXPECT_EQ(follower.progress, 1);
  Edited(ada, "tall");
  Follow(follower);
  ASSERT_THAT(follower.events, SizeIs(3));
  EXPECT_EQ(follower.events[2].kind(), CustomerEvent::KIND_CHANGED);
  EXPECT_EQ(follower.events[2].customer().notes(), "tall");
}

// Whoever reads late gets each customer's creation once, whatever has become of the record, and
// whatever lies between.
TEST_F(CustomerEventsTest, CreatedComesOnceToLateReaders) {
  PROVES("M9");
  const CustomerId ada = Created("Ada");
  const CustomerId grace = Created("Grace");
  Edited(ada, "a");
  EventFollower follower;
  EXPECT_THAT(Texts(News(follower)), ElementsAre("Ada created", "Grace created", "Ada changed"));
  Edited(grace, "b");
  Edited(grace, "c");
  Created("Edith");
  EXPECT_THAT(Texts(News(follower)), ElementsAre("Grace changed", "Edith created"));
  EXPECT_THAT(News(follower), IsEmpty());
}

// From any token of any event, the rest comes, and no creation twice.
TEST_F(CustomerEventsTest, ResumesAfterEveryEvent) {
  PROVES("M9");
  const CustomerId ada = Created("Ada");
  Created("Grace");
  ASSERT_THAT(AddAddress(ada, AnAddress()), IsOk());
  Edited(ada, "x");
  EventFollower all;
  const auto events = News(all);
  ASSERT_THAT(Texts(events),
              ElementsAre("Ada created", "Grace created", "Ada changed", "Ada changed"));
  EXPECT_THAT(events[2].addresses(), SizeIs(1));
  for (size_t read = 0; read < events.size(); ++read) {
    EventFollower follower;
    follower.token = events[read].token();
    Restart();
    const auto rest = News(follower);
    ASSERT_EQ(rest.size(), events.size() - read - 1);
    for (size_t i = 0; i < rest.size(); ++i) {
      EXPECT_EQ(rest[i].kind(), events[read + 1 + i].kind());
      EXPECT_EQ(rest[i].sequence(), events[read + 1 + i].sequence());
    }
  }
}

// Every change of consent comes, those of overtaken edits too; a reader of consent alone gets
// nothing else, and its token moves.
TEST_F(CustomerEventsTest, ConsentIsNeverLeftOut) {
  PROVES("M9", "C6");
  const CustomerId ada = Created("Ada");
  Consent(ada, customer::v1::CONSENT_STATE_OPTED_IN);
  Consent(ada, customer::v1::CONSENT_STATE_OPTED_OUT);
  Edited(ada, "x");
  v1::CustomerEventFilter filter;
  filter.set_consent_changed(true);
  EventFollower follower;
  const auto events = News(follower, filter);
  ASSERT_THAT(events, SizeIs(2));
  ASSERT_THAT(events[0].consent_changes(), SizeIs(1));
  EXPECT_EQ(events[0].consent_changes(0).after().state(), customer::v1::CONSENT_STATE_OPTED_IN);
  ASSERT_THAT(events[1].consent_changes(), SizeIs(1));
  EXPECT_EQ(events[1].consent_changes(0).after().state(), customer::v1::CONSENT_STATE_OPTED_OUT);
  EXPECT_THAT(News(follower), IsEmpty());
}

// A pending customer is none downstream until it has its number; one given up never is.
TEST_F(CustomerEventsTest, PendingIsNobody) {
  PROVES("M9");
  SetNumbersBlocked(true);
  const CustomerId ada = NewId();
  UploadOnce(1001, {CreateOperation(1, ACustomer().WithId(ada).Named("Ada")),
                    CreateOperation(2, ACustomer().WithId(NewId()).Email("nobody"))});
  EventFollower follower;
  EXPECT_THAT(News(follower), IsEmpty());
  SetNumbersBlocked(false);
  Advance(absl::Minutes(5));
  v1::DiscardOperationRequest discard;
  discard.set_name("operations/houston-1/1001/2");
  discard.set_reason("entered twice");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(discard), IsOk());
  EXPECT_THAT(Texts(News(follower)), ElementsAre("Ada created"));
}

// 1010 is stopped: the stores wait, downstream systems don't.
TEST_F(CustomerEventsTest, KnowsNoJobs) {
  PROVES("M9");
  const CustomerId ada = Created("Ada");
  v1::CancelJobRequest cancel;
  cancel.set_name("batchJobs/1010");
  ASSERT_THAT(Administer<v1::JobInfo>(cancel), IsOk());
  EventFollower follower;
  EXPECT_THAT(Texts(News(follower)), ElementsAre("Ada created"));
  // Its published entry stays with its content, and is no event.
  Edited(ada, "x");
  EXPECT_THAT(Texts(News(follower)), ElementsAre("Ada changed"));
}

// Who doesn't read isn't sent more than one batch; then it gets all.
TEST_F(CustomerEventsTest, SlowConsumersAreNotWrittenTo) {
  PROVES("M9");
  constexpr size_t kCustomers = 350;
  for (size_t i = 0; i < kCustomers; ++i) Created("Ada");
  EventFollower follower;
  Open(follower);
  Advance(absl::Minutes(1));
  EXPECT_LE(follower.written->messages.size(), EventLimits().events_max);
  follower.Read(10);
  Advance(absl::Minutes(1));
  EXPECT_LE(follower.written->messages.size(), EventLimits().events_max);
  Follow(follower);
  EXPECT_THAT(follower.events, SizeIs(kCustomers));
}

// Nothing that it wants happens, and its token moves all the same.
TEST_F(CustomerEventsTest, ProgressMovesTheToken) {
  PROVES("M9");
  const CustomerId ada = Created("Ada");
  v1::CustomerEventFilter filter;
  filter.set_created(true);
  EventFollower follower;
  Open(follower, filter);
  Follow(follower);
  const std::string token = follower.token;
  Edited(ada, "x");
  Advance(absl::Seconds(2));
  Follow(follower);
  EXPECT_NE(follower.token, token);
  EXPECT_EQ(follower.progress, 2);
  Advance(absl::Minutes(1));
  Follow(follower);
  EXPECT_EQ(follower.progress, 2);
}

// Tokens of nobody, and of an HQ that this one isn't any more.
TEST_F(CustomerEventsTest, RefusesTokensItNeverGave) {
  PROVES("M9");
  const auto before = database().Copy();
  for (int i = 0; i < 3; ++i) Created("Ada");
  EventFollower follower;
  News(follower);
  EXPECT_THAT(OpenAt("x"), HasViolation("token", "ID_INVALID"));
  EXPECT_THAT(OpenAt("00"), HasViolation("token", "ID_INVALID"));
  EXPECT_THAT(OpenAt(follower.token + "00"), HasViolation("token", "ID_INVALID"));
  EXPECT_THAT(OpenAt(follower.token), IsOk());
  database().Restore(before);
  Restart();
  EXPECT_THAT(OpenAt(follower.token), HasReason("DIVERGED"));
}

TEST_F(CustomerEventsTest, StreamsAreBounded) {
  PROVES("M9", "K1");
  std::vector<EventFollower> followers(kEventStreamsMax + 1);
  for (EventFollower& follower : followers) Open(follower);
  EXPECT_FALSE(followers.front().written->finished.has_value());
  EXPECT_THAT(followers.back().written->finished.value_or(absl::OkStatus()),
              HasReason("OVERLOADED"));
  followers.front().source.reset();
  EXPECT_THAT(OpenAt(""), IsOk());
  hq().Stop();
  EXPECT_THAT(followers[1].written->finished.value_or(absl::OkStatus()),
              HasReason("SHUTTING_DOWN"));
}

}  // namespace
}  // namespace comptoir::hq
