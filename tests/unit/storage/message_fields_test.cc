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

// What is newer than we are is passed over.
TEST(MessageFieldsTest, FieldsOfFixedWidthArePassedOver) {
  std::string bytes(
      "\x09"
      "12345678"
      "\x15"
      "1234",
      14);
  AppendField(3, uint64_t{300}, bytes);
  std::map<int, uint64_t> numbers;
  EXPECT_TRUE(VisitFields(bytes, [&](const MessageField& field) {
    numbers[field.id] = field.number;
    return true;
  }));
  EXPECT_EQ(numbers, (std::map<int, uint64_t>{{1, 0}, {2, 0}, {3, 300}}));
}

TEST(MessageFieldsTest, NumbersAreOfAnyLength) {
  for (int bits = 0; bits < 64; ++bits) {
    for (const uint64_t number : {uint64_t{1} << bits, (uint64_t{1} << bits) - 1}) {
      std::string bytes;
      AppendField(CustomerRecord::kVersionFieldNumber, number, bytes);
      CustomerRecord record;
      ASSERT_TRUE(record.ParseFromString(bytes));
      EXPECT_EQ(record.version(), number);
      EXPECT_TRUE(
          VisitFields(bytes, [&](const MessageField& field) { return field.number == number; }));
    }
  }
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
  // No field has number 0, no number more than ten bytes, and a group has no end of its own.
  const std::string endless = "\x08" + std::string(10, '\xff') + '\x01';
  for (const std::string& none : {std::string("\x00\x01", 2), endless, std::string("\x0b")}) {
    EXPECT_FALSE(VisitFields(none, [](const MessageField&) { return true; }));
  }
}

}  // namespace
}  // namespace comptoir
