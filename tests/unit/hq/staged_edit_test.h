// Edits that stores made without asking HQ, as tests make them.

#ifndef COMPTOIR_TESTS_UNIT_HQ_STAGED_EDIT_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_STAGED_EDIT_TEST_H_

#include <string>
#include <vector>

#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {

class StagedEditTest : public SubscriptionTest {
 protected:
  using Address = customer::v1::Address;
  using Customer = customer::v1::Customer;
  using Info = v1::StagedOperationInfo;
  using Operation = replication::v1::Operation;

  static constexpr char kOther[] = "houston-2";
  static constexpr char kSecond[] = "operations/houston-1/1001/2";

  void SetUp() override {
    SubscriptionTest::SetUp();
    id_ = NewId();
    create_ = CreateOperation(1, ACustomer().WithId(id_).Named("Ada").At(AnAddress()));
    UploadOnce(kLineage, {create_});
  }

  static Customer Notes(const std::string& notes) {
    Customer customer;
    customer.set_notes(notes);
    return customer;
  }
  // An edit of the customer that `create` made, from `before` to `after` in these fields.
  Operation Edit(uint64_t sequence, const Operation& create, const Customer& before,
                 const Customer& after, const FieldNames& fields) {
    Operation operation = NewEdit(sequence, create);
    *operation.mutable_edit_customer()->mutable_changes() = ChangesOf(before, after, fields);
    return operation;
  }
  Operation EditNotes(uint64_t sequence, const std::string& before, const std::string& after) {
    return Edit(sequence, create_, Notes(before), Notes(after), {"notes"});
  }
  Operation EditAddress(uint64_t sequence, const AddressId& address, const Address& before,
                        const Address& after, const FieldNames& fields) {
    Operation operation = NewEdit(sequence, create_);
    operation.mutable_edit_address()->set_address_id(std::string(address.bytes()));
    *operation.mutable_edit_address()->mutable_changes() = ChangesOf(before, after, fields);
    return operation;
  }
  void EditAtHq(const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    *request.mutable_customer() = Notes(notes);
    request.mutable_customer()->set_name(CustomerName(id_));
    request.mutable_update_mask()->add_paths("notes");
    ASSERT_THAT(Update(request), IsOk());
  }
  std::vector<v1::Conflict> Conflicts(const v1::ListConflictsRequest& request = {}) {
    const auto response = Administer<v1::ListConflictsResponse>(request);
    EXPECT_THAT(response, IsOk());
    return {response->conflicts().begin(), response->conflicts().end()};
  }
  absl::StatusOr<Info> GetOperation(const std::string& name) {
    v1::GetOperationRequest request;
    request.set_name(name);
    return Administer<Info>(request);
  }
  std::vector<std::string> StagedNames() {
    std::vector<std::string> names;
    const auto staged = Operations();
    for (const auto& operation : staged->operations()) names.push_back(operation.name());
    return names;
  }
  // Born the day after tomorrow: HQ refuses that.
  Operation Unborn(uint64_t sequence, const Operation& create) {
    Customer after;
    after.set_birth_date(
        absl::FormatTime("%Y-%m-%d", clock_.Now() + absl::Hours(48), absl::UTCTimeZone()));
    return Edit(sequence, create, Customer(), after, {"birth_date"});
  }
  absl::StatusOr<Info> Discard(const std::string& name) {
    v1::DiscardOperationRequest request;
    request.set_name(name);
    request.set_reason("a test");
    return Administer<Info>(request);
  }
  AddressId FirstAddress() { return ParseAddressName(Get(id_)->primary_address()).value().address; }
  absl::StatusOr<Address> FindAddress(const AddressId& id) {
    customer::v1::GetAddressRequest request;
    request.set_name(AddressName({id_, id}));
    COMPTOIR_ASSIGN_OR_RETURN(auto answer, Call(&Hq::GetAddress, request));
    return std::move(answer.value);
  }

  CustomerId id_;
  Operation create_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_STAGED_EDIT_TEST_H_
