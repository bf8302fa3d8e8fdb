#include "hq-service/jobs/customer_watch.h"

#include <optional>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/jobs/core_reader.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using customer::v1::WatchCustomerRequest;

// Lives as long as its reader. On the executor.
class WatchCore : public std::enable_shared_from_this<WatchCore> {
 public:
  WatchCore(std::shared_ptr<JobContext> context, std::string language,
            std::unique_ptr<StreamWriter<Customer>> writer)
      : context_(std::move(context)), language_(std::move(language)), writer_(std::move(writer)) {}

  void OnMessage(const WatchCustomerRequest& request) {
    if (over_ || request_.has_value()) return;
    if (context_->stopped) return End(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
    customer::v1::GetCustomerRequest read;
    read.set_channel(request.channel());
    read.set_name(request.name());
    request_ = std::move(read);
    stream_id_ = context_->open_streams.Add([weak = weak_from_this()](absl::Status status) {
      if (const auto self = weak.lock()) self->End(std::move(status));
    });
    listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Look();
    });
    Look();
  }

  void End(absl::Status status) {
    if (over_) return;
    const auto writer = std::move(writer_);
    Close();
    writer->Finish(std::move(status));
  }

  void Close() {
    if (over_) return;
    over_ = true;
    context_->open_streams.Remove(stream_id_);
    context_->signal->Forget(listener_id_);
    writer_.reset();
  }

 private:
  void Look() {
    const auto snapshot = context_->environment.database.NewReader();
    auto customer = GetCustomer(*snapshot, *request_, language_);
    if (!customer.ok()) return End(customer.status());
    // The etag is the version; a pending customer's is made from all that it shows.
    if (customer->etag() == last_etag_) return;
    last_etag_ = customer->etag();
    writer_->Write(*std::move(customer));
  }

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::string language_;

  // Null when over.
  std::unique_ptr<StreamWriter<Customer>> writer_;
  std::optional<customer::v1::GetCustomerRequest> request_;
  std::string last_etag_;
  uint64_t stream_id_ = 0;
  uint64_t listener_id_ = 0;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<StreamReader<WatchCustomerRequest>> OpenCustomerWatch(
    std::shared_ptr<JobContext> context, std::string language,
    std::unique_ptr<StreamWriter<Customer>> writer) {
  return std::make_unique<CoreReader<WatchCustomerRequest, WatchCore>>(
      std::make_shared<WatchCore>(std::move(context), std::move(language), std::move(writer)));
}

}  // namespace comptoir::hq
