#include <rocksdb/write_batch.h>

#include <functional>
#include <memory>
#include <string>

#include "bench/customers/customer_generator.h"
#include "bench/floors/floor_server.h"
#include "bench/floors/floors.h"
#include "bench/floors/rocks.h"
#include "bench/load/buffers.h"
#include "common/base/check.h"
#include "common/base/random.h"

namespace comptoir::bench {
namespace {

constexpr uint64_t kCustomersABatch = 1000;

void Fill(const CustomerGenerator& generator, uint64_t customers, rocksdb::DB& database) {
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  rocksdb::WriteBatch batch;
  for (uint64_t number = 0; number < customers; ++number) {
    customer::v1::Customer customer = generator.Get(number);
    const std::string address = customer.addresses(0).SerializeAsString();
    customer.clear_addresses();
    const std::string id(generator.IdOf(number).bytes());
    // As the product has them: customers, then addresses.
    batch.Put("c" + id, customer.SerializeAsString());
    batch.Put("d" + id + id, address);
    if ((number + 1) % kCustomersABatch == 0 || number + 1 == customers) {
      COMPTOIR_CHECK(database.Write(unlogged, &batch).ok());
      batch.Clear();
    }
  }
  COMPTOIR_CHECK(database.Flush({}).ok());
  COMPTOIR_CHECK(database.CompactRange({}, nullptr, nullptr).ok());
}

// So many records from `begin` on; where they end, from the first one on.
std::string Scan(rocksdb::DB& database, const std::string& begin, uint64_t records) {
  std::string answer;
  const std::unique_ptr<rocksdb::Iterator> rows(database.NewIterator({}));
  rows->Seek(begin);
  for (uint64_t i = 0; i < records; ++i) {
    if (!rows->Valid()) rows->SeekToFirst();
    answer.append(rows->value().data(), rows->value().size());
    rows->Next();
  }
  return answer;
}

}  // namespace

void RunScanFloor(const FloorOptions& options, const ScanOptions& scan) {
  const auto generator = CustomerGenerator::Open(scan.samples, 1);
  COMPTOIR_CHECK_OK(generator);
  COMPTOIR_CHECK(scan.customers > 0) << "nothing to scan";
  const std::unique_ptr<rocksdb::DB> database = OpenBareDatabase(scan.data);
  Fill(*generator, scan.customers, *database);
  ServeFloor(options, [&](const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
                          grpc::ServerUnaryReactor& reactor) {
    // Another request, other records.
    SeededRandom random(std::hash<std::string>()(ToBytes(request)));
    const std::string begin(generator->IdOf(random.Below(scan.customers)).bytes());
    answer = ToBuffer(Scan(*database, "c" + begin, scan.records));
    reactor.Finish(grpc::Status::OK);
  });
}

}  // namespace comptoir::bench
