// Which customers a side of a comparison is to have: HQ all; a channel those in its address books
// (V8), or none if no customer data may be in its database (S9).

#ifndef COMPTOIR_CLI_VERIFY_HOLDINGS_H_
#define COMPTOIR_CLI_VERIFY_HOLDINGS_H_

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/customer/v1/loyalty.pb.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace comptoir::cli {

// One bit for HQ, which is the first, and one per channel of a channel service.
inline constexpr size_t kServicesMax = 64;
using Services = std::bitset<kServicesMax>;

// What one of them is to have.
struct Holding {
  bool all = true;
  // Ids of address books, unless it is all.
  absl::flat_hash_set<std::string> address_books;

  // Of the channel with this number, by HQ's channels and channel database groups.
  static Holding OfChannel(
      std::string_view number,
      const google::protobuf::RepeatedPtrField<hq::v1::Configuration>& channels,
      const google::protobuf::RepeatedPtrField<hq::v1::Configuration>& database_groups);
};

class Holdings {
 public:
  // By service.
  explicit Holdings(std::vector<Holding> holdings);

  // The services that are to have it. Remembered for what belongs to it.
  Services Of(const customer::v1::Customer& customer);
  // `name` is that of an address, or of the customer. REQUIRES: the customer came before.
  Services OfPart(std::string_view name) const;
  // One that is nobody's is wherever there are customers at all.
  Services Of(const customer::v1::LoyaltyCard& card) const;

 private:
  // Constant after construction.
  const std::vector<Holding> holdings_;
  Services everywhere_;

  // Of customers that aren't to be everywhere.
  absl::flat_hash_map<Uuid, Services> elsewhere_;
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_VERIFY_HOLDINGS_H_
