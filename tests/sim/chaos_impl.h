// What the parts of chaos share. For chaos*.cc only.

#ifndef COMPTOIR_TESTS_SIM_CHAOS_IMPL_H_
#define COMPTOIR_TESTS_SIM_CHAOS_IMPL_H_

#include <functional>
#include <memory>
#include <utility>

#include "tests/sim/chaos.h"

namespace comptoir::sim {

template <typename Request, typename Answered>
void Chaos::Administer(const Request& request, Answered answered) {
  hq_.service().Administer(request, CallContext(),
                           [&context = context_, answered](const auto& answer) -> void {
                             if (answer.ok()) context.CarriedOut<Request>();
                             answered(answer);
                           });
}

template <typename Request, typename Response>
void Chaos::Order(std::function<Request()> request, std::function<bool(const Response&)> is_done) {
  constexpr absl::Duration kRetry = absl::Seconds(1);
  ++orders_;
  auto carried_out = std::make_shared<bool>(false);
  auto give = std::make_shared<std::function<void()>>();
  *give = [=, this, weak = std::weak_ptr<std::function<void()>>(give)] {
    if (*carried_out) return;
    if (hq_.up()) {
      Administer(request(), [=, this](const absl::StatusOr<Response>& answer) {
        if (!answer.ok() || *carried_out) return;
        if (is_done != nullptr && !is_done(*answer)) return;
        *carried_out = true;
        --orders_;
      });
    }
    context_.scheduler().After(kRetry, kWorld, [again = weak.lock()] { (*again)(); });
  };
  (*give)();
}

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CHAOS_IMPL_H_
