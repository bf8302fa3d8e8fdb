#include "hq-service/jobs/read_positions.h"

#include <algorithm>
#include <utility>

namespace comptoir::hq {
namespace {

using replication::v1::Job;

bool IsOfCustomers(Job job) { return job == replication::v1::JOB_1010_CUSTOMERS; }
bool IsOfConfiguration(Job job) {
  return job == replication::v1::JOB_1070_CHANNELS || job == replication::v1::JOB_1110_GLOBAL;
}

}  // namespace

ReadPositions::ReadPositions(const std::vector<FeedCursor>& cursors) {
  for (const FeedCursor& cursor : cursors) {
    jobs_.push_back(cursor.feed.job);
    durable_.push_back(cursor.after);
  }
}

void ReadPositions::Sent(uint64_t batch, std::vector<Sequence> after, uint64_t records,
                         uint64_t bytes) {
  under_way_.push_back(
      {.batch = batch, .after = std::move(after), .what = {.records = records, .bytes = bytes}});
}

ReadPositions::Acknowledged ReadPositions::Durable(uint64_t batch) {
  Acknowledged all;
  while (!under_way_.empty() && under_way_.front().batch <= batch) {
    durable_ = std::move(under_way_.front().after);
    all.records += under_way_.front().what.records;
    all.bytes += under_way_.front().what.bytes;
    under_way_.pop_front();
  }
  return all;
}

Sequence ReadPositions::customers() const { return Slowest(IsOfCustomers); }
Sequence ReadPositions::configuration() const { return Slowest(IsOfConfiguration); }
Sequence ReadPositions::slowest() const {
  return Slowest([](Job) { return true; });
}

Sequence ReadPositions::Slowest(bool (*counts)(Job)) const {
  Sequence slowest = *std::max_element(durable_.begin(), durable_.end());
  for (size_t i = 0; i < jobs_.size(); ++i) {
    if (counts(jobs_[i])) slowest = std::min(slowest, durable_[i]);
  }
  return slowest;
}

}  // namespace comptoir::hq
