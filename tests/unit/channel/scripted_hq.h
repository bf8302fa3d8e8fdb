// HQ as a test plays it: it remembers what it is asked, and answers when and what the test says.
// The network is the one thing that these tests don't run for real.

#ifndef COMPTOIR_TESTS_UNIT_CHANNEL_SCRIPTED_HQ_H_
#define COMPTOIR_TESTS_UNIT_CHANNEL_SCRIPTED_HQ_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel-service/domain/hq_client.h"
#include "common/base/check.h"
#include "common/base/executor.h"
#include "common/base/status.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"

namespace comptoir::channel {

// Calls of one method that wait for their answer, oldest first.
template <typename Request, typename View>
class ScriptedCalls {
 public:
  void Add(const Request& request, const CallContext& call, HqDone<View> done) {
    calls_.push_back({request, call, std::move(done)});
    ++count_;
  }
  bool empty() const { return calls_.empty(); }
  // Of all that were ever asked.
  int count() const { return count_; }
  void Forget() { calls_.clear(); }
  const Request& request() const { return calls_.front().request; }
  const CallContext& call() const { return calls_.front().call; }
  void Answer(absl::StatusOr<HqAnswer<View>> answer) {
    const auto done = std::move(calls_.front().done);
    calls_.pop_front();
    done(std::move(answer));
  }

 private:
  struct Call {
    Request request;
    CallContext call;
    HqDone<View> done;
  };
  std::deque<Call> calls_;
  int count_ = 0;
};

// A stream that the channel service has opened; null `reader` while there is none.
template <typename Request, typename Response>
class ScriptedStream {
 public:
  explicit ScriptedStream(Executor& executor) : executor_(executor) {}

  std::unique_ptr<StreamWriter<Request>> Open(StreamReader<Response>* reader) {
    reader_ = reader;
    written.clear();
    ++opened;
    return std::make_unique<Writer>(*this);
  }
  bool is_open() const { return reader_ != nullptr; }
  void Forget() { reader_ = nullptr; }
  void Send(Response response) { reader_->OnMessage(std::move(response)); }
  void Break(absl::Status status) {
    StreamReader<Response>* reader = std::exchange(reader_, nullptr);
    reader->OnClosed(std::move(status));
  }

  // What the channel service wrote on this stream.
  std::vector<Request> written;
  int opened = 0;
  // How the channel service ended the last stream that it ended.
  std::optional<absl::Status> finished;

 private:
  class Writer : public StreamWriter<Request> {
   public:
    explicit Writer(ScriptedStream& stream) : stream_(stream) {}
    void Write(Request request) override { stream_.written.push_back(std::move(request)); }
    void Finish(absl::Status status) override {
      stream_.finished = status;
      stream_.executor_.Post([&stream = stream_, status] {
        if (stream.is_open()) stream.Break(status);
      });
    }

   private:
    ScriptedStream& stream_;
  };

  Executor& executor_;
  StreamReader<Response>* reader_ = nullptr;
};

class ScriptedHq : public HqClient {
 public:
  explicit ScriptedHq(Executor& executor) : uploads(executor), subscriptions(executor) {}

  ScriptedCalls<customer::v1::CreateCustomerRequest, customer::v1::Customer> creates;
  ScriptedCalls<customer::v1::UpdateCustomerRequest, customer::v1::Customer> updates;
  ScriptedCalls<customer::v1::CreateAddressRequest, customer::v1::Address> address_creates;
  ScriptedCalls<customer::v1::UpdateAddressRequest, customer::v1::Address> address_updates;
  ScriptedCalls<customer::v1::DeactivateAddressRequest, customer::v1::Address> deactivations;
  ScriptedCalls<customer::v1::IssueLoyaltyCardRequest, customer::v1::LoyaltyCard> card_issues;
  ScriptedCalls<customer::v1::TieLoyaltyCardRequest, customer::v1::LoyaltyCard> card_ties;
  ScriptedCalls<customer::v1::EnsureSynchronizedRequest, customer::v1::Customer> synchronizations;
  ScriptedCalls<customer::v1::SearchCustomersRequest, customer::v1::SearchCustomersResponse>
      searches;
  ScriptedCalls<customer::v1::ListConsentChangesRequest, customer::v1::ListConsentChangesResponse>
      consent_lists;
  ScriptedCalls<hq::v1::OpenCustomerRequest, hq::v1::OpenCustomerResponse> openings;
  // HQ has no other customers than the channel service: an opening is refused at once.
  bool knows_no_others = true;
  ScriptedCalls<customer::v1::GetCustomerRequest, customer::v1::Customer> gets;
  ScriptedCalls<customer::v1::ListCustomersRequest, customer::v1::ListCustomersResponse> lists;
  ScriptedCalls<customer::v1::GetAddressRequest, customer::v1::Address> address_gets;
  ScriptedCalls<customer::v1::ListAddressesRequest, customer::v1::ListAddressesResponse>
      address_lists;
  ScriptedStream<hq::v1::UploadRequest, hq::v1::UploadResponse> uploads;
  ScriptedStream<hq::v1::SubscribeRequest, hq::v1::SubscribeResponse> subscriptions;

  // What probes are answered, at once; nothing: they stay unanswered.
  std::optional<absl::Status> probe_answer = absl::OkStatus();
  int probes = 0;

  // The channel service is gone, and all that it asked and opened.
  void Forget() {
    creates.Forget();
    updates.Forget();
    address_creates.Forget();
    address_updates.Forget();
    deactivations.Forget();
    card_issues.Forget();
    card_ties.Forget();
    synchronizations.Forget();
    searches.Forget();
    consent_lists.Forget();
    openings.Forget();
    gets.Forget();
    lists.Forget();
    address_gets.Forget();
    address_lists.Forget();
    uploads.Forget();
    subscriptions.Forget();
  }

  void CreateCustomer(const customer::v1::CreateCustomerRequest& request, const CallContext& call,
                      HqDone<customer::v1::Customer> done) override {
    creates.Add(request, call, std::move(done));
  }
  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request, const CallContext& call,
                      HqDone<customer::v1::Customer> done) override {
    updates.Add(request, call, std::move(done));
  }
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& call,
                     HqDone<customer::v1::Address> done) override {
    address_creates.Add(request, call, std::move(done));
  }
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& call,
                     HqDone<customer::v1::Address> done) override {
    address_updates.Add(request, call, std::move(done));
  }
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& call, HqDone<customer::v1::Address> done) override {
    deactivations.Add(request, call, std::move(done));
  }
  void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                        const CallContext& call, HqDone<customer::v1::LoyaltyCard> done) override {
    card_issues.Add(request, call, std::move(done));
  }
  void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request, const CallContext& call,
                      HqDone<customer::v1::LoyaltyCard> done) override {
    card_ties.Add(request, call, std::move(done));
  }
  void SearchCustomers(const customer::v1::SearchCustomersRequest& request, const CallContext& call,
                       HqDone<customer::v1::SearchCustomersResponse> done) override {
    searches.Add(request, call, std::move(done));
  }
  void ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                          const CallContext& call,
                          HqDone<customer::v1::ListConsentChangesResponse> done) override {
    consent_lists.Add(request, call, std::move(done));
  }
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                   HqDone<customer::v1::Customer> done) override {
    gets.Add(request, call, std::move(done));
  }
  void ListCustomers(const customer::v1::ListCustomersRequest& request, const CallContext& call,
                     HqDone<customer::v1::ListCustomersResponse> done) override {
    lists.Add(request, call, std::move(done));
  }
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& call,
                  HqDone<customer::v1::Address> done) override {
    address_gets.Add(request, call, std::move(done));
  }
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& call,
                     HqDone<customer::v1::ListAddressesResponse> done) override {
    address_lists.Add(request, call, std::move(done));
  }
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& call, HqDone<customer::v1::Customer> done) override {
    synchronizations.Add(request, call, std::move(done));
  }
  void OpenCustomer(const hq::v1::OpenCustomerRequest& request, const CallContext& call,
                    HqDone<hq::v1::OpenCustomerResponse> done) override {
    if (knows_no_others) {
      return done(MakeError(Reason::kCustomerNotFound, "No such customer."));
    }
    openings.Add(request, call, std::move(done));
  }
  void Probe(absl::Time, std::function<void(absl::Status)> done) override {
    ++probes;
    if (probe_answer.has_value()) done(*probe_answer);
  }
  std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> UploadOperations(
      StreamReader<hq::v1::UploadResponse>* reader) override {
    return uploads.Open(reader);
  }
  std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> SubscribeChanges(
      StreamReader<hq::v1::SubscribeResponse>* reader) override {
    return subscriptions.Open(reader);
  }
};

// What an upload brings.
inline std::vector<replication::v1::Operation> OperationsOf(const hq::v1::UploadRequest& request) {
  std::vector<replication::v1::Operation> operations;
  for (const std::string& bytes : request.batch().operations()) {
    COMPTOIR_CHECK(operations.emplace_back().ParseFromString(bytes));
  }
  return operations;
}

}  // namespace comptoir::channel

#endif  // COMPTOIR_TESTS_UNIT_CHANNEL_SCRIPTED_HQ_H_
