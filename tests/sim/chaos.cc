#include "tests/sim/chaos.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "tests/sim/chaos_impl.h"
#include "tests/sim/rows.h"
#include "tests/sim/setup.h"

namespace comptoir::sim {

namespace {

double OneOf(Random& random, std::initializer_list<double> choices) {
  return choices.begin()[random.Below(choices.size())];
}

}  // namespace

Chaos::Chaos(Context& context, Network& network, Invariants& invariants, HqNode& hq,
             std::vector<ChannelNode*> channels, bool replace_disks, bool switch_filter)
    : context_(context),
      network_(network),
      invariants_(invariants),
      hq_(hq),
      channels_(std::move(channels)),
      replace_disks_(replace_disks),
      random_(context.NewRandom()) {
  std::vector<Injection> all = {
      &Chaos::CrashHq,      &Chaos::CrashChannel,  &Chaos::Partition,      &Chaos::SlowDisk,
      &Chaos::FillDisk,     &Chaos::FailCommit,    &Chaos::SkewClock,      &Chaos::OverloadHq,
      &Chaos::SwitchMode,   &Chaos::BlockSequence, &Chaos::Unauthenticate, &Chaos::ForceOffline,
      &Chaos::ActOnRefused, &Chaos::StopJob,       &Chaos::RunJob,         &Chaos::PauseSession,
  };
  if (replace_disks) {
    all.insert(all.end(), {&Chaos::RestoreChannel, &Chaos::WipeChannel, &Chaos::SwitchFeature,
                           &Chaos::EditAtHq, &Chaos::ResolveConflict});
    // In every second seed stores edit without asking HQ, now and then.
    edits_ = random_.OneIn(2);
    if (edits_) all.push_back(&Chaos::SwitchEdits);
  }
  for (const Injection injection : all) {
    if (random_.OneIn(2)) enabled_.push_back(injection);
  }
  if (edits_) {
    // A conflict takes two edits of one field, and a person who decides.
    enabled_.insert(enabled_.end(), enabled_.size() / 3 + 1, &Chaos::EditAtHq);
    enabled_.insert(enabled_.end(), enabled_.size() / 3 + 1, &Chaos::ResolveConflict);
  }
  // In half of them stores have address books, and customers move between them.
  with_books_ = replace_disks && random_.OneIn(2);
  if (with_books_) {
    invariants_.AddressBooksInPlay();
    enabled_.push_back(&Chaos::ChangeBooks);
    enabled_.insert(enabled_.end(), enabled_.size() / 3 + 1, &Chaos::MoveAnyCustomer);
  }
  // In some seeds disks are replaced all the time.
  if (replace_disks && random_.OneIn(6)) {
    const size_t kinds = enabled_.size() + 1;
    enabled_.insert(enabled_.end(), kinds, &Chaos::RestoreChannel);
    enabled_.insert(enabled_.end(), kinds, &Chaos::WipeChannel);
  }
  if (switch_filter) {
    enabled_.insert(enabled_.end(), enabled_.size() / 4 + 1, &Chaos::SwitchFilter);
  }
  // In some HQ's clock is behind: it refuses what stores captured, and a person is busy with it.
  hq_is_behind_ = random_.OneIn(4);
  if (hq_is_behind_) {
    enabled_.insert(enabled_.end(), enabled_.size() / 2 + 1, &Chaos::ActOnRefused);
  }
  for (const Injection injection : {&Chaos::AddConfiguration, &Chaos::Rename, &Chaos::CancelJob}) {
    if (random_.OneIn(2)) enabled_.push_back(injection);
  }
  // One seed in four is stormy.
  interval_ = random_.OneIn(4) ? Between(random_, absl::Milliseconds(20), absl::Milliseconds(100))
                               : Between(random_, absl::Milliseconds(100), absl::Seconds(1));
}

void Chaos::Start() {
  network_.conditions() = {.drop = OneOf(random_, {0, 0.003, 0.02, 0.05, 0.2}),
                           .delay = OneOf(random_, {0, 0.02, 0.1, 0.3}),
                           .duplicate = OneOf(random_, {0, 0.02, 0.1}),
                           .refuse_create = OneOf(random_, {0, 0.02, 0.1})};
  if (with_books_) {
    // What comes late meets what has happened to its customer meanwhile.
    network_.conditions().hold_up = OneOf(random_, {0, 0.02, 0.1});
    network_.set_on_answer_held_up([this](const std::string& customer) {
      const auto id = ParseCustomerName(customer);
      if (id.ok() && hq_.up() && random_.OneIn(2)) MoveCustomer(*id);
    });
  }
  if (hq_is_behind_) hq_.clock().set_skew(absl::Minutes(-10));
  if (edits_) SwitchEdits();
  for (int i = 0; i < 2; ++i) {
    if (replace_disks_ && random_.OneIn(2)) SwitchFeature();
  }
  if (with_books_) {
    for (size_t i = 0; i < 2 * std::size(kChannels); ++i) ChangeBooks();
  }
  if (!enabled_.empty()) Next();
}

void Chaos::Next() {
  context_.scheduler().After(Between(random_, absl::ZeroDuration(), 2 * interval_), kWorld, [this] {
    if (healing_) return;
    (this->*enabled_[random_.Below(enabled_.size())])();
    Next();
  });
}

Node& Chaos::AnyNode() {
  const uint64_t node = random_.Below(channels_.size() + 1);
  if (node == channels_.size()) return hq_;
  return *channels_[node];
}

ChannelNode& Chaos::AnyChannel() { return *channels_[random_.Below(channels_.size())]; }

void Chaos::CrashHq() {
  if (!hq_.up()) return;
  context_.Count(Fault::kHqCrash);
  hq_.CrashAndRestart(random_.OneIn(2), Between(random_, absl::Milliseconds(20), absl::Seconds(3)));
}

void Chaos::CrashChannel() {
  ChannelNode& channel = AnyChannel();
  if (!channel.up()) return;
  context_.Count(Fault::kChannelCrash);
  channel.CrashAndRestart(random_.OneIn(2),
                          Between(random_, absl::Milliseconds(20), absl::Seconds(2)));
}

void Chaos::Partition() {
  ChannelNode& channel = AnyChannel();
  context_.Count(Fault::kPartition);
  context_.Trace(channel.name(), [] { return "is partitioned"; });
  network_.Partition(channel, true);
  context_.scheduler().After(Between(random_, absl::Milliseconds(100), absl::Seconds(5)), kWorld,
                             [this, &channel] { network_.Partition(channel, false); });
}

void Chaos::SkewClock() {
  context_.Count(Fault::kClockSkew);
  AnyNode().clock().set_skew(Between(random_, absl::Minutes(-10), absl::Minutes(10)));
}

void Chaos::OverloadHq() {
  hq_.disk().queue_commands_max = 1 + random_.Below(3);
  hq_.disk().delay_max = absl::Milliseconds(300);
  context_.scheduler().After(Between(random_, absl::Milliseconds(300), absl::Seconds(2)), kWorld,
                             [this] { RepairDisk(hq_); });
}

void Chaos::Unauthenticate() {
  ChannelNode& channel = AnyChannel();
  network_.Unauthenticate(channel, true);
  context_.scheduler().After(Between(random_, absl::Milliseconds(200), absl::Seconds(2)), kWorld,
                             [this, &channel] { network_.Unauthenticate(channel, false); });
}

void Chaos::BlockSequence() {
  context_.Count(Fault::kSequenceBlocked);
  SetBlocked(true);
  context_.scheduler().After(Between(random_, absl::Milliseconds(300), absl::Seconds(3)), kWorld,
                             [this] { SetBlocked(false); });
}

void Chaos::SetBlocked(bool blocked) {
  sequence_blocked_ = blocked;
  Order<hq::v1::UpdateNumberSequenceRequest, hq::v1::NumberSequence>([this] {
    hq::v1::UpdateNumberSequenceRequest request;
    request.mutable_number_sequence()->set_name(std::string(kNumberSequence));
    request.mutable_number_sequence()->set_blocked(sequence_blocked_);
    request.mutable_update_mask()->add_paths("blocked");
    return request;
  });
}

void Chaos::SwitchMode() {
  context_.Count(Fault::kModeSwitched);
  hq::v1::UpdateChannelRequest request;
  request.mutable_channel()->set_name(
      absl::StrCat("channels/", kChannels[random_.Below(std::size(kChannels))]));
  request.mutable_channel()->set_profile(
      std::string(random_.OneIn(2) ? kAsyncProfile : kSyncProfile));
  request.mutable_update_mask()->add_paths("profile");
  // What new customers inherit changes under them, too.
  if (random_.OneIn(2)) {
    request.mutable_channel()->set_default_customer(std::string(kDefaultCustomer));
  }
  request.mutable_update_mask()->add_paths("default_customer");
  Order<hq::v1::UpdateChannelRequest, hq::v1::Channel>([request] { return request; });
}

// Whether customers may have secondary contacts and consent, pending ones title and affiliations
// too, and whether new addresses go to HQ in real time.
void Chaos::SwitchFeature() {
  context_.Count(Fault::kFeatureSwitched);
  hq::v1::UpdateConfigurationRequest request;
  hq::v1::Feature& feature = *request.mutable_configuration()->mutable_feature();
  constexpr const char* kFeatures[] = {"features/F1", "features/F3", "features/F4"};
  feature.set_name(kFeatures[random_.Below(std::size(kFeatures))]);
  feature.set_enabled(!random_.OneIn(3));
  request.mutable_update_mask()->add_paths("enabled");
  Order<hq::v1::UpdateConfigurationRequest, hq::v1::Configuration>([this, request] {
    hq::v1::UpdateConfigurationRequest now = request;
    // F5 needs the others.
    if (edits_on_) now.mutable_configuration()->mutable_feature()->set_enabled(true);
    return now;
  });
}

void Chaos::ChangeBooks() {
  context_.Count(Fault::kBooksChanged);
  hq::v1::UpdateChannelRequest request;
  request.mutable_channel()->set_name(
      absl::StrCat("channels/", kChannels[random_.Below(std::size(kChannels))]));
  for (const char* book : kAddressBooks) {
    if (random_.OneIn(2)) {
      request.mutable_channel()->add_address_books(absl::StrCat("addressBooks/", book));
    }
  }
  request.mutable_update_mask()->add_paths("address_books");
  Order<hq::v1::UpdateChannelRequest, hq::v1::Channel>([request] { return request; });
}

void Chaos::MoveAnyCustomer() {
  if (!hq_.up()) return;
  std::vector<CustomerId> customers;
  for (const auto& [key, value] : AllRows(hq_.latest(), Table::kRecords)) {
    if (KindOf(key) != replication::v1::RECORD_KIND_CUSTOMER) continue;
    customers.push_back(Uuid::FromBytes(std::string_view(key).substr(1)));
  }
  if (customers.empty()) return;
  MoveCustomer(customers[random_.Below(customers.size())]);
}

void Chaos::MoveCustomer(const CustomerId& moved) {
  invariants_.MoveOrdered(moved);
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(CustomerName(moved));
  for (const char* book : kAddressBooks) {
    if (random_.OneIn(2)) request.mutable_customer()->add_address_books(book);
  }
  request.mutable_update_mask()->add_paths("address_books");
  request.set_request_id(NewUuid(random_).ToString());
  // Whether it was done is seen at HQ, whatever is answered.
  hq_.service().UpdateCustomer(request, CallContext(), [this](const auto& answer) {
    if (answer.ok()) context_.Count(Fault::kCustomerMoved);
  });
}

// Whether the channel services of a channel may keep customers.
void Chaos::SwitchFilter() {
  context_.Count(Fault::kFilterSwitched);
  filtered_ = !random_.OneIn(3);
  Order<hq::v1::UpdateConfigurationRequest, hq::v1::Configuration>([this] {
    hq::v1::UpdateConfigurationRequest request;
    auto& group = *request.mutable_configuration()->mutable_channel_database_group();
    group.set_name(std::string(kFilteredGroup));
    group.set_filter_shared_customer_data(filtered_);
    request.mutable_update_mask()->add_paths("filter_shared_customer_data");
    return request;
  });
}

void Chaos::SwitchEdits() {
  context_.Count(Fault::kEditsSwitched);
  invariants_.EditsSwitched();
  edits_on_ = !random_.OneIn(4);
  Order<hq::v1::ApplyConfigurationsRequest, hq::v1::ApplyConfigurationsResponse>(
      [this] { return EditFeatures(); });
}

void Chaos::StopJob() {
  context_.Count(Fault::kJobStopped);
  const size_t job = random_.Below(hq::AllBatchJobs().size());
  SetJob(job, 1 + random_.Below(3));
  context_.scheduler().After(Between(random_, absl::Milliseconds(200), absl::Seconds(10)), kWorld,
                             [this, job] { SetJob(job, 0); });
}

// 0: continuous; 1: manual; 2: every minute; 3: withheld.
void Chaos::SetJob(size_t job, uint64_t how) {
  jobs_[job] = how;
  Order<hq::v1::UpdateConfigurationRequest, hq::v1::Configuration>([this, job] {
    hq::v1::UpdateConfigurationRequest request;
    hq::v1::BatchJob& change = *request.mutable_configuration()->mutable_batch_job();
    change.set_name(hq::BatchJobName(hq::AllBatchJobs()[job]));
    change.set_mode(jobs_[job] == 1   ? hq::v1::BATCH_JOB_MODE_MANUAL
                    : jobs_[job] == 2 ? hq::v1::BATCH_JOB_MODE_RECURRENCE
                                      : hq::v1::BATCH_JOB_MODE_CONTINUOUS);
    change.set_every(1);
    change.set_unit(hq::v1::RECURRENCE_UNIT_MINUTES);
    change.set_withheld(jobs_[job] == 3);
    for (const char* path : {"mode", "every", "unit", "withheld"}) {
      request.mutable_update_mask()->add_paths(path);
    }
    return request;
  });
}

void Chaos::RunJob() {
  if (!hq_.up()) return;
  context_.Count(Fault::kJobRun);
  hq::v1::RunJobRequest request;
  request.set_name(hq::BatchJobName(hq::AllBatchJobs()[random_.Below(hq::AllBatchJobs().size())]));
  Administer(request, [](const absl::StatusOr<hq::v1::JobRun>&) {});
}

void Chaos::ForceOffline() {
  ChannelNode& channel = AnyChannel();
  if (!channel.up()) return;
  context_.Count(Fault::kForcedOffline);
  channel.service().SetForcedOffline(true, [this](const auto& answer) {
    if (answer.ok()) context_.CarriedOut<channel::v1::SetForcedOfflineRequest>();
  });
  context_.scheduler().After(Between(random_, absl::Milliseconds(100), absl::Seconds(2)), kWorld,
                             [&channel] {
                               // A restart forgets it.
                               if (!channel.up()) return;
                               channel.service().SetForcedOffline(false, [](const auto&) {});
                             });
}

void Chaos::ActOnRefused() {
  if (!hq_.up()) return;
  hq::v1::ListOperationsRequest list;
  list.set_state(replication::v1::OPERATION_STATE_REFUSED);
  Administer(list, [this](const absl::StatusOr<hq::v1::ListOperationsResponse>& refused) {
    if (!refused.ok() || refused->operations().empty() || !hq_.up()) return;
    Act(refused->operations(static_cast<int>(random_.Below(refused->operations_size()))));
  });
}

void Chaos::Act(const hq::v1::StagedOperationInfo& refused) {
  if (refused.kind() == "create_address") return ActOnAddress(refused);
  if (refused.kind() != "create_customer") return ActOnEdit(refused);
  const bool reused = refused.reason() == "REQUEST_ID_REUSED";
  // Whether it was done is seen at HQ, whatever is answered.
  const auto ignore = [](const auto&) {};
  if (!reused) context_.Count(Fault::kOperationRefused);
  const uint64_t dice = random_.Below(4);
  if (dice == 0) {
    context_.Count(Fault::kOperationRetried);
    hq::v1::RetryOperationRequest retry;
    retry.set_name(refused.name());
    Administer(retry, ignore);
  } else if (dice == 1) {
    context_.Count(Fault::kOperationDiscarded);
    invariants_.DiscardOrdered(refused.customer());
    hq::v1::DiscardOperationRequest discard;
    discard.set_name(refused.name());
    discard.set_reason("chaos");
    Administer(discard, ignore);
  } else {
    context_.Count(reused ? Fault::kOperationMoved : Fault::kOperationCorrected);
    hq::v1::CorrectOperationRequest correct;
    correct.set_name(refused.name());
    correct.mutable_customer()->set_birth_date("1990-01-01");
    correct.mutable_update_mask()->add_paths("birth_date");
    if (reused) {
      // Until the customer who keeps the UUID is known at the store, it resolves to that.
      invariants_.DiscardOrdered(refused.customer());
      correct.mutable_update_mask()->add_paths("name");
    }
    Administer(correct, ignore);
  }
}

// Its UUID is another address's: no correction helps, but it must do no harm.
void Chaos::ActOnAddress(const hq::v1::StagedOperationInfo& refused) {
  const auto ignore = [](const auto&) {};
  if (random_.OneIn(2)) {
    hq::v1::DiscardOperationRequest discard;
    discard.set_name(refused.name());
    discard.set_reason("chaos");
    Administer(discard, ignore);
  } else {
    hq::v1::CorrectOperationRequest correct;
    correct.set_name(refused.name());
    correct.mutable_address()->set_building("corrected");
    correct.mutable_update_mask()->add_paths("building");
    Administer(correct, ignore);
  }
}

void Chaos::OrderRerun(const std::string& session) {
  Order<hq::v1::RerunSessionRequest, hq::v1::Session>([session] {
    hq::v1::RerunSessionRequest request;
    request.set_name(session);
    return request;
  });
}

void Chaos::Heal() {
  healing_ = true;
  context_.Trace("world", [] { return "heals"; });
  network_.conditions() = {};
  for (ChannelNode* channel : channels_) {
    network_.Partition(*channel, false);
    network_.Unauthenticate(*channel, false);
    RepairDisk(*channel);
    channel->Start();
    if (channel->up()) channel->service().SetForcedOffline(false, [](const auto&) {});
  }
  RepairDisk(hq_);
  hq_.Start();
  if (sequence_blocked_ || hq_restored_) SetBlocked(false);
  if (hq_restored_) {
    for (size_t job = 0; job < hq::AllBatchJobs().size(); ++job) jobs_[job] = 1;
  }
  for (const auto& [job, how] : jobs_) {
    if (how != 0) SetJob(job, 0);
  }
  RunCanceledJobs();
  RerunSessions();
}

}  // namespace comptoir::sim
