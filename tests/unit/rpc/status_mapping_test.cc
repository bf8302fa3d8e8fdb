#include "common/rpc/status_mapping.h"

#include <string>

#include "common/base/status.h"
#include "common/base/status_proto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/proves.h"

namespace comptoir::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What gRPC gives a client: code, message and the bytes of the trailer.
grpc::Status OverTheWire(const grpc::Status& status) {
  return grpc::Status(status.error_code(), status.error_message(), status.error_details());
}

TEST(StatusMapping, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(StatusMapping, ReasonAndMetadataArrive) {
  const absl::Status sent =
      MakeError(Reason::kEtagMismatch, "Changed since it was read.", {{"etag", "7"}});

  const absl::Status received = FromGrpc(OverTheWire(ToGrpc(sent)));

  EXPECT_EQ(received, sent);
  EXPECT_EQ(received.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(received), Reason::kEtagMismatch);
  EXPECT_EQ(MetadataOf(received, "etag"), "7");
}

// An error names every offending field, also to a client. (C8)
TEST(StatusMapping, EveryFieldArrives) {
  PROVES("C8");
  FieldViolations violations;
  violations.Add("customer.email", "EMAIL_IMPOSSIBLE", "No e-mail address looks so.");
  violations.Add("customer.birth_date", "DATE_INVALID", "Not a date.");

  const absl::Status received = FromGrpc(OverTheWire(ToGrpc(violations.ToStatus())));

  EXPECT_EQ(ReasonOf(received), Reason::kInvalidFields);
  EXPECT_THAT(FieldViolationsOf(received),
              ElementsAre(violations.violations()[0], violations.violations()[1]));
}

// A broken connection, a proxy, an older gRPC: no reason is made up, so it is no refusal. (S5)
TEST(StatusMapping, StatusWithoutDetailsHasNoReason) {
  const absl::Status received =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));

  EXPECT_EQ(received.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(received.message(), "connection refused");
  EXPECT_EQ(ReasonOf(received), std::nullopt);
  EXPECT_FALSE(IsRefusal(received));
}

TEST(StatusMapping, DetailsThatAreNoStatusAreIgnored) {
  const absl::Status received =
      FromGrpc(grpc::Status(grpc::StatusCode::INTERNAL, "?", "\xFF\xFF no protobuf"));

  EXPECT_EQ(received.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(received), std::nullopt);
}

TEST(StatusMapping, ErrorWithoutReasonCarriesNoDetails) {
  const grpc::Status status = ToGrpc(absl::InternalError("unexpected"));

  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_details(), IsEmpty());
}

// A client that takes 8 KiB of trailers still learns the reason when 1,000 fields are wrong.
TEST(StatusMapping, DetailsStayBelowTheirLimit) {
  FieldViolations violations;
  for (int i = 0; i < 1000; ++i) {
    violations.Add("customer.addresses[" + std::to_string(i) + "].country", "COUNTRY_UNKNOWN",
                   "Not an ISO 3166-1 alpha-2 code.");
  }

  const grpc::Status status = ToGrpc(violations.ToStatus());
  const absl::Status received = FromGrpc(status);

  EXPECT_LE(status.error_details().size(), kStatusDetailsBytesMax);
  EXPECT_EQ(ReasonOf(received), Reason::kInvalidFields);
  ASSERT_GT(FieldViolationsOf(received).size(), 10u);
  EXPECT_EQ(FieldViolationsOf(received)[0].field, "customer.addresses[0].country");
  EXPECT_EQ(FieldViolationsOf(received)[0].reason, "COUNTRY_UNKNOWN");
}

// Descriptions are for developers; they go before any field does. (C8)
TEST(StatusMapping, DescriptionsGoBeforeFields) {
  FieldViolations violations;
  for (int i = 0; i < 40; ++i) {
    violations.Add("f" + std::to_string(i), "TOO_LONG", std::string(200, 'x'));
  }

  const absl::Status received = FromGrpc(ToGrpc(violations.ToStatus()));

  ASSERT_EQ(FieldViolationsOf(received).size(), 40u);
  EXPECT_EQ(FieldViolationsOf(received)[39].field, "f39");
  EXPECT_EQ(FieldViolationsOf(received)[39].description, "");
}

TEST(StatusMapping, LongMessagesAreCutAtACharacter) {
  std::string message;
  while (message.size() <= kStatusMessageBytesMax) message += "é";

  const grpc::Status status = ToGrpc(absl::InternalError("x" + message));

  EXPECT_EQ(status.error_message().size(), kStatusMessageBytesMax - 1);
  EXPECT_EQ(static_cast<unsigned char>(status.error_message().back()), 0xA9);
}

}  // namespace
}  // namespace comptoir::rpc
