#include "bench/peers/postgres_statements.h"

#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bench/customers/queries.h"
#include "common/base/random.h"
#include "common/base/strings.h"

namespace comptoir::bench {
namespace {

using customer::v1::Customer;
using Parameters = std::vector<std::string>;

constexpr char kColumns[] =
    "id, given_name, family_name, title, birth_date, email, phone, phone_digits, street, city, "
    "state, postal_code, country";

std::string IdText(const Customer& customer) {
  return customer.name().substr(std::string_view("customers/").size());
}

std::string Digits(const std::string& phone) {
  std::string digits;
  for (const char c : phone) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  return digits;
}

// In the order of kColumns.
Parameters RowOf(const Customer& customer) {
  const auto& address = customer.addresses(0);
  return {IdText(customer),
          customer.given_name(),
          customer.family_name(),
          customer.title(),
          customer.birth_date(),
          customer.email().address(),
          customer.phone().number(),
          Digits(customer.phone().number()),
          absl::StrJoin(address.street(), " "),
          address.city(),
          address.state(),
          address.postal_code(),
          address.country()};
}

// As HQ numbers with examples/chain.textproto, from 1.
std::string AccountNumber(uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof(text), "C-%08llu", static_cast<unsigned long long>(number + 1));
  return text;
}

// bytea's text format.
std::string Bytea(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

// All that begins with `text`, as bounds that a plan made once can use; LIKE with a parameter
// couldn't.
Parameters PrefixBounds(std::string text) {
  absl::AsciiStrToLower(&text);
  return {text, text + "\xf4\x8f\xbf\xbf"};
}

Parameters Patterns(const std::string& text) {
  Parameters patterns;
  for (const auto word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    patterns.push_back(absl::StrCat("%", word, "%"));
  }
  patterns.resize(2, "%");
  return patterns;
}

constexpr char kPage[] = " LIMIT 20";

std::string Select(std::string_view where) {
  return absl::StrCat("SELECT ", kColumns, " FROM customer WHERE ", ToAbsl(where));
}

std::string SearchSql(QueryKind kind) {
  switch (kind) {
    case QueryKind::kName:
      return Select(
                 "lower(family_name) >= $1 AND lower(family_name) < $2 ORDER BY "
                 "lower(family_name)") +
             kPage;
    case QueryKind::kEmail:
      return Select("lower(email) >= $1 AND lower(email) < $2 ORDER BY lower(email)") + kPage;
    case QueryKind::kPhoneLast4:
    case QueryKind::kPhoneLast6:
      return Select(
                 "reverse(phone_digits) >= $1 AND reverse(phone_digits) < $2 ORDER BY "
                 "reverse(phone_digits)") +
             kPage;
    case QueryKind::kTwoWords:
      return Select("searched_name ILIKE $1 AND searched_name ILIKE $2") + kPage;
    case QueryKind::kTypingError:
      return Select("$1 <% searched_name") + kPage;
    case QueryKind::kInsideWord:
      return Select("searched_name ILIKE $1") + kPage;
    case QueryKind::kStreet:
      return Select("searched_address ILIKE $1 AND searched_address ILIKE $2") + kPage;
  }
  return "";
}

Parameters SearchParameters(QueryKind kind, std::string text) {
  switch (kind) {
    case QueryKind::kName:
    case QueryKind::kEmail:
      return PrefixBounds(std::move(text));
    case QueryKind::kPhoneLast4:
    case QueryKind::kPhoneLast6:
      return PrefixBounds(std::string(text.rbegin(), text.rend()));
    case QueryKind::kTwoWords:
    case QueryKind::kStreet:
      return Patterns(text);
    case QueryKind::kTypingError:
      return {text};
    case QueryKind::kInsideWord:
      return {Patterns(text)[0]};
  }
  return {};
}

}  // namespace

absl::StatusOr<PostgresStatement> MakePostgresStatement(const std::string& kind, uint64_t first,
                                                        uint64_t customers,
                                                        const CustomerGenerator& generator) {
  constexpr std::string_view kSearch = "search-";
  constexpr char kValues[] = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13";
  const auto any = [=](uint64_t n) { return first + SeededRandom(n).Below(customers); };
  if (kind == "insert") {
    return PostgresStatement{
        .sql = absl::StrCat("INSERT INTO plain_customer (", kColumns, ") VALUES (", kValues, ")"),
        .parameters = [=](uint64_t n) { return RowOf(generator.Get(first + n)); },
        .limit = customers};
  }
  if (kind == "outbox") {
    // One statement, so one transaction and one round trip: the best that a client can do.
    return PostgresStatement{
        .sql =
            absl::StrCat("WITH created AS (INSERT INTO customer (", kColumns, ") VALUES (", kValues,
                         ") RETURNING id) INSERT INTO outbox (customer, operation) "
                         "SELECT id, $14 FROM created"),
        .parameters =
            [=](uint64_t n) {
              const Customer customer = generator.Get(first + n);
              Parameters row = RowOf(customer);
              row.push_back(Bytea(customer.SerializeAsString()));
              return row;
            },
        .limit = customers};
  }
  if (kind == "get-uuid") {
    return PostgresStatement{.sql = Select("id = $1"), .parameters = [=](uint64_t n) {
                               return Parameters{generator.IdOf(any(n)).ToString()};
                             }};
  }
  if (kind == "get-number") {
    return PostgresStatement{.sql = Select("account_number = $1"), .parameters = [=](uint64_t n) {
                               return Parameters{AccountNumber(any(n))};
                             }};
  }
  const auto query = kind.starts_with(kSearch) ? ParseQueryKind(kind.substr(kSearch.size()))
                                               : std::optional<QueryKind>();
  if (!query.has_value()) return absl::InvalidArgumentError("No such kind of statement.");
  return PostgresStatement{.sql = SearchSql(*query), .parameters = [=](uint64_t n) {
                             return SearchParameters(*query,
                                                     QueryText(*query, generator.Get(any(n)), n));
                           }};
}

std::string PostgresCopyRow(uint64_t number, const CustomerGenerator& generator) {
  // None of the sample's texts has a tab or a backslash.
  return absl::StrJoin(RowOf(generator.Get(number)), "\t") + "\t" + AccountNumber(number) + "\n";
}

}  // namespace comptoir::bench
