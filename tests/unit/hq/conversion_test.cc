#include "absl/strings/str_format.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConversionTest : public HqTest {
 protected:
  explicit ConversionTest(const HqOptions& options = {}) : HqTest(options) {}
  void SetUp() override { SetUpChain(); }

  // A customer that HQ's rules refuse, as a store with older rules may have taken it.
  Operation Wrong(uint64_t sequence, const CustomerId& id) {
    return CreateOperation(sequence, ACustomer().WithId(id).Email("nobody"));
  }
  absl::StatusOr<v1::StagedOperationInfo> Retry(const std::string& name) {
    v1::RetryOperationRequest request;
    request.set_name(name);
    return Administer<v1::StagedOperationInfo>(request, {});
  }
};

// What a store took offline becomes a customer with its number, as it was captured.
TEST_F(ConversionTest, MakesCustomersOfStagedOperations) {
  PROVES("P1", "P3");
  const CustomerId id = NewId();
  const absl::Time captured = clock_.Now();
  const Operation operation = CreateOperation(1, ACustomer()
                                                     .WithId(id)
                                                     .Phone("020 7946 0958")
                                                     .At(AnAddress().In("Austin", ""))
                                                     .At(AnAddress().In("London", "GB").Primary()));
  Advance(absl::Hours(5));
  UploadOnce(kLineage, {operation});
  const auto customer = Get(id);
  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(customer->account_number(), "C-00000001");
  EXPECT_EQ(customer->create_time().seconds(), absl::ToUnixSeconds(captured));
  EXPECT_EQ(customer->update_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(customer->phone().e164(), "+442079460958");
  EXPECT_EQ(customer->primary_address(), AddressName({id, DerivedAddressId(id, 1)}));
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 1u);
}

// Inheritance was computed by the store: that the operating unit has a country since changes
// nothing.
TEST_F(ConversionTest, DoesNotInheritAgain) {
  const CustomerId id = NewId();
  Operation operation = CreateOperation(1, ACustomer().WithId(id).At(AnAddress()));
  auto& captured = *operation.mutable_create_customer()->mutable_customer();
  captured.mutable_addresses(0)->clear_country();
  UploadOnce(kLineage, {operation});
  customer::v1::GetAddressRequest request;
  request.set_name(captured.addresses(0).name());
  const auto address = Call(&Hq::GetAddress, request);
  ASSERT_THAT(address, IsOk());
  EXPECT_EQ(address->value.country(), "");
}

// Each in order of arrival, numbers without gaps, however many commands it takes.
TEST_F(ConversionTest, ConvertsABacklogInOrder) {
  PROVES("P7", "P12");
  SetNumbersBlocked(true);
  std::vector<CustomerId> ids;
  std::vector<Operation> operations;
  for (uint64_t i = 0; i < 200; ++i) {
    ids.push_back(NewId());
    operations.push_back(CreateOperation(i + 1, ACustomer().WithId(ids.back())));
  }
  UploadOnce(kLineage, operations);
  SetNumbersBlocked(false);
  EXPECT_EQ(Status()->customers(), 200u);
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(Get(ids[i])->account_number(), absl::StrFormat("C-%08d", i + 1));
  }
}

// The store's answer was lost and it fell back: the operation meets its own customer and settles on
// it; no second number.
TEST_F(ConversionTest, SettlesOnTheCustomerThatExists) {
  PROVES("S6", "C10");
  const Customer customer = ACustomer().WithId(NewId());
  ASSERT_THAT(HqTest::Create(customer), IsOk());
  UploadOnce(kLineage, {CreateOperation(1, customer)});
  EXPECT_EQ(Status()->customers(), 1u);
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(HqTest::Create(ACustomer())->account_number(), "C-00000002");
}

// A POS that failed over sends the same UUID through two services: one customer.
TEST_F(ConversionTest, SameCreateFromTwoServicesIsOneCustomer) {
  PROVES("S11");
  SetNumbersBlocked(true);
  const Customer customer = ACustomer().WithId(NewId());
  UploadOnce(kLineage, {CreateOperation(1, customer)});
  UploadOnce(kLineage, {CreateOperation(1, customer)}, "register-7");
  EXPECT_EQ(Status()->staged_operations(), 2u);
  SetNumbersBlocked(false);
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 1u);
}

// The same UUID with other content is kept with its reason, beside the customer that the UUID is;
// it holds up nobody.
TEST_F(ConversionTest, OtherContentUnderAKnownIdIsKept) {
  PROVES("C10", "P8");
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  const CustomerId other = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Named("Grace")),
                        CreateOperation(2, ACustomer().WithId(other))});
  const auto refused = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(refused->operations(), SizeIs(1));
  EXPECT_EQ(refused->operations(0).reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(refused->operations(0).customer(), CustomerName(id));
  EXPECT_EQ(Get(id)->given_name(), "Ada");
  EXPECT_EQ(Get(other)->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(Status()->refused_operations(), 1u);
  // A person's retry finds the same.
  ASSERT_THAT(Retry(refused->operations(0).name()), IsOk());
  EXPECT_EQ(Status()->refused_operations(), 1u);
}

// Two staged creates of one UUID with different content: the first that arrived is the customer,
// also while it waits.
TEST_F(ConversionTest, LaterStagedCreateWithOtherContentIsKept) {
  PROVES("C10", "P7");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Named("Ada"))});
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Named("Grace"))}, "register-7");
  const auto refused = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(refused->operations(), SizeIs(1));
  EXPECT_EQ(refused->operations(0).name(), "operations/register-7/1001/1");
  EXPECT_EQ(Get(id)->given_name(), "Ada");
  SetNumbersBlocked(false);
  EXPECT_EQ(Get(id)->given_name(), "Ada");
  EXPECT_EQ(Get(id)->account_number(), "C-00000001");
}

// The store's synchronous create reaches HQ while its operation waits: the answer is the customer,
// made of what was staged; nothing is left to convert.
TEST_F(ConversionTest, SynchronousCreateConvertsTheStagedOne) {
  PROVES("S6");
  const CustomerId id = NewId();
  const Customer customer = ACustomer().WithId(id).At(AnAddress());
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, customer)});
  EXPECT_THAT(HqTest::Create(customer), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  EXPECT_THAT(HqTest::Create(ACustomer().WithId(id).Named("Grace")),
              HasReason("REQUEST_ID_REUSED"));

  // The job doesn't run, the caller doesn't wait for it.
  hq().Stop();
  SetNumbersBlocked(false);
  EXPECT_EQ(Status()->staged_operations(), 1u);
  const auto created = HqTest::Create(customer);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->account_number(), "C-00000001");
  EXPECT_THAT(created->addresses(), SizeIs(1));
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 1u);
}

// No number can be given: operations wait with that reason, told once, and go on by themselves when
// it is repaired.
TEST_F(ConversionTest, WaitsForTheNumberSequence) {
  PROVES("P5", "P12");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id))});
  EXPECT_EQ(Status()->conversion_reason(), "NUMBER_SEQUENCE_BLOCKED");
  const auto waiting = Operations(replication::v1::OPERATION_STATE_WAITING);
  ASSERT_THAT(waiting->operations(), SizeIs(1));
  EXPECT_EQ(waiting->operations(0).reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_EQ(waiting->operations(0).tries(), 0u);

  const uint64_t sequence = Status()->high_watermark().sequence();
  Advance(absl::Minutes(10));
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence) << "waiting must not write";

  SetNumbersBlocked(false);
  EXPECT_EQ(Get(id)->account_number(), "C-00000001");
  EXPECT_EQ(Status()->conversion_reason(), "");
}

// A number sequence that runs dry in the middle of a backlog: those before it are done.
TEST_F(ConversionTest, ExhaustedInTheMiddle) {
  PROVES("P12");
  v1::UpdateNumberSequenceRequest request;
  *request.mutable_number_sequence() = CustomerNumbers();
  request.mutable_number_sequence()->set_highest(2);
  request.mutable_update_mask()->add_paths("highest");
  ASSERT_THAT(Administer<v1::NumberSequence>(request), IsOk());
  std::vector<Operation> operations;
  for (uint64_t i = 1; i <= 5; ++i) {
    operations.push_back(CreateOperation(i, ACustomer().WithId(NewId())));
  }
  UploadOnce(kLineage, operations);
  EXPECT_EQ(Status()->customers(), 2u);
  EXPECT_EQ(Status()->staged_operations(), 3u);
  EXPECT_EQ(Status()->conversion_reason(), "NUMBER_SEQUENCE_EXHAUSTED");

  // One more number is one more customer; for the others nothing is written.
  const uint64_t sequence = Status()->high_watermark().sequence();
  request.mutable_number_sequence()->set_highest(3);
  ASSERT_THAT(Administer<v1::NumberSequence>(request), IsOk());
  EXPECT_EQ(Status()->customers(), 3u);
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence + 2);

  request.mutable_number_sequence()->set_highest(100);
  ASSERT_THAT(Administer<v1::NumberSequence>(request), IsOk());
  EXPECT_EQ(Status()->customers(), 5u);
}

// HQ's answer is that the operation is wrong: three tries with growing pauses, then it is kept with
// its reason and the fields. Nobody else waits.
TEST_F(ConversionTest, RefusedOperationIsTriedAndThenKept) {
  PROVES("P5", "P8");
  const CustomerId wrong = NewId();
  const CustomerId good = NewId();
  UploadOnce(kLineage, {Wrong(1, wrong), CreateOperation(2, ACustomer().WithId(good))});
  EXPECT_EQ(Get(good)->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  const auto first = Operations();
  ASSERT_THAT(first->operations(), SizeIs(1));
  EXPECT_EQ(first->operations(0).state(), replication::v1::OPERATION_STATE_WAITING);
  EXPECT_EQ(first->operations(0).tries(), 1u);
  EXPECT_EQ(first->operations(0).reason(), "INVALID_FIELDS");

  Advance(absl::Minutes(1));
  const auto kept = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(kept->operations(), SizeIs(1));
  EXPECT_EQ(kept->operations(0).tries(), 3u);
  EXPECT_THAT(kept->operations(0).fields(), ElementsAre("email"));
  EXPECT_EQ(Get(wrong)->pending_reason(), "INVALID_FIELDS");
  Advance(absl::Hours(1));
  EXPECT_EQ(Operations()->operations(0).tries(), 3u);
}

// A person retries; it has all its tries again. What isn't there cannot be retried.
TEST_F(ConversionTest, RetryTriesAgain) {
  PROVES("P8");
  UploadOnce(kLineage, {Wrong(1, NewId())});
  Advance(absl::Minutes(1));
  const auto kept = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(kept->operations(), SizeIs(1));
  const auto retried = Retry(kept->operations(0).name());
  ASSERT_THAT(retried, IsOk());
  EXPECT_EQ(retried->state(), replication::v1::OPERATION_STATE_STAGED);
  EXPECT_EQ(Operations()->operations(0).tries(), 1u);
  EXPECT_EQ(Status()->refused_operations(), 0u);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Status()->refused_operations(), 1u);

  EXPECT_THAT(Retry("operations/houston-1/1001/99"), HasReason("OPERATION_NOT_FOUND"));
  EXPECT_THAT(Retry("operations/1"), HasViolation("name", "NAME_INVALID"));
}

// The clock goes back while an operation waits for its next try: the try isn't put off until then.
TEST_F(ConversionTest, ClockThatGoesBackDelaysNoRetry) {
  PROVES("P5");
  UploadOnce(kLineage, {Wrong(1, NewId())});
  EXPECT_EQ(Operations()->operations(0).tries(), 1u);
  clock_.Advance(absl::Hours(-1));
  // Whatever is committed has HQ look at what is due.
  ASSERT_THAT(HqTest::Create(ACustomer()), IsOk());
  EXPECT_EQ(Operations()->operations(0).tries(), 2u);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Status()->refused_operations(), 1u);
}

// A refusal that an administrator has repaired meanwhile converts at its next try.
TEST_F(ConversionTest, RepairedOperationConvertsAtItsNextTry) {
  PROVES("P5");
  const CustomerId id = NewId();
  Operation operation = CreateOperation(1, ACustomer().WithId(id));
  operation.set_channel("dallas");
  UploadOnce(kLineage, {operation});
  EXPECT_EQ(Operations()->operations(0).reason(), "CHANNEL_NOT_FOUND");
  v1::GetChannelRequest get;
  get.set_name("channels/houston");
  v1::CreateChannelRequest create;
  *create.mutable_channel() = *Administer<v1::Channel>(get);
  create.mutable_channel()->set_name("channels/dallas");
  ASSERT_THAT(Administer<v1::Channel>(create), IsOk());
  Advance(absl::Seconds(30));
  EXPECT_EQ(Get(id)->state(), customer::v1::CUSTOMER_STATE_SYNCED);
}

// What a newer channel service may do: kept, visible, nothing else waits.
TEST_F(ConversionTest, OtherKindsAreKept) {
  PROVES("P8");
  Operation unknown;
  unknown.set_sequence(1);
  unknown.set_customer_id(std::string(NewId().bytes()));
  unknown.set_request_id(std::string(NewId().bytes()));
  UploadOnce(kLineage, {unknown});
  const auto kept = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(kept->operations(), SizeIs(1));
  EXPECT_EQ(kept->operations(0).reason(), "NOT_SUPPORTED_YET");
  EXPECT_EQ(kept->operations(0).kind(), "");
}

// HQ stops in the middle of a backlog and starts again: no number twice, none lost.
TEST_F(ConversionTest, GoesOnAfterARestart) {
  PROVES("P12", "S6");
  SetNumbersBlocked(true);
  std::vector<Operation> operations;
  for (uint64_t i = 1; i <= 100; ++i) {
    operations.push_back(CreateOperation(i, ACustomer().WithId(NewId())));
  }
  UploadOnce(kLineage, operations);
  hq().Stop();
  SetNumbersBlocked(false);
  EXPECT_EQ(Status()->staged_operations(), 100u);
  Restart();
  EXPECT_EQ(Status()->customers(), 100u);
  EXPECT_EQ(HqTest::Create(ACustomer())->account_number(), "C-00000101");
}

// The commit queue or the disk is full: conversion waits and goes on.
TEST_F(ConversionTest, FullDiskDelaysConversion) {
  PROVES("P5");
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))});
  hq().Stop();
  SetNumbersBlocked(false);
  database().set_free_bytes(0);
  hq().Start();
  RunAll();
  EXPECT_EQ(Status()->customers(), 0u);
  database().set_free_bytes(1 << 30);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Status()->customers(), 1u);
}

// Long lists of operations come in pages.
TEST_F(ConversionTest, ListsOperationsInPages) {
  SetNumbersBlocked(true);
  std::vector<Operation> operations;
  for (uint64_t i = 1; i <= 5; ++i) {
    operations.push_back(CreateOperation(i, ACustomer().WithId(NewId())));
  }
  UploadOnce(kLineage, operations);
  v1::ListOperationsRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page = Administer<v1::ListOperationsResponse>(request);
    ASSERT_THAT(page, IsOk());
    for (const auto& operation : page->operations()) names.push_back(operation.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("operations/houston-1/1001/1", "operations/houston-1/1001/2",
                                 "operations/houston-1/1001/3", "operations/houston-1/1001/4",
                                 "operations/houston-1/1001/5"));
  request.set_state(replication::v1::OPERATION_STATE_QUEUED);
  EXPECT_THAT(Administer<v1::ListOperationsResponse>(request),
              HasViolation("state", "VALUE_UNKNOWN"));
}

// Every filter narrows the list, together too; what a page looks at is bounded, so it may be empty
// and still have a next one.
TEST_F(ConversionTest, ListsOperationsByFilters) {
  PROVES("M1");
  SetNumbersBlocked(true);
  const CustomerId first = NewId();
  const CustomerId second = NewId();
  const absl::Time start = clock_.Now();
  const Operation early = CreateOperation(1, ACustomer().WithId(first));
  Advance(absl::Hours(1));
  Operation late = CreateOperation(2, ACustomer().WithId(second));
  late.set_channel("dallas");
  UploadOnce(kLineage, {early, late});
  UploadOnce(kLineage, {Wrong(1, NewId())}, "register-7");
  Advance(absl::Minutes(1));
  const auto names = [this](const v1::ListOperationsRequest& request) {
    std::vector<std::string> found;
    const auto response = Administer<v1::ListOperationsResponse>(request);
    EXPECT_THAT(response, IsOk());
    for (const auto& operation : response->operations()) found.push_back(operation.name());
    return found;
  };
  constexpr char kEarly[] = "operations/houston-1/1001/1";
  constexpr char kLate[] = "operations/houston-1/1001/2";
  constexpr char kRegister[] = "operations/register-7/1001/1";
  v1::ListOperationsRequest request;
  EXPECT_THAT(names(request), ElementsAre(kEarly, kLate, kRegister));
  request.set_channel("dallas");
  EXPECT_THAT(names(request), ElementsAre(kLate));
  request.set_state(replication::v1::OPERATION_STATE_STAGED);
  EXPECT_THAT(names(request), IsEmpty());
  request.Clear();
  request.set_channel_service("register-7");
  EXPECT_THAT(names(request), ElementsAre(kRegister));
  request.Clear();
  request.set_customer(CustomerName(first));
  EXPECT_THAT(names(request), ElementsAre(kEarly));
  request.set_kind("edit_customer");
  EXPECT_THAT(names(request), IsEmpty());
  request.set_kind("anything");
  EXPECT_THAT(Administer<v1::ListOperationsResponse>(request),
              HasViolation("kind", "VALUE_UNKNOWN"));
  request.Clear();
  request.mutable_captured_from()->set_seconds(absl::ToUnixSeconds(start) + 1);
  EXPECT_THAT(names(request), ElementsAre(kLate, kRegister));
  request.Clear();
  request.mutable_captured_before()->set_seconds(absl::ToUnixSeconds(start) + 1);
  EXPECT_THAT(names(request), ElementsAre(kEarly));
  request.Clear();
  request.set_customer("accountNumbers/C-00000099");
  EXPECT_THAT(Administer<v1::ListOperationsResponse>(request), HasReason("CUSTOMER_NOT_FOUND"));
}

// A filter that little fits: each page looks at 2,000 operations and says where to go on.
TEST_F(ConversionTest, PagesOfFilteredListsAreBounded) {
  PROVES("M1");
  SetNumbersBlocked(true);
  std::vector<Operation> operations;
  for (uint64_t i = 1; i <= 2100; ++i) {
    operations.push_back(CreateOperation(i, ACustomer().WithId(NewId())));
  }
  operations.back().set_channel("dallas");
  UploadOnce(kLineage, operations);
  v1::ListOperationsRequest request;
  request.set_channel("dallas");
  const auto first = Administer<v1::ListOperationsResponse>(request);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->operations(), IsEmpty());
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  const auto second = Administer<v1::ListOperationsResponse>(request);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(second->operations(), SizeIs(1));
  EXPECT_EQ(second->next_page_token(), "");
}

// HQ without a number sequence at all. (P12)
class NoNumberSequenceTest : public HqTest {};

TEST_F(NoNumberSequenceTest, OperationsWait) {
  v1::CreateProfileRequest profile;
  profile.mutable_profile()->set_name("profiles/default");
  ASSERT_THAT(Administer<v1::Profile>(profile), IsOk());
  v1::CreateOperatingUnitRequest unit;
  unit.mutable_operating_unit()->set_name("operatingUnits/001");
  ASSERT_THAT(Administer<v1::OperatingUnit>(unit), IsOk());
  v1::CreateChannelRequest channel;
  channel.mutable_channel()->set_name("channels/houston");
  channel.mutable_channel()->set_profile("profiles/default");
  channel.mutable_channel()->set_operating_unit("operatingUnits/001");
  channel.mutable_channel()->set_currency("USD");
  channel.mutable_channel()->set_language("en-US");
  ASSERT_THAT(Administer<v1::Channel>(channel), IsOk());
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_MISSING"));
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))});
  EXPECT_EQ(Status()->conversion_reason(), "NUMBER_SEQUENCE_MISSING");
  SetUpNumbers();
  EXPECT_EQ(Status()->customers(), 1u);
}

}  // namespace
}  // namespace comptoir::hq
