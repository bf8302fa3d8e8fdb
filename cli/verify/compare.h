#ifndef COMPTOIR_CLI_VERIFY_COMPARE_H_
#define COMPTOIR_CLI_VERIFY_COMPARE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/verify/holdings.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/customer/v1/loyalty.pb.h"

namespace comptoir::cli {

// Gives the records of one service in order of their names, then nothing.
template <typename Record>
using RecordSource = std::function<absl::StatusOr<std::optional<Record>>()>;

// Calls `visit` for each name, in order, with the record that each source has under it; null where
// a source has none. Holds one record per source. Fails if a source does, or gives names out of
// order.
template <typename Record>
absl::Status MergeByName(
    const std::vector<RecordSource<Record>>& sources,
    const std::function<void(const std::string& name, const std::vector<const Record*>& records)>&
        visit);

// What isn't the same at two services.
struct Difference {
  // Resource name of the customer, address or loyalty card.
  std::string name;
  // Path of the field that differs from the first service that has the record; empty if the record
  // is missing. "address_books" also if the service has a record that isn't in its books.
  std::string field;
  // Index of the service.
  size_t service;

  friend bool operator==(const Difference&, const Difference&) = default;
};

// What a service holds.
struct ServiceContent {
  uint64_t customers = 0;
  uint64_t pending = 0;
  uint64_t addresses = 0;
  uint64_t cards = 0;
  // SHA-256 of everything that must be the same at every service, in hexadecimal; and of what HQ
  // has of what this service is to have.
  std::string digest;
  std::string digest_at_hq;
};

// Takes the records of several services name by name, all customers before all else, and finds what
// differs. `at` are the services that are to have a record. Not thread-safe.
class ContentComparison {
 public:
  // Keeps at most `differences_max` differences; counts all.
  ContentComparison(size_t services, size_t differences_max);

  void Visit(const std::string& name, const std::vector<const customer::v1::Customer*>& records,
             const Services& at);
  void Visit(const std::string& name, const std::vector<const customer::v1::Address*>& records,
             const Services& at);
  void Visit(const std::string& name, const std::vector<const customer::v1::LoyaltyCard*>& records,
             const Services& at);

  // Ends the digests. Call once.
  std::vector<ServiceContent> Finish();

  uint64_t difference_count() const { return difference_count_; }
  const std::vector<Difference>& differences() const { return differences_; }

 private:
  void Add(Difference difference);
  template <typename Record>
  void Compare(const std::string& name, const std::vector<const Record*>& records,
               const Services& at);

  // Constant after construction.
  const size_t differences_max_;

  std::vector<ServiceContent> contents_;
  std::vector<Sha256Stream> digests_;
  std::vector<Sha256Stream> digests_at_hq_;
  std::vector<Difference> differences_;
  uint64_t difference_count_ = 0;
};

// Returns the record without what may differ between services: texts in the caller's language,
// warnings, and whether HQ's record has come yet.
customer::v1::Customer Canonical(const customer::v1::Customer& customer);
customer::v1::Address Canonical(const customer::v1::Address& address);
customer::v1::LoyaltyCard Canonical(const customer::v1::LoyaltyCard& card);

// Returns the paths of the fields in which two messages differ: "email.address", "street[1]".
std::vector<std::string> DifferentFields(const google::protobuf::Message& a,
                                         const google::protobuf::Message& b);

// Implementation.

template <typename Record>
absl::Status MergeByName(
    const std::vector<RecordSource<Record>>& sources,
    const std::function<void(const std::string&, const std::vector<const Record*>&)>& visit) {
  std::vector<std::optional<Record>> heads(sources.size());
  const auto advance = [&](size_t i) -> absl::Status {
    const std::string before = heads[i].has_value() ? heads[i]->name() : "";
    COMPTOIR_ASSIGN_OR_RETURN(heads[i], sources[i]());
    if (heads[i].has_value() && heads[i]->name() <= before) {
      return absl::DataLossError(
          absl::StrCat("A service lists ", heads[i]->name(), " after ", before, "."));
    }
    return absl::OkStatus();
  };
  for (size_t i = 0; i < sources.size(); ++i) COMPTOIR_RETURN_IF_ERROR(advance(i));
  while (true) {
    const std::string* name = nullptr;
    for (const auto& head : heads) {
      if (head.has_value() && (name == nullptr || head->name() < *name)) name = &head->name();
    }
    if (name == nullptr) return absl::OkStatus();
    const std::string current = *name;
    std::vector<const Record*> records(sources.size(), nullptr);
    for (size_t i = 0; i < heads.size(); ++i) {
      if (heads[i].has_value() && heads[i]->name() == current) records[i] = &*heads[i];
    }
    visit(current, records);
    for (size_t i = 0; i < heads.size(); ++i) {
      if (records[i] != nullptr) COMPTOIR_RETURN_IF_ERROR(advance(i));
    }
  }
}

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_VERIFY_COMPARE_H_
