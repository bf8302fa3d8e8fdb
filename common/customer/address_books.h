// Address books as books of feeds, and what a holder of books may see. (V8)

#ifndef COMPTOIR_COMMON_CUSTOMER_ADDRESS_BOOKS_H_
#define COMPTOIR_COMMON_CUSTOMER_ADDRESS_BOOKS_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "google/protobuf/repeated_ptr_field.h"

namespace comptoir {

// The book of all customers, whichever address books they are in.
inline constexpr std::string_view kBookOfAll = "all";

// That of the loyalty cards that are nobody's, which are in no address book.
inline constexpr std::string_view kBookOfAnonymousCards = "anonymous";

// The book of an address book, by its id.
std::string BookOfAddressBook(std::string_view id);
// The id of the address book whose book this is; nothing for other books.
std::optional<std::string_view> AddressBookOf(std::string_view book);

// The books that somebody holds, over all memberships.
class HeldBooks {
 public:
  // Other books than those above don't count.
  void Add(std::string_view book);

  // Whether a customer in this address book may be seen.
  bool Holds(std::string_view address_book) const {
    return all_ || address_books_.contains(address_book);
  }
  // Whether a customer in these address books may be seen.
  bool HoldAny(const google::protobuf::RepeatedPtrField<std::string>& address_books) const;
  bool all() const { return all_; }

 private:
  bool all_ = false;
  std::set<std::string, std::less<>> address_books_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_ADDRESS_BOOKS_H_
