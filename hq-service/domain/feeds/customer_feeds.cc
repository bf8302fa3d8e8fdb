#include "hq-service/domain/feeds/customer_feeds.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/address_books.h"
#include "common/customer/limits.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/feeds/watermarks.h"

namespace comptoir::hq {
namespace {

using replication::v1::Job;
using replication::v1::JOB_1010_CUSTOMERS;
using replication::v1::JOB_1050_LOYALTY;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using storage::v1::LoyaltyCardRecord;

// Stands where a job would: children follow their customer.
constexpr uint16_t kFollow = 2;

std::set<std::string> BooksOf(const CustomerRecord& record) {
  const auto& books = record.customer().address_books();
  return {books.begin(), books.end()};
}

std::string FollowKey(const CustomerId& id, std::string_view book) {
  return KeyWriter().Fixed16(kFollow).Id(id).String(book).key();
}

// From the first child on, whatever was under way.
void BeginToFollow(Transaction& transaction, const CustomerId& id, std::string_view book) {
  transaction.Put(Table::kFeeds, FollowKey(id, book), "");
}

struct Following {
  std::string row;
  CustomerId customer;
  std::string book;
  // The last child that has followed; empty: none has.
  std::string after;
};

absl::StatusOr<std::vector<Following>> ReadFollowing(const Reader& reader, std::string_view prefix,
                                                     size_t rows_max) {
  std::vector<Following> following;
  COMPTOIR_RETURN_IF_ERROR(ScanRows(
      reader, Table::kFeeds, PrefixRange(prefix, rows_max),
      [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
        KeyReader parts(key);
        parts.Fixed16();
        const auto customer = parts.Id();
        auto book = parts.String();
        if (!parts.AtEnd()) {
          return MakeError(Reason::kStorageCorrupt, "A row of a feed cannot be read.");
        }
        following.push_back({std::string(key), *customer, *std::move(book), std::string(value)});
        return true;
      }));
  return following;
}

struct Child {
  std::string key;
  uint64_t version;
};

bool IsCard(std::string_view record_key) {
  return static_cast<uint8_t>(record_key.front()) == replication::v1::RECORD_KIND_LOYALTY_CARD;
}

// In which a child has its entries for its customer's books; the first is its own.
std::vector<Job> JobsOf(std::string_view record_key) {
  if (IsCard(record_key)) return {JOB_1050_LOYALTY, JOB_1010_CUSTOMERS};
  return {JOB_1010_CUSTOMERS};
}

absl::Status AddAddressesTo(const Reader& reader, const CustomerId& customer,
                            const std::string& after, size_t children_max,
                            std::vector<Child>& children) {
  KeyRange range = PrefixRange(AddressRecordPrefix(customer), children_max);
  if (!after.empty()) range.begin = after + '\0';
  return ScanRecords<AddressRecord>(reader, Table::kRecords, range,
                                    [&](std::string_view key, const AddressRecord& record) {
                                      children.push_back({std::string(key), record.version()});
                                      return true;
                                    });
}

absl::Status AddCardsTo(const Reader& reader, const CustomerId& customer, const std::string& after,
                        size_t children_max, std::vector<Child>& children) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, LoyaltyCardsOfCustomer(reader, customer));
  for (const std::string& number : numbers) {
    if (children.size() >= children_max) break;
    const std::string key = LoyaltyCardRecordKey(number);
    if (key <= after) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindLoyaltyCard(reader, number));
    if (record.has_value()) children.push_back({key, record->version()});
  }
  return absl::OkStatus();
}

// The next children of a customer, in order of their keys.
absl::StatusOr<std::vector<Child>> ReadChildren(const Reader& reader, const CustomerId& customer,
                                                const std::string& after, size_t children_max) {
  static_assert(replication::v1::RECORD_KIND_ADDRESS < replication::v1::RECORD_KIND_LOYALTY_CARD);
  std::vector<Child> children;
  if (after.empty() || !IsCard(after)) {
    COMPTOIR_RETURN_IF_ERROR(AddAddressesTo(reader, customer, after, children_max, children));
  }
  COMPTOIR_RETURN_IF_ERROR(AddCardsTo(reader, customer, after, children_max, children));
  return children;
}

// A child of a customer that has left the book. While a job has a watermark the book may still be
// published with it.
absl::Status LeaveBook(Transaction& transaction, const Feed& feed, std::string_view record_key,
                       uint64_t version) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(transaction, feed.job));
  if (watermark.has_value()) return KeepBookEntry(transaction, feed, record_key, version);
  return RemoveBookEntry(transaction, feed, record_key, version);
}

}  // namespace

absl::Status MoveCustomerEntries(Transaction& transaction, const CustomerId& id,
                                 const std::optional<CustomerRecord>& old,
                                 const CustomerRecord& changed, Sequence sequence) {
  const std::string key = CustomerRecordKey(id);
  COMPTOIR_RETURN_IF_ERROR(MoveRecordEntry(transaction, CustomerFeed(), key,
                                           old.has_value() ? old->version() : 0, sequence));
  const std::set<std::string> after = BooksOf(changed);
  if (!old.has_value()) {
    for (const std::string& book : after) {
      COMPTOIR_RETURN_IF_ERROR(MoveRecordEntry(
          transaction, AddressBookFeed(JOB_1010_CUSTOMERS, book), key, 0, sequence));
    }
    return absl::OkStatus();
  }
  const std::set<std::string> before = BooksOf(*old);
  std::set<std::string> all = before;
  all.insert(after.begin(), after.end());
  for (const std::string& book : all) {
    const bool stays = after.count(book) > 0;
    COMPTOIR_RETURN_IF_ERROR(MoveBookEntry(transaction, AddressBookFeed(JOB_1010_CUSTOMERS, book),
                                           key, old->version(), sequence,
                                           /*becomes_version=*/stays));
    if (stays != (before.count(book) > 0)) BeginToFollow(transaction, id, book);
  }
  return absl::OkStatus();
}

absl::Status MoveChildEntries(Transaction& transaction, const CustomerId& id,
                              const CustomerRecord& customer, std::string_view record_key,
                              uint64_t old_version, Sequence sequence) {
  const std::vector<Job> jobs = JobsOf(record_key);
  COMPTOIR_RETURN_IF_ERROR(MoveRecordEntry(transaction, {jobs.front(), std::string(kBookOfAll)},
                                           record_key, old_version, sequence));
  const std::set<std::string> books = BooksOf(customer);
  for (const Job job : jobs) {
    for (const std::string& book : books) {
      const Feed feed = AddressBookFeed(job, book);
      // A new one needn't be looked for.
      COMPTOIR_RETURN_IF_ERROR(
          old_version == 0 ? MoveRecordEntry(transaction, feed, record_key, old_version, sequence)
                           : MoveBookEntry(transaction, feed, record_key, old_version, sequence,
                                           /*becomes_version=*/true));
    }
  }
  if (old_version == 0) return absl::OkStatus();
  // Where it is found by its version, and its turn hasn't come.
  COMPTOIR_ASSIGN_OR_RETURN(const auto following,
                            ReadFollowing(transaction, KeyWriter().Fixed16(kFollow).Id(id).key(),
                                          2 * static_cast<size_t>(kAddressBooksMax)));
  for (const Following& follow : following) {
    if (books.count(follow.book) > 0) continue;
    for (const Job job : jobs) {
      COMPTOIR_RETURN_IF_ERROR(
          LeaveBook(transaction, AddressBookFeed(job, follow.book), record_key, old_version));
    }
  }
  return absl::OkStatus();
}

absl::Status MoveCardEntries(Transaction& transaction, const std::optional<LoyaltyCardRecord>& old,
                             const LoyaltyCardRecord& record, Sequence sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, ParseLoyaltyCardName(record.card().name()));
  const std::string key = LoyaltyCardRecordKey(number);
  const uint64_t old_version = old.has_value() ? old->version() : 0;
  const bool anonymous = record.card().customer().empty();
  // Whoever has it as nobody's is told whose it is, or that it goes.
  if (anonymous || (old.has_value() && old->card().customer().empty())) {
    COMPTOIR_RETURN_IF_ERROR(MoveBookEntry(transaction, AnonymousCardFeed(), key, old_version,
                                           sequence, /*becomes_version=*/anonymous));
  }
  if (anonymous) {
    return MoveRecordEntry(transaction, LoyaltyCardFeed(), key, old_version, sequence);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(record.card().customer()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, id));
  return MoveChildEntries(transaction, id, customer.value_or(CustomerRecord()), key, old_version,
                          sequence);
}

absl::StatusOr<bool> CustomersToFollow(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto following,
                            ReadFollowing(reader, KeyWriter().Fixed16(kFollow).key(), 1));
  return !following.empty();
}

absl::Status FollowCustomers(Transaction& transaction, size_t children_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto following,
                            ReadFollowing(transaction, KeyWriter().Fixed16(kFollow).key(), 1));
  if (following.empty()) return absl::OkStatus();
  const Following& follow = following.front();
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, follow.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto children,
                            ReadChildren(transaction, follow.customer, follow.after, children_max));
  const bool joins = customer.has_value() && BooksOf(*customer).count(follow.book) > 0;
  if (!children.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
    for (const Child& child : children) {
      for (const Job job : JobsOf(child.key)) {
        const Feed feed = AddressBookFeed(job, follow.book);
        COMPTOIR_RETURN_IF_ERROR(joins ? MoveBookEntry(transaction, feed, child.key, child.version,
                                                       sequence,
                                                       /*becomes_version=*/false)
                                       : LeaveBook(transaction, feed, child.key, child.version));
      }
    }
  }
  if (children.size() < children_max) {
    transaction.Delete(Table::kFeeds, follow.row);
  } else {
    transaction.Put(Table::kFeeds, follow.row, children.back().key);
  }
  return absl::OkStatus();
}

}  // namespace comptoir::hq
