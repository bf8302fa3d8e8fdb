// Records and their index: customers.h without views and lists.

#include "common/customer/records/customers.h"

#include "common/customer/records/customer_index.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;

// What a commit costs: a customer with everything has so many keys besides its words.
constexpr size_t kKeysPerCustomerMax = 8;

class CustomersTest : public CustomerTest {
 protected:
  CustomerId IdOf(const CustomerRecord& record) {
    return *ParseCustomerName(record.customer().name());
  }

  // A new active address of a customer, created at HQ's position `sequence`.
  AddressKey StoreAddress(const CustomerRecord& customer, uint64_t sequence) {
    const AddressKey key{IdOf(customer), NewId()};
    AddressRecord record;
    *record.mutable_address() = AnAddress();
    record.mutable_address()->set_name(AddressName(key));
    record.set_version(sequence);
    record.set_created_sequence(sequence);
    Write([&](Transaction& transaction) { PutAddress(transaction, std::nullopt, record); });
    return key;
  }

  void Deactivate(const AddressKey& key) {
    const auto record = *FindAddress(reader(), key);
    AddressRecord deactivated = *record;
    deactivated.mutable_address()->set_deactivated(true);
    Write([&](Transaction& transaction) { PutAddress(transaction, record, deactivated); });
  }

  std::optional<AddressId> Oldest(const CustomerRecord& customer,
                                  std::optional<AddressId> except = std::nullopt) {
    const auto oldest = OldestActiveAddress(reader(), IdOf(customer), except);
    EXPECT_THAT(oldest, IsOk());
    return *oldest;
  }
};

TEST_F(CustomersTest, WhatIsPutIsFound) {
  const CustomerRecord record = Store(ACustomer().At(AnAddress()), 5, "C-0007");
  const CustomerId id = IdOf(record);
  EXPECT_EQ((*FindCustomer(reader(), id))->DebugString(), record.DebugString());
  const AddressKey address{id, DerivedAddressId(id, 0)};
  EXPECT_EQ((*FindAddress(reader(), address))->address().name(), AddressName(address));
  EXPECT_THAT(FindCustomer(reader(), NewId()), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(FindAddress(reader(), {id, id}), IsOkAndHolds(Eq(std::nullopt)));
}

TEST_F(CustomersTest, AccountNumbersAreFoundExactly) {
  const CustomerRecord record = Store(ACustomer(), 5, "C-0007");
  Store(ACustomer(), 6, "C-00070");
  EXPECT_THAT(FindAccountNumber(reader(), "C-0007"), IsOkAndHolds(Optional(IdOf(record))));
  EXPECT_THAT(FindAccountNumber(reader(), "C-000"), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(FindAccountNumber(reader(), "c-0007"), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(FindAccountNumber(reader(), ""), IsOkAndHolds(Eq(std::nullopt)));
}

// The caller may put what it is about to answer: what is computed when read isn't kept.
TEST_F(CustomersTest, ComputedFieldsAreNotStored) {
  CustomerRecord record = Store(ACustomer());
  const std::string stored = record.SerializeAsString();
  *record.mutable_customer() = CustomerView(record, "fr");
  record.mutable_customer()->add_warnings()->set_reason("X");
  *record.mutable_customer()->add_addresses() = AnAddress();
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, record); });
  EXPECT_EQ((*FindCustomer(reader(), IdOf(record)))->SerializeAsString(), stored);
}

TEST_F(CustomersTest, ACustomerHasFewKeysBesidesItsWords) {
  const CustomerRecord record =
      Prepare(ACustomer().Named("Ada", "Lovelace").Email("a@b").Phone("020 7946 0958"))->record;
  CustomerRecord numbered = record;
  numbered.mutable_customer()->set_account_number("C-1");
  const size_t words = 2 + 2;  // of the name and of the e-mail
  const size_t keys =
      Write([&](Transaction& transaction) { PutCustomer(transaction, std::nullopt, numbered); });
  EXPECT_LE(keys - words, kKeysPerCustomerMax);
  EXPECT_EQ(keys - words, 5u);
}

// Who captures more contacts pays for them, and nobody else.
TEST_F(CustomersTest, ASecondaryEmailHasOneKeyBesidesItsWordsAndASecondaryPhoneTwo) {
  ChannelConfiguration here = channel_;
  here.features.insert("F1");
  const CustomerRecord plain = Prepare(ACustomer(), here)->record;
  CustomerRecord reached = plain;
  reached.mutable_customer()->add_secondary_emails()->set_normalized("a@b");
  reached.mutable_customer()->add_secondary_phones()->set_number("020 7946 0958");
  const size_t words = 2;
  EXPECT_EQ(CustomerIndexEntries(reached).size(), CustomerIndexEntries(plain).size() + 3 + words);
}

// An edit of one name touches the record, the old word and the new one.
TEST_F(CustomersTest, AnEditWritesOnlyWhatDiffers) {
  const CustomerRecord old =
      Store(ACustomer().Named("Ada", "Lovelace").Email("a@b").Phone("020 7946 0958"), 1, "C-1");
  CustomerRecord changed = old;
  changed.mutable_customer()->set_family_name("King");
  changed.mutable_customer()->set_display_name("Ada King");
  EXPECT_EQ(Write([&](Transaction& transaction) { PutCustomer(transaction, old, changed); }), 3u);
}

// Whatever a customer becomes in between, its removal leaves nothing behind.
TEST_F(CustomersTest, TheIndexIsEmptyWhenEverybodyIsGone) {
  const CustomerRecord first = Store(
      ACustomer().Named("Ada", "Lovelace").Email("a@b").Phone("020 7946 0958").At(AnAddress()));
  CustomerRecord second = first;
  second.mutable_customer()->set_account_number("C-1");
  second.mutable_customer()->set_organization_name("Engines");
  second.mutable_customer()->clear_email();
  second.mutable_customer()->mutable_phone()->set_e164("");
  Write([&](Transaction& transaction) { PutCustomer(transaction, first, second); });
  EXPECT_GT(RowCount(Table::kIndex), 0u);

  Write([&](Transaction& transaction) {
    RemoveCustomer(transaction, second);
    EXPECT_THAT(RemoveAddresses(transaction, IdOf(first), 10), IsOkAndHolds(true));
  });
  EXPECT_EQ(RowCount(Table::kIndex), 0u);
  EXPECT_EQ(RowCount(Table::kRecords), 0u);
}

// Only the UUID of a rejected customer still resolves.
TEST_F(CustomersTest, ARejectedCustomerIsNotIndexed) {
  const CustomerRecord record = Store(ACustomer().Email("a@b"));
  CustomerRecord rejected = record;
  rejected.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, rejected); });
  EXPECT_EQ(RowCount(Table::kIndex), 0u);
  EXPECT_THAT(FindCustomer(reader(), IdOf(record)), IsOkAndHolds(Optional(testing::_)));
}

TEST_F(CustomersTest, TheOldestActiveAddressFollows) {
  PROVES("A7");
  const CustomerRecord customer = Store(ACustomer(), 1);
  const CustomerRecord neighbour = Store(ACustomer(), 1);
  EXPECT_EQ(Oldest(customer), std::nullopt);
  const AddressKey youngest = StoreAddress(customer, 30);
  const AddressKey oldest = StoreAddress(customer, 10);
  const AddressKey middle = StoreAddress(customer, 20);
  StoreAddress(neighbour, 5);

  EXPECT_EQ(Oldest(customer), oldest.address);
  EXPECT_EQ(Oldest(customer, oldest.address), middle.address);
  EXPECT_EQ(Oldest(customer, middle.address), oldest.address);
  Deactivate(oldest);
  EXPECT_EQ(Oldest(customer), middle.address);
  Deactivate(middle);
  EXPECT_EQ(Oldest(customer, youngest.address), std::nullopt);
  Deactivate(youngest);
  EXPECT_EQ(Oldest(customer), std::nullopt);
}

// An address that waits for HQ isn't older than those that HQ has placed.
TEST_F(CustomersTest, APendingAddressIsTheYoungest) {
  PROVES("A7");
  const CustomerRecord customer = Store(ACustomer(), 1);
  const AddressKey pending = StoreAddress(customer, 0);
  EXPECT_EQ(Oldest(customer), pending.address);
  const AddressKey placed = StoreAddress(customer, 99);
  EXPECT_EQ(Oldest(customer), placed.address);
}

// Adding the thousandth address costs what the first did.
TEST_F(CustomersTest, AnAddressCostsTheSameHoweverManyThereAre) {
  PROVES("A1");
  const CustomerRecord customer = Store(ACustomer(), 1);
  for (uint64_t sequence = 2; sequence < 1'000; ++sequence) StoreAddress(customer, sequence);
  AddressRecord record;
  *record.mutable_address() = AnAddress();
  record.mutable_address()->set_name(AddressName({IdOf(customer), NewId()}));
  const size_t words = 1;
  EXPECT_EQ(Write([&](Transaction& transaction) { PutAddress(transaction, std::nullopt, record); }),
            2u + words);
}

TEST_F(CustomersTest, AddressesAreRemovedInBoundedSteps) {
  PROVES("A1");
  const CustomerRecord customer = Store(ACustomer(), 1);
  const CustomerRecord neighbour = Store(ACustomer().At(AnAddress()), 1);
  for (uint64_t sequence = 2; sequence < 7; ++sequence) StoreAddress(customer, sequence);
  const auto step = [&] {
    bool all = false;
    const size_t writes =
        Write([&](Transaction& t) { all = *RemoveAddresses(t, IdOf(customer), 2); });
    return std::pair(all, writes);
  };
  // Record, place in the order, and one word each.
  EXPECT_EQ(step(), std::pair(false, size_t{2 * 3}));
  EXPECT_EQ(step(), std::pair(false, size_t{2 * 3}));
  EXPECT_EQ(step(), std::pair(true, size_t{3}));
  EXPECT_EQ(step(), std::pair(true, size_t{0}));
  EXPECT_NE(Oldest(neighbour), std::nullopt);
}

TEST_F(CustomersTest, WhatDoesntParseIsCorrupt) {
  const CustomerId id = NewId();
  Write([&](Transaction& transaction) {
    transaction.Put(Table::kRecords, CustomerRecordKey(id), "\xff");
    transaction.Put(Table::kRecords, AddressRecordKey({id, id}), "\xff");
  });
  EXPECT_THAT(FindCustomer(reader(), id), HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(FindAddress(reader(), {id, id}), HasReason("STORAGE_CORRUPT"));
}

}  // namespace
}  // namespace comptoir
