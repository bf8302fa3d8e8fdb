#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class AdministrationTest : public HqTest {
 protected:
  void SetUp() override { SetUpChain(); }

  v1::Channel Houston() {
    v1::GetChannelRequest request;
    request.set_name("channels/houston");
    return *Administer<v1::Channel>(request);
  }
  absl::StatusOr<v1::Channel> CreateChannel(const v1::Channel& channel) {
    v1::CreateChannelRequest request;
    *request.mutable_channel() = channel;
    return Administer<v1::Channel>(request);
  }
  absl::StatusOr<v1::Channel> UpdateChannel(const v1::Channel& channel,
                                            const std::vector<std::string>& paths) {
    v1::UpdateChannelRequest request;
    *request.mutable_channel() = channel;
    for (const auto& path : paths) request.mutable_update_mask()->add_paths(path);
    return Administer<v1::Channel>(request);
  }
  absl::StatusOr<v1::NumberSequence> CreateNumbers(const v1::NumberSequence& numbers) {
    v1::CreateNumberSequenceRequest request;
    *request.mutable_number_sequence() = numbers;
    return Administer<v1::NumberSequence>(request);
  }
  absl::StatusOr<v1::NumberSequence> UpdateNumbers(const v1::NumberSequence& numbers,
                                                   const std::vector<std::string>& paths) {
    v1::UpdateNumberSequenceRequest request;
    *request.mutable_number_sequence() = numbers;
    for (const auto& path : paths) request.mutable_update_mask()->add_paths(path);
    return Administer<v1::NumberSequence>(request);
  }
};

// An administrator's script runs twice: the second time finds what it wants.
TEST_F(AdministrationTest, CreateIsRepeatable) {
  const v1::Channel houston = Houston();
  EXPECT_EQ(CreateChannel(houston)->etag(), houston.etag());
  v1::Channel other = houston;
  other.set_currency("EUR");
  EXPECT_THAT(CreateChannel(other), HasReason("ALREADY_EXISTS"));
}

// All that is wrong with a channel is said at once.
TEST_F(AdministrationTest, NamesAllInvalidFields) {
  PROVES("C8");
  v1::Channel wrong;
  wrong.set_name("channels/two words");
  wrong.set_currency("DOLLAR");
  wrong.set_operating_unit("units/1");
  wrong.add_channel_services("a/b");
  const auto refused = CreateChannel(wrong);
  EXPECT_THAT(refused, HasViolation("name", "NAME_INVALID"));
  EXPECT_THAT(refused, HasViolation("currency", "CURRENCY_UNKNOWN"));
  EXPECT_THAT(refused, HasViolation("language", "REQUIRED"));
  EXPECT_THAT(refused, HasViolation("operating_unit", "NAME_INVALID"));
  EXPECT_THAT(refused, HasViolation("profile", "REQUIRED"));
  EXPECT_THAT(refused, HasViolation("channel_services[0]", "ID_INVALID"));
}

// A channel refers only to what exists.
TEST_F(AdministrationTest, ReferencesMustExist) {
  v1::Channel channel = Houston();
  channel.set_name("channels/dallas");
  channel.set_profile("profiles/none");
  channel.set_operating_unit("operatingUnits/none");
  const auto refused = CreateChannel(channel);
  EXPECT_THAT(refused, HasReason("REFERENCE_MISSING"));
  EXPECT_THAT(refused,
              HasMetadata("fields", AllOf(HasSubstr("profile"), HasSubstr("operating_unit"))));
}

// Two administrators edit: the one who read the older state is told.
TEST_F(AdministrationTest, EtagDecides) {
  PROVES("C7");
  const v1::Channel read = Houston();
  v1::Channel change = read;
  change.set_display_name("Houston");
  const auto updated = UpdateChannel(change, {"display_name"});
  ASSERT_THAT(updated, IsOk());
  EXPECT_NE(updated->etag(), read.etag());
  // The same again, for the answer was lost.
  EXPECT_EQ(UpdateChannel(change, {"display_name"})->etag(), updated->etag());
  change.set_display_name("Texas");
  const auto late = UpdateChannel(change, {"display_name"});
  EXPECT_THAT(late, HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(late, HasMetadata("etag", updated->etag()));
}

// Only what the mask names changes, and only what may.
TEST_F(AdministrationTest, MaskDecidesWhatChanges) {
  v1::Channel change;
  change.set_name("channels/houston");
  change.set_language("fr-CA");
  change.add_channel_services("houston-2");
  const auto updated = UpdateChannel(change, {"language", "channel_services"});
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->language(), "fr-CA");
  EXPECT_EQ(updated->currency(), "USD");
  EXPECT_THAT(updated->channel_services(), ElementsAre("houston-2"));
  EXPECT_THAT(UpdateChannel(change, {}), HasViolation("update_mask", "REQUIRED"));
  EXPECT_THAT(UpdateChannel(change, {"name"}), HasViolation("update_mask", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(UpdateChannel(change, {"colour"}),
              HasViolation("update_mask", "FIELD_NOT_UPDATABLE"));
}

// What isn't there.
TEST_F(AdministrationTest, SaysWhatIsMissing) {
  v1::GetProfileRequest profile;
  profile.set_name("profiles/none");
  EXPECT_THAT(Administer<v1::Profile>(profile), HasReason("PROFILE_NOT_FOUND"));
  v1::GetOperatingUnitRequest unit;
  unit.set_name("operatingUnits/none");
  EXPECT_THAT(Administer<v1::OperatingUnit>(unit), HasReason("OPERATING_UNIT_NOT_FOUND"));
  v1::GetNumberSequenceRequest numbers;
  numbers.set_name("numberSequences/none");
  EXPECT_THAT(Administer<v1::NumberSequence>(numbers), HasReason("RECORD_NOT_FOUND"));
}

// A long list comes in pages; a token of something else is refused.
TEST_F(AdministrationTest, ListsInPages) {
  for (const char* name : {"profiles/a", "profiles/b", "profiles/c"}) {
    v1::CreateProfileRequest request;
    request.mutable_profile()->set_name(name);
    ASSERT_THAT(Administer<v1::Profile>(request), IsOk());
  }
  v1::ListProfilesRequest request;
  request.set_page_size(3);
  const auto first = Administer<v1::ListProfilesResponse>(request);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->profiles(), SizeIs(3));
  request.set_page_token(first->next_page_token());
  const auto second = Administer<v1::ListProfilesResponse>(request);
  ASSERT_THAT(second->profiles(), SizeIs(1));
  EXPECT_EQ(second->profiles(0).name(), "profiles/default");
  EXPECT_EQ(second->next_page_token(), "");

  request.set_page_token("zz");
  EXPECT_THAT(Administer<v1::ListProfilesResponse>(request), HasReason("INVALID_PAGE_TOKEN"));
  request.set_page_token("ff00");
  EXPECT_THAT(Administer<v1::ListProfilesResponse>(request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_page_token();
  request.set_page_size(1001);
  EXPECT_THAT(Administer<v1::ListProfilesResponse>(request),
              HasViolation("page_size", "OUT_OF_RANGE"));
}

// Formats of number sequences.
TEST_F(AdministrationTest, ValidatesNumberSequences) {
  PROVES("P12");
  v1::NumberSequence numbers;
  numbers.set_name("numberSequences/cards");
  numbers.set_highest(9);
  for (const char* format : {"", "C-", "#-#", "####################"}) {
    numbers.set_format(format);
    EXPECT_THAT(CreateNumbers(numbers), HasViolation("format", "FORMAT_INVALID")) << format;
  }
  numbers.set_format("#");
  EXPECT_THAT(CreateNumbers(numbers), IsOk());
  numbers.set_name("numberSequences/others");
  numbers.set_highest(10);
  EXPECT_THAT(CreateNumbers(numbers), HasViolation("highest", "OUT_OF_RANGE"));
  numbers.set_highest(5);
  numbers.set_lowest(6);
  EXPECT_THAT(CreateNumbers(numbers), HasViolation("highest", "OUT_OF_RANGE"));
}

// Numbers never come back: the next one may be set higher, never lower.
TEST_F(AdministrationTest, NextNumberNeverGoesBack) {
  PROVES("P12");
  ASSERT_THAT(Create(ACustomer()), IsOk());
  v1::NumberSequence numbers = CustomerNumbers();
  numbers.set_next(1);
  EXPECT_THAT(UpdateNumbers(numbers, {"next"}), HasViolation("next", "NUMBER_ALREADY_GIVEN"));
  numbers.set_next(500);
  ASSERT_THAT(UpdateNumbers(numbers, {"next"}), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000500");
}

// Exhausted, then extended: numbering goes on where it stopped, also over a restart.
TEST_F(AdministrationTest, ExhaustedSequenceGoesOnWhenExtended) {
  PROVES("P12");
  v1::NumberSequence numbers = CustomerNumbers();
  numbers.set_highest(2);
  ASSERT_THAT(UpdateNumbers(numbers, {"highest"}), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000001");
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000002");
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_EXHAUSTED"));
  Restart();
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_EXHAUSTED"));
  numbers.set_highest(10);
  ASSERT_THAT(UpdateNumbers(numbers, {"highest"}), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000003");
}

// Another format may give a text that was given before: such a number is passed over.
TEST_F(AdministrationTest, NeverGivesOneTextTwice) {
  PROVES("P12");
  v1::NumberSequence numbers = CustomerNumbers();
  numbers.set_format("C1#");
  numbers.set_highest(9);
  ASSERT_THAT(UpdateNumbers(numbers, {"format", "highest"}), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C11");
  EXPECT_EQ(Create(ACustomer())->account_number(), "C12");
  numbers.set_format("C##");
  numbers.set_highest(99);
  numbers.set_next(11);
  ASSERT_THAT(UpdateNumbers(numbers, {"format", "highest", "next"}), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C13");
}

// A repeated create of a sequence that has given numbers since is still the same.
TEST_F(AdministrationTest, RepeatedNumberSequenceCreateKeepsItsProgress) {
  PROVES("P12");
  ASSERT_THAT(Create(ACustomer()), IsOk());
  v1::NumberSequence numbers = CustomerNumbers();
  numbers.set_format("C-########");
  numbers.set_lowest(1);
  numbers.set_highest(99'999'999);
  const auto again = CreateNumbers(numbers);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->next(), 2u);
}

// A channel service that configuration names is listed before it ever says hello, not connected.
TEST_F(AdministrationTest, ListsChannelServicesThatNeverSaidHello) {
  const auto silent = ServiceInfo();
  ASSERT_THAT(silent, IsOk());
  EXPECT_THAT(silent->channels(), ElementsAre(kChannel));
  EXPECT_FALSE(silent->upload_connected());
  UploadStream stream = OpenUpload(1);
  EXPECT_THAT(ServiceInfo()->channels(), ElementsAre(kChannel));
  EXPECT_TRUE(ServiceInfo()->upload_connected());
}

}  // namespace
}  // namespace comptoir::hq
