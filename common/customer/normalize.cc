#include "common/customer/normalize.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "common/base/check.h"
#include "common/base/strings.h"

namespace comptoir {
namespace {

constexpr size_t kEmailLocalBytesMax = 64;    // RFC 5321, 4.5.3.1.1
constexpr size_t kEmailDomainBytesMax = 255;  // RFC 5321, 4.5.3.1.2

// Most texts are, so that this goes eight bytes at a time.
bool IsAscii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  uint64_t bytes = 0;
  for (; text.size() >= sizeof(bytes); text.remove_prefix(sizeof(bytes))) {
    std::memcpy(&bytes, text.data(), sizeof(bytes));
    if ((bytes & kHighBits) != 0) return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

icu::UnicodeString FromUtf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
}

icu::UnicodeString Normalize(const icu::Normalizer2* normalizer, const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString result = normalizer->normalize(text, error);
  COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
  return result;
}

// ICU's data are part of its library: an instance that cannot be had is a broken installation.
const icu::Normalizer2* Instance(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* instance = get(error);
  COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
  return instance;
}

// Latin letters that Unicode doesn't decompose into a letter and an accent.
std::string_view AsciiOf(UChar32 letter) {
  switch (letter) {
    case 0x00E6:
      return "ae";  // æ
    case 0x00F0:
      return "d";  // ð
    case 0x00F8:
      return "o";  // ø
    case 0x00FE:
      return "th";  // þ
    case 0x0111:
      return "d";  // đ
    case 0x0127:
      return "h";  // ħ
    case 0x0131:
      return "i";  // ı
    case 0x0138:
      return "k";  // ĸ
    case 0x0142:
      return "l";  // ł
    case 0x014B:
      return "n";  // ŋ
    case 0x0153:
      return "oe";  // œ
    case 0x0167:
      return "t";  // ŧ
    case 0x0192:
      return "f";  // ƒ
    case 0x0259:
      return "e";  // ə
    default:
      return "";
  }
}

// Accents, but not the sound marks of kana nor the vowels of Indic scripts, which make other
// letters.
bool IsAccent(UChar32 c) {
  if (u_charType(c) != U_NON_SPACING_MARK || c == 0x3099 || c == 0x309A) return false;
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(c, &error) == USCRIPT_INHERITED;
}

bool IsPartOfWord(UChar32 c) {
  const int8_t type = u_charType(c);
  return u_isalnum(c) || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

class WordCollector {
 public:
  void Append(std::string_view bytes) { word_.append(bytes); }

  void Append(UChar32 c) {
    char bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, c);
    word_.append(bytes, static_cast<size_t>(size));
  }

  void EndWord() {
    if (!word_.empty() && std::find(words_.begin(), words_.end(), word_) == words_.end()) {
      words_.push_back(std::move(word_));
    }
    word_.clear();
  }

  std::vector<std::string> Finish() && {
    EndWord();
    return std::move(words_);
  }

 private:
  std::string word_;
  std::vector<std::string> words_;
};

std::vector<std::string> FoldedAsciiWords(std::string_view text) {
  const auto is_part = [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); };
  WordCollector words;
  for (auto begin = std::find_if(text.begin(), text.end(), is_part); begin != text.end();) {
    const auto end = std::find_if_not(begin, text.end(), is_part);
    words.Append(absl::AsciiStrToLower(ToAbsl({begin, end})));
    words.EndWord();
    begin = std::find_if(end, text.end(), is_part);
  }
  return std::move(words).Finish();
}

bool IsControlOrWhiteSpace(UChar32 c) {
  return u_charType(c) == U_CONTROL_CHAR || u_isUWhiteSpace(c);
}

bool HasControlOrWhiteSpace(std::string_view text) {
  int32_t i = 0;
  const auto size = static_cast<int32_t>(text.size());
  while (i < size) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0 || IsControlOrWhiteSpace(c)) return true;
  }
  return false;
}

bool IsAtomCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || absl::ascii_isalnum(byte) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool IsDomainCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || absl::ascii_isalnum(byte) || c == '-' || c == '_';
}

// One or more parts of such characters, with a dot between two.
bool IsDotted(std::string_view text, bool (*is_character)(char)) {
  bool part_is_empty = true;
  for (const char c : text) {
    if (c == '.') {
      if (part_is_empty) return false;
      part_is_empty = true;
    } else if (is_character(c)) {
      part_is_empty = false;
    } else {
      return false;
    }
  }
  return !part_is_empty;
}

// "…": anything printable, a quote or backslash after a backslash.
bool IsQuoted(std::string_view local) {
  if (local.size() < 2 || local.front() != '"' || local.back() != '"') return false;
  const std::string_view inner = local.substr(1, local.size() - 2);
  for (size_t i = 0; i < inner.size(); ++i) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(inner[i])) || inner[i] == '"') return false;
    if (inner[i] == '\\' && ++i == inner.size()) return false;
  }
  return true;
}

bool IsEmailLocal(std::string_view local) {
  if (local.size() > kEmailLocalBytesMax) return false;
  if (IsQuoted(local)) return true;
  return IsDotted(local, IsAtomCharacter) && !HasControlOrWhiteSpace(local);
}

bool IsEmailDomain(std::string_view domain) {
  if (domain.size() > kEmailDomainBytesMax || HasControlOrWhiteSpace(domain)) return false;
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') return true;
  return IsDotted(domain, IsDomainCharacter);
}

}  // namespace

std::vector<std::string> FoldedWords(std::string_view text) {
  if (IsAscii(text)) return FoldedAsciiWords(text);
  const icu::UnicodeString folded =
      Normalize(Instance(icu::Normalizer2::getNFDInstance),
                Normalize(Instance(icu::Normalizer2::getNFKCCasefoldInstance), FromUtf8(text)));
  WordCollector words;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (IsAccent(c)) continue;
    const std::string_view ascii = AsciiOf(c);
    if (!ascii.empty()) {
      words.Append(ascii);
    } else if (IsPartOfWord(c)) {
      words.Append(c);
    } else {
      words.EndWord();
    }
  }
  return std::move(words).Finish();
}

std::string FoldedEmail(std::string_view email) {
  if (IsAscii(email)) return absl::AsciiStrToLower(ToAbsl(email));
  icu::UnicodeString lower = FromUtf8(email);
  lower.toLower(icu::Locale::getRoot());
  std::string result;
  Normalize(Instance(icu::Normalizer2::getNFCInstance), lower).toUTF8String(result);
  return result;
}

std::optional<std::string> NormalizeEmail(std::string_view email) {
  const size_t at = email.rfind('@');
  if (at == std::string_view::npos || !IsValidUtf8(email)) return std::nullopt;
  if (!IsEmailLocal(email.substr(0, at)) || !IsEmailDomain(email.substr(at + 1))) {
    return std::nullopt;
  }
  return FoldedEmail(email);
}

bool IsValidUtf8(std::string_view text) {
  if (IsAscii(text)) return true;
  int32_t i = 0;
  const auto size = static_cast<int32_t>(text.size());
  while (i < size) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) return false;
  }
  return true;
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string_view Trimmed(std::string_view text) {
  const auto size = static_cast<int32_t>(text.size());
  int32_t begin = 0;
  for (int32_t next = 0; begin < size; begin = next) {
    UChar32 c = 0;
    U8_NEXT(text.data(), next, size, c);
    if (!u_isUWhiteSpace(c)) break;
  }
  int32_t end = size;
  for (int32_t previous = end; end > begin; end = previous) {
    UChar32 c = 0;
    U8_PREV(text.data(), begin, previous, c);
    if (!u_isUWhiteSpace(c)) break;
  }
  return text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

}  // namespace comptoir
