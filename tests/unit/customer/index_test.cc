// The index against a model: whatever is put and removed, it is what the records say.

#include <map>

#include "common/customer/records/customer_index.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;

class IndexTest : public CustomerTest {
 protected:
  std::map<std::string, std::string> Index() {
    std::map<std::string, std::string> rows;
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
