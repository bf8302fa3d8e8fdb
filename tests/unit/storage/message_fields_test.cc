// Messages looked into and written field by field are what protobuf reads and writes.

#include "common/storage/message_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {
namespace {

using storage::v1::CustomerRecord;

TEST(MessageFieldsTest, WhatIsWrittenIsRead) {
  customer::v1::Customer customer;
  customer.set_given_name("Ada");
  std::string bytes;
  AppendField(CustomerRecord::kCustomerFieldNumber, customer.SerializeAsString(), bytes);
  AppendField(CustomerRecord::kVersionFieldNumber, uint64_t{1} << 60, bytes);
  AppendFieldHead(CustomerRecord::kPrimaryAddressIdFieldNumber, 200, bytes);
  bytes.append(200, 'x');
  CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(bytes));
  EXPECT_EQ(record.customer().given_name(), "Ada");
  EXPECT_EQ(record.version(), uint64_t{1} << 60);
  EXPECT_EQ(record.primary_address_id(), std::string(200, 'x'));

  std::map<int, MessageField> fields;
  EXPECT_TRUE(VisitFields(bytes, [&](const MessageField& field) {
    fields[field.id] = field;
    return true;
  }));
  EXPECT_EQ(fields.at(CustomerRecord::kCustomerFieldNumber).bytes, customer.SerializeAsString());
  EXPECT_EQ(fields.at(CustomerRecord::kVersionFieldNumber).number, uint64_t{1} << 60);
}

// Cut anywhere but between two fields it isn't a message; nor is it visited further than is wanted.
TEST(MessageFieldsTest, SaysWhatIsNoMessage) {
  std::string bytes;
  AppendField(1, "some bytes", bytes);
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(VisitFields(bytes.substr(0, size), [](const MessageField&) { return true; }));
  }
  AppendField(2, uint64_t{7}, bytes);
  int visited = 0;
  EXPECT_FALSE(VisitFields(bytes, [&](const MessageField&) { return ++visited < 1; }));
  EXPECT_EQ(visited, 1);
  EXPECT_TRUE(VisitFields("", [](const MessageField&) { return false; }));
}

}  // namespace
}  // namespace comptoir
