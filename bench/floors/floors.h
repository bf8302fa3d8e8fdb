// The least that must happen for a figure: servers that do only that, with no product around it.
// All answer CustomerService's methods with bytes that they don't read, so that one client asks
// them and the product for the same.

#ifndef COMPTOIR_BENCH_FLOORS_FLOORS_H_
#define COMPTOIR_BENCH_FLOORS_FLOORS_H_

#include <cstdint>
#include <string>

namespace comptoir::bench {

struct FloorOptions {
  // HOST:PORT, port 0 for any.
  std::string listen;
  // Path of a Unix socket where it answers, too; empty: none.
  std::string listen_unix;
  // Gets the port once calls are answered.
  std::string port_file;
};

// A bare callback handler. Answers with `answer_bytes` ready bytes; 0: with those of the request.
// Returns at SIGTERM, as all of them.
void RunEchoFloor(const FloorOptions& options, uint64_t answer_bytes);

struct CommitOptions {
  // Folder of the database; made if missing.
  std::string data;
  // What a request holds: so many rows, equal parts of it.
  uint64_t rows = 1;
  // What a row writes: so many keys, of so many bytes with their values, all told.
  uint64_t keys = 3;
  uint64_t bytes = 0;
};

// A bare callback handler and one thread that writes what has come meanwhile as one synced batch of
// RocksDB, then answers all of it. With `bytes` of 0, a row is the value of its first key and the
// others have none.
void RunCommitFloor(const FloorOptions& options, const CommitOptions& commit);

struct StreamOptions {
  // Channels "…-c" with the same c % groups see the same customers.
  uint64_t groups = 1;
  // Customers that whoever subscribes is sent first, in batches of the product's size.
  uint64_t ready_customers = 0;
  // The sample of customers.
  std::string samples;
};

// Sends each customer that is created to all who subscribe to changes of its group of channels, as
// bytes that were made once. Nothing is stored.
void RunStreamFloor(const FloorOptions& options, const StreamOptions& stream);

struct ScanOptions {
  // Folder of the database; made if missing.
  std::string data;
  // Customers in it, each with its address.
  uint64_t customers = 0;
  // What a request reads: so many records, in the order of their keys, from anywhere on.
  uint64_t records = 20;
  // The sample of customers.
  std::string samples;
};

// A bare callback handler that reads records of RocksDB with an iterator and answers with them.
void RunScanFloor(const FloorOptions& options, const ScanOptions& scan);

// Prints as one line of JSON: how many writes RocksDB has numbered in a database; how many of those
// after number `after` its log still holds; the keys of these, rows of the product's index as keys
// of their own; and the bytes of these keys with their values. So a floor can be given what the
// product writes. No other process may have the database open; it is opened as RocksDB does by
// itself.
int CountWrites(const std::string& data, uint64_t after);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_FLOORS_FLOORS_H_
