#ifndef COMPTOIR_BENCH_CUSTOMERS_QUERIES_H_
#define COMPTOIR_BENCH_CUSTOMERS_QUERIES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::bench {

// How somebody looks for a customer. Every peer is asked the same.
enum class QueryKind {
  kName,         // the begin of the family name: "alvar"
  kEmail,        // the begin of the e-mail, up to the "@": "renée4"
  kPhoneLast4,   // "0130"
  kPhoneLast6,   // "550130"
  kTwoWords,     // family and given name, in this order: "alvarez ren"
  kTypingError,  // the family name with one wrong letter: "alvarxz"
  kInsideWord,   // without the first letters of the family name: "varez"
  kStreet,       // two words of the street, in the other order: "246 karlshof"
};

// "name", "email", "phone-last-4", …
std::optional<QueryKind> ParseQueryKind(std::string_view name);
std::span<const std::string_view> QueryKindNames();

// Returns what is typed to find `customer`; `chance` says which letter is wrong.
std::string QueryText(QueryKind kind, const customer::v1::Customer& customer, uint64_t chance);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_CUSTOMERS_QUERIES_H_
