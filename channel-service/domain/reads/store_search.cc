#include "channel-service/domain/reads/store_search.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "channel-service/domain/hq_call.h"
#include "common/base/status.h"
#include "common/customer/limits.h"
#include "common/storage/message_fields.h"

namespace comptoir::channel {
namespace {

using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;

size_t PageSize(const SearchCustomersRequest& request) {
  return static_cast<size_t>(request.page_size() == 0 ? kSearchPageSizeDefault
                                                      : request.page_size());
}

// HQ's results, with the pending customers of this store that HQ doesn't know yet before them: the
// store always finds its own work.
SearchCustomersResponse Merged(const SearchCustomersResponse& of_hq,
                               const SearchCustomersResponse& of_store, size_t page_size) {
  absl::flat_hash_set<std::string> known;
  for (const auto& result : of_hq.results()) known.insert(result.customer().name());
  SearchCustomersResponse merged;
  merged.set_reason(of_hq.reason());
  for (const auto& result : of_store.results()) {
    const bool pending = result.customer().state() == customer::v1::CUSTOMER_STATE_PENDING;
    if (pending && !known.contains(result.customer().name())) *merged.add_results() = result;
  }
  for (const auto& result : of_hq.results()) {
    if (static_cast<size_t>(merged.results_size()) == page_size) {
      merged.set_truncated(true);
      break;
    }
    *merged.add_results() = result;
  }
  merged.set_truncated(merged.truncated() || of_hq.truncated());
  merged.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  return merged;
}

// What a store finds itself that keeps no customers, and what it says when HQ doesn't answer. (S9)
SearchCustomersResponse FoundNothing(customer::v1::SearchScope scope) {
  const bool all_stores = scope == customer::v1::SEARCH_SCOPE_ALL_STORES;
  SearchCustomersResponse nothing;
  nothing.set_reason(
      std::string(ReasonName(all_stores ? Reason::kHqUnreachable : Reason::kCustomerDataFiltered)));
  return nothing;
}

}  // namespace

void StoreSearch::Search(const SearchCustomersRequest& request, const CallContext& call,
                         Done<SearchCustomersResponse> done) {
  // Refuses what cannot be searched for, too.
  auto of_store = reads_.Search(request, call.language);
  if (!of_store.ok()) return done(of_store.status());
  const bool filtered = context_.channels.filtered();
  if (filtered) of_store = FoundNothing(request.scope());
  of_store->set_scope(customer::v1::SEARCH_SCOPE_THIS_STORE);
  if (request.scope() != customer::v1::SEARCH_SCOPE_ALL_STORES) return done(*std::move(of_store));
  of_store->set_reason(std::string(ReasonName(Reason::kHqUnreachable)));
  // A store that keeps no customers has no answer of its own.
  const auto limited = ContextForHq(
      context_, call, filtered ? HqPatience::kWithoutFallback : HqPatience::kWithFallback);
  const auto channel = context_.channels.Configured(request.channel());
  if (!channel.ok() || !context_.link.online() || !limited.ok()) return done(*std::move(of_store));
  SearchCustomersRequest asked = request;
  asked.set_channel((*channel)->configuration.channel);
  CallHq<SearchCustomersRequest, SearchCustomersResponse>(
      context_, alive_, &HqClient::SearchCustomers, asked, *limited,
      [of_store = *std::move(of_store), page_size = PageSize(request),
       done = std::move(done)](absl::StatusOr<HqAnswer<SearchCustomersResponse>> answer) {
        if (answer.ok()) return done(Merged(answer->value, of_store, page_size));
        done(IsRefusal(answer.status()) ? answer.status()
                                        : absl::StatusOr<SearchCustomersResponse>(of_store));
      });
}

std::optional<std::string> StoreSearch::Stored(const SearchCustomersRequest& request,
                                               const CallContext& call) const {
  if (!IsStores(request)) return std::nullopt;
  auto found = reads_.SearchBytes(request, call.language);
  if (!found.ok()) return std::nullopt;
  AppendField(SearchCustomersResponse::kScopeFieldNumber, customer::v1::SEARCH_SCOPE_THIS_STORE,
              *found);
  return *std::move(found);
}

bool StoreSearch::IsQuick(const SearchCustomersRequest& request) const {
  return IsStores(request) && reads_.IsQuick(request);
}

bool StoreSearch::IsStores(const SearchCustomersRequest& request) const {
  return request.scope() != customer::v1::SEARCH_SCOPE_ALL_STORES && !context_.channels.filtered();
}

}  // namespace comptoir::channel
