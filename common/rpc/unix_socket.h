// What gRPC leaves open of Unix sockets.

#ifndef COMPTOIR_COMMON_RPC_UNIX_SOCKET_H_
#define COMPTOIR_COMMON_RPC_UNIX_SOCKET_H_

#include <string>

#include "absl/status/status.h"

namespace comptoir::rpc {

// True if a process answers on the socket. One that was killed leaves the file behind.
// REQUIRES: CheckSocketPath(path).
bool IsListenedOn(const std::string& path);

// The socket's owner and group may connect, whatever the umask, nobody else: callers are not
// authenticated yet.
absl::Status LetGroupConnect(const std::string& path);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_UNIX_SOCKET_H_
