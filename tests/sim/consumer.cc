#include "tests/sim/consumer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

using hq::v1::CustomerEvent;

// HQ's end of the stream: what is written is on its way.
class Consumer::Writer : public StreamWriter<CustomerEvent> {
 public:
  Writer(Consumer& consumer, uint64_t stream) : consumer_(consumer), stream_(stream) {}

  void Write(CustomerEvent event) override {
    consumer_.context_.scheduler().After(
        consumer_.Latency(), kWorld,
        [&consumer = consumer_, stream = stream_, event] { consumer.Receive(event, stream); });
  }
  void Finish(absl::Status status) override {
    consumer_.context_.scheduler().After(
        consumer_.Latency(), kWorld,
        [&consumer = consumer_, stream = stream_, status] { consumer.Ended(status, stream); });
  }

 private:
  Consumer& consumer_;
  const uint64_t stream_;
};

Consumer::Consumer(Context& context, HqNode& hq)
    : context_(context), hq_(hq), random_(context.NewRandom()) {}

Consumer::~Consumer() = default;

void Consumer::Start() { Open(); }

// In order, each after the one before.
absl::Duration Consumer::Latency() {
  const absl::Time now = context_.scheduler().now();
  absl::Time arrival = now + Between(random_, absl::Milliseconds(1), absl::Milliseconds(10));
  if (slow_ && !healing_) arrival += Between(random_, absl::ZeroDuration(), absl::Seconds(1));
  last_arrival_ = std::max(last_arrival_ + absl::Nanoseconds(1), arrival);
  return last_arrival_ - now;
}

void Consumer::Open() {
  if (!hq_.up()) return OpenLater();
  slow_ = random_.OneIn(4);
  if (slow_) context_.Count(Fault::kConsumerSlow);
  hq::v1::StreamCustomerEventsRequest request;
  request.set_token(token_);
  last_arrival_ = absl::InfinitePast();
  source_ = hq_.service().StreamCustomerEvents(request, CallContext(),
                                               std::make_unique<Writer>(*this, ++stream_));
}

void Consumer::OpenLater() {
  context_.scheduler().After(Between(random_, absl::Milliseconds(50), absl::Seconds(1)), kWorld,
                             [this, stream = stream_] {
                               if (stream == stream_) Open();
                             });
}

void Consumer::Close() {
  ++stream_;
  if (source_ == nullptr) return;
  source_->OnClosed(absl::CancelledError("gone"));
  source_.reset();
}

void Consumer::HqCrashed() {
  Close();
  OpenLater();
}

void Consumer::Ended(const absl::Status& status, uint64_t stream) {
  if (stream != stream_) return;
  Close();
  if (ReasonOf(status) == Reason::kDiverged) {
    // HQ was restored, and may have lost what this one knows: it begins anew.
    token_.clear();
    known_.clear();
  }
  OpenLater();
}

void Consumer::Receive(const CustomerEvent& event, uint64_t stream) {
  if (stream != stream_) return;
  if (!healing_ && random_.OneIn(25)) {
    // What this event did isn't durable, and neither is its token.
    context_.Count(Fault::kConsumerCrash);
    Close();
    return OpenLater();
  }
  Apply(event);
  token_ = event.token();
  if (source_ != nullptr) source_->OnWritten();
}

void Consumer::Apply(const CustomerEvent& event) {
  context_.Trace("consumer", [&] {
    return absl::StrCat(CustomerEvent::Kind_Name(event.kind()), " ", event.customer().name(),
                        " at ", event.sequence());
  });
  if (event.kind() == CustomerEvent::KIND_PROGRESS) return;
  const std::string& name = event.customer().name();
  Known& known = known_[name];
  if (event.kind() == CustomerEvent::KIND_CREATED && ++known.created > 1) {
    context_.Fail("consumer", absl::StrCat("is told twice that ", name, " was created"));
  }
  if (known.created == 0) {
    context_.Fail("consumer", absl::StrCat("hears of ", name, " before it was created"));
  }
  known.etag = event.customer().etag();
  for (const auto& change : event.consent_changes()) {
    if (!known.consent.emplace(change.sequence(), change.contact()).second) {
      context_.Fail("consumer", absl::StrCat("is told twice of a consent of ", name));
    }
  }
}

std::string Consumer::Difference() const {
  std::string difference;
  size_t customers = 0;
  KeyRange range = PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CUSTOMER).key(),
                               std::numeric_limits<size_t>::max());
  std::map<std::string, size_t> consent;
  const absl::Status scanned = hq_.latest().Scan(
      Table::kRecords,
      PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CONSENT_CHANGE).key(),
                  std::numeric_limits<size_t>::max()),
      [&](std::string_view key, std::string_view) {
        ++consent[CustomerName(Uuid::FromBytes(key.substr(1, Uuid().bytes().size())))];
        return true;
      });
  if (!scanned.ok()) return "HQ cannot be read";
  const absl::Status read =
      hq_.latest().Scan(Table::kRecords, range, [&](std::string_view, std::string_view value) {
        const auto record = Parse<storage::v1::CustomerRecord>(std::string(value));
        const std::string& name = record->customer().name();
        if (record->customer().account_number().empty()) return true;
        ++customers;
        const auto known = known_.find(name);
        if (known == known_.end() || known->second.created != 1) {
          difference = absl::StrCat("doesn't know that ", name, " was created");
        } else if (known->second.etag != CustomerEtag(*record)) {
          difference = absl::StrCat("knows ", name, " as it was");
        } else if (known->second.consent.size() != consent[name]) {
          difference = absl::StrCat("lacks consent of ", name);
        }
        return difference.empty();
      });
  if (!read.ok()) return "HQ cannot be read";
  if (difference.empty() && known_.size() != customers) return "knows more than HQ has";
  return difference;
}

}  // namespace comptoir::sim
