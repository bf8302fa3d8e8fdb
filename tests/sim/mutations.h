// What the rpcs of all services are to the simulation: the workload uses every one that changes
// something. Named by their requests. A test compares the lists with proto/comptoir, so that a new
// mutation cannot be forgotten; a whole run in which one was never carried out fails, as one
// without a kind of fault does.

#ifndef COMPTOIR_TESTS_SIM_MUTATIONS_H_
#define COMPTOIR_TESTS_SIM_MUTATIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace comptoir::sim {

inline constexpr std::string_view kMutations[] = {
    // Customers, and what is theirs.
    "CreateCustomerRequest",
    "BatchCreateCustomersRequest",
    "UpdateCustomerRequest",
    "EnsureSynchronizedRequest",
    "CreateAddressRequest",
    "UpdateAddressRequest",
    "DeactivateAddressRequest",
    "IssueLoyaltyCardRequest",
    "TieLoyaltyCardRequest",
    "BlockLoyaltyCardRequest",
    "UnblockLoyaltyCardRequest",
    // Between channel services and HQ, and of them.
    "OpenCustomerRequest",
    "UploadRequest",
    "SubscribeRequest",
    "SetForcedOfflineRequest",
    // Configuration.
    "CreateChannelRequest",
    "UpdateChannelRequest",
    "CreateProfileRequest",
    "UpdateProfileRequest",
    "CreateOperatingUnitRequest",
    "UpdateOperatingUnitRequest",
    "CreateNumberSequenceRequest",
    "UpdateNumberSequenceRequest",
    "CreateConfigurationRequest",
    "UpdateConfigurationRequest",
    "ApplyConfigurationsRequest",
    // Operations, jobs and sessions.
    "RetryOperationRequest",
    "CorrectOperationRequest",
    "DiscardOperationRequest",
    "ResolveConflictRequest",
    "RunJobRequest",
    "CancelJobRequest",
    "CancelSessionRequest",
    "RerunSessionRequest",
    // After a restore.
    "EndRecoveryRequest",
    "ResolveRestoreConflictRequest",
    "TakeLineageRequest",
    "DiscardLineageRequest",
};

inline constexpr std::string_view kReads[] = {
    "GetNewCustomerFormRequest",
    "GetCustomerRequest",
    "ListCustomersRequest",
    "SearchCustomersRequest",
    "WatchCustomerRequest",
    "ListConsentChangesRequest",
    "GetAddressRequest",
    "ListAddressesRequest",
    "GetLoyaltyCardRequest",
    "ListLoyaltyCardsRequest",
    "ExplainVisibilityRequest",
    "GetStatusRequest",
    "ListUnsettledOperationsRequest",
    "GetChannelRequest",
    "ListChannelsRequest",
    "GetProfileRequest",
    "ListProfilesRequest",
    "GetOperatingUnitRequest",
    "ListOperatingUnitsRequest",
    "GetNumberSequenceRequest",
    "GetConfigurationRequest",
    "ListConfigurationsRequest",
    "ListAuditEntriesRequest",
    "CheckConfigurationRequest",
    "ListOperationsRequest",
    "GetOperationRequest",
    "ListConflictsRequest",
    "TraceCustomerRequest",
    "ListChannelServicesRequest",
    "GetHqStatusRequest",
    "GetRecoveryRequest",
    "ListRestoreConflictsRequest",
    "ListLineagesRequest",
    "ListJobsRequest",
    "ListJobRunsRequest",
    "ListSessionsRequest",
    "GetSessionRequest",
    "StreamCustomerEventsRequest",
};

// How often requests of each name were carried out.
using RequestCounts = std::map<std::string, uint64_t, std::less<>>;

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_MUTATIONS_H_
