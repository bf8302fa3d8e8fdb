// Which customer has which word, number, phone and record, as the database says and as it is in
// memory: to be compared.

#ifndef COMPTOIR_TESTS_SUPPORT_SEARCH_WORD_ROWS_H_
#define COMPTOIR_TESTS_SUPPORT_SEARCH_WORD_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/customer/records/customer_index.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/word_memory.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

inline constexpr IndexTag kWordTags[] = {IndexTag::kWord, IndexTag::kAddressWord,
                                         IndexTag::kEmailWord};

// The keys of the index, without the addresses at their ends.
using WordRows = std::set<std::string>;

inline std::string WordRow(IndexTag tag, std::string_view word, const CustomerId& customer) {
  return IndexWholeValue(tag, word).append(customer.bytes());
}

inline WordRows WordRowsOf(const Reader& reader) {
  WordRows rows;
  for (const IndexTag tag : kWordTags) {
    const auto status =
        reader.Scan(Table::kIndex, PrefixRange(IndexPrefix(tag, ""), SIZE_MAX),
                    [&](std::string_view key, std::string_view) {
                      rows.insert(WordRow(tag, ValueOfIndexKey(key), CustomerOfIndexKey(key)));
                      return true;
                    });
    if (!status.ok()) return {};
  }
  return rows;
}

inline WordRows WordRowsOf(const WordMemory& memory) {
  WordRows rows;
  for (const IndexTag tag : kWordTags) {
    memory.words(tag).VisitLonger("", [&](std::string_view word, CustomerOrdinals customers) {
      for (const CustomerOrdinal customer : customers) {
        rows.insert(WordRow(tag, word, memory.customer(customer)));
      }
      return true;
    });
  }
  return rows;
}

inline constexpr IndexTag kValueTags[] = {IndexTag::kAccountNumber, IndexTag::kPhone,
                                          IndexTag::kPhoneBackwards};

// Whether memory knows everybody's account numbers and phones, in order, and nobody's who has none.
inline bool HasValuesOf(const Reader& reader, const WordMemory& memory) {
  return std::all_of(std::begin(kValueTags), std::end(kValueTags), [&](IndexTag tag) {
    std::vector<std::string> values;
    WordRows expected;
    const auto status = reader.Scan(Table::kIndex, PrefixRange(IndexPrefix(tag, ""), SIZE_MAX),
                                    [&](std::string_view key, std::string_view) {
                                      values.push_back(ValueOfIndexKey(key));
                                      expected.emplace(key);
                                      return true;
                                    });
    WordRows found;
    size_t at = 0;
    memory.values(tag)->VisitBeginning("", [&](std::string_view value, CustomerOrdinal customer) {
      found.insert(WordRow(tag, value, memory.customer(customer)));
      return at < values.size() && value == values[at++];
    });
    return status.ok() && found == expected && at == values.size() &&
           memory.values(tag)->size() == at;
  });
}

// Whether memory holds all records of customers, as they are now, and no others.
inline bool HasRecordsOf(const Reader& reader, const WordMemory& memory) {
  size_t rows = 0;
  bool has_all = true;
  const auto status = reader.Scan(
      Table::kRecords, PrefixRange("", SIZE_MAX), [&](std::string_view key, std::string_view row) {
        if (!IsCustomerRecordKey(key)) return true;
        ++rows;
        storage::v1::CustomerRecord stored;
        storage::v1::CustomerRecord in_memory;
        const auto found = memory.RecordOf({.id = CustomerOfRecordKey(key)});
        has_all = has_all && found.has_value() && in_memory.ParseFromString(*found) &&
                  stored.ParseFromArray(row.data(), static_cast<int>(row.size()));
        stored.clear_request_digest();
        has_all = has_all && in_memory.SerializeAsString() == stored.SerializeAsString();
        return has_all;
      });
  return status.ok() && has_all && rows == memory.records();
}

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_SEARCH_WORD_ROWS_H_
