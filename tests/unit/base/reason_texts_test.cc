#include "common/base/reason_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/base/status.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

google::rpc::LocalizedMessage TextOf(const absl::Status& status) {
  google::rpc::LocalizedMessage message;
  const auto payload =
      status.GetPayload({kLocalizedMessageUrl.data(), kLocalizedMessageUrl.size()});
  if (payload.has_value()) message.ParseFromString(std::string(*payload));
  return message;
}

// What a POS shows is in the caller's language.
TEST(ReasonTexts, SpeakTheCallersLanguage) {
  PROVES("L1", "C2");
  const absl::Status pending = MakeError(Reason::kCustomerPending, "for developers");
  EXPECT_EQ(TextOf(WithTextForPeople(pending, "en")).message(),
            "This customer is still being synchronized.");
  const auto french = TextOf(WithTextForPeople(pending, "fr-CH,en;q=0.5"));
  EXPECT_EQ(french.locale(), "fr");
  EXPECT_EQ(french.message(), "Ce client est encore en cours de synchronisation.");
  EXPECT_EQ(TextOf(WithTextForPeople(pending, "de")).locale(), "en");
  EXPECT_EQ(TextOf(WithTextForPeople(WithTextForPeople(pending, "fr"), "sv")).locale(), "sv");
}

TEST(ReasonTexts, AnErrorStaysWhatItIs) {
  const absl::Status pending = MakeError(Reason::kCustomerPending, "for developers", {{"a", "b"}});
  const absl::Status told = WithTextForPeople(pending, "it");
  EXPECT_EQ(told.message(), pending.message());
  EXPECT_EQ(ReasonOf(told), Reason::kCustomerPending);
  EXPECT_EQ(MetadataOf(told, "a"), "b");
  for (const absl::Status& none : {absl::OkStatus(), absl::InternalError("not ours"),
                                   MakeError(Reason::kSequenceGap, "between services")}) {
    EXPECT_EQ(WithTextForPeople(none, "it"), none);
  }
}

// Every reason has a text, but those that no store person meets: they speak to developers and
// administrators, or between services. A new reason fails here until somebody decides.
TEST(ReasonTexts, WhatStorePeopleMeetHasAText) {
  PROVES("C2", "L1");
  const std::set<std::string_view> for_others = {
      "CHANNEL_NOT_FOUND",        "PROFILE_NOT_FOUND", "OPERATION_NOT_FOUND",
      "OPERATING_UNIT_NOT_FOUND", "RECORD_NOT_FOUND",  "INVALID_PAGE_TOKEN",
      "NOT_SUPPORTED_YET",        "REQUEST_ID_REUSED", "ALREADY_EXISTS",
      "FEATURE_PREREQUISITE",     "REFERENCED",        "OPERATION_DISCARDED",
      "OPERATION_NOT_REFUSED",    "PROTOCOL_VERSION",  "DIVERGED",
      "LINEAGE_FENCED",           "SEQUENCE_GAP",      "SCHEMA_TOO_NEW",
      "STORAGE_FAILED",           "STORAGE_CORRUPT"};
  for (const ReasonInfo& reason : AllReasons()) {
    EXPECT_EQ(TextsForPeople(reason.reason) == nullptr, for_others.contains(reason.name))
        << reason.name;
  }
}

// A missing translation fails here: each is there, and differs from all others.
TEST(ReasonTexts, EveryTextExistsInEveryLanguage) {
  PROVES("C2");
  size_t texts_found = 0;
  for (const ReasonInfo& reason : AllReasons()) {
    const Translations* const texts = TextsForPeople(reason.reason);
    if (texts == nullptr) continue;
    ++texts_found;
    std::set<std::string_view> distinct(texts->begin(), texts->end());
    EXPECT_EQ(distinct.size(), kLanguages.size()) << reason.name;
    EXPECT_FALSE(distinct.contains("")) << reason.name;
  }
  EXPECT_GT(texts_found, 10u);
}

}  // namespace
}  // namespace comptoir
