// What a feature that was switched off, or a rule that was tightened, would refuse by now of what a
// store captured before. Conversion takes it, and these are listed. (F9)
//
// Only under a newer configuration than that of the capture can there be any.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_WARNINGS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_WARNINGS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/fields.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

using Warnings = std::vector<customer::v1::Warning>;

// Each takes the channel's configuration as it is now.
absl::StatusOr<Warnings> WarningsOfCreate(const Reader& reader,
                                          const replication::v1::Operation& operation,
                                          const ChannelConfiguration& channel);
Warnings WarningsOfAddress(const replication::v1::Operation& operation,
                           const ChannelConfiguration& channel);
// Of an edit that made `after` of `before` in these fields.
absl::StatusOr<Warnings> WarningsOfEdit(const Reader& reader,
                                        const replication::v1::Operation& operation,
                                        const ChannelConfiguration& channel,
                                        const customer::v1::Customer& before,
                                        const customer::v1::Customer& after,
                                        const FieldNames& fields);
Warnings WarningsOfAddressEdit(const replication::v1::Operation& operation,
                               const ChannelConfiguration& channel,
                               const customer::v1::Address& after, const FieldNames& fields);

// Lists the operation, which was applied at `sequence`, if there is something to warn of.
void PutWarnings(Transaction& transaction, const TakenOperation& taken, const CustomerId& customer,
                 const Warnings& warnings, Sequence sequence, absl::Time now);

// What was listed at a position; without warnings, if nothing was.
absl::StatusOr<v1::StagedOperationInfo> WarnedAt(const Reader& reader, Sequence sequence);

// Warnings are kept without texts; here they get them, in the caller's language.
void LocalizeConversionWarnings(google::protobuf::RepeatedPtrField<customer::v1::Warning>& warnings,
                                std::string_view language);

// Where what is listed lies in table staged, in order of conversion; the values are
// StagedOperationInfo without what was captured.
std::string WarnedPrefix();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_WARNINGS_H_
