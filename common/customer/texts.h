// All texts for people that the domain makes, in the languages it knows: en, fr, it, sv. (S3, C2)

#ifndef COMPTOIR_COMMON_CUSTOMER_TEXTS_H_
#define COMPTOIR_COMMON_CUSTOMER_TEXTS_H_

#include <string_view>

#include "comptoir/customer/v1/customer.pb.h"
#include "google/protobuf/repeated_field.h"

namespace comptoir {

enum class Text {
  kPending,                // stands where the account number will be
  kPhoneUnparsable,        // warning
  kAddressWithoutCountry,  // warning
  kFeatureOff,             // warning
  kConvertedAsCaptured,    // warning of a conversion, whatever its reason (F9)
};
inline constexpr Text kAllTexts[] = {Text::kPending, Text::kPhoneUnparsable,
                                     Text::kAddressWithoutCountry, Text::kFeatureOff,
                                     Text::kConvertedAsCaptured};

// `language` is a BCP 47 tag or the first of an accept-language header: "fr", "fr-CA",
// "fr-CA,fr;q=0.9". English if the language isn't known.
std::string_view TextFor(Text text, std::string_view language);

// A warning with its English text; see LocalizeWarnings.
customer::v1::Warning MakeWarning(std::string_view reason, std::string_view field);

// Gives warnings their texts in the caller's language. Warnings whose reason has no text here stay
// as they are.
void LocalizeWarnings(google::protobuf::RepeatedPtrField<customer::v1::Warning>& warnings,
                      std::string_view language);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_TEXTS_H_
