#ifndef COMPTOIR_COMMON_RPC_ADDRESS_H_
#define COMPTOIR_COMMON_RPC_ADDRESS_H_

#include <string_view>

#include "absl/status/status.h"

namespace comptoir::rpc {

// The checks say what an address must be, to follow its name: "must be HOST:PORT".

// OK iff a server may listen there: HOST:PORT with a port of 0 to 65535 and a loopback host, which
// is 127.x.x.x, [::1] or localhost.
absl::Status CheckListenAddress(std::string_view address);

// OK iff a server may listen there: the absolute path of a Unix socket, of at most 107 bytes, which
// is what the kernel takes.
absl::Status CheckSocketPath(std::string_view path);

// OK iff a client may call it: HOST:PORT with a port of 1 to 65535, or "unix:" and the absolute
// path of a Unix socket.
absl::Status CheckTargetAddress(std::string_view address);

// The error of a server that got no port.
absl::Status CannotListen(std::string_view address);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_ADDRESS_H_
