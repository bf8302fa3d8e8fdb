#include "common/base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "common/base/check.h"

namespace comptoir {
namespace {

constexpr size_t kDigestBytes = 32;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Fetched once: what EVP_sha256() gives is looked up by its name at each use.
const EVP_MD* Algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  COMPTOIR_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

// A MAC without a key: its algorithms are looked up by their names, and what it consists of is
// allocated, which takes longer than to use it.
EVP_MAC_CTX* NewHmac() {
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  COMPTOIR_CHECK(hmac != nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);
  std::string digest = OSSL_DIGEST_NAME_SHA2_256;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  COMPTOIR_CHECK(context != nullptr && EVP_MAC_CTX_set_params(context, parameters) == 1);
  return context;
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  COMPTOIR_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), Bytes(digest), nullptr, Algorithm(), nullptr) == 1);
  return digest;
}

void PrepareCrypto() { COMPTOIR_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1); }

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  static thread_local const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> hmac(
      NewHmac(), EVP_MAC_CTX_free);
  // OpenSSL reads a null key as "the key of last time".
  if (key.empty()) key = "";
  std::string digest(kDigestBytes, '\0');
  size_t size = 0;
  COMPTOIR_CHECK(EVP_MAC_init(hmac.get(), Bytes(key), key.size(), nullptr) == 1 &&
                 EVP_MAC_update(hmac.get(), Bytes(bytes), bytes.size()) == 1 &&
                 EVP_MAC_final(hmac.get(), Bytes(digest), &size, digest.size()) == 1 &&
                 size == kDigestBytes);
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
