#include "common/storage/request_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/storage/memory_database.h"
#include "common/storage/request_digests.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using storage::v1::RequestOutcome;

class RequestLogTest : public testing::Test {
 protected:
  RequestOutcome Outcome(std::string digest, uint64_t version = 1) {
    RequestOutcome outcome;
    outcome.set_request_digest(std::move(digest));
    outcome.set_customer_id(NewUuid(random_).bytes().data(), 16);
    outcome.set_version(version);
    const absl::Time now = clock_.Now();
    outcome.mutable_commit_time()->set_seconds(absl::ToUnixSeconds(now));
    outcome.mutable_commit_time()->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(now - absl::FromUnixSeconds(absl::ToUnixSeconds(now)))));
    return outcome;
  }

  void Remember(const Uuid& id, const RequestOutcome& outcome) {
    const auto transaction = database_.NewTransaction();
    RememberRequest(*transaction, id, outcome);
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  }

  size_t Forget(size_t rows_max = 100) {
    const auto transaction = database_.NewTransaction();
    const auto count = ForgetOldRequests(*transaction, clock_.Now(), rows_max);
    EXPECT_THAT(count, IsOk());
    EXPECT_THAT(database_.Commit(*transaction), IsOk());
    return count.value_or(0);
  }

  bool Remembers(const Uuid& id) {
    const auto outcome = FindRequest(database_.latest(), id, "digest");
    EXPECT_THAT(outcome, IsOk());
    return outcome.ok() && outcome->has_value();
  }

  TestRandom random_;
  FakeClock clock_;
  MemoryDatabase database_;
};

// A repeated request finds its outcome, also in the transaction that remembers it. (C10)
TEST_F(RequestLogTest, ARepeatedRequestFindsItsOutcome) {
  const Uuid id = NewUuid(random_);
  const RequestOutcome outcome = Outcome("digest", 42);
  const auto transaction = database_.NewTransaction();
  RememberRequest(*transaction, id, outcome);
  const auto expect_found = [&](const Reader& reader) {
    const auto found = FindRequest(reader, id, "digest");
    ASSERT_THAT(found, IsOk());
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->SerializeAsString(), outcome.SerializeAsString());
  };
  expect_found(*transaction);
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  expect_found(database_.latest());
}

// A request that never came has no outcome.
TEST_F(RequestLogTest, AnUnknownRequestHasNone) { EXPECT_FALSE(Remembers(NewUuid(random_))); }

// The same id with other content is refused, not answered with the first one's outcome. (C10)
TEST_F(RequestLogTest, TheSameIdWithOtherContentIsRefused) {
  const Uuid id = NewUuid(random_);
  Remember(id, Outcome("digest"));
  const auto found = FindRequest(database_.latest(), id, "other digest");
  EXPECT_THAT(found, HasReason("REQUEST_ID_REUSED"));
  EXPECT_THAT(found, HasMetadata("request_id", id.ToString()));
}

// Outcomes are remembered for 30 days, to the moment, and then forgotten. (C10)
TEST_F(RequestLogTest, OutcomesAreForgottenAfterThirtyDays) {
  const Uuid id = NewUuid(random_);
  clock_.Advance(absl::Microseconds(7));
  Remember(id, Outcome("digest"));
  clock_.Advance(kRequestOutcomeAgeMin);
  EXPECT_EQ(Forget(), 0u);
  EXPECT_TRUE(Remembers(id));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Forget(), 1u);
  EXPECT_FALSE(Remembers(id));
  EXPECT_TRUE(database_.Copy().empty());
}

// Forgetting goes oldest first, in steps of bounded size. (invariant 7)
TEST_F(RequestLogTest, ForgettingIsBounded) {
  std::vector<Uuid> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(NewUuid(random_));
    Remember(ids.back(), Outcome("digest"));
    clock_.Advance(absl::Hours(1));
  }
  clock_.Advance(kRequestOutcomeAgeMin - absl::Hours(1));
  EXPECT_EQ(Forget(2), 2u);
  EXPECT_FALSE(Remembers(ids[1]));
  EXPECT_TRUE(Remembers(ids[2]));
  EXPECT_EQ(Forget(2), 2u);
  // The youngest is just as old as it must get.
  EXPECT_EQ(Forget(2), 0u);
  EXPECT_TRUE(Remembers(ids[4]));
}

// An outcome that was remembered again (its effect changed since) is kept for 30 days from then.
TEST_F(RequestLogTest, RememberingAgainProlongs) {
  const Uuid id = NewUuid(random_);
  Remember(id, Outcome("digest", 1));
  clock_.Advance(absl::Hours(24));
  Remember(id, Outcome("digest", 2));
  clock_.Advance(kRequestOutcomeAgeMin);
  EXPECT_EQ(Forget(), 0u);
  EXPECT_TRUE(Remembers(id));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Forget(), 1u);
  EXPECT_TRUE(database_.Copy().empty());
}

// A clock that was set back to 1970 forgets nothing.
TEST_F(RequestLogTest, AnEarlyClockForgetsNothing) {
  const Uuid id = NewUuid(random_);
  Remember(id, Outcome("digest"));
  clock_.SetNow(absl::UnixEpoch());
  EXPECT_EQ(Forget(), 0u);
  EXPECT_TRUE(Remembers(id));
}

// Where no customer data may be kept, those go that hold a digest, with their rows by age; what
// holds none stays. In bounded steps. (S9)
TEST_F(RequestLogTest, ForgetsThoseWithADigest) {
  std::vector<Uuid> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(NewUuid(random_));
    Remember(ids.back(), Outcome(i % 2 == 0 ? "digest" : ""));
  }
  std::string next;
  bool more = true;
  for (int steps = 0; more; ++steps) {
    ASSERT_LE(steps, 4);
    const auto transaction = database_.NewTransaction();
    const auto found = ForgetRequestsWithDigest(*transaction, next, 3);
    ASSERT_THAT(found, IsOk());
    more = *found;
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  }
  for (int i = 0; i < 10; ++i) {
    const auto outcome = FindRequest(database_.latest(), ids[i], i % 2 == 0 ? "digest" : "");
    ASSERT_THAT(outcome, IsOk());
    EXPECT_EQ(outcome->has_value(), i % 2 != 0);
  }
  EXPECT_EQ(database_.Copy().size(), 10u);
}

}  // namespace
}  // namespace comptoir
