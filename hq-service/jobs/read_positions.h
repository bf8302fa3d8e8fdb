// How far a channel service holds what it was sent durably: by membership, as batches are
// acknowledged. Pure.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_READ_POSITIONS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_READ_POSITIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/feeds/feed_reader.h"

namespace comptoir::hq {

class ReadPositions {
 public:
  // All before the cursors is durable there.
  explicit ReadPositions(const std::vector<FeedCursor>& cursors);

  // A batch was sent, after which the cursors stand at `after`.
  void Sent(uint64_t batch, std::vector<Sequence> after, uint64_t records, uint64_t bytes);
  struct Acknowledged {
    uint64_t records = 0;
    uint64_t bytes = 0;
  };
  // Everything up to `batch` is durable there.
  Acknowledged Durable(uint64_t batch);
  bool all_durable() const { return under_way_.empty(); }

  // Of the memberships of customers, of configuration, of all, that which is furthest behind.
  Sequence customers() const;
  Sequence configuration() const;
  Sequence slowest() const;
  // Of the own book.
  Sequence own() const { return durable_.back(); }

 private:
  // A batch that isn't acknowledged yet.
  struct UnderWay {
    uint64_t batch;
    std::vector<Sequence> after;
    Acknowledged what;
  };

  Sequence Slowest(bool (*counts)(replication::v1::Job)) const;

  // By membership, the own book last.
  std::vector<replication::v1::Job> jobs_;
  std::vector<Sequence> durable_;
  std::deque<UnderWay> under_way_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_READ_POSITIONS_H_
