#include "bench/load/requests.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/customers/queries.h"
#include "bench/load/etcd_transaction.h"
#include "common/base/random.h"
#include "common/base/strings.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::bench {
namespace {

using customer::v1::BatchCreateCustomersRequest;
using customer::v1::BatchCreateCustomersResponse;
using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;
using customer::v1::GetCustomerRequest;
using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;

constexpr char kCreate[] = "create";
constexpr char kBatchCreate[] = "create-batch";
constexpr char kCreateInEtcd[] = "create-etcd";
constexpr char kGetByUuid[] = "get-uuid";
constexpr char kGetByNumber[] = "get-number";
constexpr std::string_view kSearch = "search-";

constexpr uint64_t kBatchCreates = 256;

std::string MethodOf(std::string_view name) {
  return absl::StrCat("/comptoir.customer.v1.CustomerService/", ToAbsl(name));
}

bool HoldsCustomer(const std::string& answer) {
  Customer customer;
  return customer.ParseFromString(answer) && !customer.name().empty();
}

class KnownCustomers : public Requests {
 public:
  KnownCustomers(const RequestOptions& options, CustomerGenerator generator)
      : options_(options), generator_(std::move(generator)) {}

 protected:
  // A customer for request `n`: any of them, each time the same.
  uint64_t AnyOf(uint64_t n) const {
    return options_.first + SeededRandom(n).Below(options_.customers);
  }

  // Constant after construction.
  const RequestOptions options_;
  const CustomerGenerator generator_;
};

class Creates : public KnownCustomers {
 public:
  using KnownCustomers::KnownCustomers;

  std::string Method() const override { return MethodOf("CreateCustomer"); }
  std::string Get(uint64_t n) const override { return Create(n).SerializeAsString(); }
  uint64_t limit() const override { return options_.customers; }
  bool Holds(const std::string& answer) const override { return HoldsCustomer(answer); }

 protected:
  CreateCustomerRequest Create(uint64_t n) const {
    CreateCustomerRequest request;
    const auto& channels = options_.channels;
    if (!channels.empty()) request.set_channel(channels[n % channels.size()]);
    *request.mutable_customer() = generator_.Get(options_.first + n);
    return request;
  }
};

// As many a call as the product takes; the last call has the rest.
class BatchCreates : public Creates {
 public:
  using Creates::Creates;

  std::string Method() const override { return MethodOf("BatchCreateCustomers"); }
  std::string Get(uint64_t n) const override {
    BatchCreateCustomersRequest request;
    const uint64_t end = std::min((n + 1) * kBatchCreates, options_.customers);
    for (uint64_t i = n * kBatchCreates; i < end; ++i) *request.add_requests() = Create(i);
    return request.SerializeAsString();
  }
  uint64_t limit() const override {
    return (options_.customers + kBatchCreates - 1) / kBatchCreates;
  }
  // All of them: a call succeeds even if none of its creates does.
  bool Holds(const std::string& answer) const override {
    BatchCreateCustomersResponse response;
    return response.ParseFromString(answer) && response.results_size() > 0 &&
           std::all_of(response.results().begin(), response.results().end(),
                       [](const auto& result) { return result.has_customer(); });
  }
};

// What etcd is asked instead: the customer by its id, its id by e-mail and phone, and an entry of
// an outbox, in one transaction.
class EtcdCreates : public KnownCustomers {
 public:
  using KnownCustomers::KnownCustomers;

  std::string Method() const override { return kEtcdTransactionMethod; }
  std::string Get(uint64_t n) const override {
    const Customer customer = generator_.Get(options_.first + n);
    const std::string bytes = customer.SerializeAsString();
    const std::pair<std::string, std::string> rows[] = {
        {customer.name(), bytes},
        {absl::StrCat("email/", customer.email().address()), customer.name()},
        {absl::StrCat("phone/", customer.phone().number()), customer.name()},
        {absl::StrCat("outbox/", options_.first + n), bytes}};
    return EtcdTransaction(rows);
  }
  uint64_t limit() const override { return options_.customers; }
  bool Holds(const std::string& answer) const override { return EtcdSucceeded(answer); }
};

// Requests that change nothing can go on for ever.
class Reads : public KnownCustomers {
 public:
  using KnownCustomers::KnownCustomers;

  uint64_t limit() const override { return std::numeric_limits<uint64_t>::max(); }
};

class Gets : public Reads {
 public:
  using Reads::Reads;

  std::string Method() const override { return MethodOf("GetCustomer"); }
  std::string Get(uint64_t n) const override {
    GetCustomerRequest request;
    request.set_name(options_.kind == kGetByUuid ? NameOf(AnyOf(n)) : NumberOf(AnyOf(n)));
    return request.SerializeAsString();
  }
  bool Holds(const std::string& answer) const override { return HoldsCustomer(answer); }

 private:
  std::string NameOf(uint64_t customer) const {
    return absl::StrCat("customers/", generator_.IdOf(customer).ToString());
  }

  // HQ numbers from 1, in the format of examples/chain.textproto: whoever has the number, somebody
  // has it.
  static std::string NumberOf(uint64_t customer) {
    char name[64];
    std::snprintf(name, sizeof(name), "accountNumbers/C-%08llu",
                  static_cast<unsigned long long>(customer + 1));
    return name;
  }
};

class Searches : public Reads {
 public:
  Searches(const RequestOptions& options, CustomerGenerator generator, QueryKind query)
      : Reads(options, std::move(generator)), query_(query) {}

  std::string Method() const override { return MethodOf("SearchCustomers"); }
  std::string Get(uint64_t n) const override {
    SearchCustomersRequest request;
    request.set_query(QueryText(query_, generator_.Get(AnyOf(n)), n));
    return request.SerializeAsString();
  }
  bool Holds(const std::string& answer) const override {
    SearchCustomersResponse response;
    return response.ParseFromString(answer) && response.results_size() > 0;
  }

 private:
  // Constant after construction.
  const QueryKind query_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Requests>> Requests::Make(const RequestOptions& options,
                                                         CustomerGenerator generator) {
  const std::string_view kind = options.kind;
  if (kind == kCreate) return std::make_unique<Creates>(options, std::move(generator));
  if (kind == kBatchCreate) return std::make_unique<BatchCreates>(options, std::move(generator));
  if (kind == kCreateInEtcd) {
    return std::make_unique<EtcdCreates>(options, std::move(generator));
  }
  if (kind == kGetByUuid || kind == kGetByNumber) {
    return std::make_unique<Gets>(options, std::move(generator));
  }
  if (kind.starts_with(kSearch)) {
    if (const auto query = ParseQueryKind(kind.substr(kSearch.size()))) {
      return std::make_unique<Searches>(options, std::move(generator), *query);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("No such kind of request; there are ", absl::StrJoin(RequestKinds(), ", ")));
}

std::vector<std::string> RequestKinds() {
  std::vector<std::string> kinds = {kCreate, kBatchCreate, kCreateInEtcd, kGetByUuid, kGetByNumber};
  for (const std::string_view query : QueryKindNames()) {
    kinds.push_back(std::string(kSearch) + std::string(query));
  }
  return kinds;
}

}  // namespace comptoir::bench
