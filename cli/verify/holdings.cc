#include "cli/verify/holdings.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/resource_names.h"
#include "common/base/check.h"

namespace comptoir::cli {
namespace {

using Configurations = google::protobuf::RepeatedPtrField<hq::v1::Configuration>;

bool IsFiltered(const hq::v1::Channel& channel, const Configurations& database_groups) {
  return std::any_of(database_groups.begin(), database_groups.end(), [&](const auto& any) {
    const hq::v1::ChannelDatabaseGroup& group = any.channel_database_group();
    return group.name() == channel.channel_database_group() && group.filter_shared_customer_data();
  });
}

// One that is in no book is held by those who hold all.
bool Has(const Holding& holding, const customer::v1::Customer& customer) {
  return holding.all ||
         std::any_of(customer.address_books().begin(), customer.address_books().end(),
                     [&](const std::string& id) { return holding.address_books.contains(id); });
}

}  // namespace

Holding Holding::OfChannel(std::string_view number, const Configurations& channels,
                           const Configurations& database_groups) {
  Holding holding{.all = false};
  for (const hq::v1::Configuration& any : channels) {
    const hq::v1::Channel& channel = any.channel();
    if (IdOf(channel.name()) != number || channel.retired()) continue;
    if (IsFiltered(channel, database_groups)) continue;
    holding.all = channel.address_books().empty();
    for (const std::string& book : channel.address_books()) {
      holding.address_books.insert(IdOf(book));
    }
  }
  return holding;
}

Holdings::Holdings(std::vector<Holding> holdings) : holdings_(std::move(holdings)) {
  COMPTOIR_CHECK(holdings_.size() <= kServicesMax);
  for (size_t i = 0; i < holdings_.size(); ++i) {
    everywhere_[i] = holdings_[i].all || !holdings_[i].address_books.empty();
  }
}

Services Holdings::Of(const customer::v1::Customer& customer) {
  Services services;
  for (size_t i = 0; i < holdings_.size(); ++i) services[i] = Has(holdings_[i], customer);
  const std::optional<Uuid> id = CustomerIdOf(customer.name());
  if (id.has_value() && services != everywhere_) elsewhere_[*id] = services;
  return services;
}

Services Holdings::OfPart(std::string_view name) const {
  const std::optional<Uuid> id = CustomerIdOf(name);
  const auto found = id.has_value() ? elsewhere_.find(*id) : elsewhere_.end();
  return found == elsewhere_.end() ? everywhere_ : found->second;
}

Services Holdings::Of(const customer::v1::LoyaltyCard& card) const {
  return card.customer().empty() ? everywhere_ : OfPart(card.customer());
}

}  // namespace comptoir::cli
