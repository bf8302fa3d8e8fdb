// Runs what a service does most, so that callgrind can count the instructions that it takes.
//
//     valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file=FILE instructions SAMPLES
//
// callgrind writes FILE.1, FILE.2 and so on; each says which operation it counted ("create") and
// how many instructions all of them took. This prints which thread it runs on, "thread 3298543",
// and how many there were, one operation a line: "create 512". Where a piece is told several times,
// each of them is one. Without callgrind nothing is counted. Everything but gRPC and the kernel is
// in it: validation, the commands, RocksDB with its synced writes, both services' part of the
// streams. Reads are made as the store's handlers make them: of what lies ready as bytes.

#include <pthread.h>
#include <valgrind/callgrind.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "bench/customers/customer_generator.h"
#include "bench/customers/queries.h"
#include "common/base/check.h"
#include "tests/instructions/program/one_store.h"
#include "tests/support/fixed_thread.h"

namespace comptoir {
namespace {

using bench::CustomerGenerator;
using bench::QueryKind;
using customer::v1::Customer;

constexpr uint64_t kBase = 1000;
constexpr uint64_t kCreates = 256;
// As many as wait for a commit together under load.
constexpr uint64_t kGroup = 64;
constexpr uint64_t kLookups = 256;
constexpr uint64_t kSearches = 32;
constexpr uint64_t kAddresses = 10'000;
constexpr uint64_t kAddedAddresses = 32;

// Instructions between Begin() and End() count. While the sum of several pieces is wanted, they are
// begun and ended one after the other, and told at last.
class Meter {
 public:
  static void Begin() { CALLGRIND_START_INSTRUMENTATION; }
  static void End() { CALLGRIND_STOP_INSTRUMENTATION; }
  static void Tell(const std::string& operation, uint64_t count) {
    CALLGRIND_DUMP_STATS_AT(operation.c_str());
    std::printf("%s %llu\n", operation.c_str(), static_cast<unsigned long long>(count));
  }
};

enum class Counted { kNobody, kHq, kStore };

class Operations {
 public:
  explicit Operations(CustomerGenerator customers) : customers_(std::move(customers)) {}

  void Run() {
    // Everything is found in memory, and loaded once that is loaded once.
    CreateMore(kBase);
    ComeHome(Counted::kNobody);
    for (uint64_t i = 0; i < kGroup; ++i) LookUp(i);

    Meter::Begin();
    CreateMore(kCreates);
    Meter::End();
    Meter::Tell("create", kCreates);

    ComeHome(Counted::kHq);
    Meter::Tell("convert", kCreates);

    CreateMore(kCreates);
    ComeHome(Counted::kStore);
    Meter::Tell("apply", kCreates);

    Meter::Begin();
    for (uint64_t i = 0; i < kLookups; ++i) LookUp(i * 3);
    Meter::End();
    Meter::Tell("lookup", kLookups);

    SendAll();
    for (const std::string_view name : bench::QueryKindNames()) Search(name);
    AddAddresses();
  }

 private:
  void CreateMore(uint64_t count) {
    store_.HoldBack(true);
    for (uint64_t i = 0; i < count; ++i) {
      store_.Create(customers_.Get(created_++));
      if (created_ % kGroup == 0) store_.RunStore();
    }
    store_.RunStore();
  }

  // Upload and settling are the store's part, what is between them HQ's.
  void ComeHome(Counted counted) {
    const OneStore::Turn plain = [](const auto& run) { return run(); };
    const OneStore::Turn metered = [](const auto& run) {
      Meter::Begin();
      const bool worked = run();
      Meter::End();
      return worked;
    };
    store_.HoldBack(false);
    while (store_.waiting() > 0) {
      store_.Step(counted == Counted::kHq ? metered : plain,
                  counted == Counted::kStore ? metered : plain);
    }
    store_.Settle();
  }

  // Tells how many records it was.
  void SendAll() {
    Meter::Begin();
    const auto batches = store_.SendAll();
    Meter::End();
    uint64_t records = 0;
    for (const EncodedMessage& batch : batches) {
      hq::v1::SubscribeResponse response;
      COMPTOIR_CHECK(response.ParseFromString(batch.Joined()));
      records += static_cast<uint64_t>(response.batch().changes_size());
    }
    Meter::Tell("send", records);
  }

  void LookUp(uint64_t number) {
    customer::v1::GetCustomerRequest request;
    request.set_name("customers/" + customers_.IdOf(number).ToString());
    COMPTOIR_CHECK(store_.service().StoredCustomer(request).has_value());
  }

  void Search(std::string_view name) {
    const auto kind = bench::ParseQueryKind(name);
    std::vector<customer::v1::SearchCustomersRequest> requests(kSearches);
    for (uint64_t i = 0; i < kSearches; ++i) {
      requests[i].set_channel(kStoreChannel);
      requests[i].set_query(bench::QueryText(*kind, customers_.Get(i * 29 % kBase), i));
      requests[i].set_page_size(20);
    }
    // What the first one needs is loaded before.
    COMPTOIR_CHECK(store_.service().StoredSearch(requests.front(), {}).has_value());
    Meter::Begin();
    for (const auto& request : requests) {
      COMPTOIR_CHECK(store_.service().StoredSearch(request, {}).has_value());
    }
    Meter::End();
    Meter::Tell("search-" + std::string(name), kSearches);
  }

  // To customers who have one each, and to one who has very many, among the same rows. Each by
  // itself: now and then one pays for what is tidied up for all.
  void AddAddresses() {
    for (uint64_t added = 1; added < kAddresses; added += kGroup) {
      store_.AddAtHq(std::vector(std::min(kGroup, kAddresses - added), NewAddress(0)));
    }
    for (uint64_t i = 1; i <= kAddedAddresses; ++i) AddAddress(i, "add-address-to-1");
    for (uint64_t i = 1; i <= kAddedAddresses; ++i) AddAddress(0, "add-address-to-10000");
  }

  customer::v1::CreateAddressRequest NewAddress(uint64_t customer) const {
    customer::v1::CreateAddressRequest request;
    request.set_parent("customers/" + customers_.IdOf(customer).ToString());
    *request.mutable_address() = customers_.Get(customer).addresses(0);
    request.mutable_address()->clear_name();
    return request;
  }

  void AddAddress(uint64_t customer, const std::string& operation) {
    const std::vector request = {NewAddress(customer)};
    Meter::Begin();
    store_.AddAtHq(request);
    Meter::End();
    Meter::Tell(operation, 1);
  }

  const CustomerGenerator customers_;
  OneStore store_;
  uint64_t created_ = 0;
};

int Main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: instructions SAMPLES\n"), 2;
  auto customers = CustomerGenerator::Open(argv[1], 1);
  COMPTOIR_CHECK_OK(customers);
  RunOnFixedThread([&] {
    std::printf("thread %llu\n", static_cast<unsigned long long>(pthread_self()));
    Operations(*std::move(customers)).Run();
  });
  return 0;
}

}  // namespace
}  // namespace comptoir

int main(int argc, char** argv) { return comptoir::Main(argc, argv); }
