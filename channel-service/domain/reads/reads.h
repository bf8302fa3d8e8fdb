// Reading, listing and finding the customers of a channel in the channel database; the form for a
// new one. Who is there and isn't the channel's is no more found than who isn't there. HQ is never
// asked. Thread-safe. (C1, C2, S3, L5, P9, V4, V7)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/served_channels.h"
#include "common/customer/requests/call_context.h"
#include "common/customer/requests/names.h"

namespace comptoir::channel {

class Reads {
 public:
  Reads(const ChannelServiceEnvironment& environment, const ServedChannels& channels)
      : environment_(environment), channels_(channels) {}

  absl::StatusOr<customer::v1::Customer> NewForm(
      const customer::v1::GetNewCustomerFormRequest& request, std::string_view language) const;
  // By UUID, a pending, synced or rejected customer; by account number, a synced one.
  absl::StatusOr<customer::v1::Customer> Get(const customer::v1::GetCustomerRequest& request,
                                             std::string_view language) const;
  // `channel` is one that is served.
  absl::StatusOr<customer::v1::Customer> Get(const CustomerId& id, const std::string& channel,
                                             std::string_view language) const;
  // What Get() answers, as bytes that parse to it, where they lie ready; hidden affiliations are
  // never among them.
  std::optional<std::string> Stored(const customer::v1::GetCustomerRequest& request) const;
  absl::StatusOr<customer::v1::ListCustomersResponse> List(
      const customer::v1::ListCustomersRequest& request, std::string_view language) const;
  absl::StatusOr<customer::v1::SearchCustomersResponse> Search(
      const customer::v1::SearchCustomersRequest& request, std::string_view language) const;
  // The same as bytes that parse to it, without hidden affiliations.
  absl::StatusOr<std::string> SearchBytes(const customer::v1::SearchCustomersRequest& request,
                                          std::string_view language) const;
  // Whether SearchBytes() looks into memory alone, and nothing has been committed for a while, so
  // that nobody waits for whom it would hold up.
  bool IsQuick(const customer::v1::SearchCustomersRequest& request) const;
  absl::StatusOr<customer::v1::Address> Get(const customer::v1::GetAddressRequest& request) const;
  absl::StatusOr<customer::v1::ListAddressesResponse> List(
      const customer::v1::ListAddressesRequest& request) const;

 private:
  // The same of who is found in memory; the record tells whether it is them.
  std::optional<std::string> StoredUnder(std::string_view account_number) const;
  // Of the last commit, as readers see it (see record_memory.h); nothing if it can't be read.
  std::optional<std::string> StoredRecord(const CustomerId& id) const;
  // The same, not from memory.
  std::optional<std::string> RecordInTable(const CustomerId& id) const;

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  const ServedChannels& channels_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READS_H_
