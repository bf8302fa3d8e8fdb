#include "cli/export/customer_rows.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/customer_text.h"
#include "cli/import/csv_reader.h"
#include "cli/resource_names.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Consent;
using customer::v1::Customer;

constexpr int kStreetLines = 3;

std::string PhoneKindText(customer::v1::PhoneKind kind) {
  if (kind == customer::v1::PHONE_KIND_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(EnumText(customer::v1::PhoneKind_Name(kind), "PHONE_KIND_"));
}

std::string TypeText(customer::v1::CustomerType type) {
  if (type == customer::v1::CUSTOMER_TYPE_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(EnumText(customer::v1::CustomerType_Name(type), "CUSTOMER_TYPE_"));
}

std::string ReceiptText(customer::v1::ReceiptOption option) {
  if (option == customer::v1::RECEIPT_OPTION_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(
      EnumText(customer::v1::ReceiptOption_Name(option), "RECEIPT_OPTION_"));
}

// A further contact as an import takes it: "ada@work.example,purpose=Office,consent=opted_in".
template <typename Contact>
std::string SecondaryText(const std::string& typed, const std::string& kind,
                          const Contact& contact) {
  std::string text = typed;
  if (!kind.empty()) absl::StrAppend(&text, ",kind=", kind);
  if (!contact.purpose().empty()) absl::StrAppend(&text, ",purpose=", contact.purpose());
  const std::string consent = ConsentText(contact.consent());
  if (!consent.empty()) absl::StrAppend(&text, ",consent=", consent);
  return text;
}

// Columns with the cell of each; of nothing: the header alone.
using Cells = std::vector<std::pair<const char*, std::string>>;

void AddAddressCells(const Address& address, Cells& cells) {
  static constexpr const char* kStreets[kStreetLines] = {"street", "street2", "street3"};
  for (int i = 0; i < kStreetLines; ++i) {
    cells.emplace_back(kStreets[i], i < address.street_size() ? address.street(i) : "");
  }
  cells.emplace_back("street_number", address.street_number());
  cells.emplace_back("building", address.building());
  cells.emplace_back("district", address.district());
  cells.emplace_back("city", address.city());
  cells.emplace_back("county", address.county());
  cells.emplace_back("state", address.state());
  cells.emplace_back("postal_code", address.postal_code());
  cells.emplace_back("country", address.country());
}

Cells CellsOf(const Customer& customer, const Address& address) {
  Cells cells = {
      {"uuid", customer.name().empty() ? "" : IdOf(customer.name())},
      {"account_number", customer.account_number()},
      {"customer_state",
       EnumText(customer::v1::CustomerState_Name(customer.state()), "CUSTOMER_STATE_")},
      {"type", TypeText(customer.type())},
      {"title", customer.title()},
      {"given_name", customer.given_name()},
      {"middle_name", customer.middle_name()},
      {"family_name", customer.family_name()},
      {"organization_name", customer.organization_name()},
      {"birth_date", customer.birth_date()},
      {"customer_group", customer.customer_group()},
      {"email", customer.email().address()},
      {"email_consent", ConsentText(customer.email().consent())},
      {"phone", customer.phone().number()},
      {"phone_kind", PhoneKindText(customer.phone().kind())},
      {"phone_consent", ConsentText(customer.phone().consent())},
  };
  std::string email;
  if (customer.secondary_emails_size() > 0) {
    const customer::v1::Email& first = customer.secondary_emails(0);
    email = SecondaryText(first.address(), "", first);
  }
  std::string phone;
  if (customer.secondary_phones_size() > 0) {
    const customer::v1::Phone& first = customer.secondary_phones(0);
    phone = SecondaryText(first.number(), PhoneKindText(first.kind()), first);
  }
  cells.emplace_back("secondary_email", email);
  cells.emplace_back("secondary_phone", phone);
  cells.emplace_back("currency", customer.currency());
  cells.emplace_back("language", customer.language());
  cells.emplace_back("receipt_option", ReceiptText(customer.receipt_option()));
  cells.emplace_back("receipt_email", customer.receipt_email().address());
  cells.emplace_back("url", customer.url());
  cells.emplace_back("tax_number", customer.tax_number());
  cells.emplace_back("notes", customer.notes());
  AddAddressCells(address, cells);
  return cells;
}

Cells CellsOf(const Address& address) {
  const std::string& name = address.name();
  const auto customer = CustomerIdOf(name);
  Cells cells = {{"customer_uuid", customer.has_value() ? customer->ToString() : ""},
                 {"uuid", name.empty() ? "" : IdOf(name)},
                 {"primary", address.primary() ? "yes" : "no"},
                 {"deactivated", address.deactivated() ? "yes" : "no"},
                 {"name", address.display_name()},
                 {"purposes", absl::StrJoin(address.purposes(), ";")},
                 {"attention_to", address.attention_to()}};
  AddAddressCells(address, cells);
  cells.emplace_back("phone", address.phone().number());
  cells.emplace_back("email", address.email().address());
  cells.emplace_back("url", address.url());
  cells.emplace_back("valid_from", address.valid_from());
  cells.emplace_back("valid_to", address.valid_to());
  return cells;
}

std::string HeaderOf(const Cells& cells) {
  std::vector<std::string> columns;
  for (const auto& [column, cell] : cells) columns.emplace_back(column);
  return CsvLine(columns);
}

std::string LineOf(Cells cells) {
  std::vector<std::string> values;
  for (auto& [column, cell] : cells) values.push_back(std::move(cell));
  return CsvLine(values);
}

}  // namespace

std::string CustomerRowsHeader() { return HeaderOf(CellsOf(Customer(), Address())); }

std::string CustomerRow(const Customer& customer, const Address* address) {
  return LineOf(CellsOf(customer, address == nullptr ? Address() : *address));
}

bool LeftOut(const Customer& customer) {
  return customer.secondary_emails_size() > 1 || customer.secondary_phones_size() > 1 ||
         !customer.affiliations().empty() || !customer.attributes().empty();
}

std::string AddressRowsHeader() { return HeaderOf(CellsOf(Address())); }

std::string AddressRow(const Address& address) { return LineOf(CellsOf(address)); }

}  // namespace comptoir::cli
