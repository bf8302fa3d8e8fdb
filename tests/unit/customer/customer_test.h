// What tests of the domain start from: a database in memory, a channel, a day.

#ifndef COMPTOIR_TESTS_UNIT_CUSTOMER_CUSTOMER_TEST_H_
#define COMPTOIR_TESTS_UNIT_CUSTOMER_CUSTOMER_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/rules.h"
#include "common/storage/memory_database.h"
#include "google/protobuf/field_mask.pb.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/seed.h"

namespace comptoir {

class CustomerTest : public ::testing::Test {
 protected:
  // A British store.
  const ChannelConfiguration channel_ = {
      .channel = "052", .currency = "GBP", .language = "en-GB", .default_country = "GB"};

  // Customers are created on 2024-01-01.
  absl::StatusOr<PreparedCustomer> Prepare(const customer::v1::Customer& customer) {
    return Prepare(customer, channel_);
  }

  absl::StatusOr<PreparedCustomer> Prepare(const customer::v1::Customer& customer,
                                           const ChannelConfiguration& channel) {
    const auto named = ParseCustomerName(customer.name());
    return PrepareCustomer(customer, named.value_or(NewId()), channel, clock_.Now());
  }

  Uuid NewId() { return NewUuid(random_); }

  // Stores a customer with its addresses as HQ does: synced, with this account number; at version 0
  // and without one it is pending.
  storage::v1::CustomerRecord Store(const customer::v1::Customer& customer, uint64_t version = 0,
                                    const std::string& account_number = "") {
    absl::StatusOr<PreparedCustomer> prepared = Prepare(customer);
    EXPECT_THAT(prepared, IsOk());
    storage::v1::CustomerRecord& record = prepared->record;
    record.set_version(version);
    if (version > 0) record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    record.mutable_customer()->set_account_number(account_number);
    uint32_t ordinal = 0;
    Write([&](Transaction& transaction) {
      PutCustomer(transaction, std::nullopt, record);
      for (storage::v1::AddressRecord& address : prepared->addresses) {
        address.set_version(version);
        address.set_created_sequence(version);
        address.set_created_ordinal(ordinal++);
        PutAddress(transaction, std::nullopt, address);
      }
    });
    return record;
  }

  // Commits what `write` writes; returns how many writes these were.
  virtual size_t Write(const std::function<void(Transaction&)>& write) {
    const std::unique_ptr<Transaction> transaction = database_.NewTransaction();
    write(*transaction);
    const size_t writes = transaction->write_count();
    EXPECT_THAT(database_.Commit(*transaction), IsOk());
    return writes;
  }

  size_t RowCount(Table table) const {
    size_t rows = 0;
    EXPECT_THAT(reader().Scan(table, PrefixRange("", SIZE_MAX),
                              [&rows](std::string_view, std::string_view) { return ++rows > 0; }),
                IsOk());
    return rows;
  }

  const Reader& reader() const { return database_.latest(); }

  static google::protobuf::FieldMask Mask(std::initializer_list<const char*> paths) {
    google::protobuf::FieldMask mask;
    for (const char* path : paths) mask.add_paths(path);
    return mask;
  }

  FakeClock clock_;
  TestRandom random_;
  MemoryDatabase database_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_CUSTOMER_CUSTOMER_TEST_H_
