// Addresses that stores took without asking HQ, as HQ makes them master data.

#include <map>
#include <string>

#include "common/customer/records/customers.h"
#include "common/customer/requests/digest.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;
using replication::v1::OPERATION_STATE_APPLIED;
using replication::v1::OPERATION_STATE_WAITING;
using replication::v1::OperationResult;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kOtherService[] = "houston-2";

class StagedAddressTest : public SubscriptionTest {
 protected:
  using Info = v1::StagedOperationInfo;

  // What a channel service makes of an address that it took without asking, of the customer that
  // it knows by `customer`, a create.
  Operation AddressOperation(uint64_t sequence, const Operation& customer, const Address& address) {
    return AddressOperation(sequence, customer, address, NewId());
  }
  Operation AddressOperation(uint64_t sequence, const Operation& customer, const Address& address,
                             const AddressId& id) {
    Operation operation;
    operation.set_sequence(sequence);
    operation.set_customer_id(customer.customer_id());
    operation.set_customer_digest(customer.request_digest());
    operation.set_request_id(std::string(id.bytes()));
    operation.set_request_digest("digest of " + address.SerializeAsString());
    operation.set_channel(kChannel);
    *operation.mutable_capture_time() = customer.capture_time();
    *operation.mutable_create_address()->mutable_address() = address;
    operation.mutable_create_address()->mutable_address()->set_name(NameOf(operation));
    return operation;
  }
  static std::string NameOf(const Operation& operation) {
    return AddressName(
        {Uuid::FromBytes(operation.customer_id()), Uuid::FromBytes(operation.request_id())});
  }
  absl::StatusOr<Address> Find(const std::string& name) {
    customer::v1::GetAddressRequest request;
    request.set_name(name);
    COMPTOIR_ASSIGN_OR_RETURN(auto answer, Call(&Hq::GetAddress, request));
    return std::move(answer.value);
  }
  std::vector<Info> Staged() {
    const auto operations = Operations();
    return {operations->operations().begin(), operations->operations().end()};
  }
  absl::StatusOr<Info> Discard(const std::string& name) {
    v1::DiscardOperationRequest request;
    request.set_name(name);
    request.set_reason("a test");
    return Administer<Info>(request);
  }
};

// It comes right behind its customer and is the customer's, dated as it was captured, and the one
// that it asks to be: primary.
TEST_F(StagedAddressTest, FollowsItsCustomer) {
  PROVES("A9", "P7", "A7");
  const CustomerId id = NewId();
  const Operation create =
      CreateOperation(1, ACustomer().WithId(id).At(AnAddress().In("Austin", "US")));
  const Operation plain = AddressOperation(2, create, AnAddress().In("London", "GB"));
  const Operation primary = AddressOperation(3, create, AnAddress().In("Paris", "FR").Primary());
  const absl::Time captured = clock_.Now();
  Advance(absl::Hours(5));
  UploadOnce(kLineage, {create, plain, primary});
  const auto customer = Get(id);
  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->primary_address(), NameOf(primary));
  const auto address = Find(NameOf(plain));
  ASSERT_THAT(address, IsOk());
  EXPECT_EQ(address->city(), "London");
  EXPECT_FALSE(address->primary());
  EXPECT_FALSE(address->pending());
  EXPECT_EQ(address->create_time().seconds(), absl::ToUnixSeconds(captured));
  EXPECT_EQ(address->update_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(Staged(), IsEmpty());
}

// What was filled in was filled in by the store: a name and country that its customer and channel
// have got since aren't taken.
TEST_F(StagedAddressTest, TakesNothingFromItsCustomer) {
  PROVES("F9");
  const Operation create =
      CreateOperation(1, ACustomer().WithId(NewId()).Phone("020 7946 0958").At(AnAddress()));
  const Operation bare = AddressOperation(2, create, AnAddress().In("Springfield", ""));
  UploadOnce(kLineage, {create, bare});
  const auto address = Find(NameOf(bare));
  ASSERT_THAT(address, IsOk());
  EXPECT_EQ(address->country(), "");
  EXPECT_EQ(address->phone().number(), "");
}

// The customer cannot be numbered: its addresses wait, visibly, in their order, and go on by
// themselves, however many there are. Others don't wait.
TEST_F(StagedAddressTest, WaitsForItsCustomer) {
  PROVES("P7", "P12");
  const auto at_hq = Create(ACustomer().WithId(NewId()));
  ASSERT_THAT(at_hq, IsOk());
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  std::vector<Operation> operations = {CreateOperation(1, ACustomer().WithId(id))};
  for (uint64_t i = 0; i < 150; ++i) {
    operations.push_back(AddressOperation(i + 2, operations[0], AnAddress().Primary()));
  }
  UploadOnce(kLineage, operations);
  ASSERT_THAT(Staged(), SizeIs(100));  // a page
  EXPECT_EQ(Staged()[1].state(), replication::v1::OPERATION_STATE_WAITING);
  EXPECT_EQ(Staged()[1].reason(), "CUSTOMER_PENDING");
  EXPECT_THAT(Find(NameOf(operations[1])), HasReason("CUSTOMER_PENDING"));

  SetNumbersBlocked(false);
  EXPECT_THAT(Staged(), IsEmpty());
  EXPECT_EQ(Get(id)->primary_address(), NameOf(operations.back()));
}

// An address is here before anybody told HQ of its customer: it waits until that comes, by whatever
// path.
TEST_F(StagedAddressTest, WaitsForACustomerThatHqDoesNotKnow) {
  PROVES("P7");
  const Customer customer = ACustomer().WithId(NewId()).Named("Ada");
  Operation create = CreateOperation(1, customer);
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannel);
  *request.mutable_customer() = customer;
  request.mutable_forwarded()->set_channel_service(kOtherService);
  request.mutable_forwarded()->set_request_digest(create.request_digest());
  const Operation address = AddressOperation(1, create, AnAddress());
  UploadOnce(kLineage, {address});
  ASSERT_THAT(Staged(), SizeIs(1));
  EXPECT_EQ(Staged()[0].reason(), "CUSTOMER_NOT_FOUND");
  ASSERT_THAT(Call(&Hq::CreateCustomer, request), IsOk());
  EXPECT_THAT(Find(NameOf(address)), IsOk());
  EXPECT_THAT(Staged(), IsEmpty());
}

// Two services deliver one address: it is one, and both are told.
TEST_F(StagedAddressTest, OverTwoServicesIsOne) {
  PROVES("S11", "C10", "P7");
  const Operation create = CreateOperation(1, ACustomer().WithId(NewId()));
  const Operation address = AddressOperation(2, create, AnAddress());
  UploadOnce(kLineage, {create, address});
  UploadOnce(kOtherLineage, {create, address}, kOtherService);
  EXPECT_THAT(Staged(), IsEmpty());
  for (const char* const service : {kStore, kOtherService}) {
    auto stream = OpenSubscription(SubscribeHello(kLineage, service));
    Replica replica;
    Follow(stream, replica);
    int applied = 0;
    for (const OperationResult& result : replica.results) {
      applied += result.request_id() == address.request_id() &&
                 result.state() == replication::v1::OPERATION_STATE_APPLIED;
    }
    EXPECT_EQ(applied, 1) << service;
  }
}

// The id of an address with other content: kept for a person, who discards it. A late copy of it is
// told the same, and the address that has the id stays.
TEST_F(StagedAddressTest, ReusedIdIsKeptAndDiscarded) {
  PROVES("C10", "P8");
  const Operation create = CreateOperation(1, ACustomer().WithId(NewId()));
  const Operation first = AddressOperation(2, create, AnAddress().In("London", "GB"));
  const Operation second = AddressOperation(1, create, AnAddress().In("Paris", "FR"),
                                            Uuid::FromBytes(first.request_id()));
  UploadOnce(kLineage, {create, first});
  UploadOnce(kOtherLineage, {second}, kOtherService);
  ASSERT_THAT(Staged(), SizeIs(1));
  EXPECT_EQ(Staged()[0].reason(), "REQUEST_ID_REUSED");
  ASSERT_THAT(Discard(Staged()[0].name()), IsOk());
  Operation late = second;
  late.set_sequence(3);
  UploadOnce(kLineage, {late});
  EXPECT_THAT(Staged(), IsEmpty());
  EXPECT_EQ(Find(NameOf(first))->city(), "London");
}

// One request of a POS, made of two customers that had one UUID in its store, one after the other:
// each waits for its own customer, and HQ says whose it speaks of.
TEST_F(StagedAddressTest, OfTwoCustomersOfOneUuidAreTwo) {
  PROVES("C10", "P8", "P13");
  const CustomerId id = NewId();
  const Operation of_hq = CreateOperation(1, ACustomer().WithId(id).Named("Curie"));
  UploadOnce(kLineage, {of_hq}, kOtherService);
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const Operation reused = CreateOperation(1, ACustomer().WithId(id).Named("Hopper"));
  const Operation first = AddressOperation(2, reused, AnAddress());
  const Operation second =
      AddressOperation(3, of_hq, AnAddress(), Uuid::FromBytes(first.request_id()));
  UploadOnce(kLineage, {reused, first, second});
  Follow(stream, replica);
  stream.Break();
  std::map<std::string, replication::v1::OperationState> states;
  for (const OperationResult& result : replica.results) {
    if (result.request_id() == first.request_id())
      states[result.customer_digest()] = result.state();
  }
  EXPECT_THAT(states, UnorderedElementsAre(Pair(reused.request_digest(), OPERATION_STATE_WAITING),
                                           Pair(of_hq.request_digest(), OPERATION_STATE_APPLIED)));

  // The store asks again for what has become of the second: the first one isn't taken for it.
  replica.results.clear();
  stream = Resume(replica, kLineage, {Unsettled(second)});
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), OPERATION_STATE_APPLIED);
  EXPECT_EQ(replica.results[0].customer_digest(), of_hq.request_digest());
  ASSERT_THAT(Staged(), SizeIs(2));
  EXPECT_EQ(Staged()[1].name(), "operations/houston-1/1001/2");
}

// HQ refuses an address; others of its customer don't wait for it. A person corrects what HQ
// refused, and it is what was corrected.
TEST_F(StagedAddressTest, RefusedOneIsCorrected) {
  PROVES("P7", "P8");
  const Operation create = CreateOperation(1, ACustomer().WithId(NewId()));
  Address wrong = AnAddress().In("London", "GB");
  wrong.mutable_email()->set_address("nobody");
  const Operation refused = AddressOperation(2, create, wrong);
  const Operation good = AddressOperation(3, create, AnAddress().In("Paris", "FR"));
  UploadOnce(kLineage, {create, refused, good});
  Advance(absl::Minutes(1));
  EXPECT_THAT(Find(NameOf(good)), IsOk());
  ASSERT_THAT(Staged(), SizeIs(1));
  EXPECT_EQ(Staged()[0].state(), replication::v1::OPERATION_STATE_REFUSED);
  EXPECT_THAT(Staged()[0].fields(), ElementsAre("email"));

  v1::CorrectOperationRequest correct;
  correct.set_name(Staged()[0].name());
  correct.mutable_address()->mutable_email()->set_address("none@");
  correct.mutable_update_mask()->add_paths("email");
  EXPECT_THAT(Administer<Info>(correct), HasReason("INVALID_FIELDS"));
  correct.mutable_address()->mutable_email()->set_address("Home@Example.org");
  const auto corrected = Administer<Info>(correct);
  ASSERT_THAT(corrected, IsOk());
  const auto address = Find(NameOf(refused));
  ASSERT_THAT(address, IsOk());
  EXPECT_EQ(address->email().normalized(), "home@example.org");
  EXPECT_THAT(Staged(), IsEmpty());
}

// The customer's create is another one's UUID, and a person gives it one of its own: the addresses
// that its store captured go there, also those that come later, and none to the first.
TEST_F(StagedAddressTest, GoesWithACustomerThatGetsAnotherId) {
  PROVES("P8", "C10");
  const CustomerId id = NewId();
  UploadOnce(kOtherLineage, {CreateOperation(1, ACustomer().WithId(id).Named("Grace"))},
             kOtherService);
  const Operation create = CreateOperation(1, ACustomer().WithId(id).Named("Ada"));
  const Operation early = AddressOperation(2, create, AnAddress().In("London", "GB"));
  UploadOnce(kLineage, {create, early});
  ASSERT_THAT(Staged(), SizeIs(2));
  EXPECT_EQ(Staged()[1].reason(), "CUSTOMER_PENDING");

  v1::CorrectOperationRequest correct;
  correct.set_name(Staged()[0].name());
  correct.mutable_update_mask()->add_paths("name");
  const auto moved = Administer<Info>(correct);
  ASSERT_THAT(moved, IsOk());
  const Operation late = AddressOperation(3, create, AnAddress().In("Paris", "FR"));
  UploadOnce(kLineage, {late});
  EXPECT_THAT(Staged(), IsEmpty());
  for (const Operation& operation : {early, late}) {
    const CustomerId home = ParseCustomerName(moved->customer()).value();
    EXPECT_THAT(Find(AddressName({home, Uuid::FromBytes(operation.request_id())})), IsOk());
    EXPECT_THAT(Find(NameOf(operation)), HasReason("ADDRESS_NOT_FOUND"));
  }
}

// Whose customer was given up is refused, and a person gives it up too.
TEST_F(StagedAddressTest, OfADiscardedCustomerIsRefused) {
  PROVES("P8");
  const CustomerId id = NewId();
  const Operation create = CreateOperation(1, ACustomer().WithId(id).Email("nobody"));
  const Operation address = AddressOperation(2, create, AnAddress());
  UploadOnce(kLineage, {create, address});
  Advance(absl::Minutes(1));
  ASSERT_THAT(Discard("operations/houston-1/1001/1"), IsOk());
  ASSERT_THAT(Staged(), SizeIs(1));
  EXPECT_EQ(Staged()[0].reason(), "CUSTOMER_REJECTED");
  ASSERT_THAT(Discard(Staged()[0].name()), IsOk());
  EXPECT_THAT(Staged(), IsEmpty());
}

// An order needs the address now: it is converted with its customer, whatever else waits.
TEST_F(StagedAddressTest, IsSynchronizedAtOnce) {
  PROVES("P10");
  SetNumbersBlocked(true);
  const Operation create = CreateOperation(1, ACustomer().WithId(NewId()));
  const Operation address = AddressOperation(2, create, AnAddress());
  UploadOnce(kLineage, {create, address});
  hq().Stop();  // No job runs.
  SetNumbersBlocked(false);
  customer::v1::EnsureSynchronizedRequest request;
  request.set_name(NameOf(address));
  const auto ensured = Call(&Hq::EnsureSynchronized, request);
  ASSERT_THAT(ensured, IsOk());
  EXPECT_EQ(ensured->value.primary_address(), NameOf(address));
  EXPECT_THAT(Find(NameOf(address)), IsOk());
}

// A person gave a customer up and then an address of it; a restored store uploads the address again
// in its new lineage: HQ remembers.
TEST_F(StagedAddressTest, DiscardedWithItsCustomerAndUploadedAgain) {
  PROVES("P7", "P8", "P13");
  const Operation create = CreateOperation(1, ACustomer().WithId(NewId()).Email("nobody"));
  Operation address = AddressOperation(2, create, AnAddress());
  UploadOnce(kLineage, {create, address});
  Advance(absl::Minutes(1));
  ASSERT_THAT(Discard("operations/houston-1/1001/1"), IsOk());
  RunAll();
  ASSERT_THAT(Discard("operations/houston-1/1001/2"), IsOk());
  ASSERT_THAT(Staged(), IsEmpty());

  address.set_sequence(1);
  UploadOnce(kOtherLineage, {address});
  EXPECT_THAT(Staged(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::hq
