// Records in memory say what those of the table say, whatever they are, and keep to their room.

#include "common/customer/search/record_memory.h"

#include <vector>

#include "common/customer/records/customer_bytes.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using storage::v1::CustomerRecord;
using ::testing::Gt;
using ::testing::Lt;

class RecordMemoryTest : public CustomerTest {
 protected:
  CustomerRecord Record(const CustomerId& id) {
    CustomerRecord record = Prepare(ACustomer()
                                        .WithId(id)
                                        .Named("Ada", random_.OneIn(2) ? "Lovelace" : "Byron")
                                        .Email(random_.OneIn(2) ? "ada@example.com" : ""))
                                ->record;
    record.set_version(random_.Below(1000));
    if (random_.OneIn(2)) record.set_created_sequence(1 + random_.Below(1000));
    if (random_.OneIn(2)) record.set_primary_address_id(std::string(NewId().bytes()));
    if (random_.OneIn(2)) record.set_request_digest(std::string(32, 'd'));
    if (random_.OneIn(2)) record.mutable_customer()->set_account_number("C-1");
    return record;
  }

  static std::string Bytes(const CustomerRecord& record) { return record.SerializeAsString(); }

  // What readers ask for is what the record says.
  static void ExpectSame(const std::optional<std::string>& found, const CustomerRecord& record) {
    ASSERT_TRUE(found.has_value());
    CustomerRecord same;
    ASSERT_TRUE(same.ParseFromString(*found));
    CustomerRecord expected = record;
    expected.clear_request_digest();
    EXPECT_EQ(same.SerializeAsString(), expected.SerializeAsString());
    EXPECT_EQ(CustomerViewBytes(*found), CustomerViewBytes(Bytes(record)));
  }

  RecordMemory memory_;
};

// Before the dictionary is there, and after.
TEST_F(RecordMemoryTest, FindsWhatWasPutLast) {
  std::vector<Uuid> ids;
  std::vector<std::optional<CustomerRecord>> records(300);
  for (size_t i = 0; i < records.size(); ++i) ids.push_back(NewId());
  for (int i = 0; i < 3000; ++i) {
    const size_t which = random_.Below(records.size());
    const auto customer = static_cast<CustomerOrdinal>(which);
    if (random_.OneIn(4)) {
      memory_.Remove(customer);
      records[which].reset();
    } else {
      records[which] = Record(ids[which]);
      memory_.Put(customer, ids[which], Bytes(*records[which]));
    }
  }
  size_t kept = 0;
  size_t plain_bytes = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto found = memory_.Find(static_cast<CustomerOrdinal>(i), ids[i]);
    ASSERT_EQ(found.has_value(), records[i].has_value()) << i;
    if (!records[i].has_value()) continue;
    ++kept;
    plain_bytes += Bytes(*records[i]).size();
    ExpectSame(found, *records[i]);
  }
  EXPECT_EQ(memory_.size(), kept);
  EXPECT_THAT(memory_.bytes(), Lt(plain_bytes));
  EXPECT_EQ(memory_.Find(1'000'000, ids[0]), std::nullopt);
}

// One that isn't kept takes nothing of what there was, so that nobody is shown as he was before.
TEST_F(RecordMemoryTest, WhatItCannotKeepIsReadFromTheTable) {
  const Uuid id = NewId();
  const CustomerRecord record = Record(id);
  const auto is_kept = [&](const std::string& bytes) {
    memory_.Put(0, id, Bytes(record));
    EXPECT_TRUE(memory_.Find(0, id).has_value());
    memory_.Put(0, id, bytes);
    return memory_.Find(0, id).has_value();
  };
  EXPECT_TRUE(is_kept(Bytes(record)));
  CustomerRecord large = record;
  large.mutable_customer()->set_notes(std::string(10'000, 'n'));
  EXPECT_FALSE(is_kept(Bytes(large)));
  EXPECT_FALSE(is_kept(Bytes(Record(NewId()))));
  EXPECT_FALSE(is_kept("not a record"));
  EXPECT_FALSE(is_kept(""));
  // A field that some later version has, and twice the customer: what a parser is for.
  EXPECT_FALSE(is_kept(Bytes(record) + "\x7a\x01x"));
  EXPECT_FALSE(is_kept(Bytes(record) + Bytes(record)));
}

TEST_F(RecordMemoryTest, KeepsToItsRoom) {
  std::vector<Uuid> ids;
  for (CustomerOrdinal i = 0; i < 1000; ++i) {
    ids.push_back(NewId());
    memory_.Put(i, ids.back(), Bytes(Record(ids.back())));
  }
  const size_t all = memory_.bytes();
  memory_.SetBytesMax(all / 2);
  EXPECT_THAT(memory_.bytes(), testing::AllOf(testing::Le(all / 2), Gt(all / 3)));
  EXPECT_TRUE(memory_.Find(0, ids[0]).has_value());
  EXPECT_FALSE(memory_.Find(999, ids[999]).has_value());
  memory_.Put(999, ids[999], Bytes(Record(ids[999])));
  EXPECT_FALSE(memory_.Find(999, ids[999]).has_value());
  memory_.SetBytesMax(all);
  memory_.Put(999, ids[999], Bytes(Record(ids[999])));
  EXPECT_TRUE(memory_.Find(999, ids[999]).has_value());
  memory_.SetBytesMax(0);
  EXPECT_EQ(memory_.bytes(), 0u);
  EXPECT_EQ(memory_.size(), 0u);
}

// Once all are gone it begins anew, with other records in common.
TEST_F(RecordMemoryTest, IsEmptiedAndFilledAgain) {
  for (int round = 0; round < 3; ++round) {
    std::vector<Uuid> ids;
    std::vector<CustomerRecord> records;
    for (CustomerOrdinal i = 0; i < 200; ++i) {
      ids.push_back(NewId());
      records.push_back(Record(ids.back()));
      memory_.Put(i, ids.back(), Bytes(records.back()));
    }
    for (CustomerOrdinal i = 0; i < 200; ++i) ExpectSame(memory_.Find(i, ids[i]), records[i]);
    for (CustomerOrdinal i = 0; i < 200; ++i) memory_.Remove(i);
    EXPECT_EQ(memory_.size(), 0u);
  }
}

}  // namespace
}  // namespace comptoir
