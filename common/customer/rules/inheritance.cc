#include "common/customer/rules/inheritance.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/customer/rules/attributes.h"
#include "common/customer/rules/validate.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::InheritedField;

// Notes where each field came from.
class Heir {
 public:
  Heir(Customer& customer, const ChannelConfiguration& channel, std::vector<InheritedField>* noted)
      : customer_(customer), defaults_(channel.inherited), channel_(channel), noted_(noted) {}

  void FromDefaultCustomer() {
    Take("type", customer_.type() == customer::v1::CUSTOMER_TYPE_UNSPECIFIED,
         defaults_.type() != customer::v1::CUSTOMER_TYPE_UNSPECIFIED,
         [&] { customer_.set_type(defaults_.type()); });
    Take("customer_group", customer_.customer_group().empty(), !defaults_.customer_group().empty(),
         [&] { customer_.set_customer_group(std::string(IdInName(defaults_.customer_group()))); });
    Take("receipt_option", customer_.receipt_option() == customer::v1::RECEIPT_OPTION_UNSPECIFIED,
         defaults_.receipt_option() != customer::v1::RECEIPT_OPTION_UNSPECIFIED,
         [&] { customer_.set_receipt_option(defaults_.receipt_option()); });
    Take("receipt_email", customer_.receipt_email().address().empty(),
         !defaults_.receipt_email().empty(),
         [&] { customer_.mutable_receipt_email()->set_address(defaults_.receipt_email()); });
    Take("currency", customer_.currency().empty(), !defaults_.currency().empty(),
         [&] { customer_.set_currency(defaults_.currency()); });
    Take("language", customer_.language().empty(), !defaults_.language().empty(),
         [&] { customer_.set_language(defaults_.language()); });
  }

  void Affiliations() {
    bool added = false;
    for (const std::string& name : defaults_.affiliations()) {
      const std::string id(IdInName(name));
      const auto& own = customer_.affiliations();
      if (std::find(own.begin(), own.end(), id) != own.end()) continue;
      customer_.add_affiliations(id);
      added = true;
    }
    if (added) Note("affiliations", defaults_.name());
  }

  void Attributes() {
    for (const std::string& id : AddDefaultAttributes(customer_, channel_)) {
      Note(absl::StrCat("attributes[", id, "]"), absl::StrCat("attributes/", id));
    }
  }

  void FromGroup() {
    const auto group = channel_.groups.find(customer_.customer_group());
    if (group == channel_.groups.end() || group->second.financial_dimensions().empty()) return;
    *customer_.mutable_financial_dimensions() = group->second.financial_dimensions();
    Note("financial_dimensions", group->second.name());
  }

  void FromChannel() {
    if (customer_.currency().empty()) NoteOfChannel("currency");
    if (customer_.language().empty()) NoteOfChannel("language");
    FillDefaults(customer_, channel_);
  }

 private:
  template <typename Set>
  void Take(const char* field, bool unset, bool given, Set set) {
    if (!unset || !given) return;
    set();
    Note(field, defaults_.name());
  }
  void Note(std::string_view field, std::string_view source) {
    if (noted_ == nullptr) return;
    InheritedField& noted = noted_->emplace_back();
    noted.set_field(std::string(field));
    noted.set_source(std::string(source));
  }
  void NoteOfChannel(std::string_view field) {
    if (noted_ != nullptr) Note(field, absl::StrCat("channels/", channel_.channel));
  }

  Customer& customer_;
  const hq::v1::DefaultCustomer& defaults_;
  const ChannelConfiguration& channel_;
  std::vector<InheritedField>* const noted_;
};

}  // namespace

void Inherit(Customer& customer, const ChannelConfiguration& channel, bool affiliations,
             std::vector<InheritedField>* noted) {
  Heir heir(customer, channel, noted);
  heir.FromDefaultCustomer();
  if (affiliations) heir.Affiliations();
  heir.Attributes();
  heir.FromGroup();
  heir.FromChannel();
}

void FillDefaults(Customer& customer, const ChannelConfiguration& channel) {
  customer.set_type(EffectiveType(customer));
  if (customer.currency().empty()) customer.set_currency(channel.currency);
  if (customer.language().empty()) customer.set_language(channel.language);
  if (customer.receipt_option() == customer::v1::RECEIPT_OPTION_UNSPECIFIED) {
    customer.set_receipt_option(customer::v1::RECEIPT_OPTION_STANDARD);
  }
}

}  // namespace comptoir
