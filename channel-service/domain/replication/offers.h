// What a channel service does when HQ's database was restored to an earlier state: it offers every
// record that HQ may have lost, then reads HQ's feeds from the beginning. Nothing that was offered
// goes before HQ has answered.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_OFFERS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_OFFERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "channel-service/domain/replication/hq_history.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

struct OfferLimits {
  // Rows that are looked at, and offers, in one page. A page may be empty and yet have a next one.
  size_t customers_max = 200;
  size_t addresses_max = 200;
};

struct OfferPage {
  // Customers and addresses that HQ gave after `known_sequence`.
  std::vector<hq::v1::RecordOffer> offers;
  // Addresses among them whose customer hadn't been read when HQ was restored.
  std::vector<AddressKey> orphans;
  // Where the next page begins; empty if this is the last.
  std::string next;
};

// `from`: empty, or the last page's `next`.
absl::StatusOr<OfferPage> ReadOffers(const Reader& reader, std::string_view from,
                                     uint64_t known_sequence, const OfferLimits& limits);

// HQ has answered: it brings these addresses back with their customer, if it has that.
absl::Status RemoveOrphans(Transaction& transaction, const std::vector<AddressKey>& orphans);

// All is offered that came up to the answers that HQ was `told` of: from now on HQ's feeds are read
// from the beginning. Configuration of the lost history stays until they have been read up to
// `high_watermark`; loyalty cards of it, which aren't offered, go at once.
absl::Status ReadFromBeginning(Transaction& transaction, uint64_t known_sequence,
                               uint64_t high_watermark, const Answered& told);

// A record of configuration comes: it replaces one that HQ has lost, though that has a higher
// version.
absl::Status MakeWayForConfiguration(Transaction& transaction,
                                     const replication::v1::RecordChange& change);

// Removes configuration that HQ has lost, if its feeds have been read far enough. Called with each
// batch.
absl::Status RemoveLostConfiguration(Transaction& transaction);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_OFFERS_H_
