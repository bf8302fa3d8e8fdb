#ifndef COMPTOIR_COMMON_RPC_LANGUAGE_H_
#define COMPTOIR_COMMON_RPC_LANGUAGE_H_

#include <string>
#include <string_view>

namespace comptoir::rpc {

// Returns which of our languages (en, fr, it, sv) the caller likes best, given its accept-language
// header: "fr-CH, fr;q=0.9, en;q=0.8". "en" if it names none that we have.
std::string PreferredLanguage(std::string_view accept_language);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_LANGUAGE_H_
