#include "cli/import/row_source_options.h"

namespace comptoir::cli {

void AddRowSourceOptions(CLI::App& command, RowSourceOptions& options) {
  const auto repeated = [](CLI::Option* option) {
    option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  repeated(command
               .add_option("--map", options.mapping.map,
                           "COLUMN=field: where a column goes, such as given_name, phone.kind, "
                           "address.city, address.street2, attributes.shoe-size; may be "
                           "repeated")
               ->type_name("COLUMN=FIELD"));
  repeated(
      command
          .add_option("--ignore", options.mapping.ignore, "a column to leave out; may be repeated")
          ->type_name("COLUMN"));
  command
      .add_option("--encoding", options.csv.encoding,
                  "of the file, as ICU names it: UTF-8, windows-1252, UTF-16")
      ->capture_default_str();
  command.add_option("--date-format", options.mapping.date_format,
                     "how dates are written: M/d/yyyy, dd.MM.yyyy; default: ISO 8601");
  command.add_option("--rows", options.rows, "only these rows, 1 is the first after the header")
      ->type_name("FROM-TO");
  command.add_option("--name", options.name,
                     "name of the import, with --key: a row is known by both, whatever its place");
  command.add_option("--key", options.mapping.key, "the column that names a row for ever")
      ->type_name("COLUMN");
}

}  // namespace comptoir::cli
