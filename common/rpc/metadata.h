// The keys of our gRPC metadata.

#ifndef COMPTOIR_COMMON_RPC_METADATA_H_
#define COMPTOIR_COMMON_RPC_METADATA_H_

namespace comptoir::rpc {

// From the caller: the languages it can read, as in HTTP.
inline constexpr char kAcceptLanguageKey[] = "accept-language";

// Trailing, from HQ: the replication.v1.Position at which the answer was read.
inline constexpr char kPositionKey[] = "comptoir-position-bin";

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_METADATA_H_
