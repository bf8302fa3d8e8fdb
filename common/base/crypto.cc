#include "common/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>

#include "common/base/check.h"

namespace comptoir {
namespace {

constexpr size_t kDigestBytes = 32;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  COMPTOIR_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), Bytes(digest), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  COMPTOIR_CHECK(key.size() <= std::numeric_limits<int>::max());
  // OpenSSL reads a null key as "the key of last time".
  if (key.empty()) key = "";
  std::string digest(kDigestBytes, '\0');
  COMPTOIR_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes),
                      bytes.size(), Bytes(digest), nullptr) != nullptr);
  return digest;
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

  void Start() { COMPTOIR_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
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
