#include "cli/config_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/errors.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace comptoir::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using hq::v1::Configuration;

// Keeps the first error, with its place.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// "customer_group" → "customerGroups", "field_rules" → "fieldRules".
std::string CollectionOf(const FieldDescriptor& field) {
  std::string collection = field.json_name();
  if (!collection.ends_with('s')) collection += 's';
  return collection;
}

const google::protobuf::OneofDescriptor& Kinds() {
  return *Configuration::descriptor()->FindOneofByName("kind");
}

const FieldDescriptor* KindOf(const Configuration& configuration) {
  return configuration.GetReflection()->GetOneofFieldDescriptor(configuration, &Kinds());
}

void ClearField(Message& resource, const char* name) {
  resource.GetReflection()->ClearField(&resource, resource.GetDescriptor()->FindFieldByName(name));
}

TextFormat::Printer Printer() {
  TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  return printer;
}

}  // namespace

Message* MutableResourceOf(Configuration& configuration) {
  const FieldDescriptor* kind = KindOf(configuration);
  if (kind == nullptr) return nullptr;
  return configuration.GetReflection()->MutableMessage(&configuration, kind);
}

const Message* ResourceOf(const Configuration& configuration) {
  const FieldDescriptor* kind = KindOf(configuration);
  if (kind == nullptr) return nullptr;
  return &configuration.GetReflection()->GetMessage(configuration, kind);
}

std::string NameOf(const Configuration& configuration) {
  const Message* resource = ResourceOf(configuration);
  if (resource == nullptr) return "";
  return resource->GetReflection()->GetString(*resource,
                                              resource->GetDescriptor()->FindFieldByName("name"));
}

std::vector<std::string> Collections() {
  std::vector<std::string> collections;
  for (int i = 0; i < Kinds().field_count(); ++i) {
    collections.push_back(CollectionOf(*Kinds().field(i)));
  }
  return collections;
}

absl::StatusOr<Configuration> NewConfiguration(const std::string& name) {
  const std::string collection = name.substr(0, name.find('/'));
  for (int i = 0; i < Kinds().field_count(); ++i) {
    const FieldDescriptor& field = *Kinds().field(i);
    if (CollectionOf(field) != collection) continue;
    Configuration configuration;
    Message& resource = *configuration.GetReflection()->MutableMessage(&configuration, &field);
    resource.GetReflection()->SetString(&resource,
                                        resource.GetDescriptor()->FindFieldByName("name"), name);
    return configuration;
  }
  return UsageError(absl::StrCat("\"", name, "\" isn't COLLECTION/ID; collections are ",
                                 absl::StrJoin(Collections(), ", "), "."));
}

absl::StatusOr<std::vector<std::string>> SetFields(Configuration& configuration,
                                                   const std::string& text) {
  Message& resource = *MutableResourceOf(configuration);
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree places;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&places);
  const std::unique_ptr<Message> parsed(resource.New());
  if (!parser.ParseFromString(text, parsed.get())) return UsageError(error.text());
  std::vector<std::string> names;
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < resource.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = resource.GetDescriptor()->field(i);
    if (places.GetLocation(field, field->is_repeated() ? 0 : -1).line < 0) continue;
    names.push_back(field->name());
    fields.push_back(field);
  }
  resource.GetReflection()->SwapFields(&resource, parsed.get(), fields);
  return names;
}

std::string FieldsLine(const Configuration& configuration) {
  Configuration copy = configuration;
  Message* resource = MutableResourceOf(copy);
  if (resource == nullptr) return "";
  ClearField(*resource, "name");
  ClearField(*resource, "etag");
  TextFormat::Printer printer = Printer();
  printer.SetSingleLineMode(true);
  std::string line;
  printer.PrintToString(*resource, &line);
  return std::string(absl::StripTrailingAsciiWhitespace(line));
}

std::string ChainText(hq::v1::Chain chain) {
  for (Configuration& configuration : *chain.mutable_configurations()) {
    // They would make a file that can be imported only once.
    if (Message* resource = MutableResourceOf(configuration)) ClearField(*resource, "etag");
  }
  std::string text;
  Printer().PrintToString(chain, &text);
  return text;
}

absl::StatusOr<hq::v1::Chain> ParseChain(const std::string& text) {
  TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  hq::v1::Chain chain;
  if (!parser.ParseFromString(text, &chain)) return UsageError(error.text());
  return chain;
}

std::string ChangeText(const hq::v1::ConfigurationChange& change) {
  std::string text = absl::StrCat(change.created() ? "+ " : "~ ", change.name(), "\n");
  for (const hq::v1::FieldDifference& difference : change.differences()) {
    absl::StrAppend(&text, "    ", difference.field(), ": ");
    if (change.created()) {
      absl::StrAppend(&text, difference.new_value(), "\n");
      continue;
    }
    absl::StrAppend(&text, difference.old_value().empty() ? "(unset)" : difference.old_value(),
                    " -> ", difference.new_value().empty() ? "(unset)" : difference.new_value(),
                    "\n");
  }
  return text;
}

}  // namespace comptoir::cli
