#include "bench/customers/customer_generator.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/import/row_source.h"
#include "common/base/check.h"
#include "common/base/random.h"
#include "common/base/status.h"

namespace comptoir::bench {
namespace {

using customer::v1::Customer;

// Prime to ten, so that multiplying by it only shuffles the numbers of seven digits: neighbours
// don't get neighbouring phones.
constexpr uint64_t kPhoneStep = 7'368'787;
constexpr uint64_t kPhones = 10'000'000;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Far apart for different seeds, so that their customers are different ones.
SeededRandom RandomOf(uint64_t seed, uint64_t number) {
  return SeededRandom((seed << 32) + number);
}

}  // namespace

absl::StatusOr<CustomerGenerator> CustomerGenerator::Open(const std::string& samples_path,
                                                          uint64_t seed) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto source, cli::RowSource::Open({.path = samples_path}));
  std::vector<Customer> samples;
  while (true) {
    COMPTOIR_ASSIGN_OR_RETURN(std::optional<cli::SourceRow> row, source->Next());
    if (!row.has_value()) break;
    COMPTOIR_RETURN_IF_ERROR(row->customer.status());
    samples.push_back(*std::move(row->customer));
  }
  if (samples.empty()) return absl::InvalidArgumentError("The sample has no customers.");
  return CustomerGenerator(std::move(samples), seed);
}

Customer CustomerGenerator::Get(uint64_t number) const {
  COMPTOIR_CHECK(number < kCustomersMax);
  SeededRandom random = RandomOf(seed_, number);
  const Uuid id = NewUuid(random);
  const auto any = [&]() -> const Customer& { return samples_[random.Below(samples_.size())]; };

  // Title, birth date and given name are one person's.
  Customer customer = any();
  customer.set_name(absl::StrCat("customers/", id.ToString()));
  customer.set_family_name(any().family_name());
  const Customer& neighbour = any();
  *customer.mutable_phone() = neighbour.phone();
  customer.mutable_phone()->set_number(VariedPhone(neighbour.phone().number(), number));
  customer.mutable_email()->set_address(VariedEmail(customer.email().address(), number));
  *customer.mutable_addresses() = neighbour.addresses();
  // The service derives its id from the customer's.
  for (auto& address : *customer.mutable_addresses()) address.clear_name();
  return customer;
}

Uuid CustomerGenerator::IdOf(uint64_t number) const {
  SeededRandom random = RandomOf(seed_, number);
  return NewUuid(random);
}

std::string VariedPhone(std::string_view phone, uint64_t number) {
  std::string varied(phone);
  uint64_t digits = number * kPhoneStep % kPhones;
  uint64_t left = kPhones;
  for (auto c = varied.rbegin(); c != varied.rend() && left > 1; ++c) {
    if (!IsDigit(*c)) continue;
    *c = static_cast<char>('0' + digits % 10);
    digits /= 10;
    left /= 10;
  }
  return varied;
}

std::string VariedEmail(std::string_view email, uint64_t number) {
  const size_t at = email.find('@');
  std::string_view local = email.substr(0, at);
  while (!local.empty() && IsDigit(local.back())) local.remove_suffix(1);
  std::string varied(local);
  absl::StrAppend(&varied, number);
  if (at != std::string_view::npos) varied += email.substr(at);
  return varied;
}

}  // namespace comptoir::bench
