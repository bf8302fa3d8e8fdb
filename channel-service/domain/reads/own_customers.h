// Whom a channel is shown. The database of a service of several channels holds the customers of all
// of them; each channel is shown those of its address books, which is what its own service would
// hold, and what it has made itself and isn't settled yet. (V4, L4)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_OWN_CUSTOMERS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_OWN_CUSTOMERS_H_

#include <string>

#include "channel-service/domain/served_channels.h"
#include "common/customer/records/shown_customers.h"
#include "common/storage/database.h"

namespace comptoir::channel {

// Borrows `reader`. Everybody is shown by a service of one channel: who is on the way out, too.
// While the channel's configuration is missing nobody knows its books: it goes on with all that HQ
// has. A rejected customer is nobody's: of it there is a UUID only. REQUIRES: the channel is
// served.
IsShown ShownIn(const Reader& reader, const ServedChannels& channels, const std::string& channel);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_OWN_CUSTOMERS_H_
