#include "hq-service/domain/feeds/watermarks.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"

namespace comptoir::hq {
namespace {

std::string KeyOf(replication::v1::Job job) {
  return absl::StrCat("hq/watermark/", static_cast<int>(job));
}

}  // namespace

absl::StatusOr<std::optional<Sequence>> WatermarkOf(const Reader& reader,
                                                    replication::v1::Job job) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, KeyOf(job)));
  if (!value.has_value()) return std::nullopt;
  KeyReader parts(*value);
  const auto sequence = parts.Fixed64();
  if (!parts.AtEnd()) return MakeError(Reason::kStorageCorrupt, "A watermark cannot be read.");
  return Sequence(*sequence);
}

void SetWatermark(Transaction& transaction, replication::v1::Job job,
                  std::optional<Sequence> watermark) {
  if (watermark.has_value()) {
    transaction.Put(Table::kMeta, KeyOf(job), KeyWriter().Fixed64(watermark->value()).key());
  } else {
    transaction.Delete(Table::kMeta, KeyOf(job));
  }
}

}  // namespace comptoir::hq
