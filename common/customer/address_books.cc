#include "common/customer/address_books.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"

namespace comptoir {
namespace {

constexpr std::string_view kPrefix = "book/";

}  // namespace

std::string BookOfAddressBook(std::string_view id) {
  return absl::StrCat(ToAbsl(kPrefix), ToAbsl(id));
}

std::optional<std::string_view> AddressBookOf(std::string_view book) {
  if (!book.starts_with(kPrefix)) return std::nullopt;
  return book.substr(kPrefix.size());
}

void HeldBooks::Add(std::string_view book) {
  if (book == kBookOfAll) {
    all_ = true;
  } else if (const auto id = AddressBookOf(book); id.has_value()) {
    address_books_.emplace(*id);
  }
}

bool HeldBooks::HoldAny(
    const google::protobuf::RepeatedPtrField<std::string>& address_books) const {
  return all_ || std::any_of(address_books.begin(), address_books.end(),
                             [&](const auto& book) { return address_books_.contains(book); });
}

}  // namespace comptoir
