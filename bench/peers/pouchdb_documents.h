#ifndef COMPTOIR_BENCH_PEERS_POUCHDB_DOCUMENTS_H_
#define COMPTOIR_BENCH_PEERS_POUCHDB_DOCUMENTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"
#include "bench/peers/closed_loop.h"

namespace comptoir::bench {

// Connects to a PouchDB behind HTTP on loopback to create customers from number `first` on, one
// document each, in the database of this name. `generator` must live longer.
absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToPouchDb(
    int port, const std::string& database, uint64_t first, const CustomerGenerator& generator);

// The same document as a line of JSON, with its id.
std::string PouchDbDocument(uint64_t number, const CustomerGenerator& generator);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POUCHDB_DOCUMENTS_H_
