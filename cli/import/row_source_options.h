#ifndef COMPTOIR_CLI_IMPORT_ROW_SOURCE_OPTIONS_H_
#define COMPTOIR_CLI_IMPORT_ROW_SOURCE_OPTIONS_H_

#include "cli/command.h"
#include "cli/import/row_source.h"

namespace comptoir::cli {

// Adds the options that say what the columns and rows of a file are, all but the file itself.
// `options` must live as long as the command.
void AddRowSourceOptions(CLI::App& command, RowSourceOptions& options);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_ROW_SOURCE_OPTIONS_H_
