#include "common/base/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/strings.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// An error as another domain, or a newer version of ours, would send it.
absl::Status ForeignError(absl::StatusCode code, const std::string& reason,
                          const std::string& domain) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  absl::Status status(code, "Somebody else's error.");
  status.SetPayload(ToAbsl(kErrorInfoUrl), absl::Cord(info.SerializeAsString()));
  return status;
}

TEST(StatusTest, AnErrorCarriesCodeMessageReasonAndMetadata) {
  const absl::Status status =
      MakeError(Reason::kCustomerNotFound, "No such customer.", {{"customer", "c1"}});

  EXPECT_THAT(status, HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(status.message(), "No such customer.");
  EXPECT_THAT(status, HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(status, HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(status, HasMetadata("customer", "c1"));
  EXPECT_EQ(MetadataOf(status, "channel"), "");
}

TEST(StatusTest, EveryReasonComesBack) {
  for (const ReasonInfo& info : AllReasons()) {
    const absl::Status status = MakeError(info.reason, "Because.");
    EXPECT_EQ(ReasonOf(status), info.reason) << info.name;
    EXPECT_EQ(status.code(), info.code) << info.name;
    EXPECT_EQ(IsRefusal(status), info.is_refusal) << info.name;
  }
}

// What goes over the wire is google.rpc.ErrorInfo, which clients in any language can read.
TEST(StatusTest, ThePayloadIsAnErrorInfo) {
  const absl::Status status = MakeError(Reason::kOverloaded, "Full.", {{"queue", "commands"}});

  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  ASSERT_TRUE(payload.has_value());
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*payload)));
  EXPECT_EQ(info.reason(), "OVERLOADED");
  EXPECT_EQ(info.domain(), "comptoir");
  EXPECT_EQ(info.metadata().at("queue"), "commands");
}

TEST(StatusTest, OkHasNoReasonAndIsNoRefusal) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_FALSE(IsRefusal(absl::OkStatus()));
  EXPECT_THAT(FieldViolationsOf(absl::OkStatus()), IsEmpty());
}

// A proxy's INVALID_ARGUMENT must not turn a customer away. (S5)
TEST(StatusTest, OnlyOurReasonsAreRefusals) {
  EXPECT_FALSE(IsRefusal(absl::InvalidArgumentError("Said a proxy.")));
  EXPECT_FALSE(IsRefusal(
      ForeignError(absl::StatusCode::kNotFound, "CUSTOMER_NOT_FOUND", "proxy.example.com")));
  EXPECT_TRUE(
      IsRefusal(ForeignError(absl::StatusCode::kNotFound, "CUSTOMER_NOT_FOUND", "comptoir")));
}

TEST(StatusTest, AReasonOfANewerVersionIsNone) {
  const absl::Status status =
      ForeignError(absl::StatusCode::kFailedPrecondition, "SOMETHING_OF_NEXT_YEAR", "comptoir");
  EXPECT_EQ(ReasonOf(status), std::nullopt);
  EXPECT_FALSE(IsRefusal(status));
}

TEST(StatusTest, GarbageInAPayloadIsNoReason) {
  absl::Status status = absl::InternalError("Garbage.");
  status.SetPayload(ToAbsl(kErrorInfoUrl), absl::Cord("\xff\xff\xff"));
  status.SetPayload(ToAbsl(kBadRequestUrl), absl::Cord("\xff\xff\xff"));
  EXPECT_EQ(ReasonOf(status), std::nullopt);
  EXPECT_EQ(MetadataOf(status, "key"), "");
  EXPECT_THAT(FieldViolationsOf(status), IsEmpty());
}

// Every offending field at once, never only the first. (C8)
TEST(FieldViolationsTest, NamesEveryFieldInOrder) {
  FieldViolations violations;
  violations.Add("customer.family_name", "REQUIRED", "A person needs a name.");
  violations.Add("customer.addresses[2].country", "UNKNOWN_COUNTRY", "Not in ISO 3166-1.");

  const absl::Status status = violations.ToStatus();

  EXPECT_THAT(status, HasReason("INVALID_FIELDS"));
  EXPECT_TRUE(IsRefusal(status));
  EXPECT_THAT(
      FieldViolationsOf(status),
      ElementsAre(FieldViolation{"customer.family_name", "REQUIRED", "A person needs a name."},
                  FieldViolation{"customer.addresses[2].country", "UNKNOWN_COUNTRY",
                                 "Not in ISO 3166-1."}));
  EXPECT_THAT(status, HasViolation("customer.family_name", "REQUIRED"));
  EXPECT_THAT(status, Not(HasViolation("customer.family_name", "TOO_LONG")));
  EXPECT_EQ(status.message(),
            "Invalid fields: customer.family_name, customer.addresses[2].country.");
}

TEST(FieldViolationsTest, NoneIsOk) {
  const FieldViolations violations;
  EXPECT_TRUE(violations.empty());
  EXPECT_THAT(violations.ToStatus(), IsOk());
}

absl::StatusOr<int> Parsed(bool ok) {
  if (!ok) return MakeError(Reason::kInvalidPageToken, "Not a token.");
  return 7;
}

absl::Status Uses(bool ok, int& steps) {
  COMPTOIR_ASSIGN_OR_RETURN(const int value, Parsed(ok));
  steps = value;
  COMPTOIR_RETURN_IF_ERROR(Parsed(ok).status());
  steps = value + 1;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<int>> Moves() {
  COMPTOIR_ASSIGN_OR_RETURN(std::unique_ptr<int> value,
                            absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(3)));
  return value;
}

TEST(StatusMacrosTest, ReturnTheErrorOrGoOn) {
  int steps = 0;
  EXPECT_THAT(Uses(false, steps), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_EQ(steps, 0);
  EXPECT_THAT(Uses(true, steps), IsOk());
  EXPECT_EQ(steps, 8);
}

TEST(StatusMacrosTest, MoveTheValue) { EXPECT_THAT(Moves(), IsOkAndHolds(::testing::Pointee(3))); }

}  // namespace
}  // namespace comptoir
