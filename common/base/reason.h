#ifndef COMPTOIR_COMMON_BASE_REASON_H_
#define COMPTOIR_COMMON_BASE_REASON_H_

#include <optional>
#include <ostream>
#include <span>
#include <string_view>

#include "absl/status/status.h"

// The one table of reasons: enumerator, name on the wire, status code, refusal or not, meaning.
//
// A refusal is an answer of the domain: the request was understood and turned down, and asking
// again changes nothing by itself. A create that is refused is returned to the caller; anything
// else makes the channel service create the customer asynchronously. Names are for ever: clients
// depend on them.
#define COMPTOIR_REASONS(REASON)                                                                  \
  /* Not found. */                                                                                \
  REASON(kCustomerNotFound, "CUSTOMER_NOT_FOUND", kNotFound, kRefusal,                            \
         "No customer has this id or account number.")                                            \
  REASON(kAddressNotFound, "ADDRESS_NOT_FOUND", kNotFound, kRefusal,                              \
         "The customer has no address with this id.")                                             \
  REASON(kLoyaltyCardNotFound, "LOYALTY_CARD_NOT_FOUND", kNotFound, kRefusal,                     \
         "No loyalty card has this number.")                                                      \
  REASON(kChannelNotServed, "CHANNEL_NOT_SERVED", kNotFound, kRefusal,                            \
         "This channel service doesn't serve the channel.")                                       \
  REASON(kChannelNotFound, "CHANNEL_NOT_FOUND", kNotFound, kRefusal,                              \
         "No channel has this number.")                                                           \
  REASON(kProfileNotFound, "PROFILE_NOT_FOUND", kNotFound, kRefusal,                              \
         "No functionality profile has this id.")                                                 \
  REASON(kOperatingUnitNotFound, "OPERATING_UNIT_NOT_FOUND", kNotFound, kRefusal,                 \
         "No operating unit has this id.")                                                        \
  REASON(kOperationNotFound, "OPERATION_NOT_FOUND", kNotFound, kRefusal,                          \
         "No operation has this id.")                                                             \
  REASON(kRecordNotFound, "RECORD_NOT_FOUND", kNotFound, kRefusal, "No record has this key.")     \
  /* The request is wrong. */                                                                     \
  REASON(kInvalidFields, "INVALID_FIELDS", kInvalidArgument, kRefusal,                            \
         "Fields of the request are invalid; BadRequest names them all.")                         \
  REASON(kInvalidPageToken, "INVALID_PAGE_TOKEN", kInvalidArgument, kRefusal,                     \
         "The page token wasn't given by this method for this request.")                          \
  REASON(kNotSupportedYet, "NOT_SUPPORTED_YET", kInvalidArgument, kRefusal,                       \
         "The request asks for something that this version doesn't do.")                          \
  REASON(kRequestIdReused, "REQUEST_ID_REUSED", kInvalidArgument, kRefusal,                       \
         "The request id was used before with other content.")                                    \
  REASON(kPermissionDenied, "PERMISSION_DENIED", kPermissionDenied, kRefusal,                     \
         "The caller's role doesn't allow this.")                                                 \
  /* The state of the world forbids it. */                                                        \
  REASON(kEtagMismatch, "ETAG_MISMATCH", kAborted, kRefusal,                                      \
         "The record was changed since the etag was read; metadata carries the current etag.")    \
  REASON(kAlreadyExists, "ALREADY_EXISTS", kAlreadyExists, kRefusal,                              \
         "A record with this key exists.")                                                        \
  REASON(kReferenceMissing, "REFERENCE_MISSING", kFailedPrecondition, kRefusal,                   \
         "The request refers to a record that doesn't exist.")                                    \
  REASON(kReferenceRetired, "REFERENCE_RETIRED", kFailedPrecondition, kRefusal,                   \
         "The request refers anew to a record that is retired.")                                  \
  REASON(kFeaturePrerequisite, "FEATURE_PREREQUISITE", kFailedPrecondition, kRefusal,             \
         "Features depend on each other; metadata names those in the way.")                       \
  REASON(kFeatureOff, "FEATURE_OFF", kFailedPrecondition, kRefusal,                               \
         "The fields need a feature that is off; BadRequest names them all.")                     \
  REASON(kReferenced, "REFERENCED", kFailedPrecondition, kRefusal,                                \
         "Other records refer to this one.")                                                      \
  REASON(kCustomerPending, "CUSTOMER_PENDING", kFailedPrecondition, kRefusal,                     \
         "The customer has no account number in this channel yet.")                               \
  REASON(kCustomerRejected, "CUSTOMER_REJECTED", kFailedPrecondition, kRefusal,                   \
         "The customer's creation was discarded at HQ.")                                          \
  REASON(kCustomerDataFiltered, "CUSTOMER_DATA_FILTERED", kFailedPrecondition, kRefusal,          \
         "The channel holds no customer data and HQ cannot be asked.")                            \
  REASON(kOperationDiscarded, "OPERATION_DISCARDED", kFailedPrecondition, kRefusal,               \
         "A person discarded the operation at HQ.")                                               \
  REASON(kOperationNotRefused, "OPERATION_NOT_REFUSED", kFailedPrecondition, kRefusal,            \
         "Only an operation that HQ refused can be retried, corrected or discarded.")             \
  REASON(kLoyaltyNumberTaken, "LOYALTY_NUMBER_TAKEN", kAlreadyExists, kRefusal,                   \
         "Another loyalty card has this number.")                                                 \
  REASON(kLoyaltyNumberRequired, "LOYALTY_NUMBER_REQUIRED", kFailedPrecondition, kRefusal,        \
         "The loyalty card brings no number and none is generated here.")                         \
  REASON(kLoyaltyBlocked, "LOYALTY_BLOCKED", kFailedPrecondition, kRefusal,                       \
         "The customer is blocked for loyalty enrolment.")                                        \
  REASON(kLoyaltyCardTied, "LOYALTY_CARD_TIED", kFailedPrecondition, kRefusal,                    \
         "The loyalty card is another customer's.")                                               \
  REASON(kLoyaltyCardBlocked, "LOYALTY_CARD_BLOCKED", kFailedPrecondition, kRefusal,              \
         "The loyalty card is blocked.")                                                          \
  /* Number sequences: an administrator repairs them, the caller did nothing wrong. */            \
  REASON(kNumberSequenceMissing, "NUMBER_SEQUENCE_MISSING", kFailedPrecondition, kFailure,        \
         "No number sequence is set up for this number.")                                         \
  REASON(kNumberSequenceBlocked, "NUMBER_SEQUENCE_BLOCKED", kFailedPrecondition, kFailure,        \
         "The number sequence is blocked.")                                                       \
  REASON(kNumberSequenceExhausted, "NUMBER_SEQUENCE_EXHAUSTED", kResourceExhausted, kFailure,     \
         "The number sequence has given its highest number.")                                     \
  /* Not now. */                                                                                  \
  REASON(kConfigurationMissing, "CONFIGURATION_MISSING", kUnavailable, kFailure,                  \
         "The channel service has never received its configuration.")                             \
  REASON(kHqUnreachable, "HQ_UNREACHABLE", kUnavailable, kFailure,                                \
         "HQ is needed and cannot be reached.")                                                   \
  REASON(kOutcomeUnknown, "OUTCOME_UNKNOWN", kUnavailable, kFailure,                              \
         "HQ's answer was lost; repeat with the same request id.")                                \
  REASON(kShuttingDown, "SHUTTING_DOWN", kUnavailable, kFailure, "The service is shutting down.") \
  REASON(kDeadlineExceeded, "DEADLINE_EXCEEDED", kDeadlineExceeded, kFailure,                     \
         "The caller's deadline passed.")                                                         \
  REASON(kOverloaded, "OVERLOADED", kResourceExhausted, kFailure,                                 \
         "A queue of the service is full.")                                                       \
  REASON(kDiskFull, "DISK_FULL", kResourceExhausted, kFailure,                                    \
         "Free disk space is below the reserve; nothing is written.")                             \
  REASON(kOutboxFull, "OUTBOX_FULL", kResourceExhausted, kFailure,                                \
         "The outbox holds as many operations as it may.")                                        \
  REASON(kUnauthenticated, "UNAUTHENTICATED", kUnauthenticated, kFailure,                         \
         "The caller's credential is missing or not valid.")                                      \
  /* Between services. */                                                                         \
  REASON(kProtocolVersion, "PROTOCOL_VERSION", kFailedPrecondition, kFailure,                     \
         "The peer speaks no protocol version that this service knows.")                          \
  REASON(kDiverged, "DIVERGED", kFailedPrecondition, kFailure,                                    \
         "The owner of the log doesn't know the reader's position.")                              \
  REASON(kLineageFenced, "LINEAGE_FENCED", kFailedPrecondition, kFailure,                         \
         "Another lineage of this channel service is in use; an operator decides.")               \
  REASON(kSequenceGap, "SEQUENCE_GAP", kInvalidArgument, kFailure,                                \
         "The batch doesn't follow on what was received before.")                                 \
  /* The database. */                                                                             \
  REASON(kSchemaTooNew, "SCHEMA_TOO_NEW", kFailedPrecondition, kFailure,                          \
         "The database was written by a newer version.")                                          \
  REASON(kStorageFailed, "STORAGE_FAILED", kInternal, kFailure,                                   \
         "The database could not be read or written.")                                            \
  REASON(kStorageCorrupt, "STORAGE_CORRUPT", kDataLoss, kFailure,                                 \
         "The database holds something that cannot be read back.")

namespace comptoir {

// Why something was not done: the machine-readable part of every error. Clients, tests and the
// fallback decide by reason, never by text.
enum class Reason {
#define COMPTOIR_REASON_ENUMERATOR(enumerator, name, code, kind, description) enumerator,
  COMPTOIR_REASONS(COMPTOIR_REASON_ENUMERATOR)
#undef COMPTOIR_REASON_ENUMERATOR
};

// One line of the table.
struct ReasonInfo {
  Reason reason;
  std::string_view name;
  absl::StatusCode code;
  bool is_refusal;
  std::string_view description;
};

// Returns the whole table, in its order.
std::span<const ReasonInfo> AllReasons();

// Returns the name on the wire, such as "CUSTOMER_NOT_FOUND".
std::string_view ReasonName(Reason reason);

// Returns the reason of this name; nothing for names of other domains or newer versions.
std::optional<Reason> FindReason(std::string_view name);

absl::StatusCode ReasonCode(Reason reason);

// Returns one sentence for developers.
std::string_view ReasonDescription(Reason reason);

// Returns true iff the reason is marked as a refusal.
bool IsRefusal(Reason reason);

std::ostream& operator<<(std::ostream& out, Reason reason);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_REASON_H_
