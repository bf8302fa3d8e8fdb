#include "tests/fuzz/message_mutator.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <utility>

#include "google/protobuf/text_format.h"

// libFuzzer's own mutation of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

namespace comptoir::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kTextGrowthBytesMax = 32;
constexpr int kElementsMax = 64;

// The message and all within it, and the values of its fields.
struct Content {
  std::vector<Message*> messages;
  std::vector<std::string> texts;
  std::vector<uint64_t> numbers;
};

void Collect(Message& message, Content& content) {
  content.messages.push_back(&message);
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Collect(repeated ? *reflection.MutableRepeatedMessage(&message, field, i)
                           : *reflection.MutableMessage(&message, field),
                  content);
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          content.texts.push_back(repeated ? reflection.GetRepeatedString(message, field, i)
                                           : reflection.GetString(message, field));
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          if (!repeated) content.numbers.push_back(reflection.GetUInt64(message, field));
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace

void MessageMutator::Mutate(Message& message) {
  Content content;
  Collect(message, content);
  texts_ = std::move(content.texts);
  numbers_ = std::move(content.numbers);
  Message& changed = *content.messages[Below(content.messages.size())];
  const Descriptor& descriptor = *changed.GetDescriptor();
  if (descriptor.field_count() == 0) return;
  MutateField(changed, *descriptor.field(static_cast<int>(Below(descriptor.field_count()))));
}

void MessageMutator::MutateField(Message& message, const Field& field) {
  if (field.is_repeated()) {
    MutateRepeated(message, field);
  } else {
    MutateSingular(message, field);
  }
}

void MessageMutator::MutateRepeated(Message& message, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, &field);
  const size_t choice = Below(5);
  if (count == 0 || (choice == 0 && count < kElementsMax)) return AddElement(message, field);
  const int index = static_cast<int>(Below(count));
  switch (choice) {
    case 1:
      reflection.SwapElements(&message, &field, index, count - 1);
      reflection.RemoveLast(&message, &field);
      return;
    case 2:
      reflection.SwapElements(&message, &field, index, static_cast<int>(Below(count)));
      return;
    default:
      if (field.cpp_type() != Field::CPPTYPE_MESSAGE) return MutateScalar(message, field, index);
      Mutate(*reflection.MutableRepeatedMessage(&message, &field, index));
  }
}

// A message is most often one more of those that are there.
void MessageMutator::AddElement(Message& message, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, &field);
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE: {
      Message& added = *reflection.AddMessage(&message, &field);
      if (count == 0) return;
      const int copied = static_cast<int>(Below(count));
      added.CopyFrom(reflection.GetRepeatedMessage(message, &field, copied));
      return;
    }
    case Field::CPPTYPE_STRING:
      reflection.AddString(&message, &field, Text(field, ""));
      return;
    case Field::CPPTYPE_ENUM:
      reflection.AddEnumValue(&message, &field, static_cast<int>(Below(8)));
      return;
    default:
      return;  // no stream message repeats another kind
  }
}

void MessageMutator::MutateSingular(Message& message, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  const bool present = !field.has_presence() || reflection.HasField(message, &field);
  if (present && Below(5) == 0) return reflection.ClearField(&message, &field);
  if (field.cpp_type() != Field::CPPTYPE_MESSAGE) return MutateScalar(message, field, -1);
  Mutate(*reflection.MutableMessage(&message, &field));
}

void MessageMutator::MutateScalar(Message& message, const Field& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      if (index >= 0) {
        reflection.SetRepeatedString(
            &message, &field, index,
            Text(field, reflection.GetRepeatedString(message, &field, index)));
      } else {
        reflection.SetString(&message, &field, Text(field, reflection.GetString(message, &field)));
      }
      return;
    case Field::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      const int known = type.value(static_cast<int>(Below(type.value_count())))->number();
      const int value = Below(8) == 0 ? static_cast<int>(random_()) : known;
      if (index >= 0) {
        reflection.SetRepeatedEnumValue(&message, &field, index, value);
      } else {
        reflection.SetEnumValue(&message, &field, value);
      }
      return;
    }
    default:
      break;
  }
  if (index >= 0) return;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, !reflection.GetBool(message, &field));
    case Field::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field,
                                 static_cast<int32_t>(Number(
                                     static_cast<uint32_t>(reflection.GetInt32(message, &field)))));
    case Field::CPPTYPE_INT64:
      return reflection.SetInt64(&message, &field,
                                 static_cast<int64_t>(Number(
                                     static_cast<uint64_t>(reflection.GetInt64(message, &field)))));
    case Field::CPPTYPE_UINT32:
      return reflection.SetUInt32(
          &message, &field, static_cast<uint32_t>(Number(reflection.GetUInt32(message, &field))));
    case Field::CPPTYPE_UINT64:
      return reflection.SetUInt64(&message, &field, Number(reflection.GetUInt64(message, &field)));
    default:
      return;
  }
}

uint64_t MessageMutator::Number(uint64_t present) {
  switch (Below(7)) {
    case 0:
      return 0;
    case 1:
      return std::numeric_limits<uint64_t>::max() - Below(2);
    case 2:
      return present + 1;
    case 3:
      return present - 1;
    case 4:
      return Below(300);
    case 5:
      return uint64_t{1} << Below(64);
    default:
      return numbers_.empty() ? present : numbers_[Below(numbers_.size())];
  }
}

std::string MessageMutator::Text(const Field& field, std::string present) {
  const size_t choice = Below(4);
  if (choice == 0 && !texts_.empty()) return texts_[Below(texts_.size())];
  if (choice <= 2 && field.type() == Field::TYPE_BYTES && !embedded_.empty() && !present.empty()) {
    const std::unique_ptr<Message> message(embedded_[Below(embedded_.size())]->New());
    if (message->ParseFromString(present)) {
      Mutate(*message);
      return message->SerializeAsString();
    }
  }
  const size_t size = present.size();
  present.resize(size + kTextGrowthBytesMax);
  present.resize(
      LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(present.data()), size, present.size()));
  if (field.type() == Field::TYPE_STRING) {
    for (char& byte : present) byte = static_cast<char>(byte & 0x7f);
  }
  return present;
}

size_t MutateText(uint8_t* data, size_t size, size_t size_max, unsigned seed, Message& message,
                  const std::vector<const Message*>& embedded) {
  google::protobuf::TextFormat::ParseFromString(
      std::string(reinterpret_cast<const char*>(data), size), &message);
  MessageMutator mutator(seed, embedded);
  for (unsigned i = 0; i <= seed % 3; ++i) mutator.Mutate(message);
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  if (text.size() > size_max) return size;
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

bool ReadText(const uint8_t* data, size_t size, Message& message) {
  const std::unique_ptr<Message> read(message.New());
  return google::protobuf::TextFormat::ParseFromString(
             std::string(reinterpret_cast<const char*>(data), size), read.get()) &&
         message.ParseFromString(read->SerializeAsString());
}

void ReadSeeds(const std::vector<std::string>& arguments, Message& message) {
  for (const std::string& argument : arguments) {
    if (!std::filesystem::is_directory(argument)) continue;
    for (const auto& file : std::filesystem::directory_iterator(argument)) {
      if (file.path().extension() != ".textproto") continue;
      std::ifstream stream(file.path());
      const std::string text{std::istreambuf_iterator<char>(stream), {}};
      if (ReadText(reinterpret_cast<const uint8_t*>(text.data()), text.size(), message)) continue;
      std::cerr << "ERROR: no " << message.GetTypeName() << ": the seed " << file.path() << "\n";
      std::exit(1);
    }
  }
}

}  // namespace comptoir::fuzz
