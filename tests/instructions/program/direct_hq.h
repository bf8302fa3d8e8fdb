// HQ as a store calls it when both run in one thread: calls and messages are handed over, in order,
// on the executor of whoever receives them.

#ifndef COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_DIRECT_HQ_H_
#define COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_DIRECT_HQ_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "channel-service/domain/hq_client.h"
#include "common/base/check.h"
#include "common/base/executor.h"
#include "hq-service/hq.h"

namespace comptoir {

// A stream with its two ends. Kept alive by the writers and what is under way.
template <typename Up, typename Down>
class DirectStream : public std::enable_shared_from_this<DirectStream<Up, Down>> {
 public:
  DirectStream(Executor& at_hq, Executor& at_store, StreamReader<Down>* reader)
      : at_hq_(at_hq), at_store_(at_store), reader_(reader) {}

  std::unique_ptr<StreamWriter<Up>> Upwards() { return std::make_unique<UpWriter>(this); }
  std::unique_ptr<StreamWriter<Down>> Downwards() { return std::make_unique<DownWriter>(this); }

  // HQ's end, which holds the writer downwards.
  void Serve(std::unique_ptr<StreamReader<Up>> server) { server_ = std::move(server); }
  void Forget() {
    reader_ = nullptr;
    server_.reset();
  }

 private:
  class UpWriter : public StreamWriter<Up> {
   public:
    explicit UpWriter(DirectStream* stream) : stream_(stream->shared_from_this()) {}
    void Write(Up message) override {
      stream_->at_hq_.Post([stream = stream_, message = std::move(message)]() mutable {
        if (stream->server_ != nullptr) stream->server_->OnMessage(std::move(message));
      });
    }
    void Finish(absl::Status status) override { stream_->Close(std::move(status)); }

   private:
    const std::shared_ptr<DirectStream> stream_;
  };

  class DownWriter : public StreamWriter<Down> {
   public:
    explicit DownWriter(DirectStream* stream) : stream_(stream->shared_from_this()) {}
    void Write(Down message) override {
      stream_->at_store_.Post([stream = stream_, message = std::move(message)]() mutable {
        if (stream->reader_ != nullptr) stream->reader_->OnMessage(std::move(message));
      });
    }
    // It is the store that parses.
    void WriteEncoded(EncodedMessage encoded) override {
      stream_->at_store_.Post([stream = stream_, encoded = std::move(encoded)] {
        Down message;
        COMPTOIR_CHECK(message.ParseFromString(encoded.Joined()));
        if (stream->reader_ != nullptr) stream->reader_->OnMessage(std::move(message));
      });
    }
    void Finish(absl::Status status) override { stream_->Close(std::move(status)); }

   private:
    const std::shared_ptr<DirectStream> stream_;
  };

  void Close(absl::Status status) {
    at_hq_.Post([stream = this->shared_from_this(), status] {
      const auto server = std::exchange(stream->server_, nullptr);
      if (server != nullptr) server->OnClosed(status);
    });
    at_store_.Post([stream = this->shared_from_this(), status] {
      auto* const reader = std::exchange(stream->reader_, nullptr);
      if (reader != nullptr) reader->OnClosed(status);
    });
  }

  Executor& at_hq_;
  Executor& at_store_;
  StreamReader<Down>* reader_;
  std::unique_ptr<StreamReader<Up>> server_;
};

class DirectHq : public channel::HqClient {
 public:
  // Borrowed.
  DirectHq(hq::Hq& hq, Executor& at_hq, Executor& at_store)
      : hq_(hq), at_hq_(at_hq), at_store_(at_store) {}
  // No call is under way any more.
  ~DirectHq() override {
    for (const auto& forget : forget_) forget();
  }

#define COMPTOIR_DIRECT_CALL(method, Request, Response)                                  \
  void method(const Request& request, const CallContext& context, HqDone<Response> done) \
      override {                                                                         \
    hq_.method(request, context, std::move(done));                                       \
  }
  COMPTOIR_DIRECT_CALL(CreateCustomer, customer::v1::CreateCustomerRequest, customer::v1::Customer)
  COMPTOIR_DIRECT_CALL(UpdateCustomer, customer::v1::UpdateCustomerRequest, customer::v1::Customer)
  COMPTOIR_DIRECT_CALL(CreateAddress, customer::v1::CreateAddressRequest, customer::v1::Address)
  COMPTOIR_DIRECT_CALL(UpdateAddress, customer::v1::UpdateAddressRequest, customer::v1::Address)
  COMPTOIR_DIRECT_CALL(DeactivateAddress, customer::v1::DeactivateAddressRequest,
                       customer::v1::Address)
  COMPTOIR_DIRECT_CALL(IssueLoyaltyCard, customer::v1::IssueLoyaltyCardRequest,
                       customer::v1::LoyaltyCard)
  COMPTOIR_DIRECT_CALL(TieLoyaltyCard, customer::v1::TieLoyaltyCardRequest,
                       customer::v1::LoyaltyCard)
  COMPTOIR_DIRECT_CALL(SearchCustomers, customer::v1::SearchCustomersRequest,
                       customer::v1::SearchCustomersResponse)
  COMPTOIR_DIRECT_CALL(ListConsentChanges, customer::v1::ListConsentChangesRequest,
                       customer::v1::ListConsentChangesResponse)
  COMPTOIR_DIRECT_CALL(GetCustomer, customer::v1::GetCustomerRequest, customer::v1::Customer)
  COMPTOIR_DIRECT_CALL(ListCustomers, customer::v1::ListCustomersRequest,
                       customer::v1::ListCustomersResponse)
  COMPTOIR_DIRECT_CALL(GetAddress, customer::v1::GetAddressRequest, customer::v1::Address)
  COMPTOIR_DIRECT_CALL(ListAddresses, customer::v1::ListAddressesRequest,
                       customer::v1::ListAddressesResponse)
  COMPTOIR_DIRECT_CALL(EnsureSynchronized, customer::v1::EnsureSynchronizedRequest,
                       customer::v1::Customer)
  COMPTOIR_DIRECT_CALL(OpenCustomer, hq::v1::OpenCustomerRequest, hq::v1::OpenCustomerResponse)
#undef COMPTOIR_DIRECT_CALL

  void Probe(absl::Time, std::function<void(absl::Status)> done) override {
    at_store_.Post([done = std::move(done)] { done(absl::OkStatus()); });
  }

  std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> UploadOperations(
      StreamReader<hq::v1::UploadResponse>* reader) override {
    return Open<hq::v1::UploadRequest>(
        reader, [this](auto writer) { return hq_.UploadOperations(std::move(writer)); });
  }
  std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> SubscribeChanges(
      StreamReader<hq::v1::SubscribeResponse>* reader) override {
    return Open<hq::v1::SubscribeRequest>(
        reader, [this](auto writer) { return hq_.SubscribeChanges(std::move(writer)); });
  }

 private:
  template <typename Up, typename Down, typename Connect>
  std::unique_ptr<StreamWriter<Up>> Open(StreamReader<Down>* reader, Connect connect) {
    auto stream = std::make_shared<DirectStream<Up, Down>>(at_hq_, at_store_, reader);
    forget_.push_back([weak = std::weak_ptr<DirectStream<Up, Down>>(stream)] {
      if (const auto open = weak.lock()) open->Forget();
    });
    at_hq_.Post([stream, connect] { stream->Serve(connect(stream->Downwards())); });
    return stream->Upwards();
  }

  hq::Hq& hq_;
  Executor& at_hq_;
  Executor& at_store_;
  std::vector<std::function<void()>> forget_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_DIRECT_HQ_H_
