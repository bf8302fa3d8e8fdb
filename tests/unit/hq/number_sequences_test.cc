// Account numbers from a sequence of one's own customer group, or from the one that all others
// share. (P12)

#include "hq-service/domain/number_sequences.h"

#include "absl/strings/match.h"
#include "common/customer/records/customer_index.h"
#include "common/storage/key_codec.h"
#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using replication::v1::Operation;
using ::testing::Contains;
using ::testing::SizeIs;

v1::NumberSequence SequenceOf(const std::string& format, uint64_t lowest, uint64_t highest) {
  v1::NumberSequence sequence;
  sequence.set_format(format);
  sequence.set_lowest(lowest);
  sequence.set_highest(highest);
  return sequence;
}

bool Overlap(const v1::NumberSequence& a, const v1::NumberSequence& b) {
  EXPECT_EQ(CouldGiveTheSame(a, b), CouldGiveTheSame(b, a));
  return CouldGiveTheSame(a, b);
}

TEST(NumbersOverlapTest, ByFormatAndRange) {
  PROVES("P12");
  EXPECT_TRUE(Overlap(SequenceOf("C-##", 1, 99), SequenceOf("C-##", 99, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("C-##", 1, 49), SequenceOf("C-##", 50, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("C-##", 1, 99), SequenceOf("W-##", 1, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("C-##", 1, 99), SequenceOf("C-###", 1, 999)));
  // A constant of one may be a digit of the other.
  EXPECT_TRUE(Overlap(SequenceOf("C1#", 0, 9), SequenceOf("C##", 0, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("C1#", 0, 9), SequenceOf("C##", 20, 99)));
  EXPECT_TRUE(Overlap(SequenceOf("##7", 0, 99), SequenceOf("9##", 0, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("##7", 0, 89), SequenceOf("9##", 0, 99)));
  EXPECT_FALSE(Overlap(SequenceOf("é#", 0, 9), SequenceOf("è#", 0, 9)));
}

// Compared with trying all numbers.
TEST(NumbersOverlapTest, AsTryingAllSays) {
  PROVES("P12");
  TestRandom random;
  const std::vector<std::string> formats = {"##", "1#", "#1", "###", "1##", "##2", "12#", "#12"};
  for (int i = 0; i < 3000; ++i) {
    std::vector<v1::NumberSequence> pair;
    for (int each = 0; each < 2; ++each) {
      const std::string& format = formats[random.Below(formats.size())];
      uint64_t largest = 1;
      for (const char c : format) largest *= c == '#' ? 10 : 1;
      const uint64_t lowest = random.Below(largest);
      pair.push_back(SequenceOf(format, lowest, lowest + random.Below(largest - lowest)));
    }
    bool same = false;
    for (uint64_t a = pair[0].lowest(); a <= pair[0].highest(); ++a) {
      for (uint64_t b = pair[1].lowest(); b <= pair[1].highest(); ++b) {
        same = same || FormatNumber(pair[0].format(), a) == FormatNumber(pair[1].format(), b);
      }
    }
    EXPECT_EQ(Overlap(pair[0], pair[1]), same)
        << pair[0].ShortDebugString() << " " << pair[1].ShortDebugString();
  }
}

class NumberSequencesTest : public ConfigurationTest {
 protected:
  void SetUp() override {
    ConfigurationTest::SetUp();
    ASSERT_THAT(Make("number_sequence { name: 'numberSequences/wholesale' format: 'W-####' "
                     "lowest: 1 highest: 9999 }"),
                IsOk());
    ASSERT_THAT(Make("customer_group { name: 'customerGroups/wholesale' number_sequence: "
                     "'numberSequences/wholesale' }"),
                IsOk());
    ASSERT_THAT(Make("customer_group { name: 'customerGroups/retail' }"), IsOk());
  }

  static Customer Of(const std::string& group, const CustomerId& id) {
    return ACustomer().WithId(id).With(
        [&](Customer& customer) { customer.set_customer_group(group); });
  }
  std::string NumberOf(const CustomerId& id) { return Get(id)->account_number(); }
  void Block(const std::string& sequence, bool blocked) {
    ASSERT_THAT(Change("number_sequence { name: 'numberSequences/" + sequence +
                           "' blocked: " + (blocked ? "true" : "false") + " }",
                       {"blocked"}),
                IsOk());
  }
  std::vector<std::string> Findings() {
    std::vector<std::string> findings;
    const auto response =
        Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    for (const auto& finding : response->findings()) {
      findings.push_back(finding.reason() + " " + finding.name());
    }
    return findings;
  }
};

// In real time, from the group's own sequence or from the shared one.
TEST_F(NumberSequencesTest, OfTheCustomersGroup) {
  PROVES("P12");
  EXPECT_EQ(Create(Of("wholesale", NewId()))->account_number(), "W-0001");
  EXPECT_EQ(Create(Of("retail", NewId()))->account_number(), "C-00000001");
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000002");
  EXPECT_EQ(Create(Of("wholesale", NewId()))->account_number(), "W-0002");
}

// The group is inherited from the default customer, and with it where the number comes from.
TEST_F(NumberSequencesTest, OfTheInheritedGroup) {
  PROVES("P12", "D1");
  ASSERT_THAT(Make("default_customer { name: 'defaultCustomers/trade' customer_group: "
                   "'customerGroups/wholesale' }"),
              IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/houston' default_customer: "
                     "'defaultCustomers/trade' }",
                     {"default_customer"}),
              IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "W-0001");
}

// One blocked sequence holds up the customers of its own groups, nobody else; they go on by
// themselves.
TEST_F(NumberSequencesTest, EachHoldsUpItsOwnCustomersOnly) {
  PROVES("P12", "P5");
  Block("wholesale", true);
  const CustomerId wholesale = NewId();
  const CustomerId retail = NewId();
  const CustomerId nobodys = NewId();
  UploadOnce(kLineage, {CreateOperation(1, Of("wholesale", wholesale)),
                        CreateOperation(2, Of("retail", retail)),
                        CreateOperation(3, ACustomer().WithId(nobodys))});
  EXPECT_EQ(NumberOf(retail), "C-00000001");
  EXPECT_EQ(NumberOf(nobodys), "C-00000002");
  EXPECT_EQ(Get(wholesale)->pending_reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_EQ(Status()->conversion_reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_THAT(Create(Of("wholesale", NewId())), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  EXPECT_THAT(Create(Of("retail", NewId())), IsOk());

  // The other way round: what waits for the shared one doesn't hold up the group's.
  Block("customers", true);
  const CustomerId waiting = NewId();
  UploadOnce(kLineage, {CreateOperation(4, Of("retail", waiting))});
  Block("wholesale", false);
  EXPECT_EQ(NumberOf(wholesale), "W-0001");
  EXPECT_EQ(Get(waiting)->pending_reason(), "NUMBER_SEQUENCE_BLOCKED");
  Block("customers", false);
  EXPECT_EQ(NumberOf(waiting), "C-00000004");
  EXPECT_EQ(Status()->conversion_reason(), "");
}

// While a long backlog waits for one sequence, others are converted at once; what waits writes
// nothing.
TEST_F(NumberSequencesTest, ABacklogOfOneIsNoBacklogOfOthers) {
  PROVES("P12");
  Block("wholesale", true);
  std::vector<Operation> operations;
  for (uint64_t i = 1; i <= 300; ++i) {
    operations.push_back(CreateOperation(i, Of("wholesale", NewId())));
  }
  UploadOnce(kLineage, operations);
  EXPECT_EQ(Status()->staged_operations(), 300u);
  const uint64_t sequence = Status()->high_watermark().sequence();
  Advance(absl::Minutes(5));
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence) << "waiting must not write";
  const CustomerId retail = NewId();
  UploadOnce(kLineage, {CreateOperation(301, Of("retail", retail))});
  EXPECT_EQ(NumberOf(retail), "C-00000001");
  Restart();
  EXPECT_EQ(Status()->staged_operations(), 300u);
  Block("wholesale", false);
  EXPECT_EQ(Status()->customers(), 301u);
}

// A sequence that is exhausted is repaired by giving the group another: those who wait go on.
TEST_F(NumberSequencesTest, AnotherSequenceForAGroup) {
  PROVES("P12");
  ASSERT_THAT(
      Change("number_sequence { name: 'numberSequences/wholesale' highest: 1 }", {"highest"}),
      IsOk());
  const CustomerId first = NewId();
  const CustomerId second = NewId();
  UploadOnce(kLineage, {CreateOperation(1, Of("wholesale", first)),
                        CreateOperation(2, Of("wholesale", second))});
  EXPECT_EQ(NumberOf(first), "W-0001");
  EXPECT_EQ(Get(second)->pending_reason(), "NUMBER_SEQUENCE_EXHAUSTED");
  ASSERT_THAT(Make("number_sequence { name: 'numberSequences/more' format: 'X-####' lowest: 1 "
                   "highest: 9999 }"),
              IsOk());
  ASSERT_THAT(Change("customer_group { name: 'customerGroups/wholesale' number_sequence: "
                     "'numberSequences/more' }",
                     {"number_sequence"}),
              IsOk());
  EXPECT_EQ(NumberOf(second), "X-0001");
}

// One that a person corrects is numbered by the group that it is corrected to.
TEST_F(NumberSequencesTest, CorrectedToAnotherGroup) {
  PROVES("P12", "P8");
  Operation operation = CreateOperation(1, Of("retail", NewId()));
  operation.mutable_create_customer()->mutable_customer()->mutable_email()->set_address("nobody");
  UploadOnce(kLineage, {operation});
  Advance(absl::Minutes(1));
  const auto kept = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(kept->operations(), SizeIs(1));
  v1::CorrectOperationRequest request;
  request.set_name(kept->operations(0).name());
  request.mutable_customer()->set_customer_group("wholesale");
  request.mutable_customer()->mutable_email()->set_address("ada@example.com");
  request.mutable_update_mask()->add_paths("customer_group");
  request.mutable_update_mask()->add_paths("email");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(request), IsOk());
  EXPECT_EQ(Get("accountNumbers/W-0001")->email().address(), "ada@example.com");
}

// One that begins with 0 asks whether its numbers are free, too: another format gave the same text.
TEST_F(NumberSequencesTest, FromZeroNoneThatIsTaken) {
  PROVES("P12");
  ASSERT_THAT(Make("number_sequence { name: 'numberSequences/zero' format: 'Z-##' highest: 9 }"),
              IsOk());
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/zero' number_sequence: "
                   "'numberSequences/zero' }"),
              IsOk());
  const auto transaction = database().NewTransaction();
  const std::string taken = IndexWholeValue(IndexTag::kAccountNumber, "Z-00");
  transaction->Put(Table::kIndex, KeyWriter().Rest(taken).Id(Uuid()).key(), "Z-00");
  for (const size_t numbers : {size_t{1}, size_t{3}}) {
    AccountNumbers given(*transaction, numbers);
    EXPECT_THAT(given.Next("zero"), IsOkAndHolds("Z-01"));
    EXPECT_THAT(given.Next("zero"), IsOkAndHolds("Z-02"));
  }
}

// No two sequences may be able to give the same number, whichever is made or changed last, also
// within one file. Those of loyalty cards are numbers of another kind.
TEST_F(NumberSequencesTest, NeverGiveTheSame) {
  PROVES("P12", "M6");
  EXPECT_THAT(Make("number_sequence { name: 'numberSequences/other' format: 'W-####' lowest: 1 "
                   "highest: 10 }"),
              HasViolation("format", "NUMBERS_OVERLAP"));
  EXPECT_THAT(Make("number_sequence { name: 'numberSequences/other' format: 'W-#1' lowest: 1 "
                   "highest: 9 }"),
              IsOk());
  EXPECT_THAT(
      Change("number_sequence { name: 'numberSequences/other' format: 'W-12#1' }", {"format"}),
      HasViolation("format", "NUMBERS_OVERLAP"));
  EXPECT_THAT(Make("number_sequence { name: 'numberSequences/loyalty' format: 'W-####' lowest: 1 "
                   "highest: 10 }"),
              IsOk());
  const auto both = FromText<v1::Chain>(
      "configurations { number_sequence { name: 'numberSequences/a' format: 'A#' highest: 9 } }"
      "configurations { number_sequence { name: 'numberSequences/b' format: 'A#' highest: 9 } }");
  EXPECT_THAT(ApplyKeepingOthers(both),
              HasViolation("chain.configurations[0].format", "NUMBERS_OVERLAP"));
}

TEST_F(NumberSequencesTest, AreThereAndNotThoseOfCards) {
  PROVES("P12", "M6");
  EXPECT_THAT(Make("customer_group { name: 'customerGroups/vip' number_sequence: "
                   "'numberSequences/none' }"),
              HasReason("REFERENCE_MISSING"));
  EXPECT_THAT(Make("customer_group { name: 'customerGroups/vip' number_sequence: 'none' }"),
              HasViolation("number_sequence", "NAME_INVALID"));
  EXPECT_THAT(Make("customer_group { name: 'customerGroups/vip' number_sequence: "
                   "'numberSequences/loyalty' }"),
              HasViolation("number_sequence", "CARD_NUMBERS"));
}

// The check tells of each that numbers somebody; one that nobody uses is nobody's concern.
TEST_F(NumberSequencesTest, TheCheckCoversEach) {
  PROVES("P12", "M4");
  ASSERT_THAT(Make("number_sequence { name: 'numberSequences/unused' format: 'U-####' lowest: 1 "
                   "highest: 9 blocked: true }"),
              IsOk());
  const auto names_unused = [&] {
    for (const std::string& finding : Findings()) {
      if (absl::StrContains(finding, "numberSequences/unused")) return true;
    }
    return false;
  };
  EXPECT_FALSE(names_unused());
  Block("wholesale", true);
  EXPECT_THAT(Findings(), Contains("NUMBER_SEQUENCE_BLOCKED numberSequences/wholesale"));
  Block("wholesale", false);
  ASSERT_THAT(
      Change("number_sequence { name: 'numberSequences/wholesale' highest: 10 }", {"highest"}),
      IsOk());
  EXPECT_THAT(Findings(), Contains("NUMBER_SEQUENCE_LOW numberSequences/wholesale"));
  ASSERT_THAT(Change("number_sequence { name: 'numberSequences/wholesale' next: 11 }", {"next"}),
              IsOk());
  EXPECT_THAT(Findings(), Contains("NUMBER_SEQUENCE_EXHAUSTED numberSequences/wholesale"));
  ASSERT_THAT(
      Change("customer_group { name: 'customerGroups/wholesale' retired: true }", {"retired"}),
      IsOk());
  EXPECT_THAT(Findings(),
              ::testing::Not(Contains("NUMBER_SEQUENCE_EXHAUSTED numberSequences/wholesale")));
}

}  // namespace
}  // namespace comptoir::hq
