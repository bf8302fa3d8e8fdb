#include "bench/peers/redis.h"

#include <hiredis/hiredis.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace comptoir::bench {
namespace {

struct RedisDeleter {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Context = std::unique_ptr<redisContext, RedisDeleter>;
using Reply = std::unique_ptr<redisReply, RedisDeleter>;

class RedisConnection : public PeerConnection {
 public:
  RedisConnection(Context context, uint64_t first, const CustomerGenerator& generator)
      : context_(std::move(context)), first_(first), generator_(generator) {}

  int file() const override { return context_->fd; }

  absl::Status Send(uint64_t n) override {
    const customer::v1::Customer customer = generator_.Get(first_ + n);
    const std::string bytes = customer.SerializeAsString();
    replies_left_ = 0;
    answer_ = {};
    Append({"MULTI"});
    Append({"SET", customer.name(), bytes});
    Append({"SET", "email/" + customer.email().address(), customer.name()});
    Append({"SET", "phone/" + customer.phone().number(), customer.name()});
    Append({"XADD", "outbox", "*", "operation", bytes});
    Append({"EXEC"});
    int done = 0;
    while (done == 0) {
      if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return Error();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<PeerAnswer>> Receive() override {
    if (redisBufferRead(context_.get()) != REDIS_OK) return Error();
    while (replies_left_ > 0) {
      void* read = nullptr;
      if (redisGetReplyFromReader(context_.get(), &read) != REDIS_OK) return Error();
      if (read == nullptr) return std::nullopt;
      const Reply reply(static_cast<redisReply*>(read));
      if (reply->type == REDIS_REPLY_ERROR) answer_.status = absl::InternalError(reply->str);
      --replies_left_;
    }
    return answer_;
  }

 private:
  absl::Status Error() const { return absl::UnavailableError(context_->errstr); }

  void Append(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(),
                           sizes.data());
    ++replies_left_;
  }

  // Constant after construction.
  const Context context_;
  const uint64_t first_;
  const CustomerGenerator& generator_;

  int replies_left_ = 0;
  PeerAnswer answer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToRedis(int port, uint64_t first,
                                                               const CustomerGenerator& generator) {
  Context context(redisConnect("127.0.0.1", port));
  if (context == nullptr || context->err != 0) {
    return absl::UnavailableError("no connection to Redis");
  }
  return std::make_unique<RedisConnection>(std::move(context), first, generator);
}

}  // namespace comptoir::bench
