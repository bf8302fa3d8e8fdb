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

// Whether there is room for records as they come, or hardly any: those from before the dictionary
// is there, and from after.
class AnyRoomTest : public RecordMemoryTest, public testing::WithParamInterface<size_t> {
 protected:
  AnyRoomTest() { memory_.SetBytesMax(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(, AnyRoomTest, testing::Values(SIZE_MAX, 80 << 10));

TEST_P(AnyRoomTest, FindsWhatWasPutLast) {
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
  for (size_t i = 0; i < records.size(); ++i) {
    const auto found = memory_.Find(static_cast<CustomerOrdinal>(i), ids[i]);
    ASSERT_EQ(found.has_value(), records[i].has_value()) << i;
    if (!records[i].has_value()) continue;
    ++kept;
    ExpectSame(found, *records[i]);
  }
  EXPECT_EQ(memory_.size(), kept);
  EXPECT_EQ(memory_.Find(1'000'000, ids[0]), std::nullopt);
}

// Many customers who change often: some of few customers over and over, as each of them was at some
// time. There is room for packed records and a few others.
class ManyRecordsTest : public RecordMemoryTest {
 protected:
  static constexpr size_t kDifferent = 40;
  static constexpr size_t kTimes = 5;
  static constexpr CustomerOrdinal kCustomers = 8000;

  ManyRecordsTest() : times_(kCustomers) {
    memory_.SetBytesMax(4 << 20);
    for (size_t i = 0; i < kDifferent; ++i) {
      ids_.push_back(NewId());
      for (size_t time = 0; time < kTimes; ++time) {
        records_.push_back(Record(ids_.back()));
        // Those that have all in common would be very small.
        std::string notes(random_.Below(400), '\0');
        for (char& letter : notes) letter = static_cast<char>('a' + random_.Below(26));
        records_.back().mutable_customer()->set_notes(notes);
      }
    }
    for (const CustomerRecord& record : records_) bytes_.push_back(Bytes(record));
  }

  void Put(CustomerOrdinal customer) {
    times_[customer] = random_.Below(kTimes);
    memory_.Put(customer, IdOf(customer), bytes_[RecordOf(customer)]);
  }

  CustomerOrdinal Anybody() { return static_cast<CustomerOrdinal>(random_.Below(kCustomers)); }

  void ChangeMany(int changes) {
    for (int i = 0; i < changes; ++i) {
      const CustomerOrdinal customer = Anybody();
      // Some are gone, and come back.
      if (random_.OneIn(3)) memory_.Remove(customer);
      Put(customer);
    }
  }

  // Returns how many. All are as they were put last.
  size_t ExpectThoseFoundAreRight() {
    size_t found = 0;
    for (CustomerOrdinal i = 0; i < kCustomers; ++i) {
      const auto record = memory_.Find(i, IdOf(i));
      if (!record.has_value()) continue;
      ++found;
      // One by one only where it matters which.
      if (CustomerViewBytes(*record) == CustomerViewBytes(bytes_[RecordOf(i)]) && i % 50 > 0) {
        continue;
      }
      ExpectSame(record, records_[RecordOf(i)]);
    }
    EXPECT_EQ(memory_.size(), found);
    return found;
  }

  const Uuid& IdOf(CustomerOrdinal customer) const { return ids_[customer % kDifferent]; }
  size_t RecordOf(CustomerOrdinal customer) const {
    return customer % kDifferent * kTimes + times_[customer];
  }

  std::vector<Uuid> ids_;
  std::vector<CustomerRecord> records_;  // of each customer, at each time
  std::vector<std::string> bytes_;
  std::vector<size_t> times_;
};

// Without what a record has by itself, that is: what it has in common with others is kept once.
TEST_F(RecordMemoryTest, WhatRecordsHaveInCommonTakesLittle) {
  size_t plain_bytes = 0;
  for (CustomerOrdinal i = 0; i < 16'000; ++i) {
    const Uuid id = NewId();
    CustomerRecord record = Record(id);
    // Neither the digest nor the UUID is kept.
    record.clear_request_digest();
    record.clear_primary_address_id();
    memory_.Put(i, id, Bytes(record));
    plain_bytes += Bytes(record).size() - CustomerName(id).size();
  }
  memory_.SetBytesMax(plain_bytes * 2 / 3);
  EXPECT_EQ(memory_.size(), 16'000u);
}

// Whoever changes often leaves room behind, which others get: nobody is lost when they are moved.
TEST_F(ManyRecordsTest, AllAreFoundThatWereMovedTogether) {
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  const size_t bytes = memory_.bytes();
  ChangeMany(60'000);
  EXPECT_EQ(ExpectThoseFoundAreRight(), kCustomers);
  EXPECT_THAT(memory_.bytes(), testing::AllOf(Gt(bytes / 2), Lt(bytes * 9 / 8 + (256 << 10))));
  // And when nearly all are gone, so is what they had.
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) {
    if (i % 20 > 0) memory_.Remove(i);
  }
  EXPECT_EQ(ExpectThoseFoundAreRight(), kCustomers / 20);
  EXPECT_THAT(memory_.bytes(), Lt(bytes / 5 + (64 << 10)));
}

// The same where all are as they came, which takes more, but never beyond what there may be.
TEST_F(ManyRecordsTest, AllAreFoundThatAreNotPacked) {
  memory_.SetBytesMax(SIZE_MAX);
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  ChangeMany(200'000);
  EXPECT_EQ(ExpectThoseFoundAreRight(), kCustomers);
  EXPECT_THAT(memory_.bytes(), Lt(40 << 20));
}

// What those have left who are gone, few among many, is still there: until it is wanted, before
// anybody else has to go.
TEST_F(ManyRecordsTest, WhatIsLostCounts) {
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  const size_t bytes = memory_.bytes();
  for (CustomerOrdinal i = 0; i < kCustomers; i += 9) memory_.Remove(i);
  EXPECT_EQ(memory_.bytes(), bytes);
  const size_t kept = memory_.size();
  memory_.SetBytesMax(bytes - 1);
  EXPECT_THAT(memory_.bytes(), Lt(bytes));
  EXPECT_EQ(ExpectThoseFoundAreRight(), kept);
}

TEST_F(ManyRecordsTest, KeepToTheirRoom) {
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  const size_t all = memory_.bytes();
  memory_.SetBytesMax(all / 2);
  EXPECT_THAT(memory_.bytes(), testing::AllOf(testing::Le(all / 2), Gt(all / 4)));
  EXPECT_TRUE(memory_.Find(0, IdOf(0)).has_value());
  EXPECT_FALSE(memory_.Find(kCustomers - 1, IdOf(kCustomers - 1)).has_value());
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  EXPECT_THAT(memory_.bytes(), testing::Le(all / 2));
  EXPECT_THAT(ExpectThoseFoundAreRight(), Lt(kCustomers * 2 / 3));
  // Not all are as large as they were.
  memory_.SetBytesMax(all * 5 / 4);
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  EXPECT_EQ(ExpectThoseFoundAreRight(), kCustomers);
  memory_.SetBytesMax(0);
  EXPECT_EQ(memory_.bytes(), 0u);
  EXPECT_EQ(memory_.size(), 0u);
}

TEST_F(ManyRecordsTest, KeepToTheirRoomAfterManyChanges) {
  for (CustomerOrdinal i = 0; i < kCustomers; ++i) Put(i);
  ChangeMany(20'000);
  const size_t bytes_max = memory_.bytes() / 2;
  memory_.SetBytesMax(bytes_max);
  EXPECT_THAT(memory_.bytes(), testing::AllOf(testing::Le(bytes_max), Gt(bytes_max / 2)));
  const size_t kept = ExpectThoseFoundAreRight();
  EXPECT_THAT(kept, testing::AllOf(Gt(kCustomers / 4), Lt(kCustomers)));
  // Those are gone who were seen last.
  EXPECT_TRUE(memory_.Find(static_cast<CustomerOrdinal>(kept - 1), IdOf(kept - 1)).has_value());
  // Others want to be kept, and some are: not beyond what there is room for, and with what others
  // leave.
  for (int i = 0; i < 60'000; ++i) {
    ChangeMany(1);
    ASSERT_THAT(memory_.bytes(), testing::Le(bytes_max));
  }
  EXPECT_THAT(ExpectThoseFoundAreRight(), Gt(kept * 9 / 10));
  memory_.SetBytesMax(bytes_max / 4);
  EXPECT_THAT(memory_.bytes(), testing::AllOf(testing::Le(bytes_max / 4), Gt(bytes_max / 16)));
  EXPECT_THAT(ExpectThoseFoundAreRight(), Gt(kept / 16));
  memory_.SetBytesMax(0);
  EXPECT_EQ(memory_.bytes(), 0u);
  EXPECT_EQ(ExpectThoseFoundAreRight(), 0u);
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

// The latest are packed once there is no room for them as they are; nobody is lost by that, and a
// change takes the place of the record that was packed.
TEST_F(RecordMemoryTest, TheLatestArePackedForWantOfRoom) {
  std::vector<Uuid> ids;
  std::vector<CustomerRecord> records;
  const auto put = [&](CustomerOrdinal i) { memory_.Put(i, ids[i], Bytes(records[i])); };
  for (CustomerOrdinal i = 0; i < 2000; ++i) {
    ids.push_back(NewId());
    records.push_back(Record(ids.back()));
    put(i);
  }
  const size_t fresh_bytes = memory_.bytes();
  memory_.SetBytesMax(fresh_bytes * 3 / 4);
  EXPECT_THAT(memory_.bytes(), Lt(fresh_bytes * 3 / 4));
  memory_.SetBytesMax(SIZE_MAX);
  for (CustomerOrdinal i = 0; i < 2000; i += 3) {
    records[i] = Record(ids[i]);
    put(i);
  }
  EXPECT_EQ(memory_.size(), 2000u);
  for (CustomerOrdinal i = 0; i < 2000; ++i) ExpectSame(memory_.Find(i, ids[i]), records[i]);
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
    EXPECT_THAT(memory_.bytes(), Lt(4096u)) << "the places are left";
  }
}

}  // namespace
}  // namespace comptoir
