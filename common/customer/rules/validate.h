// What callers typed, checked field by field. Nothing is changed here, and nothing stops at the
// first offence. (C8)

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_VALIDATE_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_VALIDATE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/fields.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// Checks fields of one resource. Not thread-safe.
class FieldCheck {
 public:
  // `prefix` goes before each field's name: "addresses[2].". If `only` is given, other fields may
  // be as they are: an edit isn't refused for what it doesn't touch. Both references must outlive
  // this.
  explicit FieldCheck(FieldViolations& violations, std::string prefix = "",
                      const FieldNames* only = nullptr);

  // `field` is a name or an element, "street[1]".
  void Add(std::string_view field, std::string_view reason, std::string_view description);
  void NotSupportedYet(std::string_view field, bool present);
  // True if nothing is wrong with the text.
  bool Text(std::string_view field, std::string_view value, size_t characters_max);
  void EmailAddress(std::string_view field, std::string_view address);
  void PhoneNumber(std::string_view field, const customer::v1::Phone& phone);
  // Contacts that are nobody's to market to: they have neither purpose nor consent.
  void Email(std::string_view field, const customer::v1::Email& email);
  void Phone(std::string_view field, const customer::v1::Phone& phone);
  void Url(std::string_view field, std::string_view url);
  // The day, if it is one.
  std::optional<absl::CivilDay> Date(std::string_view field, std::string_view date);
  // An empty code isn't checked.
  void Code(std::string_view field, std::string_view code, bool (*is_known)(std::string_view),
            std::string_view reason);
  void Enumerator(std::string_view field, bool is_known);

 private:
  FieldViolations& violations_;
  const std::string prefix_;
  const FieldNames* const only_;
};

// Without its addresses and contacts (contacts.h).
void CheckCustomer(const customer::v1::Customer& customer, absl::Time now, FieldCheck& check);
void CheckAddress(const customer::v1::Address& address, const ChannelConfiguration& channel,
                  FieldCheck& check);

// What the customer refers to must be defined and not retired, unless `current` does so already.
// `channel` has read the definitions that the customer names.
void CheckReferences(const customer::v1::Customer& customer, const customer::v1::Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check);
// Each address book must be there and not retired, unless `current` is in it already. (V8)
void CheckAddressBooks(const customer::v1::Customer& customer,
                       const customer::v1::Customer& current, const ChannelConfiguration& channel,
                       FieldCheck& check);
// What a pending customer of an asynchronous channel needs a feature for. (L3)
void CheckFeatures(const customer::v1::Customer& customer, const ChannelConfiguration& channel,
                   FieldCheck& check);

bool IsBuiltInPurpose(std::string_view purpose);

// What an unspecified type becomes (D5).
customer::v1::CustomerType EffectiveType(const customer::v1::Customer& customer);

// OK if nothing offends; NOT_SUPPORTED_YET or FEATURE_OFF if that is all that does; else
// INVALID_FIELDS. All name every field.
absl::Status StatusOfViolations(const FieldViolations& violations);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_VALIDATE_H_
