#include "tests/e2e/load_generator.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "common/base/check.h"

namespace comptoir::testing {

LoadGenerator::LoadGenerator(customer::v1::CustomerService::Stub& stub, std::string label,
                             std::string file, int threads)
    : stub_(stub),
      label_(std::move(label)),
      file_(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  COMPTOIR_CHECK(file_ >= 0);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

LoadGenerator::~LoadGenerator() {
  Stop();
  close(file_);
}

void LoadGenerator::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void LoadGenerator::Run(int thread) {
  for (int i = 0; !stopped_; ++i) {
    customer::v1::CreateCustomerRequest request;
    *request.mutable_customer() =
        NewPerson(label_ + std::to_string(thread), "Load" + std::to_string(i));
    request.mutable_customer()->mutable_phone()->set_number("+1 206 555 0" +
                                                            std::to_string(100 + i % 900));
    request.mutable_customer()->add_addresses()->set_city("Seattle");
    // What was begun is finished, also after Stop: else nobody knows whether it counts.
    for (;;) {
      customer::v1::Customer response;
      ++in_flight_;
      const absl::Status status = Call(stub_, &customer::v1::CustomerService::Stub::CreateCustomer,
                                       request, &response, absl::Seconds(2));
      --in_flight_;
      if (status.ok()) {
        Acknowledge(response);
        break;
      }
      COMPTOIR_CHECK(!IsRefusal(status)) << status.ToString();
      ++cut_off_;
      if (stopped_) return;  // never acknowledged: it may exist or not, but not twice
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

void LoadGenerator::Acknowledge(const customer::v1::Customer& customer) {
  const std::string line = customer.name() + " " + customer.account_number() + "\n";
  MutexLock lock(mutex_);
  COMPTOIR_CHECK(write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  COMPTOIR_CHECK(fdatasync(file_) == 0);
  ++acknowledged_;
}

std::map<std::string, std::string> LoadGenerator::ReadAcknowledged(const std::string& file) {
  std::map<std::string, std::string> acknowledged;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    std::string account_number;
    words >> name >> account_number;
    const bool is_new = acknowledged.emplace(name, account_number).second;
    COMPTOIR_CHECK(is_new) << "acknowledged twice: " << name;
  }
  return acknowledged;
}

}  // namespace comptoir::testing
