#ifndef COMPTOIR_BENCH_LOAD_ETCD_TRANSACTION_H_
#define COMPTOIR_BENCH_LOAD_ETCD_TRANSACTION_H_

#include <span>
#include <string>
#include <utility>

namespace comptoir::bench {

// The RPC of etcd's API, version 3, that writes several keys at once.
inline constexpr char kEtcdTransactionMethod[] = "/etcdserverpb.KV/Txn";

// Returns its request, TxnRequest, that puts these keys and values if there is no condition.
// Written by hand: it is four fields of a message that is no business of ours otherwise.
std::string EtcdTransaction(std::span<const std::pair<std::string, std::string>> rows);

// Whether the bytes of a TxnResponse say that it was done.
bool EtcdSucceeded(const std::string& answer);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_ETCD_TRANSACTION_H_
