#ifndef COMPTOIR_CLI_CUSTOMER_TEXT_H_
#define COMPTOIR_CLI_CUSTOMER_TEXT_H_

#include <string>

#include "cli/table.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace comptoir::cli {

// What people read of customers and addresses.
std::string CustomerText(const customer::v1::Customer& customer);
std::string AddressText(const customer::v1::Address& address);

// Returns the lines of an address in one: "1 High St, London, W1 1AA, GB".
std::string AddressLine(const customer::v1::Address& address);

// Tables, and their rows.
Table CustomerTable();
void AddCustomerRow(Table& table, const customer::v1::Customer& customer);

// Returns "opted_in"; nothing if nobody has asked.
std::string ConsentText(const customer::v1::Consent& consent);

// Returns "2024-01-01 12:00:00Z"; nothing for no time.
std::string TimeText(const google::protobuf::Timestamp& time);

// Returns "MOBILE" of PHONE_KIND_MOBILE: what comes after `prefix`.
std::string EnumText(const std::string& name, std::string_view prefix);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_CUSTOMER_TEXT_H_
