// How customers come to be: one by one, from a form, many in one call; sent again, and with another
// content under a UUID that is taken.

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/status_proto.h"
#include "common/customer/records/customers.h"
#include "tests/sim/setup.h"
#include "tests/sim/workload_impl.h"

namespace comptoir::sim {

namespace {

using customer::v1::Address;
using customer::v1::BatchCreateCustomersRequest;
using customer::v1::BatchCreateCustomersResponse;
using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;
using customer::v1::GetNewCustomerFormRequest;

constexpr const char* kGivenNames[] = {"Ada", "Grace", "Łukasz", "Zoë", "Jean-Luc", "Sören"};
constexpr const char* kCities[] = {"Lyon", "Montréal", "Malmö", "Torino"};

std::vector<absl::StatusOr<Customer>> ResultsOf(const BatchCreateCustomersResponse& response) {
  std::vector<absl::StatusOr<Customer>> results;
  for (const auto& result : response.results()) {
    if (result.has_customer()) {
      results.emplace_back(result.customer());
    } else {
      results.emplace_back(FromProto(result.error()));
    }
  }
  return results;
}

bool IsPending(const absl::StatusOr<Customer>& answer) {
  return answer.ok() && answer->state() == customer::v1::CUSTOMER_STATE_PENDING;
}

// What becomes of a batch: a row that may be repeated is repeated with all others.
absl::Status OutcomeOf(const std::vector<absl::StatusOr<Customer>>& answers) {
  for (const auto& answer : answers) {
    if (!answer.ok() && !IsRefusal(answer.status())) return answer.status();
  }
  return absl::OkStatus();
}

}  // namespace

Address Workload::NewAddress() {
  Address address;
  address.add_street(absl::StrCat("Rue ", random_.Below(1000)));
  address.set_city(kCities[random_.Below(std::size(kCities))]);
  if (random_.OneIn(2)) address.set_country("FR");
  if (random_.OneIn(4)) address.set_primary(true);
  if (random_.OneIn(4)) address.mutable_phone()->set_number("04 78 42 00 00");
  address.set_attention_to(absl::StrCat("a", ++last_word_));
  return address;
}

// What feature F1 is for.
void Workload::AddContacts(Customer& customer, const std::string& word) {
  const auto consent = [&] {
    return random_.OneIn(2) ? customer::v1::CONSENT_STATE_OPTED_IN
                            : customer::v1::CONSENT_STATE_OPTED_OUT;
  };
  if (customer.has_email()) customer.mutable_email()->mutable_consent()->set_state(consent());
  const uint64_t contacts = random_.Below(3);
  for (uint64_t i = 0; i < contacts; ++i) {
    auto& email = *customer.add_secondary_emails();
    email.set_address(absl::StrCat(word, "-", i, "@work.example"));
    email.set_purpose("Office");
    if (random_.OneIn(2)) email.mutable_consent()->set_state(consent());
    customer.add_secondary_phones()->set_number(
        absl::StrCat("04 78 42 0", i, " ", 10 + random_.Below(90)));
  }
}

CreateCustomerRequest Workload::NewCustomer(const Pos& pos, const std::string& word) {
  CreateCustomerRequest request;
  request.set_channel(pos.channel);
  Customer& customer = *request.mutable_customer();
  if (random_.OneIn(6)) {
    customer.set_organization_name(absl::StrCat("Atelier ", word));
  } else {
    customer.set_given_name(kGivenNames[random_.Below(std::size(kGivenNames))]);
    customer.set_family_name(word);
  }
  customer.set_tax_number(absl::StrCat(word, "-0"));
  if (random_.OneIn(2)) customer.mutable_email()->set_address(absl::StrCat(word, "@example.com"));
  if (random_.OneIn(2)) {
    customer.mutable_phone()->set_number(absl::StrCat("06 12 34 ", 10 + random_.Below(90), " 56"));
  }
  if (random_.OneIn(3)) {
    (*customer.mutable_attributes())[std::string(kAttribute)] =
        absl::StrCat(20 + random_.Below(31));
  }
  if (random_.OneIn(4)) AddContacts(customer, word);
  // Born today: HQ refuses that if its clock is behind.
  if (random_.OneIn(6)) {
    customer.set_birth_date(
        absl::FormatTime("%Y-%m-%d", context_.scheduler().now(), absl::UTCTimeZone()));
  }
  uint64_t addresses = random_.OneIn(2) ? random_.Below(4) : 0;
  // More than one step takes, when it moves to other address books.
  if (random_.OneIn(30)) addresses = 25 + random_.Below(10);
  for (uint64_t i = 0; i < addresses; ++i) *customer.add_addresses() = NewAddress();
  return request;
}

Workload::Create Workload::NewCreate(const Pos& pos, bool has_id) {
  const std::string word = absl::StrCat("kunde", ++last_word_);
  Create create{.request = NewCustomer(pos, word)};
  Customer& customer = *create.request.mutable_customer();
  if (has_id) {
    const CustomerId id = NewUuid(random_);
    customer.set_name(CustomerName(id));
    for (Address& address : *customer.mutable_addresses()) {
      if (random_.OneIn(3)) {
        address.set_name(AddressName({.customer = id, .address = NewUuid(random_)}));
      }
    }
  }
  create.customer = &model_.AddCustomer(create.request, word);
  return create;
}

Workload::Create Workload::RepeatedCreate(const Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr || known->variants[0].request.customer().name().empty()) return Create();
  Create create{.request = known->variants[0].request, .customer = known};
  create.request.set_channel(pos.channel);
  return create;
}

Workload::Create Workload::ReusedId(const Pos& pos, KnownCustomer* customer) {
  if (customer == nullptr || customer->id.is_nil()) return Create();
  Create create{.request = NewCustomer(pos, customer->word), .customer = customer};
  create.request.mutable_customer()->set_name(CustomerName(customer->id));
  create.request.mutable_customer()->set_tax_number(
      absl::StrCat(customer->word, "-", customer->variants.size()));
  create.variant = model_.AddVariant(*customer, create.request);
  return create;
}

KnownCustomer* Workload::AnyKnown() {
  if (model_.customers().empty()) return nullptr;
  return &model_.customers()[random_.Below(model_.customers().size())];
}

Workload::Task Workload::Creating(const Create& create) {
  if (create.customer == nullptr) return Task();
  return Calling<CreateCustomerRequest, Customer>(
      &channel::ChannelService::CreateCustomer, create.request, create.customer,
      !create.request.customer().name().empty(),
      [this, customer = create.customer, variant = create.variant](
          ChannelNode& node, const Expectation& expected, const absl::StatusOr<Customer>& answer) {
        model_.CreateAnswered(*customer, variant, node, expected, answer);
      });
}

Workload::Task Workload::CreateCustomer(Pos& pos) {
  return Creating(NewCreate(pos, /*has_id=*/!random_.OneIn(8)));
}

Workload::Task Workload::RepeatCreate(Pos& pos) { return Creating(RepeatedCreate(pos)); }

Workload::Task Workload::ReuseRequestId(Pos& pos) { return Creating(ReusedId(pos, AnyKnown())); }

Workload::Task Workload::CreateFromForm(Pos& pos) {
  GetNewCustomerFormRequest request;
  request.set_channel(pos.channel);
  return Calling<GetNewCustomerFormRequest, Customer>(
      &channel::ChannelService::GetNewCustomerForm, request, nullptr, true,
      [this, &pos](ChannelNode&, const Expectation&, const absl::StatusOr<Customer>& form) {
        if (!form.ok() || pos.follow_up.send != nullptr) return;
        const std::string word = absl::StrCat("kunde", ++last_word_);
        Create create;
        create.request.set_channel(pos.channel);
        Customer& customer = *create.request.mutable_customer();
        customer = *form;
        customer.set_given_name("Ada");
        customer.set_family_name(word);
        customer.set_tax_number(absl::StrCat(word, "-0"));
        create.customer = &model_.AddCustomer(create.request, word);
        pos.follow_up = Creating(create);
      });
}

// Mostly new ones, but also one that is in the batch already, or known from before, with the same
// content or another. All have their UUID, so the batch can be repeated.
Workload::Create Workload::RowOfBatch(const Pos& pos, const std::vector<Create>& before) {
  const uint64_t dice = random_.Below(8);
  Create row;
  if (dice == 0 && !before.empty()) row = before[random_.Below(before.size())];
  if (dice == 1 && !before.empty()) {
    row = ReusedId(pos, before[random_.Below(before.size())].customer);
  }
  if (dice == 2) row = RepeatedCreate(pos);
  if (dice == 3) row = ReusedId(pos, AnyKnown());
  return row.customer == nullptr ? NewCreate(pos, /*has_id=*/true) : row;
}

Workload::Task Workload::BatchCreateCustomers(Pos& pos) {
  BatchCreateCustomersRequest batch;
  std::vector<Create> rows;
  const uint64_t count = 1 + random_.Below(6);
  for (uint64_t i = 0; i < count; ++i) {
    rows.push_back(RowOfBatch(pos, rows));
    *batch.add_requests() = rows.back().request;
  }
  Task task;
  task.name =
      absl::StrCat("BatchCreateCustomersRequest of ", count, " from ", rows.front().customer->word);
  task.repeatable = true;
  task.send = [this, batch = std::move(batch), rows = std::move(rows)](
                  ChannelNode& node, absl::Duration patience,
                  std::function<void(absl::Status)> ended) {
    std::vector<Expectation> expected;
    for (const Create& row : rows) {
      expected.push_back(model_.Expect(*row.customer, node, row.request.channel()));
    }
    node.service().BatchCreateCustomers(
        batch, {.deadline = node.clock().Now() + patience},
        [this, rows, expected, ended,
         &node](const absl::StatusOr<BatchCreateCustomersResponse>& response) {
          if (!response.ok()) return ended(response.status());
          context_.CarriedOut<BatchCreateCustomersRequest>();
          const auto answers = ResultsOf(*response);
          BatchAnswered(rows, node, expected, answers);
          ended(OutcomeOf(answers));
        });
  };
  return task;
}

void Workload::BatchAnswered(const std::vector<Create>& rows, ChannelNode& node,
                             const std::vector<Expectation>& expected,
                             const std::vector<absl::StatusOr<Customer>>& answers) {
  if (answers.size() != rows.size()) {
    return context_.Fail(node.name(), absl::StrCat("answered a batch of ", rows.size(), " with ",
                                                   answers.size(), " results"));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    model_.CreateAnswered(*rows[i].customer, rows[i].variant, node, expected[i], answers[i]);
    // Of two contents of one UUID only the first can make a pending customer.
    if (!IsPending(answers[i])) continue;
    for (size_t earlier = 0; earlier < i; ++earlier) {
      if (rows[earlier].customer != rows[i].customer) continue;
      if (rows[earlier].variant == rows[i].variant || !IsPending(answers[earlier])) continue;
      context_.Fail(node.name(), absl::StrCat("took two contents of one batch for ",
                                              rows[i].customer->id.ToString()));
    }
  }
}

}  // namespace comptoir::sim
