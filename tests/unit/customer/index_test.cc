// The index against a model: whatever is put and removed, it is what the records say.

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/customer/normalize.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/email_words.h"
#include "common/storage/key_codec.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;
using ::testing::IsEmpty;

class IndexTest : public CustomerTest {
 protected:
  using Rows = std::map<std::string, std::string>;

  static std::string Key(IndexTag tag, std::string_view value, const Uuid& id) {
    return KeyWriter().Byte(static_cast<uint8_t>(tag)).String(value).Id(id).key();
  }

  // What a customer that wasn't rejected is found by, field for field.
  static Rows EntriesOf(const Customer& customer) {
    const Uuid id = IdOf(customer);
    Rows rows;
    for (const std::string& text :
         {customer.display_name(), customer.given_name(), customer.middle_name(),
          customer.family_name(), customer.organization_name()}) {
      for (const std::string& word : FoldedWords(text)) rows[Key(IndexTag::kWord, word, id)] = "";
    }
    std::vector<std::string> emails = {customer.email().normalized()};
    for (const auto& email : customer.secondary_emails()) emails.push_back(email.normalized());
    for (const std::string& email : emails) {
      if (!email.empty()) rows[Key(IndexTag::kEmail, email, id)] = "";
      for (const std::string& word : EmailWords(email)) {
        rows[Key(IndexTag::kEmailWord, word, id)] = "";
      }
    }
    std::vector<customer::v1::Phone> phones = {customer.phone()};
    for (const auto& phone : customer.secondary_phones()) phones.push_back(phone);
    for (const customer::v1::Phone& phone : phones) {
      std::string digits = PhoneDigits(phone.e164().empty() ? phone.number() : phone.e164());
      if (digits.empty()) continue;
      rows[Key(IndexTag::kPhone, digits, id)] = "";
      std::reverse(digits.begin(), digits.end());
      rows[Key(IndexTag::kPhoneBackwards, digits, id)] = "";
    }
    const std::string& number = customer.account_number();
    if (!number.empty()) {
      rows[Key(IndexTag::kAccountNumber, FoldedAccountNumber(number), id)] = number;
    }
    return rows;
  }

  // Repeats all that it can be found by.
  CustomerRecord Repeating(const Uuid& id) {
    CustomerRecord record = Prepare(ACustomer()
                                        .WithId(id)
                                        .Named("Ada", "Ada Bcd")
                                        .Email("ada@bcd.bcd")
                                        .Phone("020 7946 0958"))
                                ->record;
    Customer& customer = *record.mutable_customer();
    customer.set_account_number("c-1");
    *customer.add_secondary_emails() = customer.email();
    customer.add_secondary_emails()->set_normalized("ada@efg");
    *customer.add_secondary_phones() = customer.phone();
    customer.add_secondary_phones()->set_number("ask for 12");
    customer.add_secondary_phones()->set_number("1-2");
    return record;
  }

  Rows Index() {
    Rows rows;
    EXPECT_THAT(reader().Scan(Table::kIndex, PrefixRange("", SIZE_MAX),
                              [&rows](std::string_view key, std::string_view value) {
                                rows.emplace(key, value);
                                return true;
                              }),
                IsOk());
    return rows;
  }

  CustomerRecord RandomRecord(const Uuid& id) {
    const char* const names[] = {"Ada", "ada", "Ádá Lovelace", "Grace Hopper", "Łukasz"};
    const char* const phones[] = {"", "020 7946 0958", "+44 20 7946 0958", "12", "ask"};
    const char* const emails[] = {"", "a@b", "A@b", "josé@b"};
    CustomerRecord record = Prepare(ACustomer()
                                        .WithId(id)
                                        .Named(names[random_.Below(5)], names[random_.Below(5)])
                                        .Phone(phones[random_.Below(5)])
                                        .Email(emails[random_.Below(4)]))
                                ->record;
    Customer& customer = *record.mutable_customer();
    if (random_.OneIn(3)) customer.add_secondary_emails()->set_normalized(emails[random_.Below(4)]);
    if (random_.OneIn(3)) customer.add_secondary_phones()->set_number(phones[random_.Below(5)]);
    if (random_.OneIn(2)) customer.set_account_number(random_.OneIn(2) ? "C-1" : "c-1");
    if (random_.OneIn(5)) customer.set_state(customer::v1::CUSTOMER_STATE_REJECTED);
    return record;
  }
};

TEST_F(IndexTest, IsAlwaysWhatTheRecordsSay) {
  PROVES("V7");
  std::map<std::string, CustomerRecord> records;
  std::vector<Uuid> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(NewId());
  for (int step = 0; step < 500; ++step) {
    const Uuid id = ids[random_.Below(ids.size())];
    const auto old = *FindCustomer(reader(), id);
    Write([&](Transaction& transaction) {
      if (old.has_value() && random_.OneIn(4)) {
        RemoveCustomer(transaction, *old);
        records.erase(id.ToString());
      } else {
        const CustomerRecord record = RandomRecord(id);
        PutCustomer(transaction, old, record);
        records[id.ToString()] = record;
      }
    });
    std::map<std::string, std::string> expected;
    for (const auto& [unused, record] : records) {
      for (const auto& entry : CustomerIndexEntries(record)) expected.insert(entry);
    }
    ASSERT_EQ(Index(), expected) << "step " << step;
  }
}

// Contacts that say the same are one entry, which is there for as long as one of them is.
TEST_F(IndexTest, WhatRepeatsIsOneEntry) {
  PROVES("V7");
  const Uuid id = NewId();
  const CustomerRecord record = Repeating(id);
  const Rows expected = EntriesOf(record.customer());
  const IndexEntries entries = CustomerIndexEntries(record);
  EXPECT_EQ(Rows(entries.begin(), entries.end()), expected);
  const NewIndexEntries unsorted = NewCustomerIndexEntries(record);
  EXPECT_EQ(Rows(unsorted.begin(), unsorted.end()), expected);

  for (const bool rows_known : {true, false}) {
    Write([&](Transaction& transaction) {
      if (rows_known) return PutNew(transaction, RowsOf(record));
      PutCustomer(transaction, std::nullopt, record);
    });
    EXPECT_EQ(Index(), expected);
    CustomerRecord changed = record;
    changed.mutable_customer()->clear_phone();
    changed.mutable_customer()->mutable_secondary_phones()->RemoveLast();
    changed.mutable_customer()->mutable_secondary_emails()->DeleteSubrange(0, 1);
    Write([&](Transaction& transaction) { PutCustomer(transaction, record, changed); });
    EXPECT_EQ(Index(), expected);
    CustomerRecord bare = record;
    bare.mutable_customer()->clear_email();
    bare.mutable_customer()->clear_phone();
    bare.mutable_customer()->clear_secondary_emails();
    bare.mutable_customer()->clear_secondary_phones();
    Write([&](Transaction& transaction) { PutCustomer(transaction, changed, bare); });
    EXPECT_EQ(Index(), EntriesOf(bare.customer()));
    Write([&](Transaction& transaction) { RemoveCustomer(transaction, bare); });
    EXPECT_THAT(Index(), IsEmpty());
  }
}

// An address is found by its words, each once, and by nothing that its customer is found by.
TEST_F(IndexTest, WhatAnAddressRepeatsIsOneEntry) {
  PROVES("V7");
  const Uuid id = NewId();
  const PreparedCustomer prepared = *Prepare(
      ACustomer()
          .WithId(id)
          .Phone("020 7946 0958")
          .At(AnAddress().Street("London Street 1").Street("london").Phone("020 7946 0958")));
  const storage::v1::AddressRecord& record = prepared.addresses.front();
  const AddressKey key = *ParseAddressName(record.address().name());
  Rows expected;
  for (const char* word : {"london", "street", "1"}) {
    expected[KeyWriter().Rest(Key(IndexTag::kAddressWord, word, id)).Id(key.address).key()] = "";
  }
  expected[KeyWriter()
               .Rest(ActiveAddressPrefix(id))
               .Fixed64(std::numeric_limits<uint64_t>::max())
               .Fixed32(record.created_ordinal())
               .Id(key.address)
               .key()] = "";
  Write([&](Transaction& transaction) { PutNew(transaction, RowsOf(record)); });
  EXPECT_EQ(Index(), expected);
  Write([&](Transaction& transaction) { RemoveAddress(transaction, record); });
  EXPECT_THAT(Index(), IsEmpty());
}

// Besides its words a customer costs few keys, however much is known of it: keys are what a commit
// costs.
TEST_F(IndexTest, FewKeysBesidesItsWords) {
  CustomerRecord record = Prepare(ACustomer()
                                      .Named("Renée", "Alvarez")
                                      .Email("renée.alvarez@example.com")
                                      .Phone("020 7946 0958"))
                              ->record;
  record.mutable_customer()->set_account_number("C-1");
  size_t words = 0;
  size_t others = 0;
  for (const auto& [key, unused] : CustomerIndexEntries(record)) {
    const auto tag = static_cast<IndexTag>(key.front());
    (tag == IndexTag::kWord || tag == IndexTag::kEmailWord ? words : others) += 1;
  }
  EXPECT_EQ(words, 2u + 4u);
  EXPECT_LE(others, 8u);
}

TEST_F(IndexTest, KeysComeApartAgain) {
  const Uuid id = NewId();
  const CustomerRecord record =
      Prepare(ACustomer().WithId(id).Named("Ada").Email("ada@bcd").Phone("020 7946 0958"))->record;
  const std::pair<IndexTag, std::string> values[] = {
      {IndexTag::kWord, "ada"},           {IndexTag::kEmail, "ada@bcd"},
      {IndexTag::kPhone, "442079460958"}, {IndexTag::kPhoneBackwards, "859064970244"},
      {IndexTag::kEmailWord, "ada"},      {IndexTag::kEmailWord, "bcd"}};
  size_t i = 0;
  for (const auto& [key, unused] : CustomerIndexEntries(record)) {
    const auto& [tag, value] = values[i++];
    EXPECT_EQ(CustomerOfIndexKey(key), id);
    EXPECT_EQ(ValueOfIndexKey(key), value);
    EXPECT_TRUE(key.starts_with(IndexPrefix(tag, value)));
    EXPECT_TRUE(IsWholeValue(key, IndexPrefix(tag, value)));
    EXPECT_TRUE(key.starts_with(IndexPrefix(tag, value.substr(0, 2))));
    EXPECT_FALSE(IsWholeValue(key, IndexPrefix(tag, value.substr(0, 2))));
  }
  EXPECT_EQ(i, 6u);
  EXPECT_FALSE(ParseActiveAddressKey("\x06").has_value());
}

}  // namespace
}  // namespace comptoir
