// Searching from a store: what it holds, or, of all stores, what HQ answers in real time.
// Thread-safe. (V4, V7)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_STORE_SEARCH_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_STORE_SEARCH_H_

#include <optional>
#include <string>

#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/reads/reads.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class StoreSearch {
 public:
  StoreSearch(const DomainContext& context, const Reads& reads)
      : context_(context), reads_(reads) {}

  // HQ's answer is awaited as long as a create's. What HQ doesn't answer the store does, and says
  // so; its own pending customers are in either answer.
  void Search(const customer::v1::SearchCustomersRequest& request, const CallContext& call,
              Done<customer::v1::SearchCustomersResponse> done);

  // What Search() answers, without hidden affiliations, as bytes that parse to it, where the store
  // answers by itself; nothing for any other search, nor for one that is refused.
  std::optional<std::string> Stored(const customer::v1::SearchCustomersRequest& request,
                                    const CallContext& call) const;
  // Whether Stored() answers from memory, while nobody commits.
  bool IsQuick(const customer::v1::SearchCustomersRequest& request) const;

 private:
  // The store answers by itself.
  bool IsStores(const customer::v1::SearchCustomersRequest& request) const;

  // Constant after construction.
  const DomainContext& context_;
  const Reads& reads_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_STORE_SEARCH_H_
