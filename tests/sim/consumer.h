// A downstream system: it follows customer events, reads slowly at times, and dies between the
// effect of an event and its token, so that both are gone and it goes on from the token that it
// has.

#ifndef COMPTOIR_TESTS_SIM_CONSUMER_H_
#define COMPTOIR_TESTS_SIM_CONSUMER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "common/replication/stream_source.h"
#include "comptoir/hq/v1/change_stream.pb.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

class Consumer {
 public:
  Consumer(Context& context, HqNode& hq);
  ~Consumer();

  void Start();
  // No more faults of its own.
  void Heal() { healing_ = true; }
  // HQ's life has ended, and the stream with it.
  void HqCrashed();

  // What it has of HQ's customers that it shouldn't, or lacks; empty if it has all of it, with
  // exactly one creation for each customer that has an account number.
  std::string Difference() const;

 private:
  class Writer;

  // What it knows of a customer. Stored with the token, in one transaction.
  struct Known {
    int created = 0;
    std::string etag;
    // Position and contact.
    std::set<std::pair<uint64_t, std::string>> consent;
  };

  void Open();
  void OpenLater();
  void Receive(const hq::v1::CustomerEvent& event, uint64_t stream);
  void Apply(const hq::v1::CustomerEvent& event);
  void Ended(const absl::Status& status, uint64_t stream);
  void Close();
  absl::Duration Latency();

  Context& context_;
  HqNode& hq_;
  SeededRandom random_;
  bool healing_ = false;
  bool slow_ = false;
  // Numbers streams: what belongs to an earlier one is gone.
  uint64_t stream_ = 0;
  // When the last message that is on its way arrives: they come in order.
  absl::Time last_arrival_ = absl::InfinitePast();
  std::unique_ptr<StreamSource> source_;

  // On its disk.
  std::string token_;
  std::map<std::string, Known> known_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CONSUMER_H_
