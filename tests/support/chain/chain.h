// A whole chain for story tests: HQ and its stores, behind one interface with two implementations:
// all in this process (InProcessChain), and real processes that are killed with SIGKILL
// (ProcessChain). Both run real gRPC on loopback and real RocksDB in a folder of their own.

#ifndef COMPTOIR_TESTS_SUPPORT_CHAIN_CHAIN_H_
#define COMPTOIR_TESTS_SUPPORT_CHAIN_CHAIN_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/status_mapping.h"
#include "comptoir/channel/v1/status_service.grpc.pb.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"
#include "comptoir/hq/v1/admin_service.grpc.pb.h"

namespace rocksdb {
class Env;
}

namespace comptoir::testing {

// One service of the chain, which a test may end and start again. Its address stays the same.
class ServiceHandle {
 public:
  virtual ~ServiceHandle() = default;
  // Starts it and returns when it answers calls. It must not be running.
  virtual void Start() = 0;
  // Ends it as abruptly as the harness can: SIGKILL for a process.
  virtual void Kill() = 0;
  // SIGTERM, or a graceful drain.
  virtual void Stop() = 0;
  virtual bool running() const = 0;
  // Removes its database; it must not be running.
  virtual void Wipe() = 0;
  // Copies its database to, or from, a side folder: a backup; it must not be running.
  virtual void Backup() = 0;
  virtual void Restore() = 0;
  virtual const std::string& address() const = 0;
  // The folder of its database.
  virtual std::string data() const = 0;
};

struct Store {
  std::string channel;  // its number
  std::unique_ptr<ServiceHandle> service;
  std::unique_ptr<customer::v1::CustomerService::Stub> customers;
  std::unique_ptr<channel::v1::StatusService::Stub> status;
};

// HQ with a number sequence, an operating unit in the US and the profiles "sync" and "async"; one
// store per profile named. Everything runs and every store is ready when it has been made.
class Chain {
 public:
  enum class Harness { kInProcess, kProcesses };

  // In process HQ's disk may be one with faults; it is borrowed.
  Chain(Harness harness, const std::vector<std::string>& profiles, rocksdb::Env* hq_disk = nullptr);
  ~Chain();

  ServiceHandle& hq() { return *hq_; }
  customer::v1::CustomerService::Stub& hq_customers() { return *hq_customers_; }
  hq::v1::AdminService::Stub& admin() { return *admin_; }
  Store& store(int i) { return *stores_.at(i); }
  int store_count() const { return static_cast<int>(stores_.size()); }

  // Adds a store, running but not yet ready.
  Store& AddStore(const std::string& profile);
  // Adds a copy of a store, with its id and its database, which must not be running; the copy isn't
  // started.
  Store& AddCopyOf(Store& store);
  void WaitUntilReady(Store& store);
  // Waits until the store's link is online, or isn't.
  void WaitUntilOnline(Store& store, bool online = true);
  // Waits until nothing is unsettled and every store has all that HQ committed.
  void WaitUntilHome();

 private:
  class Folder;

  const Harness harness_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<ServiceHandle> hq_;
  std::unique_ptr<customer::v1::CustomerService::Stub> hq_customers_;
  std::unique_ptr<hq::v1::AdminService::Stub> admin_;
  std::vector<std::unique_ptr<Store>> stores_;
  std::vector<std::unique_ptr<Store>> copies_;
  // Makes the service of a store, and the stubs when it has an address.
  std::unique_ptr<ServiceHandle> NewService(const std::string& folder, const std::string& id,
                                            const std::string& channel);
};

// Real time, for conditions only; fails the test when `cap` has passed. Tenfold what the rule
// promises.
void WaitFor(const char* what, const std::function<bool()>& condition,
             absl::Duration cap = absl::Seconds(30));

// Calls `(stub.*method)(context, request, response)` with a deadline; errors as absl::Status with
// their reason.
//
//     Call(chain.admin(), &hq::v1::AdminService::Stub::GetHqStatus, request, &status)
template <typename Stub, typename Request, typename Response>
absl::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const std::type_identity_t<Request>& request, Response* response,
                  absl::Duration timeout = absl::Seconds(10), const std::string& language = "en") {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  context.AddMetadata("accept-language", language);
  return rpc::FromGrpc((stub.*method)(&context, request, response));
}

// The calls that stories are made of.
absl::StatusOr<customer::v1::Customer> Create(customer::v1::CustomerService::Stub& stub,
                                              const customer::v1::Customer& customer,
                                              const std::string& channel = "");
absl::StatusOr<customer::v1::Customer> Get(customer::v1::CustomerService::Stub& stub,
                                           const std::string& name,
                                           const std::string& language = "en");
absl::StatusOr<customer::v1::Customer> Update(customer::v1::CustomerService::Stub& stub,
                                              const customer::v1::Customer& customer,
                                              const std::string& path, const std::string& etag);
std::vector<customer::v1::Customer> Search(customer::v1::CustomerService::Stub& stub,
                                           const std::string& query);
// All customers, and all addresses, in key order.
std::vector<customer::v1::Customer> AllCustomers(customer::v1::CustomerService::Stub& stub);
std::vector<customer::v1::Address> AllAddresses(customer::v1::CustomerService::Stub& stub,
                                                const std::string& parent = "customers/-");
channel::v1::Status StatusOf(Store& store);

customer::v1::Customer NewPerson(const std::string& given_name, const std::string& family_name);
std::string NewCustomerName();

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_SUPPORT_CHAIN_CHAIN_H_
