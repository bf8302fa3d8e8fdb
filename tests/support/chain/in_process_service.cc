#include "tests/support/chain/in_process_service.h"

#include <functional>
#include <utility>

#include "channel-service/process.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "hq-service/process.h"
#include "tests/support/chain/process_service.h"
#include "tests/support/chain/service_folder.h"

namespace comptoir::testing {
namespace {

// `start` opens the service on the folder's database at the address.
class InProcessService : public ServiceHandle {
 public:
  using StartFunction =
      std::function<std::unique_ptr<Process>(const std::string& data, const std::string& address)>;

  InProcessService(const std::string& folder, StartFunction start)
      : folder_(folder), start_(std::move(start)), address_(PickAddress()) {}

  void Start() override {
    COMPTOIR_CHECK(!running());
    process_ = start_(folder_.data(), address_);
  }
  void Kill() override { Stop(); }
  void Stop() override {
    COMPTOIR_CHECK(running());
    process_->Drain();
    process_.reset();
  }
  bool running() const override { return process_ != nullptr; }

  void Wipe() override {
    COMPTOIR_CHECK(!running());
    folder_.Wipe();
  }
  void Backup() override {
    COMPTOIR_CHECK(!running());
    folder_.Backup();
  }
  void Restore() override {
    COMPTOIR_CHECK(!running());
    folder_.Restore();
  }
  const std::string& address() const override { return address_; }
  std::string data() const override { return folder_.data(); }

 private:
  // Constant after construction.
  const ServiceFolder folder_;
  const StartFunction start_;
  const std::string address_;

  std::unique_ptr<Process> process_;
};

template <typename Process, typename Options>
std::unique_ptr<Process> StartProcess(const Options& options) {
  static NullLogger logger;
  auto process = Process::Start(options, logger);
  COMPTOIR_CHECK(process.ok()) << process.status();
  return *std::move(process);
}

}  // namespace

std::unique_ptr<ServiceHandle> MakeInProcessHq(const std::string& folder, rocksdb::Env* disk) {
  return std::make_unique<InProcessService>(
      folder, [disk](const std::string& data, const std::string& address) {
        hq::HqProcessOptions options;
        options.hq.restore_check_max = absl::Seconds(2);
        options.service.rocks.env = disk;
        options.service.rocks.path = data;
        options.service.server.listen = address;
        return StartProcess<hq::HqProcess>(options);
      });
}

std::unique_ptr<ServiceHandle> MakeInProcessChannelService(const std::string& folder,
                                                           const std::string& hq,
                                                           const std::string& id,
                                                           const std::string& channel) {
  return std::make_unique<InProcessService>(
      folder, [hq, id, channel](const std::string& data, const std::string& address) {
        channel::ChannelProcessOptions options;
        options.hq = hq;
        options.channel.id = id;
        options.channel.channels = {channel};
        options.service.rocks.path = data;
        options.service.server.listen = address;
        return StartProcess<channel::ChannelProcess>(options);
      });
}

}  // namespace comptoir::testing
