// Changes protobuf messages for libFuzzer field by field: bytes changed at random are hardly ever a
// message again.

#ifndef COMPTOIR_TESTS_FUZZ_MESSAGE_MUTATOR_H_
#define COMPTOIR_TESTS_FUZZ_MESSAGE_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace comptoir::fuzz {

class MessageMutator {
 public:
  // `embedded`: the kinds of messages that bytes fields may hold. Borrowed.
  MessageMutator(unsigned seed, std::vector<const google::protobuf::Message*> embedded)
      : random_(seed), embedded_(std::move(embedded)) {}

  // Changes one field somewhere in the message.
  void Mutate(google::protobuf::Message& message);

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  size_t Below(size_t limit) { return random_() % limit; }
  void MutateField(Message& message, const Field& field);
  void MutateRepeated(Message& message, const Field& field);
  void MutateSingular(Message& message, const Field& field);
  // `index` is that of a repeated field, else -1.
  void MutateScalar(Message& message, const Field& field, int index);
  void AddElement(Message& message, const Field& field);
  uint64_t Number(uint64_t present);
  std::string Text(const Field& field, std::string present);

  std::mt19937 random_;
  const std::vector<const Message*> embedded_;
  // Values of the message that is being changed: what refers to something is often right.
  std::vector<std::string> texts_;
  std::vector<uint64_t> numbers_;
};

// libFuzzer's custom mutator for inputs that are `message` as text. Returns the new size.
size_t MutateText(uint8_t* data, size_t size, size_t size_max, unsigned seed,
                  google::protobuf::Message& message,
                  const std::vector<const google::protobuf::Message*>& embedded);

// Reads `message` from text. False for what no peer could have sent: gRPC drops strings that
// aren't UTF-8.
bool ReadText(const uint8_t* data, size_t size, google::protobuf::Message& message);

// Ends the program if a seed, a file *.textproto in one of the folders that libFuzzer's arguments
// name, can't be read as `message`: libFuzzer would leave it out without a word. What it found
// itself, it names otherwise, and may be of an earlier form.
void ReadSeeds(const std::vector<std::string>& arguments, google::protobuf::Message& message);

}  // namespace comptoir::fuzz

#endif  // COMPTOIR_TESTS_FUZZ_MESSAGE_MUTATOR_H_
