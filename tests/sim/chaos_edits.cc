// What people do about edits while stores are away: administrators edit the same and decide
// conflicts.

#include "absl/strings/str_cat.h"
#include "tests/sim/chaos_impl.h"

namespace comptoir::sim {

namespace {

// Whether it was done is seen at HQ, whatever is answered.
constexpr auto kIgnore = [](const auto&) {};

}  // namespace

hq::v1::ApplyConfigurationsRequest Chaos::EditFeatures() const {
  hq::v1::ApplyConfigurationsRequest request;
  request.set_keep_others(true);
  const auto set = [&](const char* name, bool enabled) {
    auto& feature = *request.mutable_chain()->add_configurations()->mutable_feature();
    feature.set_name(name);
    feature.set_enabled(enabled);
  };
  if (edits_on_) {
    for (const char* name : {"features/F2", "features/F3", "features/F4"}) set(name, true);
  }
  set("features/F5", edits_on_);
  return request;
}

void Chaos::EditAtHq() {
  if (!hq_.up()) return;
  customer::v1::ListCustomersRequest list;
  list.set_page_size(1000);
  hq_.service().ListCustomers(list, CallContext(), [this](const auto& answer) {
    if (!answer.ok() || answer->value.customers().empty() || !hq_.up()) return;
    const auto& customers = answer->value.customers();
    const std::string& name = customers[random_.Below(customers.size())].name();
    if (random_.OneIn(3)) return EditAddressAtHq(name);
    context_.Count(Fault::kEditedAtHq);
    customer::v1::UpdateCustomerRequest update;
    update.mutable_customer()->set_name(name);
    update.mutable_customer()->set_notes(absl::StrCat("hq", ++last_edit_));
    update.mutable_update_mask()->add_paths("notes");
    if (random_.OneIn(3)) {
      update.mutable_customer()->mutable_phone()->set_number("06 99 88 77 66");
      update.mutable_update_mask()->add_paths("phone");
    }
    hq_.service().UpdateCustomer(update, CallContext(), kIgnore);
  });
}

void Chaos::EditAddressAtHq(const std::string& customer) {
  customer::v1::ListAddressesRequest list;
  list.set_parent(customer);
  hq_.service().ListAddresses(list, CallContext(), [this](const auto& answer) {
    if (!answer.ok() || answer->value.addresses().empty() || !hq_.up()) return;
    const auto& addresses = answer->value.addresses();
    const std::string& name = addresses[random_.Below(addresses.size())].name();
    if (random_.OneIn(4)) {
      customer::v1::DeactivateAddressRequest deactivate;
      deactivate.set_name(name);
      return hq_.service().DeactivateAddress(deactivate, CallContext(), kIgnore);
    }
    customer::v1::UpdateAddressRequest update;
    update.mutable_address()->set_name(name);
    update.mutable_address()->set_city(absl::StrCat("Ville ", ++last_edit_));
    update.mutable_update_mask()->add_paths("city");
    hq_.service().UpdateAddress(update, CallContext(), kIgnore);
  });
}

void Chaos::ResolveConflict() {
  if (!hq_.up()) return;
  Administer(hq::v1::ListConflictsRequest(),
             [this](const absl::StatusOr<hq::v1::ListConflictsResponse>& answer) {
               if (!answer.ok() || answer->conflicts().empty() || !hq_.up()) return;
               const auto& conflicts = answer->conflicts();
               const hq::v1::Conflict& conflict = conflicts[random_.Below(conflicts.size())];
               hq::v1::ResolveConflictRequest resolve;
               resolve.set_name(conflict.name());
               for (const auto& field : conflict.fields()) {
                 const uint64_t dice = random_.Below(4);
                 if (dice == 0) resolve.add_take_store(field.field());
                 if (dice == 1) resolve.add_keep_hq(field.field());
                 if (dice == 2 && field.field() == "notes") {
                   resolve.mutable_customer()->set_notes(absl::StrCat("hq", ++last_edit_));
                   resolve.mutable_update_mask()->add_paths("notes");
                 }
               }
               Administer(resolve, [this](const absl::StatusOr<hq::v1::Conflict>& left) {
                 if (left.ok()) context_.Count(Fault::kConflictResolved);
               });
             });
}

void Chaos::ActOnEdit(const hq::v1::StagedOperationInfo& refused) {
  const uint64_t dice = random_.Below(3);
  if (dice == 0) {
    hq::v1::DiscardOperationRequest discard;
    discard.set_name(refused.name());
    discard.set_reason("chaos");
    Administer(discard, kIgnore);
  } else if (dice == 1 || refused.kind() == "edit_address") {
    hq::v1::RetryOperationRequest retry;
    retry.set_name(refused.name());
    Administer(retry, kIgnore);
  } else {
    hq::v1::CorrectOperationRequest correct;
    correct.set_name(refused.name());
    correct.mutable_customer()->set_birth_date("1990-01-01");
    correct.mutable_update_mask()->add_paths("birth_date");
    Administer(correct, kIgnore);
  }
}

}  // namespace comptoir::sim
