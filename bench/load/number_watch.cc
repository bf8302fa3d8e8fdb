#include "bench/load/number_watch.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <thread>

#include "comptoir/customer/v1/customer_service.grpc.pb.h"

namespace comptoir::bench {
namespace {

using customer::v1::Customer;
using customer::v1::CustomerService;
using Clock = std::chrono::steady_clock;

// No number within this time is an error.
constexpr auto kPatience = std::chrono::seconds(10);

// To ask all the time would take the processor from who numbers.
constexpr auto kPollInterval = std::chrono::microseconds(100);

grpc::Status PollForNumber(CustomerService::Stub& service, const std::string& name) {
  const auto end = Clock::now() + kPatience;
  customer::v1::GetCustomerRequest request;
  request.set_name(name);
  while (Clock::now() < end) {
    grpc::ClientContext context;
    Customer customer;
    grpc::Status status = service.GetCustomer(&context, request, &customer);
    if (!status.ok() || !customer.account_number().empty()) return status;
    std::this_thread::sleep_for(kPollInterval);
  }
  return {grpc::StatusCode::DEADLINE_EXCEEDED, "The account number never came."};
}

grpc::Status WatchForNumber(CustomerService::Stub& service, const std::string& name) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  customer::v1::WatchCustomerRequest request;
  request.set_name(name);
  const auto stream = service.WatchCustomer(&context, request);
  Customer customer;
  while (stream->Read(&customer)) {
    if (!customer.account_number().empty()) {
      context.TryCancel();
      return grpc::Status::OK;
    }
  }
  return stream->Finish();
}

}  // namespace

LoadResult RunNumberWatch(const NumberWatchOptions& options, const CustomerGenerator& generator) {
  const auto service = CustomerService::NewStub(
      grpc::CreateChannel(options.address, grpc::InsecureChannelCredentials()));
  const auto interval = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1 / options.rate));
  LoadResult result;
  const auto begin = Clock::now();
  const double cpu_before = CpuSeconds();
  auto due = begin;
  for (uint64_t number = options.first; due - begin < options.duration; ++number) {
    std::this_thread::sleep_until(due);
    due = std::max(due + interval, Clock::now());
    customer::v1::CreateCustomerRequest request;
    *request.mutable_customer() = generator.Get(number);
    Customer created;
    grpc::ClientContext context;
    grpc::Status status = service->CreateCustomer(&context, request, &created);
    const auto acknowledged = Clock::now();
    if (status.ok()) {
      status = (options.watches ? WatchForNumber : PollForNumber)(*service, created.name());
    }
    if (status.ok()) {
      result.times.Record(static_cast<uint64_t>((Clock::now() - acknowledged).count()));
    } else if (++result.errors == 1) {
      result.first_error = status.error_message();
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.cpu_seconds = CpuSeconds() - cpu_before;
  return result;
}

}  // namespace comptoir::bench
