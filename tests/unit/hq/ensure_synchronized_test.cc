// Somebody waits for one customer: HQ converts it now.

#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using ::testing::SizeIs;

class EnsureSynchronizedTest : public HqTest {
 protected:
  // The job doesn't run: what happens, the call does.
  void SetUp() override { SetUpChain(); }

  absl::StatusOr<Customer> Ensure(const std::string& name) {
    customer::v1::EnsureSynchronizedRequest request;
    request.set_name(name);
    return Ensure(request);
  }
  absl::StatusOr<Customer> Ensure(const customer::v1::EnsureSynchronizedRequest& request) {
    auto answer = Call(&Hq::EnsureSynchronized, request);
    if (!answer.ok()) return answer.status();
    return std::move(answer->value);
  }
  void UploadUnconverted(const std::vector<replication::v1::Operation>& operations) {
    SetNumbersBlocked(true);
    UploadOnce(kLineage, operations);
    hq().Stop();
    SetNumbersBlocked(false);
  }
};

// A staged customer is converted in the call; repeating it changes nothing; the job finds nothing
// left to do.
TEST_F(EnsureSynchronizedTest, ConvertsNow) {
  PROVES("P10", "P2");
  const CustomerId id = NewId();
  const Customer customer = ACustomer().WithId(id).At(AnAddress());
  const auto operation = CreateOperation(1, customer);
  UploadUnconverted({operation});
  EXPECT_EQ(Status()->staged_operations(), 1u);
  const auto synced = Ensure(CustomerName(id));
  ASSERT_THAT(synced, IsOk());
  EXPECT_EQ(synced->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(synced->account_number(), "C-00000001");
  EXPECT_EQ(synced->create_time().seconds(), operation.capture_time().seconds());
  EXPECT_EQ(Status()->staged_operations(), 0u);
  const uint64_t sequence = Status()->high_watermark().sequence();
  EXPECT_EQ(Ensure(CustomerName(id))->account_number(), "C-00000001");
  EXPECT_EQ(Ensure(AddressName({id, DerivedAddressId(id, 0)}))->account_number(), "C-00000001");
  EXPECT_THAT(Ensure(AddressName({id, NewId()})), HasReason("ADDRESS_NOT_FOUND"));
  hq().Start();
  RunAll();
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence);
  EXPECT_EQ(Status()->customers(), 1u);
}

// What keeps it from being converted is the answer, and counts as no try.
TEST_F(EnsureSynchronizedTest, AnswersWhyNot) {
  PROVES("P10");
  EXPECT_THAT(Ensure(CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Ensure("customers/1"), HasViolation("name", "NAME_INVALID"));
  const CustomerId wrong = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(wrong).Email("nobody"))});
  Advance(absl::Minutes(1));
  EXPECT_THAT(Ensure(CustomerName(wrong)), HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_EQ(Operations()->operations(0).tries(), 3u);
  SetNumbersBlocked(true);
  const CustomerId waiting = NewId();
  UploadOnce(kLineage, {CreateOperation(2, ACustomer().WithId(waiting))});
  EXPECT_THAT(Ensure(CustomerName(waiting)), HasReason("NUMBER_SEQUENCE_BLOCKED"));

  v1::DiscardOperationRequest discard;
  discard.set_name("operations/houston-1/1001/1");
  discard.set_reason("a test");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(discard, {}), IsOk());
  EXPECT_THAT(Ensure(CustomerName(wrong)), HasReason("CUSTOMER_REJECTED"));
}

// A store asks for its own customer, whose UUID is another's at HQ.
TEST_F(EnsureSynchronizedTest, IsOfTheSameCreate) {
  PROVES("P10", "C10");
  const CustomerId id = NewId();
  const Customer customer = ACustomer().WithId(id);
  ASSERT_THAT(HqTest::Create(customer), IsOk());
  customer::v1::EnsureSynchronizedRequest request;
  request.set_name(CustomerName(id));
  request.mutable_forwarded()->set_request_digest("of another create");
  EXPECT_THAT(Ensure(request), HasReason("REQUEST_ID_REUSED"));
  request.mutable_forwarded()->set_request_digest(CreateOperation(1, customer).request_digest());
  EXPECT_THAT(Ensure(request), IsOk());
}

}  // namespace
}  // namespace comptoir::hq
