#include "common/customer/records/email_words.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/customer/normalize.h"

namespace comptoir {

std::vector<std::string> EmailWords(std::string_view email) {
  // Fewer letters at a word's beginning are found with the word, and have no typing errors.
  constexpr size_t kLeadingLettersMin = 4;
  std::vector<std::string> words = FoldedWords(email);
  const size_t whole_words = words.size();
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  for (size_t i = 0; i < whole_words; ++i) {
    const std::string word = words[i];
    for (auto begin = word.begin(); begin != word.end();) {
      begin = std::find_if_not(begin, word.end(), is_digit);
      const auto end = std::find_if(begin, word.end(), is_digit);
      std::string letters(begin, end);
      const bool leads = begin == word.begin();
      const bool is_own_word = letters.size() < word.size() && !letters.empty() &&
                               (!leads || CharacterCount(letters) >= kLeadingLettersMin);
      if (is_own_word && std::find(words.begin(), words.end(), letters) == words.end()) {
        words.push_back(std::move(letters));
      }
      begin = end;
    }
  }
  return words;
}

}  // namespace comptoir
