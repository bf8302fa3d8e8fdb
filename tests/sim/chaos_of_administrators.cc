// What administrators do while everything else goes on: they add configuration that nobody uses
// yet, rename what is in use, and cancel jobs.

#include "absl/strings/str_cat.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "tests/sim/chaos_impl.h"
#include "tests/sim/setup.h"

namespace comptoir::sim {

namespace {

// Whether it was done is seen at HQ, whatever is answered.
constexpr auto kWhatever = [](const auto&) {};

}  // namespace

void Chaos::AddConfiguration() {
  if (!hq_.up()) return;
  const std::string id = absl::StrCat("new-", ++last_added_);
  switch (random_.Below(5)) {
    case 0: {
      hq::v1::CreateProfileRequest request;
      request.mutable_profile()->set_name(absl::StrCat("profiles/", id));
      return Administer(request, kWhatever);
    }
    case 1: {
      hq::v1::CreateOperatingUnitRequest request;
      request.mutable_operating_unit()->set_name(absl::StrCat("operatingUnits/", id));
      request.mutable_operating_unit()->mutable_address()->set_country("IT");
      return Administer(request, kWhatever);
    }
    case 2: {
      hq::v1::CreateNumberSequenceRequest request;
      hq::v1::NumberSequence& sequence = *request.mutable_number_sequence();
      sequence.set_name(absl::StrCat("numberSequences/", id));
      sequence.set_format(absl::StrCat("N", last_added_, "-####"));
      sequence.set_lowest(1);
      sequence.set_next(1);
      sequence.set_highest(9'999);
      return Administer(request, kWhatever);
    }
    case 3: {
      // Not open yet: no channel service serves it.
      hq::v1::CreateChannelRequest request;
      hq::v1::Channel& channel = *request.mutable_channel();
      channel.set_name(absl::StrCat("channels/", id));
      channel.set_operating_unit(std::string(kOperatingUnit));
      channel.set_profile(std::string(kSyncProfile));
      channel.set_currency("EUR");
      channel.set_language("fr");
      return Administer(request, kWhatever);
    }
    default: {
      hq::v1::CreateConfigurationRequest request;
      request.mutable_configuration()->mutable_affiliation()->set_name(
          absl::StrCat("affiliations/", id));
      return Administer(request, kWhatever);
    }
  }
}

void Chaos::Rename() {
  if (!hq_.up()) return;
  const std::string text = absl::StrCat("renamed ", ++last_added_);
  if (random_.OneIn(2)) {
    hq::v1::UpdateProfileRequest request;
    request.mutable_profile()->set_name(
        std::string(random_.OneIn(2) ? kAsyncProfile : kSyncProfile));
    request.mutable_profile()->set_display_name(text);
    request.mutable_update_mask()->add_paths("display_name");
    return Administer(request, kWhatever);
  }
  hq::v1::UpdateOperatingUnitRequest request;
  request.mutable_operating_unit()->set_name(std::string(kOperatingUnit));
  request.mutable_operating_unit()->set_display_name(text);
  request.mutable_update_mask()->add_paths("display_name");
  Administer(request, kWhatever);
}

void Chaos::CancelJob() {
  if (!hq_.up()) return;
  const std::string job =
      hq::BatchJobName(hq::AllBatchJobs()[random_.Below(hq::AllBatchJobs().size())]);
  context_.Count(Fault::kJobCanceled);
  canceled_jobs_.insert(job);
  hq::v1::CancelJobRequest request;
  request.set_name(job);
  Administer(request, kWhatever);
  context_.scheduler().After(Between(random_, absl::Milliseconds(100), absl::Seconds(5)), kWorld,
                             [this, job] {
                               if (!healing_) OrderRun(job);
                             });
}

void Chaos::OrderRun(const std::string& job) {
  Order<hq::v1::RunJobRequest, hq::v1::JobRun>(
      [job] {
        hq::v1::RunJobRequest request;
        request.set_name(job);
        return request;
      },
      // While a run is being canceled, that one is the answer, and the job stays canceled.
      [](const hq::v1::JobRun& run) { return run.state() != hq::v1::JOB_STATE_CANCELING; });
}

void Chaos::RunCanceledJobs() {
  for (const std::string& job : canceled_jobs_) OrderRun(job);
}

}  // namespace comptoir::sim
