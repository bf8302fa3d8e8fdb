// The digest by which a repeated request is told from another one with the same id (C10): an HMAC
// with the chain's key over the fields that the caller set, without channel and credential,
// deterministic over services and versions.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_DIGEST_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_DIGEST_H_

#include <string>
#include <string_view>

#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir {

// Output-only fields, channel, forwarded and request ids don't count. `key` is
// ChainRecord.digest_key.
std::string RequestDigest(std::string_view key, const customer::v1::CreateCustomerRequest& request);
// The same of the request's customer without output-only fields, which is as it was afterwards.
std::string CreateDigest(std::string_view key, customer::v1::Customer& settable);
std::string RequestDigest(std::string_view key, const customer::v1::UpdateCustomerRequest& request);
std::string RequestDigest(std::string_view key, const customer::v1::CreateAddressRequest& request);
std::string RequestDigest(std::string_view key, const customer::v1::UpdateAddressRequest& request);
std::string RequestDigest(std::string_view key,
                          const customer::v1::DeactivateAddressRequest& request);
std::string RequestDigest(std::string_view key,
                          const customer::v1::IssueLoyaltyCardRequest& request);
std::string RequestDigest(std::string_view key, const customer::v1::TieLoyaltyCardRequest& request);
std::string RequestDigest(std::string_view key,
                          const customer::v1::BlockLoyaltyCardRequest& request);
std::string RequestDigest(std::string_view key,
                          const customer::v1::UnblockLoyaltyCardRequest& request);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_DIGEST_H_
