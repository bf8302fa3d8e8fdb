#include "common/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/base/check.h"

namespace comptoir {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr size_t kBlockBytes = 64;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Fetched once: what EVP_sha256() gives is looked up by its name at each use.
const EVP_MD* Algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  COMPTOIR_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

// The key as a block, each byte combined with `pad`.
std::string PaddedKey(std::string_view key, char pad) {
  std::string block(kBlockBytes, pad);
  for (size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
  return block;
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  COMPTOIR_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), Bytes(digest), nullptr, Algorithm(), nullptr) == 1);
  return digest;
}

// RFC 2104. OpenSSL's own fetches both its algorithms at each call.
std::string HmacSha256(std::string_view key, std::string_view bytes) {
  if (key.size() > kBlockBytes) return HmacSha256(Sha256(key), bytes);
  Sha256Stream stream;
  stream.Update(PaddedKey(key, '\x36'));
  stream.Update(bytes);
  const std::string inner = stream.Finish();
  stream.Update(PaddedKey(key, '\x5c'));
  stream.Update(inner);
  return stream.Finish();
}

std::string HexEncode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0x0f]);
  }
  return text;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  void Start() { COMPTOIR_CHECK(EVP_DigestInit_ex(context, Algorithm(), nullptr) == 1); }
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) { state_->Start(); }

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Update(std::string_view bytes) {
  COMPTOIR_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256Stream::Finish() {
  std::string digest(kDigestBytes, '\0');
  COMPTOIR_CHECK(EVP_DigestFinal_ex(state_->context, Bytes(digest), nullptr) == 1);
  state_->Start();
  return digest;
}

}  // namespace comptoir
