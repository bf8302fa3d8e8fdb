// How much a customer, an address or a request may hold. Characters are Unicode code points.

#ifndef COMPTOIR_COMMON_CUSTOMER_LIMITS_H_
#define COMPTOIR_COMMON_CUSTOMER_LIMITS_H_

#include <cstddef>

namespace comptoir {

inline constexpr size_t kTitleCharactersMax = 64;
inline constexpr size_t kNameCharactersMax = 256;  // each part of a name
inline constexpr size_t kEmailCharactersMax = 320;
inline constexpr size_t kPhoneCharactersMax = 64;
inline constexpr size_t kUrlCharactersMax = 2'048;
inline constexpr size_t kTaxNumberCharactersMax = 64;
inline constexpr size_t kNotesCharactersMax = 10'000;
inline constexpr int kAffiliationsMax = 100;
inline constexpr int kAddressBooksMax = 100;
inline constexpr int kAttributesMax = 100;
inline constexpr size_t kAttributeValueCharactersMax = 1'000;
inline constexpr int kSecondaryContactsMax = 100;  // e-mails; phones as many again
inline constexpr size_t kConsentTextCharactersMax = 64;

inline constexpr size_t kLoyaltyCardNumberCharactersMax = 30;
inline constexpr size_t kLoyaltyCardsOfCustomerMax = 100;

inline constexpr size_t kStreetLinesMax = 3;
inline constexpr size_t kAddressLineCharactersMax = 256;  // each field of an address, but:
inline constexpr size_t kPostalCodeCharactersMax = 32;
inline constexpr size_t kPurposesMax = 9;

inline constexpr int kMaskPathsMax = 64;
inline constexpr size_t kMaskPathCharactersMax = 64;  // a longer one isn't repeated in the error

inline constexpr int kSearchPageSizeDefault = 20;
inline constexpr int kSearchPageSizeMax = 100;
inline constexpr size_t kSearchQueryCharactersMax = 256;

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_LIMITS_H_
