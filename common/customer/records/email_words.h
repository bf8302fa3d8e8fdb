#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_EMAIL_WORDS_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_EMAIL_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace comptoir {

// What somebody may know of an e-mail: its words, and in words with digits the letters by
// themselves: "renee4@example.com" → renee4, renee, example, com. Folded, without repetitions.
std::vector<std::string> EmailWords(std::string_view email);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_EMAIL_WORDS_H_
