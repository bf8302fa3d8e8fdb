#ifndef COMPTOIR_CLI_CONFIG_TEXT_H_
#define COMPTOIR_CLI_CONFIG_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "google/protobuf/message.h"

namespace comptoir::cli {

// Configuration as text: resource names like "customerGroups/retail", fields in the text format of
// protocol buffers. Nothing here knows a kind: the collection is the name of the field in
// Configuration, see there.

// The message inside; nullptr if no kind is set.
google::protobuf::Message* MutableResourceOf(hq::v1::Configuration& configuration);
const google::protobuf::Message* ResourceOf(const hq::v1::Configuration& configuration);

std::string NameOf(const hq::v1::Configuration& configuration);

// Returns the names of all collections.
std::vector<std::string> Collections();

// Returns an empty resource of this name; a usage error if there is no such collection.
absl::StatusOr<hq::v1::Configuration> NewConfiguration(const std::string& name);

// Sets the resource's fields from "display_name: 'VIP' retired: true" and returns their names, also
// of those that are set to their default.
absl::StatusOr<std::vector<std::string>> SetFields(hq::v1::Configuration& configuration,
                                                   const std::string& text);

// Returns the fields on one line, without name and etag.
std::string FieldsLine(const hq::v1::Configuration& configuration);

// A file of configuration: what export writes and apply reads.
std::string ChainText(hq::v1::Chain chain);
absl::StatusOr<hq::v1::Chain> ParseChain(const std::string& text);

// Returns what would change, or did, for people.
std::string ChangeText(const hq::v1::ConfigurationChange& change);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_CONFIG_TEXT_H_
