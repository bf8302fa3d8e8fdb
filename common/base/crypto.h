#ifndef COMPTOIR_COMMON_BASE_CRYPTO_H_
#define COMPTOIR_COMMON_BASE_CRYPTO_H_

#include <memory>
#include <string>
#include <string_view>

namespace comptoir {

// Before anything else, where threads may end after main() has: what they have of all this stays
// usable until the process is gone.
void PrepareCrypto();

// Returns the 32 bytes of the SHA-256 digest.
std::string Sha256(std::string_view bytes);

// Returns the 32 bytes of HMAC-SHA-256 (RFC 2104). Keys may have any length.
std::string HmacSha256(std::string_view key, std::string_view bytes);

// Returns two lower-case digits per byte.
std::string HexEncode(std::string_view bytes);

// Returns true iff both are equal, in a time that depends only on the length: for digests and
// tokens.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// SHA-256 of bytes that come in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Update(std::string_view bytes);

  // Returns the digest of everything so far and starts again.
  std::string Finish();

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_CRYPTO_H_
