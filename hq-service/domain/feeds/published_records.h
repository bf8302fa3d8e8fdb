// published.h for many customers and addresses at once: what a batch of entries needs is read
// together, in order of its keys, and looked at without parsing it whole.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_RECORDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_RECORDS_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/address_books.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/feeds/change_encoding.h"

namespace comptoir::hq {

// Whether a customer, as it is stored, is in a book that is held.
absl::StatusOr<bool> IsHeld(std::string_view record, const HeldBooks& held);

// Add() what is needed, Read() it, then ask; what is told are views of this object.
class PublishedRecords {
 public:
  // `watermark` is that of the customers' job.
  PublishedRecords(const Reader& reader, std::optional<Sequence> watermark)
      : reader_(reader), watermark_(watermark) {}

  // Customers and addresses. Others are for published.h.
  static bool Knows(std::string_view record_key);

  // What Stored() is asked for.
  void AddStored(std::string_view record_key);
  // What ForReader() is asked for.
  void AddPublished(std::string_view record_key);
  absl::Status Read();

  // As it is now.
  std::optional<std::string_view> Stored(std::string_view record_key) const;
  // The record as it is published, if the reader may have it; else its removal. `entered_at` is the
  // position of the entry that says so.
  absl::StatusOr<ToldRecord> ForReader(std::string_view record_key, Sequence entered_at,
                                       const HeldBooks& held);

 private:
  absl::StatusOr<std::optional<std::string_view>> Published(std::string_view record_key);
  absl::StatusOr<bool> MayReadAddress(std::string_view record_key, const HeldBooks& held);

  // Constant after construction.
  const Reader& reader_;
  const std::optional<Sequence> watermark_;

  std::vector<std::string> keys_;
  std::vector<std::optional<std::string>> values_;
  // Views of keys_, places in values_.
  absl::flat_hash_map<std::string_view, size_t> places_;
  // Found as it was published before; they don't move.
  std::deque<std::string> before_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_RECORDS_H_
