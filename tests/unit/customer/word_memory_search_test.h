// Searching in a WordMemory, and where its words come from.

#ifndef COMPTOIR_TESTS_UNIT_CUSTOMER_WORD_MEMORY_SEARCH_TEST_H_
#define COMPTOIR_TESTS_UNIT_CUSTOMER_WORD_MEMORY_SEARCH_TEST_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/customer/records/customer_index.h"
#include "common/customer/search/near_words.h"
#include "common/customer/search/search_words.h"
#include "common/customer/search/word_memory_search.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {

// A database with its index, and a memory that is told of every change of the index.
class WordMemorySearchTest : public CustomerTest {
 protected:
  // Stores a customer, or changes one that is there; without its addresses.
  CustomerId Put(const customer::v1::Customer& customer) {
    ChannelConfiguration channel = channel_;
    channel.features = {"F1"};
    const auto prepared = Prepare(customer, channel);
    EXPECT_THAT(prepared, IsOk());
    const CustomerId id = IdOf(prepared->record.customer());
    const auto old = customers_.find(id);
    Write([&](Transaction& transaction) {
      PutCustomer(transaction, old == customers_.end() ? std::nullopt : std::optional(old->second),
                  prepared->record);
    });
    customers_[id] = prepared->record;
    Tell();
    return id;
  }

  void PutAddressOf(const CustomerId& customer, const std::string& street,
                    const std::string& city) {
    storage::v1::AddressRecord record;
    const AddressKey key = {.customer = customer, .address = NewId()};
    record.mutable_address()->set_name(AddressName(key));
    record.mutable_address()->add_street(street);
    record.mutable_address()->set_city(city);
    Write([&](Transaction& transaction) { PutAddress(transaction, std::nullopt, record); });
    addresses_[customer].push_back(record);
    Tell();
  }

  void RemoveAnAddressOf(const CustomerId& customer) {
    std::vector<storage::v1::AddressRecord>& addresses = addresses_[customer];
    if (addresses.empty()) return;
    Write([&](Transaction& transaction) { RemoveAddress(transaction, addresses.back()); });
    addresses.pop_back();
    Tell();
  }

  WordMatches Find(const std::vector<QueryWord>& words, const WordSearchLimits& limits = {},
                   const WordPlaces& places = {}, const IsShown& is_shown = nullptr,
                   const FoundBefore& before = {}) {
    memory_.Settle();
    ShownCustomers shown(reader(), is_shown);
    const auto found = FindByWords(memory_, reader(), words, limits, places, shown, before);
    EXPECT_THAT(found, IsOk());
    EXPECT_THAT(shown.status(), IsOk());
    return found.value_or(WordMatches());
  }

  std::vector<CustomerId> Customers(const std::vector<QueryWord>& words,
                                    const WordSearchLimits& limits = {},
                                    const WordPlaces& places = {}) {
    std::vector<CustomerId> customers;
    for (const WordMatch& match : Find(words, limits, places).matches) {
      customers.push_back(match.customer);
    }
    return customers;
  }

  std::vector<std::string> Near(const std::string& typed, IndexTag tag = IndexTag::kWord,
                                const NearLimits& limits = {.values_max = 1000}) {
    memory_.Settle();
    return NearWords(memory_, tag, typed, limits);
  }

  std::map<CustomerId, storage::v1::CustomerRecord> customers_;
  std::map<CustomerId, std::vector<storage::v1::AddressRecord>> addresses_;
  WordMemory memory_;

 private:
  // Of what is new in the index and what isn't there any more, in any order.
  void Tell() {
    std::set<std::string> now;
    ASSERT_THAT(reader().Scan(Table::kIndex, PrefixRange("", SIZE_MAX),
                              [&](std::string_view key, std::string_view) {
                                now.emplace(key);
                                return true;
                              }),
                IsOk());
    std::vector<std::pair<std::string, bool>> changes;
    for (const std::string& key : now) {
      if (!told_.contains(key)) changes.emplace_back(key, true);
    }
    for (const std::string& key : told_) {
      if (!now.contains(key) && !HasInAnotherAddress(key, now)) changes.emplace_back(key, false);
    }
    for (size_t i = changes.size(); i > 1; --i) {
      std::swap(changes[i - 1], changes[random_.Below(i)]);
    }
    for (const auto& [key, is_there] : changes) {
      if (is_there) {
        memory_.Add(key);
      } else {
        memory_.Remove(key);
      }
    }
    told_ = std::move(now);
  }

  static bool HasInAnotherAddress(const std::string& key, const std::set<std::string>& keys) {
    if (key.front() != static_cast<char>(IndexTag::kAddressWord)) return false;
    const std::string with_customer = key.substr(0, key.size() - Uuid::kBytes);
    const auto next = keys.lower_bound(with_customer);
    return next != keys.end() && next->starts_with(with_customer);
  }

  std::set<std::string> told_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_CUSTOMER_WORD_MEMORY_SEARCH_TEST_H_
