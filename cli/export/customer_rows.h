#ifndef COMPTOIR_CLI_EXPORT_CUSTOMER_ROWS_H_
#define COMPTOIR_CLI_EXPORT_CUSTOMER_ROWS_H_

#include <string>

#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::cli {

// Customers as the rows of a CSV file: the columns that an import takes, after the customer's UUID,
// account number and state. Importing them anew gives the same customers, `--ignore` given for
// these three; what a row has no room for is told by LeftOut().
std::string CustomerRowsHeader();

// `address` is its primary address; null: it has none. Ends with a newline.
std::string CustomerRow(const customer::v1::Customer& customer,
                        const customer::v1::Address* address);

// Returns true iff the customer holds what no column takes: further secondary contacts,
// affiliations or attributes.
bool LeftOut(const customer::v1::Customer& customer);

// All addresses as rows of another file.
std::string AddressRowsHeader();
std::string AddressRow(const customer::v1::Address& address);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_EXPORT_CUSTOMER_ROWS_H_
