#include "cli/customer_text.h"

#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "cli/resource_names.h"
#include "common/base/strings.h"

namespace comptoir::cli {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Phone;

namespace {

std::string StateText(const Customer& customer) {
  std::string text = EnumText(CustomerState_Name(customer.state()), "CUSTOMER_STATE_");
  if (!customer.pending_reason().empty()) {
    absl::StrAppend(&text, " (", customer.pending_reason(), ")");
  }
  return text;
}

std::string PhoneText(const Phone& phone) {
  std::string text = phone.number();
  if (phone.kind() != customer::v1::PHONE_KIND_UNSPECIFIED) {
    absl::StrAppend(&text, " (",
                    absl::AsciiStrToLower(EnumText(PhoneKind_Name(phone.kind()), "PHONE_KIND_")),
                    ")");
  }
  return text;
}

template <typename Warnings>
std::string WarningsText(const Warnings& warnings) {
  std::string text;
  for (const auto& warning : warnings) {
    absl::StrAppend(&text, "warning: ", warning.reason());
    if (!warning.field().empty()) absl::StrAppend(&text, " ", warning.field());
    if (!warning.text().empty()) absl::StrAppend(&text, ": ", warning.text());
    text += "\n";
  }
  return text;
}

template <typename Map>
std::string MapText(const Map& map) {
  const std::map<std::string, std::string> sorted(map.begin(), map.end());
  return absl::StrJoin(sorted, ", ", absl::PairFormatter("="));
}

// What is known of a contact besides what was typed.
template <typename Contact>
std::string Described(std::string text, const Contact& contact) {
  if (!contact.purpose().empty()) absl::StrAppend(&text, ", ", contact.purpose());
  const std::string consent = ConsentText(contact.consent());
  if (!consent.empty()) absl::StrAppend(&text, ", ", consent);
  return text;
}

std::string ReceiptText(const Customer& customer) {
  const std::string option =
      EnumText(ReceiptOption_Name(customer.receipt_option()), "RECEIPT_OPTION_");
  const std::string& email = customer.receipt_email().address();
  return email.empty() ? option : absl::StrCat(option, " to ", email);
}

}  // namespace

std::string EnumText(const std::string& name, std::string_view prefix) {
  return std::string(absl::StripPrefix(name, ToAbsl(prefix)));
}

std::string ConsentText(const customer::v1::Consent& consent) {
  if (consent.state() == customer::v1::CONSENT_STATE_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(EnumText(ConsentState_Name(consent.state()), "CONSENT_STATE_"));
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string AddressLine(const Address& address) {
  std::vector<std::string> parts(address.street().begin(), address.street().end());
  if (!parts.empty() && !address.street_number().empty()) {
    absl::StrAppend(&parts.front(), " ", address.street_number());
  }
  for (const std::string& part :
       {address.building(), address.district(), address.city(), address.county(), address.state(),
        address.postal_code(), address.country()}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, ", ");
}

std::string CustomerText(const Customer& customer) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"account number", customer.account_number_text()},
      {"name", absl::StrCat(customer.title(), customer.title().empty() ? "" : " ",
                            customer.display_name())},
      {"state", StateText(customer)},
      {"e-mail", Described(customer.email().address(), customer.email())},
      {"phone", Described(PhoneText(customer.phone()), customer.phone())},
      {"birth date", customer.birth_date()},
      {"url", customer.url()},
      {"tax number", customer.tax_number()},
      {"notes", customer.notes()},
      {"group", customer.customer_group()},
      {"affiliations", absl::StrJoin(customer.affiliations(), ", ")},
      {"address books", absl::StrJoin(customer.address_books(), ", ")},
      {"attributes", MapText(customer.attributes())},
      {"financial dimensions", MapText(customer.financial_dimensions())},
      {"receipts", ReceiptText(customer)},
      {"currency", customer.currency()},
      {"language", customer.language()},
  };
  for (const auto& email : customer.secondary_emails()) {
    fields.emplace_back("secondary e-mail", Described(email.address(), email));
  }
  for (const Phone& phone : customer.secondary_phones()) {
    fields.emplace_back("secondary phone", Described(PhoneText(phone), phone));
  }
  for (const Address& address : customer.addresses()) {
    fields.emplace_back("address", AddressLine(address));
  }
  fields.insert(fields.end(), {{"channel", customer.channel()},
                               {"created", TimeText(customer.create_time())},
                               {"changed", TimeText(customer.update_time())},
                               {"id", IdOf(customer.name())}});
  return Fields(fields) + WarningsText(customer.warnings());
}

std::string AddressText(const Address& address) {
  return Fields({{"address", AddressLine(address)},
                 {"name", address.display_name()},
                 {"purposes", absl::StrJoin(address.purposes(), ", ")},
                 {"phone", PhoneText(address.phone())},
                 {"e-mail", address.email().address()},
                 {"primary", address.primary() ? "yes" : "no"},
                 {"pending", address.pending() ? "yes" : ""},
                 {"id", address.name()}}) +
         WarningsText(address.warnings());
}

Table CustomerTable() { return Table({"ACCOUNT", "NAME", "E-MAIL", "PHONE", "ID"}); }

void AddCustomerRow(Table& table, const Customer& customer) {
  table.AddRow({customer.account_number_text(), customer.display_name(), customer.email().address(),
                customer.phone().number(), IdOf(customer.name())});
}

}  // namespace comptoir::cli
