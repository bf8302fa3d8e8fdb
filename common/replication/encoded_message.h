// A message as its bytes, in pieces that several streams may share: what goes to a thousand peers
// is encoded and held once.

#ifndef COMPTOIR_COMMON_REPLICATION_ENCODED_MESSAGE_H_
#define COMPTOIR_COMMON_REPLICATION_ENCODED_MESSAGE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace comptoir {

class EncodedMessage {
 public:
  using Piece = std::shared_ptr<const std::string>;

  void Add(Piece piece) {
    size_ += piece->size();
    pieces_.push_back(std::move(piece));
  }
  void Add(std::string piece) { Add(std::make_shared<const std::string>(std::move(piece))); }

  const std::vector<Piece>& pieces() const { return pieces_; }
  size_t size() const { return size_; }

  std::string Joined() const {
    std::string bytes;
    bytes.reserve(size_);
    for (const Piece& piece : pieces_) bytes += *piece;
    return bytes;
  }

 private:
  std::vector<Piece> pieces_;
  size_t size_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_REPLICATION_ENCODED_MESSAGE_H_
