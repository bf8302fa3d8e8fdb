#include "common/customer/requests/batch_create.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/reason_texts.h"
#include "common/base/status.h"
#include "common/base/status_proto.h"
#include "common/customer/requests/names.h"

namespace comptoir {
namespace {

using customer::v1::BatchCreateCustomersRequest;
using customer::v1::BatchCreateCustomersResponse;
using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;

absl::Status Check(const BatchCreateCustomersRequest& batch) {
  FieldViolations violations;
  if (batch.requests().empty()) {
    violations.Add("requests", "REQUIRED", "There must be at least one.");
  } else if (batch.requests_size() > kBatchCreateRequestsMax) {
    violations.Add("requests", "TOO_MANY",
                   "At most " + std::to_string(kBatchCreateRequestsMax) + " in one call.");
  }
  return violations.ToStatus();
}

// One batch on its way. Each result is written by the thread that has it, then counted; the last
// one answers.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(const BatchCreateCustomersRequest& batch, std::string language, CreateOne create,
        Done<BatchCreateCustomersResponse> done)
      : language_(std::move(language)),
        create_(std::move(create)),
        done_(std::move(done)),
        next_(batch.requests_size()),
        later_(batch.requests_size()),
        open_(batch.requests_size()) {
    std::map<CustomerId, int> last;
    for (int i = 0; i < batch.requests_size(); ++i) {
      response_.add_results();
      // One without a UUID gets a fresh one; one that is malformed is refused.
      const auto id = ParseCustomerName(batch.requests(i).customer().name());
      if (id.ok() && last.contains(*id)) {
        next_[last[*id]] = i;
        later_[i] = batch.requests(i);
      } else {
        first_.push_back(i);
      }
      if (id.ok()) last[*id] = i;
    }
  }

  void Start(const BatchCreateCustomersRequest& batch) {
    for (const int i : first_) Create(batch.requests(i), i);
  }

 private:
  void Create(const CreateCustomerRequest& request, int i) {
    create_(request, [self = shared_from_this(), i](absl::StatusOr<Customer> customer) {
      self->Created(i, std::move(customer));
    });
  }

  void Created(int i, absl::StatusOr<Customer> customer) {
    BatchCreateCustomersResponse::Result& result = *response_.mutable_results(i);
    if (customer.ok()) {
      *result.mutable_customer() = *std::move(customer);
    } else {
      *result.mutable_error() = ToProto(WithTextForPeople(customer.status(), language_));
    }
    if (next_[i].has_value()) Create(*later_[*next_[i]], *next_[i]);
    if (--open_ == 0) done_(std::move(response_));
  }

  // Constant after construction.
  const std::string language_;
  const CreateOne create_;
  const Done<BatchCreateCustomersResponse> done_;
  // The first request of each UUID, and after each the next of the same one.
  std::vector<int> first_;
  std::vector<std::optional<int>> next_;
  // Copies of those: the caller's are gone before it is their turn.
  std::vector<std::optional<CreateCustomerRequest>> later_;

  BatchCreateCustomersResponse response_;
  std::atomic<int> open_;
};

}  // namespace

void BatchCreate(const BatchCreateCustomersRequest& batch, const std::string& language,
                 CreateOne create, Done<BatchCreateCustomersResponse> done) {
  const absl::Status checked = Check(batch);
  if (!checked.ok()) return done(checked);
  std::make_shared<Batch>(batch, language, std::move(create), std::move(done))->Start(batch);
}

}  // namespace comptoir
