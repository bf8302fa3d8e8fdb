// What an edit changed, field by field: the value that each field held and the one that it was
// given, so that who applies the edit later sees whether somebody else has changed the field since.
// Affiliations, contacts, purposes and attributes have keys and travel as what was removed and what
// was added; other fields, the lines of a street too, travel whole. Pure. (F10)
//
// Values are compared as callers set them. What we derive, such as E.164 forms and the time of a
// consent, travels along for the store that shows them, and is derived anew at HQ.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_CHANGES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_CHANGES_H_

#include <vector>

#include "absl/status/status.h"
#include "common/customer/rules/fields.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace comptoir {

using FieldChanges = google::protobuf::RepeatedPtrField<replication::v1::FieldChange>;

// Besides those that callers name in a mask, an edit of an address may set this one.
inline constexpr char kDeactivatedField[] = "deactivated";
// Which address is primary is the customer's to know: a change of it is no change of the record.
inline constexpr char kPrimaryField[] = "primary";

// What differs between the two in these fields.
FieldChanges ChangesOf(const customer::v1::Customer& before, const customer::v1::Customer& after,
                       const FieldNames& fields);
FieldChanges ChangesOf(const customer::v1::Address& before, const customer::v1::Address& after,
                       const FieldNames& fields);

// INVALID_FIELDS names what isn't a field that an edit may change, or cannot be read.
absl::Status CheckCustomerChanges(const FieldChanges& changes);
absl::Status CheckAddressChanges(const FieldChanges& changes);

// Gives the fields their new values, whatever they hold. REQUIRES: changes that were checked.
void Overlay(const FieldChanges& changes, customer::v1::Customer& customer);
void Overlay(const FieldChanges& changes, customer::v1::Address& address);

// What became of changes that were merged.
struct FieldMerge {
  // Fields that were given their new values, at least in part.
  FieldNames applied;
  // What wasn't: these fields hold neither the replaced value nor the new one.
  std::vector<replication::v1::FieldChange> conflicts;
};

// Gives those fields their new values that still hold the replaced ones. REQUIRES: as Overlay.
FieldMerge Merge(const FieldChanges& changes, customer::v1::Customer& customer);
FieldMerge Merge(const FieldChanges& changes, customer::v1::Address& address);

// True if both hold the same as callers set it.
bool SameField(const customer::v1::Customer& a, const customer::v1::Customer& b,
               const std::string& field);
bool SameField(const customer::v1::Address& a, const customer::v1::Address& b,
               const std::string& field);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_CHANGES_H_
