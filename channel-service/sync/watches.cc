#include "channel-service/sync/watches.h"

#include <functional>
#include <utility>

#include "common/base/status.h"

namespace comptoir::channel {

using customer::v1::Customer;

namespace {

// Where HQ has to be asked.
constexpr absl::Duration kHqLookInterval = absl::Seconds(2);

}  // namespace

// The caller's end of a stream. What it does to Watches, it does only while that lives.
class Watches::Reader : public StreamReader<Request> {
 public:
  Reader(Watches& watches, std::string language, std::unique_ptr<Writer> writer)
      : language_(std::move(language)),
        writer_(std::move(writer)),
        begin_(watches.alive_.Guard([this, &watches](const Request& request) {
          number_ = watches.Begin(request, language_, writer_);
        })),
        end_(watches.alive_.Guard([this, &watches] { watches.End(number_); })) {}
  ~Reader() override { end_(); }

  void OnMessage(Request request) override {
    if (!std::exchange(begun_, true)) begin_(request);
  }
  void OnClosed(absl::Status) override { end_(); }

 private:
  // Constant after construction.
  const std::string language_;
  const std::shared_ptr<Writer> writer_;
  const std::function<void(const Request&)> begin_;
  const std::function<void()> end_;

  bool begun_ = false;
  uint64_t number_ = 0;
};

std::unique_ptr<StreamReader<Watches::Request>> Watches::Watch(const CallContext& call,
                                                               std::unique_ptr<Writer> writer) {
  return std::make_unique<Reader>(*this, call.language, std::move(writer));
}

uint64_t Watches::Begin(const Request& request, const std::string& language,
                        const std::shared_ptr<Writer>& writer) {
  any_ = true;
  OneWatch watch{.language = language, .writer = writer};
  const auto begin = [&]() -> absl::Status {
    if (stopped_) return MakeError(Reason::kShuttingDown, "The service is shutting down.");
    if (watches_.size() >= kWatchesMax) {
      return MakeError(Reason::kOverloaded, "Too many customers are being watched.");
    }
    COMPTOIR_ASSIGN_OR_RETURN(watch.channel, channels_.Trusted(request.channel()));
    COMPTOIR_ASSIGN_OR_RETURN(watch.customer, ParseCustomerName(request.name()));
    return channels_.filtered() ? absl::OkStatus() : Show(watch);
  };
  absl::Status begun = begin();
  if (!begun.ok()) {
    writer->Finish(std::move(begun));
    return 0;
  }
  const auto begun_watch = watches_.emplace(++last_number_, std::move(watch)).first;
  if (channels_.filtered()) {
    AskHq(begun_watch->first, begun_watch->second);
    LookAtHqLater();
  }
  return last_number_;
}

absl::Status Watches::Show(OneWatch& watch) const {
  COMPTOIR_ASSIGN_OR_RETURN(Customer customer,
                            reads_.Get(watch.customer, watch.channel, watch.language));
  ShowChanged(watch, std::move(customer));
  return absl::OkStatus();
}

void Watches::ShowChanged(OneWatch& watch, Customer customer) const {
  if (customer.etag() == watch.last_etag) return;
  watch.last_etag = customer.etag();
  channels_.HideAffiliations(customer);
  watch.writer->Write(std::move(customer));
}

void Watches::AskHq(uint64_t number, OneWatch& watch) {
  if (std::exchange(watch.asked, true)) return;
  customer::v1::GetCustomerRequest request;
  request.set_channel(watch.channel);
  request.set_name(CustomerName(watch.customer));
  CallContext call;
  call.language = watch.language;
  // The answer comes on any thread, perhaps at once.
  hq_reads_.Get(request, call,
                alive_.GuardOn(executor_, [this, number](absl::StatusOr<Customer> answer) {
                  HqAnswered(number, std::move(answer));
                }));
}

void Watches::HqAnswered(uint64_t number, absl::StatusOr<Customer> answer) {
  const auto found = watches_.find(number);
  if (found == watches_.end()) return;
  OneWatch& watch = found->second;
  watch.asked = false;
  if (answer.ok()) return ShowChanged(watch, *std::move(answer));
  const bool shown_before = !watch.last_etag.empty();
  if (shown_before && ReasonOf(answer.status()) == Reason::kHqUnreachable) return;
  const std::shared_ptr<Writer> writer = watch.writer;
  watches_.erase(found);
  writer->Finish(answer.status());
}

void Watches::LookAtHqLater() {
  if (std::exchange(looking_later_, true)) return;
  executor_.RunAfter(kHqLookInterval, alive_.Guard([this] {
    looking_later_ = false;
    if (channels_.filtered() && !watches_.empty()) Look();
  }));
}

void Watches::Look() {
  any_ = !watches_.empty();
  if (channels_.filtered()) {
    for (auto& [number, watch] : watches_) AskHq(number, watch);
    return LookAtHqLater();
  }
  for (auto next = watches_.begin(); next != watches_.end();) {
    auto& [number, watch] = *next;
    absl::Status shown = Show(watch);
    if (shown.ok()) {
      ++next;
      continue;
    }
    // The writer may end the stream at once, and that this watch.
    const std::shared_ptr<Writer> writer = watch.writer;
    next = watches_.erase(next);
    writer->Finish(std::move(shown));
  }
}

void Watches::Stop() {
  stopped_ = true;
  for (auto& [number, watch] : std::exchange(watches_, {})) {
    watch.writer->Finish(MakeError(Reason::kShuttingDown, "The service is shutting down."));
  }
}

}  // namespace comptoir::channel
