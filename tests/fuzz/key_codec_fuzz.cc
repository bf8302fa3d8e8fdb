// Keys: any bytes can be read as parts, what is read is written back as the same bytes, and keys
// sort like what they are made of.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

constexpr size_t kPartsMax = 8;

enum class Kind : uint8_t { kByte, kFixed16, kFixed32, kFixed64, kString, kId, kMaxValue = kId };
using Part = std::variant<uint8_t, uint16_t, uint32_t, uint64_t, std::string, Uuid>;

struct Writer {
  KeyWriter& key;
  void operator()(uint8_t value) { key.Byte(value); }
  void operator()(uint16_t value) { key.Fixed16(value); }
  void operator()(uint32_t value) { key.Fixed32(value); }
  void operator()(uint64_t value) { key.Fixed64(value); }
  void operator()(const std::string& value) { key.String(value); }
  void operator()(const Uuid& value) { key.Id(value); }
};

template <typename T>
bool Add(std::optional<T> value, std::vector<Part>& parts) {
  if (value.has_value()) parts.emplace_back(*std::move(value));
  return value.has_value();
}

bool ReadPart(KeyReader& reader, Kind kind, std::vector<Part>& parts) {
  switch (kind) {
    case Kind::kByte:
      return Add(reader.Byte(), parts);
    case Kind::kFixed16:
      return Add(reader.Fixed16(), parts);
    case Kind::kFixed32:
      return Add(reader.Fixed32(), parts);
    case Kind::kFixed64:
      return Add(reader.Fixed64(), parts);
    case Kind::kString:
      return Add(reader.String(), parts);
    case Kind::kId:
      return Add(reader.Id(), parts);
  }
}

Part MakePart(FuzzedDataProvider& data, Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return data.ConsumeIntegral<uint8_t>();
    case Kind::kFixed16:
      return data.ConsumeIntegral<uint16_t>();
    case Kind::kFixed32:
      return data.ConsumeIntegral<uint32_t>();
    case Kind::kFixed64:
      return data.ConsumeIntegral<uint64_t>();
    case Kind::kString:
      return data.ConsumeRandomLengthString(20);
    case Kind::kId: {
      std::string bytes = data.ConsumeBytesAsString(16);
      bytes.resize(16);
      return Uuid::FromBytes(bytes);
    }
  }
}

std::string KeyOf(const std::vector<Part>& parts) {
  KeyWriter key;
  for (const Part& part : parts) std::visit(Writer{key}, part);
  return key.key();
}

// Everything that can be read of `key`.
std::vector<Part> Read(std::string_view key, const std::vector<Kind>& kinds, KeyReader& reader) {
  reader = KeyReader(key);
  std::vector<Part> parts;
  for (const Kind kind : kinds) {
    if (!ReadPart(reader, kind, parts)) break;
  }
  return parts;
}

void Check(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  std::vector<Kind> kinds(data.ConsumeIntegralInRange<size_t>(0, kPartsMax));
  for (Kind& kind : kinds) kind = data.ConsumeEnum<Kind>();
  std::vector<Part> one;
  std::vector<Part> other;
  for (const Kind kind : kinds) {
    one.push_back(MakePart(data, kind));
    // Often equal up to here: then the next part decides.
    other.push_back(data.ConsumeBool() ? one.back() : MakePart(data, kind));
  }
  KeyReader reader("");
  COMPTOIR_CHECK(Read(KeyOf(one), kinds, reader) == one && reader.AtEnd());
  COMPTOIR_CHECK((KeyOf(one) < KeyOf(other)) == (one < other));
  COMPTOIR_CHECK((KeyOf(one) == KeyOf(other)) == (one == other));

  const std::string any = data.ConsumeRandomLengthString();
  const std::vector<Part> read = Read(any, kinds, reader);
  if (reader.ok()) COMPTOIR_CHECK(KeyOf(read) + std::string(reader.Rest()) == any);

  const std::string end = PrefixEnd(any);
  if (!end.empty()) {
    COMPTOIR_CHECK(any < end);
    COMPTOIR_CHECK(any + data.ConsumeRemainingBytesAsString() < end);
    COMPTOIR_CHECK(!std::string_view(end).starts_with(any));
  }
}

}  // namespace
}  // namespace comptoir

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  comptoir::Check(data, size);
  return 0;
}
