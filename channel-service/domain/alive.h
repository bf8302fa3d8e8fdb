// Lets a callback outlive the object that it belongs to: once that is gone, the callback does
// nothing.
//
// It is no lock: whoever destroys the object sees to it that no other thread is inside it (the
// process drains its calls, its commits and its loop first; the simulator has one thread).

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALIVE_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALIVE_H_

#include <memory>
#include <utility>

#include "common/base/executor.h"

namespace comptoir::channel {

class Alive {
 public:
  template <typename Function>
  auto Guard(Function function) const {
    return [token = std::weak_ptr<const bool>(token_),
            function = std::move(function)](auto&&... arguments) mutable {
      if (const auto alive = token.lock())
        function(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  // The same on `executor`, later, whichever thread the callback is called on.
  template <typename Function>
  auto GuardOn(Executor& executor, Function function) const {
    return Guard([&executor, guarded = Guard(std::move(function))](auto... arguments) {
      executor.Post([guarded, arguments...]() mutable { guarded(std::move(arguments)...); });
    });
  }

 private:
  const std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALIVE_H_
