// A service in this process: real gRPC and RocksDB, no process boundary. To kill it is to end it
// without waiting for calls as far as that can be had in one process; what only a process can show,
// ProcessService shows.

#ifndef COMPTOIR_TESTS_SUPPORT_CHAIN_IN_PROCESS_SERVICE_H_
#define COMPTOIR_TESTS_SUPPORT_CHAIN_IN_PROCESS_SERVICE_H_

#include <memory>
#include <string>

#include "tests/support/chain/chain.h"

namespace comptoir::testing {

std::unique_ptr<ServiceHandle> MakeInProcessHq(const std::string& folder, rocksdb::Env* disk);
std::unique_ptr<ServiceHandle> MakeInProcessChannelService(const std::string& folder,
                                                           const std::string& hq,
                                                           const std::string& id,
                                                           const std::string& channel);

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_SUPPORT_CHAIN_IN_PROCESS_SERVICE_H_
