#include "common/customer/records/customers.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using ::testing::AnyOf;

class EditsTest : public HqTest {
 protected:
  void SetUp() override {
    SetUpChain();
    const auto created = Create(ACustomer().WithId(id_));
    ASSERT_THAT(created, IsOk());
    etag_ = created->etag();
  }

  customer::v1::UpdateCustomerRequest Notes(const std::string& notes) const {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id_));
    request.mutable_customer()->set_notes(notes);
    request.mutable_update_mask()->add_paths("notes");
    return request;
  }

  absl::StatusOr<Address> UpdateAddress(const Address& address, const std::string& path,
                                        const std::string& etag = "",
                                        const std::string& request_id = "") {
    customer::v1::UpdateAddressRequest request;
    *request.mutable_address() = address;
    request.mutable_update_mask()->add_paths(path);
    request.set_etag(etag);
    request.set_request_id(request_id);
    auto answer = Call(&Hq::UpdateAddress, request);
    if (!answer.ok()) return answer.status();
    return answer->value;
  }

  absl::StatusOr<Address> MakePrimary(const std::string& name) {
    Address address;
    address.set_name(name);
    address.set_primary(true);
    return UpdateAddress(address, "primary");
  }

  absl::StatusOr<Address> Deactivate(const std::string& name, const std::string& etag = "") {
    customer::v1::DeactivateAddressRequest request;
    request.set_name(name);
    request.set_etag(etag);
    auto answer = Call(&Hq::DeactivateAddress, request);
    if (!answer.ok()) return answer.status();
    return answer->value;
  }

  absl::StatusOr<Address> GetAddress(const std::string& name) {
    customer::v1::GetAddressRequest request;
    request.set_name(name);
    auto answer = Call(&Hq::GetAddress, request);
    if (!answer.ok()) return answer.status();
    return answer->value;
  }

  std::string Primary() { return Get(id_)->primary_address(); }

  const CustomerId id_ = NewId();
  std::string etag_;
};

// An edit with the etag that was read; the next one with that etag has lost the race.
TEST_F(EditsTest, EtagDecidesWhoEdits) {
  PROVES("C7");
  auto request = Notes("first");
  request.set_etag(etag_);
  const auto updated = Update(request);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->notes(), "first");
  EXPECT_NE(updated->etag(), etag_);

  request = Notes("second");
  request.set_etag(etag_);
  const auto late = Update(request);
  EXPECT_THAT(late, HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(late, HasMetadata("etag", updated->etag()));
  EXPECT_EQ(Get(id_)->notes(), "first");
}

// The answer was lost and the POS repeats the request: no second effect, no ETAG_MISMATCH.
TEST_F(EditsTest, RepeatedEditReturnsItsOutcome) {
  PROVES("C10");
  auto request = Notes("first");
  request.set_etag(etag_);
  request.set_request_id(NewId().ToString());
  const auto updated = Update(request);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(Update(request)->etag(), updated->etag());
  Restart();
  EXPECT_EQ(Update(request)->etag(), updated->etag());

  auto other = Notes("other");
  other.set_request_id(request.request_id());
  EXPECT_THAT(Update(other), HasReason("REQUEST_ID_REUSED"));
}

// A refused edit isn't remembered: corrected, it may keep its request id.
TEST_F(EditsTest, RefusedEditChangesNothing) {
  PROVES("C8", "C10");
  auto request = Notes("x");
  request.mutable_customer()->mutable_email()->set_address("nobody");
  request.mutable_update_mask()->add_paths("email");
  request.set_request_id(NewId().ToString());
  EXPECT_THAT(Update(request), HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_EQ(Get(id_)->notes(), "");
  EXPECT_EQ(Get(id_)->etag(), etag_);
  request.mutable_customer()->mutable_email()->set_address("ada@example.org");
  EXPECT_THAT(Update(request), IsOk());
}

// Requests that cannot be meant.
TEST_F(EditsTest, RefusesWhatCannotBeMeant) {
  PROVES("C7", "C8");
  auto request = Notes("x");
  request.set_request_id("42");
  EXPECT_THAT(Update(request), HasViolation("request_id", "REQUEST_ID_INVALID"));
  request = Notes("x");
  request.mutable_update_mask()->set_paths(0, "account_number");
  EXPECT_THAT(Update(request), HasViolation("account_number", "FIELD_NOT_UPDATABLE"));
  request = Notes("x");
  request.mutable_customer()->set_name(CustomerName(NewId()));
  EXPECT_THAT(Update(request), HasReason("CUSTOMER_NOT_FOUND"));
  request = Notes("x");
  request.set_channel("paris");
  EXPECT_THAT(Update(request), HasReason("CHANNEL_NOT_FOUND"));
}

// A customer that is only staged cannot be edited.
TEST_F(EditsTest, PendingCustomerCannotBeEdited) {
  PROVES("L1");
  SetNumbersBlocked(true);
  const CustomerId pending = NewId();
  UploadOnce(1, {CreateOperation(1, ACustomer().WithId(pending))});
  auto request = Notes("x");
  request.mutable_customer()->set_name(CustomerName(pending));
  EXPECT_THAT(Update(request), HasReason("CUSTOMER_PENDING"));
  EXPECT_THAT(AddAddress(pending, AnAddress()), HasReason("CUSTOMER_PENDING"));
}

// The first address is primary without being asked; the next one only if it asks.
TEST_F(EditsTest, ExactlyOnePrimaryAddress) {
  PROVES("A1", "A7");
  const auto first = AddAddress(id_, AnAddress().In("Austin", "US"));
  ASSERT_THAT(first, IsOk());
  EXPECT_TRUE(first->primary());
  const auto second = AddAddress(id_, AnAddress().In("Boston", "US"));
  EXPECT_FALSE(second->primary());
  const auto third = AddAddress(id_, AnAddress().In("Chicago", "US").Primary());
  EXPECT_TRUE(third->primary());
  EXPECT_EQ(Primary(), third->name());
  EXPECT_FALSE(GetAddress(first->name())->primary());

  EXPECT_TRUE(MakePrimary(second->name())->primary());
  EXPECT_EQ(Primary(), second->name());
  EXPECT_FALSE(GetAddress(third->name())->primary());
}

// Making another address primary writes the customer alone: the address's etag stays.
TEST_F(EditsTest, SwitchingPrimaryWritesOnlyTheCustomer) {
  PROVES("A1", "A7");
  ASSERT_THAT(AddAddress(id_, AnAddress()), IsOk());
  const auto second = AddAddress(id_, AnAddress());
  const std::string customer_etag = Get(id_)->etag();
  const auto primary = MakePrimary(second->name());
  EXPECT_EQ(primary->etag(), second->etag());
  EXPECT_NE(Get(id_)->etag(), customer_etag);
}

// Somebody must be primary, and somebody active.
TEST_F(EditsTest, PrimaryCannotBeUnsetNorDeactivated) {
  PROVES("A7");
  const auto first = AddAddress(id_, AnAddress());
  Address address;
  address.set_name(first->name());
  EXPECT_THAT(UpdateAddress(address, "primary"),
              HasViolation("address.primary", "PRIMARY_REQUIRED"));
  const auto second = AddAddress(id_, AnAddress());
  ASSERT_THAT(Deactivate(second->name()), IsOk());
  EXPECT_THAT(MakePrimary(second->name()), HasViolation("address.primary", "ADDRESS_DEACTIVATED"));
}

// If the primary address is deactivated the oldest active one follows, also among those that came
// together with the customer; with none left there is none.
TEST_F(EditsTest, OldestActiveAddressFollows) {
  PROVES("A7", "A8");
  const CustomerId id = NewId();
  const auto created = Create(ACustomer()
                                  .WithId(id)
                                  .At(AnAddress().In("Austin", "US"))
                                  .At(AnAddress().In("Boston", "US"))
                                  .At(AnAddress().In("Chicago", "US").Primary()));
  ASSERT_THAT(created, IsOk());
  ASSERT_THAT(AddAddress(id, AnAddress().In("Denver", "US")), IsOk());
  const auto deactivated = Deactivate(created->addresses(2).name());
  ASSERT_THAT(deactivated, IsOk());
  EXPECT_TRUE(deactivated->deactivated());
  EXPECT_FALSE(deactivated->primary());
  EXPECT_EQ(Get(id)->primary_address(), created->addresses(0).name());
  ASSERT_THAT(Deactivate(created->addresses(0).name()), IsOk());
  EXPECT_EQ(Get(id)->primary_address(), created->addresses(1).name());

  const auto only = AddAddress(id_, AnAddress());
  ASSERT_THAT(Deactivate(only->name()), IsOk());
  EXPECT_EQ(Primary(), "");
  EXPECT_TRUE(GetAddress(only->name())->deactivated());
  // The next one is the only active one, and so primary.
  EXPECT_TRUE(AddAddress(id_, AnAddress())->primary());
}

// An address has its own etag.
TEST_F(EditsTest, AddressEtagDecides) {
  PROVES("A10", "C7");
  const auto created = AddAddress(id_, AnAddress().In("Austin", "US"));
  Address change;
  change.set_name(created->name());
  change.set_city("Boston");
  const auto updated = UpdateAddress(change, "city", created->etag());
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->city(), "Boston");
  change.set_city("Chicago");
  EXPECT_THAT(UpdateAddress(change, "city", created->etag()), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Deactivate(created->name(), created->etag()), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Deactivate(created->name(), updated->etag()), IsOk());
}

// Repeated address requests have one effect.
TEST_F(EditsTest, RepeatedAddressRequests) {
  PROVES("C10");
  const AddressId address_id = NewId();
  const Address address = AnAddress().WithId(id_, address_id);
  const auto first = AddAddress(id_, address);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(AddAddress(id_, address)->etag(), first->etag());
  Address other = address;
  other.set_city("Austin");
  EXPECT_THAT(AddAddress(id_, other), HasReason("REQUEST_ID_REUSED"));

  const std::string request_id = NewId().ToString();
  Address change;
  change.set_name(first->name());
  change.set_city("Boston");
  const auto updated = UpdateAddress(change, "city", first->etag(), request_id);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(UpdateAddress(change, "city", first->etag(), request_id)->etag(), updated->etag());
  ASSERT_THAT(Deactivate(first->name()), IsOk());
  EXPECT_THAT(Deactivate(first->name()), IsOk());
}

// An address of another customer's name, a blank one, an unknown one.
TEST_F(EditsTest, RefusesWrongAddresses) {
  PROVES("A2", "A8", "C8");
  EXPECT_THAT(AddAddress(id_, AnAddress().WithId(NewId(), NewId())),
              HasViolation("address.name", "NAME_INVALID"));
  EXPECT_THAT(AddAddress(id_, Address()), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(AddAddress(NewId(), AnAddress()), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(GetAddress(AddressName({id_, NewId()})), HasReason("ADDRESS_NOT_FOUND"));
  Address address;
  address.set_name(AddressName({id_, NewId()}));
  EXPECT_THAT(UpdateAddress(address, "city"), HasReason("ADDRESS_NOT_FOUND"));
}

// With a thousand addresses, adding one and switching the primary one touch as few rows as with
// one.
TEST_F(EditsTest, CostDoesNotGrowWithAddresses) {
  PROVES("A1");
  for (int i = 0; i < 1000; ++i) ASSERT_THAT(AddAddress(id_, AnAddress()), IsOk());
  const auto before = database().Copy();
  const auto added = AddAddress(id_, AnAddress().Primary());
  ASSERT_THAT(added, IsOk());
  ASSERT_THAT(Deactivate(added->name()), IsOk());
  size_t changed = 0;
  for (const auto& [key, value] : database().Copy()) {
    const auto old = before.find(key);
    changed += old == before.end() || old->second != value;
  }
  EXPECT_LT(changed, 15u);
}

}  // namespace
}  // namespace comptoir::hq
