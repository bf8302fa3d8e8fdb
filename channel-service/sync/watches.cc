#include "channel-service/sync/watches.h"

#include <functional>
#include <utility>

#include "common/base/status.h"

namespace comptoir::channel {

using customer::v1::Customer;

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
  OneWatch watch{.language = language, .writer = writer};
  const auto begin = [&]() -> absl::Status {
    if (stopped_) return MakeError(Reason::kShuttingDown, "The service is shutting down.");
    if (watches_.size() >= kWatchesMax) {
      return MakeError(Reason::kOverloaded, "Too many customers are being watched.");
    }
    COMPTOIR_RETURN_IF_ERROR(channels_.Trusted(request.channel()).status());
    COMPTOIR_ASSIGN_OR_RETURN(watch.customer, ParseCustomerName(request.name()));
    return Show(watch);
  };
  absl::Status begun = begin();
  if (!begun.ok()) {
    writer->Finish(std::move(begun));
    return 0;
  }
  watches_.emplace(++last_number_, std::move(watch));
  return last_number_;
}

absl::Status Watches::Show(OneWatch& watch) {
  COMPTOIR_ASSIGN_OR_RETURN(Customer customer, reads_.Get(watch.customer, watch.language));
  if (customer.etag() == watch.last_etag) return absl::OkStatus();
  watch.last_etag = customer.etag();
  channels_.HideAffiliations(customer);
  watch.writer->Write(std::move(customer));
  return absl::OkStatus();
}

void Watches::Look() {
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
