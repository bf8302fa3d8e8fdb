// The administration methods of HQ.

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/administration.h"
#include "hq-service/domain/operations_admin.h"
#include "hq-service/domain/status_view.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {
namespace {

template <typename Request>
PageRequest PageOf(const Request& request) {
  return {.page_size = request.page_size(), .page_token = request.page_token()};
}

// Moves a page into the response's list.
template <typename Response, typename Resource>
absl::StatusOr<Response> ResponseOf(
    absl::StatusOr<ConfigurationPage<Resource>> page,
    google::protobuf::RepeatedPtrField<Resource>* (Response::*list)()) {
  COMPTOIR_RETURN_IF_ERROR(page.status());
  Response response;
  for (Resource& resource : page->resources) *(response.*list)()->Add() = std::move(resource);
  response.set_next_page_token(page->next_page_token);
  return response;
}

}  // namespace

void HqImpl::Administer(const v1::CreateChannelRequest& request, Done<v1::Channel> done) {
  Change<v1::Channel>(std::move(done), [request](Transaction& transaction) {
    return CreateConfiguration(transaction, request.channel());
  });
}

void HqImpl::Administer(const v1::GetChannelRequest& request, Done<v1::Channel> done) {
  done(GetConfiguration<v1::Channel>(context_->environment.database.latest(), request.name()));
}

void HqImpl::Administer(const v1::ListChannelsRequest& request,
                        Done<v1::ListChannelsResponse> done) {
  done(ResponseOf(
      ListConfiguration<v1::Channel>(*context_->environment.database.NewReader(), PageOf(request)),
      &v1::ListChannelsResponse::mutable_channels));
}

void HqImpl::Administer(const v1::UpdateChannelRequest& request, Done<v1::Channel> done) {
  Change<v1::Channel>(std::move(done), [request](Transaction& transaction) {
    return UpdateConfiguration(transaction, request.channel(), request.update_mask());
  });
}

void HqImpl::Administer(const v1::CreateProfileRequest& request, Done<v1::Profile> done) {
  Change<v1::Profile>(std::move(done), [request](Transaction& transaction) {
    return CreateConfiguration(transaction, request.profile());
  });
}

void HqImpl::Administer(const v1::GetProfileRequest& request, Done<v1::Profile> done) {
  done(GetConfiguration<v1::Profile>(context_->environment.database.latest(), request.name()));
}

void HqImpl::Administer(const v1::ListProfilesRequest& request,
                        Done<v1::ListProfilesResponse> done) {
  done(ResponseOf(
      ListConfiguration<v1::Profile>(*context_->environment.database.NewReader(), PageOf(request)),
      &v1::ListProfilesResponse::mutable_profiles));
}

void HqImpl::Administer(const v1::UpdateProfileRequest& request, Done<v1::Profile> done) {
  Change<v1::Profile>(std::move(done), [request](Transaction& transaction) {
    return UpdateConfiguration(transaction, request.profile(), request.update_mask());
  });
}

void HqImpl::Administer(const v1::CreateOperatingUnitRequest& request,
                        Done<v1::OperatingUnit> done) {
  Change<v1::OperatingUnit>(std::move(done), [request](Transaction& transaction) {
    return CreateConfiguration(transaction, request.operating_unit());
  });
}

void HqImpl::Administer(const v1::GetOperatingUnitRequest& request, Done<v1::OperatingUnit> done) {
  done(
      GetConfiguration<v1::OperatingUnit>(context_->environment.database.latest(), request.name()));
}

void HqImpl::Administer(const v1::ListOperatingUnitsRequest& request,
                        Done<v1::ListOperatingUnitsResponse> done) {
  done(ResponseOf(ListConfiguration<v1::OperatingUnit>(*context_->environment.database.NewReader(),
                                                       PageOf(request)),
                  &v1::ListOperatingUnitsResponse::mutable_operating_units));
}

void HqImpl::Administer(const v1::UpdateOperatingUnitRequest& request,
                        Done<v1::OperatingUnit> done) {
  Change<v1::OperatingUnit>(std::move(done), [request](Transaction& transaction) {
    return UpdateConfiguration(transaction, request.operating_unit(), request.update_mask());
  });
}

void HqImpl::Administer(const v1::CreateNumberSequenceRequest& request,
                        Done<v1::NumberSequence> done) {
  Change<v1::NumberSequence>(std::move(done), [request](Transaction& transaction) {
    return CreateConfiguration(transaction, request.number_sequence());
  });
}

void HqImpl::Administer(const v1::GetNumberSequenceRequest& request,
                        Done<v1::NumberSequence> done) {
  done(GetConfiguration<v1::NumberSequence>(context_->environment.database.latest(),
                                            request.name()));
}

void HqImpl::Administer(const v1::UpdateNumberSequenceRequest& request,
                        Done<v1::NumberSequence> done) {
  Change<v1::NumberSequence>(std::move(done), [request](Transaction& transaction) {
    return UpdateConfiguration(transaction, request.number_sequence(), request.update_mask());
  });
}

void HqImpl::Administer(const v1::ListOperationsRequest& request,
                        Done<v1::ListOperationsResponse> done) {
  done(ListOperations(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::RetryOperationRequest& request,
                        Done<v1::StagedOperationInfo> done) {
  Change<v1::StagedOperationInfo>(std::move(done), [request](Transaction& transaction) {
    return RetryOperation(transaction, request);
  });
}

void HqImpl::Administer(const v1::ListChannelServicesRequest&,
                        Done<v1::ListChannelServicesResponse> done) {
  // Connections are known on the executor.
  const bool posted = context_->environment.executor.Post([context = context_, done] {
    done(ListChannelServices(*context->environment.database.NewReader(),
                             context->channel_services.List()));
  });
  if (!posted) done(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
}

void HqImpl::Administer(const v1::GetHqStatusRequest&, Done<v1::HqStatus> done) {
  done(ReadHqStatus(*context_->environment.database.NewReader(), context_->epoch));
}

}  // namespace comptoir::hq
