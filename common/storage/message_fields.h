// Messages field by field, as they are stored and as they travel: what is stored is looked into, or
// passed on, without being parsed whole.

#ifndef COMPTOIR_COMMON_STORAGE_MESSAGE_FIELDS_H_
#define COMPTOIR_COMMON_STORAGE_MESSAGE_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace comptoir {

// `number` of a field that is one (varint), else `bytes`; fixed-width ones have neither.
struct MessageField {
  int id = 0;
  uint64_t number = 0;
  std::string_view bytes = {};
};

// Visits the fields in the order of their bytes. False once `visit` has returned false, and for
// what isn't a message.
bool VisitFields(std::string_view message, absl::FunctionRef<bool(const MessageField&)> visit);

void AppendField(int id, uint64_t number, std::string& message);
void AppendField(int id, std::string_view bytes, std::string& message);
// What comes before `bytes` bytes of a field.
void AppendFieldHead(int id, size_t bytes, std::string& message);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MESSAGE_FIELDS_H_
