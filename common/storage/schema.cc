#include "common/storage/schema.h"

#include <string>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"

namespace comptoir {
namespace {

absl::StatusOr<bool> IsEmpty(const Reader& reader) {
  for (const Table table : kAllTables) {
    bool empty = true;
    COMPTOIR_RETURN_IF_ERROR(
        reader.Scan(table, {.rows_max = 1}, [&empty](std::string_view, std::string_view) {
          empty = false;
          return false;
        }));
    if (!empty) return false;
  }
  return true;
}

absl::Status WriteSchema(Database& database, std::string_view owner) {
  const auto transaction = database.NewTransaction();
  transaction->Put(Table::kMeta, meta_keys::kSchema,
                   KeyWriter().Fixed32(kSchemaVersion).Rest(owner).key());
  return database.Commit(*transaction);
}

}  // namespace

absl::Status OpenSchema(Database& database, std::string_view owner) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value,
                            database.latest().Get(Table::kMeta, meta_keys::kSchema));
  if (!value.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool empty, IsEmpty(database.latest()));
    if (empty) return WriteSchema(database, owner);
    return MakeError(Reason::kStorageCorrupt, "The database has content but no schema version.");
  }

  KeyReader bytes(*value);
  const auto version = bytes.Fixed32();
  if (!version.has_value() || *version == 0) {
    return MakeError(Reason::kStorageCorrupt, "The schema version cannot be read.");
  }
  const std::string found_owner(bytes.Rest());
  if (found_owner != owner) {
    return MakeError(Reason::kStorageCorrupt,
                     "The database belongs to " + found_owner + ", not to " + std::string(owner) +
                         ": another folder was meant.",
                     {{"owner", found_owner}});
  }
  if (*version > kSchemaVersion) {
    return MakeError(Reason::kSchemaTooNew,
                     "The database has schema version " + std::to_string(*version) +
                         "; this program knows up to " + std::to_string(kSchemaVersion) +
                         ": run the newer program.",
                     {{"version", std::to_string(*version)}});
  }
  // What an older version wrote is read as it is.
  if (*version < kSchemaVersion) return WriteSchema(database, owner);
  return absl::OkStatus();
}

}  // namespace comptoir
