// How connections between services are kept alive: both ends ask whether the other still answers.

#ifndef COMPTOIR_COMMON_RPC_KEEPALIVE_H_
#define COMPTOIR_COMMON_RPC_KEEPALIVE_H_

namespace comptoir {

// A peer that is silent for the interval is asked; one that doesn't answer in time is given up.
inline constexpr int kKeepaliveIntervalMs = 10'000;
inline constexpr int kKeepaliveTimeoutMs = 5'000;

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_RPC_KEEPALIVE_H_
