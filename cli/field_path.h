#ifndef COMPTOIR_CLI_FIELD_PATH_H_
#define COMPTOIR_CLI_FIELD_PATH_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace comptoir::cli {

// The path of a field in a message, as people write it on the command line and in mappings:
// "given_name", "phone", "phone.kind", "address.city", "attributes.size". "email" and "phone" alone
// mean what was typed; through a list of messages the path goes to the first: "address.city" is
// addresses[0].city. A value.
class FieldPath {
 public:
  // Fails with a usage error if `type` has no such field.
  static absl::StatusOr<FieldPath> Parse(const google::protobuf::Descriptor& type,
                                         std::string_view path);

  // Sets the field from text; appends if it is a list; clears it if the text is empty, except the
  // value of a map: that becomes empty. Enumerators go by their short names in any case ("mobile").
  // What is appended to a list of contacts may name more than was typed:
  // "ada@work.example,purpose=Office,consent=opted_in". Fails with InvalidArgument, saying what
  // would do.
  absl::Status Set(google::protobuf::Message& message, std::string_view text) const;

  void Clear(google::protobuf::Message& message) const;

  // Returns what Set() took, in the form of the message: enumerators by their full names, lists
  // with a newline between their elements. Empty if the field isn't set.
  std::string Get(const google::protobuf::Message& message) const;

  // The full path in the message: "addresses.city", "phone.number".
  std::string text() const;

  // The first field: what an update mask names.
  const std::string& root() const { return fields_.front()->name(); }

  // Returns true iff this path and `path`, as services write it in errors
  // ("customer.addresses[0].city"), are the same field or one contains the other.
  bool Covers(std::string_view path) const;

 private:
  explicit FieldPath(std::vector<const google::protobuf::FieldDescriptor*> fields)
      : fields_(std::move(fields)) {}

  // Returns the message that holds the last field; null if it isn't there.
  const google::protobuf::Message* Find(const google::protobuf::Message& message) const;

  bool IsListOfContacts() const;

  // Not empty; all but the last are messages. The last may be a map of texts.
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  // In that map.
  std::string key_;
};

// Applies "FIELD=VALUE" texts to a message; lists are replaced by what is assigned. Returns the
// roots of the fields, each once, for an update mask. Fails with a usage error that names the
// assignment.
absl::StatusOr<std::vector<std::string>> ApplyAssignments(
    google::protobuf::Message& message, const std::vector<std::string>& assignments);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_FIELD_PATH_H_
