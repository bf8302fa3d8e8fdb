#include "common/base/reason.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>

namespace comptoir {
namespace {

TEST(ReasonTest, EveryLineOfTheTableIsComplete) {
  for (const ReasonInfo& info : AllReasons()) {
    EXPECT_EQ(ReasonName(info.reason), info.name);
    EXPECT_EQ(ReasonCode(info.reason), info.code) << info.name;
    EXPECT_EQ(IsRefusal(info.reason), info.is_refusal) << info.name;
    EXPECT_EQ(ReasonDescription(info.reason), info.description) << info.name;
    EXPECT_EQ(FindReason(info.name), info.reason) << info.name;
    EXPECT_NE(info.code, absl::StatusCode::kOk) << info.name;
    EXPECT_FALSE(info.description.empty()) << info.name;
    EXPECT_EQ(info.description.back(), '.') << info.name;
  }
}

TEST(ReasonTest, NamesAreUpperSnakeAndUnique) {
  std::set<std::string_view> names;
  for (const ReasonInfo& info : AllReasons()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    for (const char c : info.name) {
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(c)) != 0 || c == '_') << info.name;
    }
  }
}

TEST(ReasonTest, UnknownNamesAreNotFound) {
  EXPECT_EQ(FindReason("SOMETHING_OF_NEXT_YEAR"), std::nullopt);
  EXPECT_EQ(FindReason(""), std::nullopt);
  EXPECT_EQ(FindReason("customer_not_found"), std::nullopt);
}

// What isn't a refusal makes a create asynchronous: what the world may recover from must never be
// one, or customers would be turned away while HQ is merely ill. (S5)
TEST(ReasonTest, WhatMayRecoverByItselfIsNoRefusal) {
  for (const ReasonInfo& info : AllReasons()) {
    switch (info.code) {
      case absl::StatusCode::kUnavailable:
      case absl::StatusCode::kResourceExhausted:
      case absl::StatusCode::kDeadlineExceeded:
      case absl::StatusCode::kUnauthenticated:
      case absl::StatusCode::kInternal:
      case absl::StatusCode::kDataLoss:
        EXPECT_FALSE(info.is_refusal) << info.name;
        break;
      default:
        break;
    }
  }
}

TEST(ReasonTest, NumberSequencesNeverRefuseACreate) {
  EXPECT_FALSE(IsRefusal(Reason::kNumberSequenceMissing));
  EXPECT_FALSE(IsRefusal(Reason::kNumberSequenceBlocked));
  EXPECT_FALSE(IsRefusal(Reason::kNumberSequenceExhausted));
}

TEST(ReasonTest, TheDomainsAnswersAreRefusals) {
  for (const Reason reason :
       {Reason::kCustomerNotFound, Reason::kInvalidFields, Reason::kEtagMismatch,
        Reason::kCustomerPending, Reason::kCustomerRejected, Reason::kCustomerDataFiltered,
        Reason::kRequestIdReused, Reason::kPermissionDenied, Reason::kOperationDiscarded}) {
    EXPECT_TRUE(IsRefusal(reason)) << reason;
  }
}

}  // namespace
}  // namespace comptoir
