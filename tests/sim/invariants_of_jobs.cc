// What batch jobs promise, checked at every commit.

#include "absl/strings/str_cat.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "comptoir/storage/v1/jobs.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

using replication::v1::Job;

// What a run has published stays until what follows it is published: a store that was off gets it.
void Invariants::CheckFeedChange(Node& node, const RowChange& change) {
  if (!IsHq(node) || change.after.has_value() || !change.before.has_value()) return;
  KeyReader parts(change.key);
  const auto job = parts.Fixed16();
  parts.String();
  const auto sequence = parts.Fixed64();
  if (!parts.ok() || !replication::v1::Job_IsValid(*job) || *job == 0 ||
      KindOf(parts.Rest()) != replication::v1::RECORD_KIND_CUSTOMER) {
    return;
  }
  const auto watermark = hq::WatermarkOf(node.latest(), static_cast<Job>(*job));
  if (!watermark.ok() || !watermark->has_value() || *sequence > (*watermark)->value()) return;
  const auto bytes = node.latest().Get(Table::kRecords, parts.Rest());
  if (!bytes.ok()) return;
  const auto record = Parse<storage::v1::CustomerRecord>(*bytes);
  if (!record.has_value() || record->version() <= (*watermark)->value()) return;
  // A later one may be the published one by now.
  const auto published = hq::FindPublishedBefore(node.latest(), hq::CustomerFeed(), parts.Rest());
  if (!published.ok() || !published->has_value() || (*published)->sequence.value() < *sequence) {
    context_.Fail("hq", absl::StrCat("the entry of ", Describe(parts.Rest()), " at ", *sequence,
                                     " was published and went before its successor was"));
  }
}

// No store gets what isn't published.
void Invariants::CheckPublished(Node& node, const RowChange& change) {
  if (IsHq(node)) return;
  const auto cursor = Parse<storage::v1::CursorRecord>(change.after);
  if (!cursor.has_value()) return;
  const auto watermark = hq::WatermarkOf(hq_->latest(), cursor->cursor().membership().job());
  const uint64_t sequence = cursor->cursor().position().sequence();
  // A restored HQ may have to publish again what it had published: the same position, in its new
  // epoch.
  const auto before = Parse<storage::v1::CursorRecord>(change.before);
  if (before.has_value() && before->cursor().position().sequence() == sequence) return;
  // It may just have read from an HQ that was restored since.
  const auto last = LastSequence(hq_->latest());
  const auto own = IsOwnPosition(hq_->latest(), cursor->cursor().position(), *last);
  if (hq_restored_ && own.ok() && !*own) return;
  // Or before, what was published after the copy was taken: HQ publishes it again.
  if (cursor->cursor().position().epoch_counter() <= restored_epoch_) return;
  if (watermark.ok() && watermark->has_value() && sequence > (*watermark)->value()) {
    context_.Fail(node.name(), absl::StrCat("has read up to ", sequence, ", published is ",
                                            (*watermark)->value()));
  }
}

// A run has published all that there was when it began.
void Invariants::CheckRun(Node& node, const RowChange& change) {
  if (!IsHq(node) || !change.key.starts_with("hq/run/1010/")) return;
  const auto run = Parse<storage::v1::JobRunRecord>(change.after);
  if (!run.has_value() || run->run().state() != hq::v1::JOB_STATE_ENDED) return;
  const auto watermark = hq::WatermarkOf(node.latest(), replication::v1::JOB_1010_CUSTOMERS);
  if (watermark.ok() && watermark->has_value() && (*watermark)->value() < run->position()) {
    context_.Fail("hq", absl::StrCat("a run of 1010 at ", run->position(), " published up to ",
                                     (*watermark)->value()));
  }
}

}  // namespace comptoir::sim
