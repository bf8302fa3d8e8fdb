// The administration methods of HQ.

#include <optional>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/configuration/administration.h"
#include "hq-service/domain/configuration/audit.h"
#include "hq-service/domain/configuration/configuration_check.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/operations/conflict_resolution.h"
#include "hq-service/domain/operations/conflicts.h"
#include "hq-service/domain/operations/operation_actions.h"
#include "hq-service/domain/operations/operations_admin.h"
#include "hq-service/domain/status_view.h"
#include "hq-service/domain/trace.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {
namespace {

template <typename Request>
PageRequest PageOf(const Request& request) {
  return {.page_size = request.page_size(), .page_token = request.page_token()};
}

// A page of one kind as that kind's own response.
template <typename Resource, typename Response>
absl::StatusOr<Response> ListOf(const Reader& reader, const PageRequest& request,
                                Resource* (Response::*add)()) {
  COMPTOIR_ASSIGN_OR_RETURN(auto page,
                            ListConfigurations(reader, Kind<Resource>::kCollection, request));
  Response response;
  for (v1::Configuration& any : *page.mutable_configurations()) {
    *(response.*add)() = std::move(Kind<Resource>::MutableIn(any));
  }
  response.set_next_page_token(page.next_page_token());
  return response;
}

}  // namespace

Administrator HqImpl::AdministratorOf(const CallContext& call) const {
  return {.caller = call.caller, .now = context_->Now()};
}

template <typename Resource>
void HqImpl::CreateOne(const Resource& resource, const CallContext& call, Done<Resource> done) {
  Change<Resource>(
      std::move(done),
      [any = Wrapped(resource), administrator = AdministratorOf(call)](Transaction& transaction) {
        return Unwrapped<Resource>(CreateConfiguration(transaction, any, administrator));
      });
}

template <typename Resource>
void HqImpl::GetOne(const std::string& name, Done<Resource> done) const {
  // The name of another kind is no name of this one.
  absl::Status status = ParseConfigurationName(name, Kind<Resource>::kCollection, "name").status();
  if (!status.ok()) return done(std::move(status));
  done(Unwrapped<Resource>(hq::GetConfiguration(context_->environment.database.latest(), name)));
}

template <typename Resource>
void HqImpl::UpdateOne(const Resource& resource, const google::protobuf::FieldMask& mask,
                       const CallContext& call, Done<Resource> done) {
  Change<Resource>(
      std::move(done), [any = Wrapped(resource), mask,
                        administrator = AdministratorOf(call)](Transaction& transaction) {
        return Unwrapped<Resource>(UpdateConfiguration(transaction, any, mask, administrator));
      });
}

void HqImpl::Administer(const v1::CreateChannelRequest& request, const CallContext& call,
                        Done<v1::Channel> done) {
  CreateOne(request.channel(), call, std::move(done));
}

void HqImpl::Administer(const v1::GetChannelRequest& request, const CallContext&,
                        Done<v1::Channel> done) {
  GetOne(request.name(), std::move(done));
}

void HqImpl::Administer(const v1::ListChannelsRequest& request, const CallContext&,
                        Done<v1::ListChannelsResponse> done) {
  done(ListOf<v1::Channel>(*context_->environment.database.NewReader(), PageOf(request),
                           &v1::ListChannelsResponse::add_channels));
}

void HqImpl::Administer(const v1::UpdateChannelRequest& request, const CallContext& call,
                        Done<v1::Channel> done) {
  UpdateOne(request.channel(), request.update_mask(), call, std::move(done));
}

void HqImpl::Administer(const v1::CreateProfileRequest& request, const CallContext& call,
                        Done<v1::Profile> done) {
  CreateOne(request.profile(), call, std::move(done));
}

void HqImpl::Administer(const v1::GetProfileRequest& request, const CallContext&,
                        Done<v1::Profile> done) {
  GetOne(request.name(), std::move(done));
}

void HqImpl::Administer(const v1::ListProfilesRequest& request, const CallContext&,
                        Done<v1::ListProfilesResponse> done) {
  done(ListOf<v1::Profile>(*context_->environment.database.NewReader(), PageOf(request),
                           &v1::ListProfilesResponse::add_profiles));
}

void HqImpl::Administer(const v1::UpdateProfileRequest& request, const CallContext& call,
                        Done<v1::Profile> done) {
  UpdateOne(request.profile(), request.update_mask(), call, std::move(done));
}

void HqImpl::Administer(const v1::CreateOperatingUnitRequest& request, const CallContext& call,
                        Done<v1::OperatingUnit> done) {
  CreateOne(request.operating_unit(), call, std::move(done));
}

void HqImpl::Administer(const v1::GetOperatingUnitRequest& request, const CallContext&,
                        Done<v1::OperatingUnit> done) {
  GetOne(request.name(), std::move(done));
}

void HqImpl::Administer(const v1::ListOperatingUnitsRequest& request, const CallContext&,
                        Done<v1::ListOperatingUnitsResponse> done) {
  done(ListOf<v1::OperatingUnit>(*context_->environment.database.NewReader(), PageOf(request),
                                 &v1::ListOperatingUnitsResponse::add_operating_units));
}

void HqImpl::Administer(const v1::UpdateOperatingUnitRequest& request, const CallContext& call,
                        Done<v1::OperatingUnit> done) {
  UpdateOne(request.operating_unit(), request.update_mask(), call, std::move(done));
}

void HqImpl::Administer(const v1::CreateNumberSequenceRequest& request, const CallContext& call,
                        Done<v1::NumberSequence> done) {
  CreateOne(request.number_sequence(), call, std::move(done));
}

void HqImpl::Administer(const v1::GetNumberSequenceRequest& request, const CallContext&,
                        Done<v1::NumberSequence> done) {
  GetOne(request.name(), std::move(done));
}

void HqImpl::Administer(const v1::UpdateNumberSequenceRequest& request, const CallContext& call,
                        Done<v1::NumberSequence> done) {
  UpdateOne(request.number_sequence(), request.update_mask(), call, std::move(done));
}

void HqImpl::Administer(const v1::CreateConfigurationRequest& request, const CallContext& call,
                        Done<v1::Configuration> done) {
  Change<v1::Configuration>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return CreateConfiguration(transaction, request.configuration(), administrator);
      });
}

void HqImpl::Administer(const v1::GetConfigurationRequest& request, const CallContext&,
                        Done<v1::Configuration> done) {
  done(hq::GetConfiguration(context_->environment.database.latest(), request.name()));
}

void HqImpl::Administer(const v1::ListConfigurationsRequest& request, const CallContext&,
                        Done<v1::ListConfigurationsResponse> done) {
  done(ListConfigurations(*context_->environment.database.NewReader(), request.collection(),
                          PageOf(request)));
}

void HqImpl::Administer(const v1::UpdateConfigurationRequest& request, const CallContext& call,
                        Done<v1::Configuration> done) {
  Change<v1::Configuration>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return UpdateConfiguration(transaction, request.configuration(), request.update_mask(),
                                   administrator);
      });
}

void HqImpl::Administer(const v1::ApplyConfigurationsRequest& request, const CallContext& call,
                        Done<v1::ApplyConfigurationsResponse> done) {
  Change<v1::ApplyConfigurationsResponse>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return ApplyConfigurations(transaction, request, administrator);
      });
}

void HqImpl::Administer(const v1::ListAuditEntriesRequest& request, const CallContext&,
                        Done<v1::ListAuditEntriesResponse> done) {
  done(ListAuditEntries(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::CheckConfigurationRequest&, const CallContext& call,
                        Done<v1::CheckConfigurationResponse> done) {
  OnExecutor(done, [context = context_, call, done] {
    done(hq::CheckConfiguration(*context->environment.database.NewReader(),
                                JobsViewFor(*context, call)));
  });
}

void HqImpl::Administer(const v1::ListOperationsRequest& request, const CallContext& call,
                        Done<v1::ListOperationsResponse> done) {
  auto response = ListOperations(*context_->environment.database.NewReader(), request);
  if (response.ok()) {
    for (v1::StagedOperationInfo& operation : *response->mutable_operations()) {
      LocalizeConversionWarnings(*operation.mutable_warnings(), call.language);
    }
  }
  done(std::move(response));
}

void HqImpl::Administer(const v1::GetOperationRequest& request, const CallContext&,
                        Done<v1::StagedOperationInfo> done) {
  done(GetOperation(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::RetryOperationRequest& request, const CallContext& call,
                        Done<v1::StagedOperationInfo> done) {
  Change<v1::StagedOperationInfo>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return RetryOperation(transaction, request, administrator);
      });
}

void HqImpl::Administer(const v1::CorrectOperationRequest& request, const CallContext& call,
                        Done<v1::StagedOperationInfo> done) {
  Change<v1::StagedOperationInfo>(
      std::move(done), [request, new_id = NewUuid(context_->environment.random),
                        administrator = AdministratorOf(call)](Transaction& transaction) {
        return CorrectOperation(transaction, request, new_id, administrator);
      });
}

void HqImpl::Administer(const v1::DiscardOperationRequest& request, const CallContext& call,
                        Done<v1::StagedOperationInfo> done) {
  Change<v1::StagedOperationInfo>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return DiscardOperation(transaction, request, administrator);
      });
}

void HqImpl::Administer(const v1::ListConflictsRequest& request, const CallContext&,
                        Done<v1::ListConflictsResponse> done) {
  done(ListConflicts(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::ResolveConflictRequest& request, const CallContext& call,
                        Done<v1::Conflict> done) {
  Change<v1::Conflict>(std::move(done),
                       [request, administrator = AdministratorOf(call)](Transaction& transaction) {
                         return ResolveConflict(transaction, request, administrator);
                       });
}

void HqImpl::Administer(const v1::TraceCustomerRequest& request, const CallContext& call,
                        Done<v1::CustomerTrace> done) {
  // Connections and sessions are known on the executor.
  OnExecutor(done, [context = context_, request, language = call.language, done] {
    const auto open = [&](const SessionLine& line) -> std::optional<v1::Session> {
      const OpenSession* const session = context->sessions.Find(line);
      if (session == nullptr) return std::nullopt;
      return context->sessions.View(*session, Sequence(0));
    };
    auto trace = TraceCustomer(*context->environment.database.NewReader(), request,
                               context->channel_services.List(), open);
    if (trace.ok()) {
      for (v1::TraceStage& stage : *trace->mutable_stages()) {
        LocalizeConversionWarnings(*stage.mutable_warnings(), language);
      }
    }
    done(std::move(trace));
  });
}

void HqImpl::Administer(const v1::ListChannelServicesRequest&, const CallContext&,
                        Done<v1::ListChannelServicesResponse> done) {
  // Connections are known on the executor.
  OnExecutor(done, [context = context_, done] {
    done(ListChannelServices(*context->environment.database.NewReader(),
                             context->channel_services.List(), context->sessions.Live()));
  });
}

void HqImpl::Administer(const v1::GetHqStatusRequest&, const CallContext&,
                        Done<v1::HqStatus> done) {
  done(ReadHqStatus(*context_->environment.database.NewReader(), context_->epoch));
}

}  // namespace comptoir::hq
