// A service as a real process.

#ifndef COMPTOIR_TESTS_SUPPORT_CHAIN_PROCESS_SERVICE_H_
#define COMPTOIR_TESTS_SUPPORT_CHAIN_PROCESS_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/support/chain/chain.h"

namespace comptoir::testing {

// Runs `executable --listen=ADDRESS --data=FOLDER/data --flag…`, its output appended to FOLDER/log.
std::unique_ptr<ServiceHandle> MakeProcessService(const std::string& executable,
                                                  const std::string& folder,
                                                  const std::vector<std::string>& flags);

// A loopback address for services of this process or its children, whose port is outside the range
// from which the kernel takes ports for outgoing connections. No other process picks it until this
// one has ended, so that it is free whenever the service is down.
std::string PickAddress();

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_SUPPORT_CHAIN_PROCESS_SERVICE_H_
