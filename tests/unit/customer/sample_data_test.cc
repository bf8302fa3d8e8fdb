// The domain over 18,148 customers that nobody on this project made up: none may be lost, and none
// changed without a trace.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/search/search.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using ::testing::SizeIs;

constexpr size_t kRows = 18'148;

using Row = std::map<std::string, std::string>;

// Cells are quoted where they contain a comma; none contains a line break.
std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back().push_back(line[++i]);
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else if (line[i] != '\r') {
      cells.back().push_back(line[i]);
    }
  }
  return cells;
}

std::vector<Row> ReadRows() {
  std::ifstream file(std::string(COMPTOIR_SOURCE_DIR) + "/data/adventureworks_customers.csv");
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = Cells(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = Cells(line);
    EXPECT_EQ(cells.size(), header.size()) << "row " << rows.size() + 2;
    Row& row = rows.emplace_back();
    for (size_t i = 0; i < std::min(cells.size(), header.size()); ++i) row[header[i]] = cells[i];
  }
  return rows;
}

Customer CustomerOf(const Row& row) {
  AddressBuilder address =
      AnAddress().In(row.at("city"), row.at("country")).Street(row.at("street"));
  if (!row.at("street2").empty()) address.Street(row.at("street2"));
  address.PostalCode(row.at("postal_code"));
  return ACustomer()
      .Named(row.at("first_name"), row.at("last_name"))
      .Email(row.at("email"))
      .Phone(row.at("phone"))
      .At(address)
      .With([&row](Customer& customer) {
        customer.set_title(row.at("title"));
        customer.set_birth_date(row.at("birth_date"));
        customer.mutable_phone()->set_kind(row.at("phone_type") == "Cell"
                                               ? customer::v1::PHONE_KIND_MOBILE
                                               : customer::v1::PHONE_KIND_HOME);
        customer.mutable_addresses(0)->set_state(row.at("state"));
      });
}

class SampleDataTest : public CustomerTest {
 protected:
  static void SetUpTestSuite() { rows_ = new std::vector<Row>(ReadRows()); }
  static void TearDownTestSuite() { delete rows_; }

  static const std::vector<Row>& Rows() { return *rows_; }

 private:
  static inline std::vector<Row>* rows_ = nullptr;
};

TEST_F(SampleDataTest, EveryRowIsAcceptedAndKeptAsTyped) {
  PROVES("C2", "C3", "C4", "A2");
  ASSERT_THAT(Rows(), SizeIs(kRows));
  std::map<std::string, size_t> flagged;
  for (const Row& row : Rows()) {
    const auto prepared = Prepare(CustomerOf(row));
    ASSERT_THAT(prepared, IsOk()) << row.at("email");
    const Customer& customer = prepared->record.customer();
    EXPECT_EQ(customer.given_name(), row.at("first_name"));
    EXPECT_EQ(customer.family_name(), row.at("last_name"));
    EXPECT_EQ(customer.email().address(), row.at("email"));
    EXPECT_EQ(customer.phone().number(), row.at("phone"));
    EXPECT_EQ(customer.birth_date(), row.at("birth_date"));
    ASSERT_THAT(prepared->addresses, SizeIs(1));
    EXPECT_EQ(prepared->addresses[0].address().street(0), row.at("street"));
    EXPECT_EQ(prepared->addresses[0].address().postal_code(), row.at("postal_code"));
    // What isn't understood is flagged, and only that.
    EXPECT_EQ(customer.phone().unparsable(), customer.phone().e164().empty());
    EXPECT_EQ(customer.phone().unparsable(), prepared->warnings.size() == 1);
    if (customer.phone().unparsable()) ++flagged[row.at("country")];
  }
  size_t sum = 0;
  for (const auto& [country, count] : flagged) {
    std::cout << country << ": " << count << " phones that no numbering plan knows\n";
    sum += count;
  }
  std::cout << sum << " of " << kRows << " flagged\n";
  EXPECT_EQ(sum, 7'141u);
}

TEST_F(SampleDataTest, FoldingIsStable) {
  for (const Row& row : Rows()) {
    const std::string name = row.at("first_name") + " " + row.at("last_name");
    const auto words = FoldedWords(name);
    EXPECT_FALSE(words.empty()) << name;
    EXPECT_EQ(FoldedWords(absl::StrJoin(words, " ")), words) << name;
    EXPECT_EQ(FoldedWords(absl::AsciiStrToUpper(name)), words) << name;
    const auto email = NormalizeEmail(row.at("email"));
    ASSERT_TRUE(email.has_value()) << row.at("email");
    EXPECT_EQ(NormalizeEmail(*email), email);
  }
}

TEST_F(SampleDataTest, EverybodyIsFound) {
  PROVES("V7", "V3");
  Write([this](Transaction& transaction) {
    for (const Row& row : Rows()) {
      PutCustomer(transaction, std::nullopt, Prepare(CustomerOf(row))->record);
    }
  });
  const auto finds = [this](const Row& row, const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(kSearchPageSizeMax);
    const auto response = SearchCustomers(reader(), request, row.at("country"), "en");
    EXPECT_THAT(response, IsOk());
    // Nobody has to be on the page if more than a page's worth match as well.
    return response->truncated() ||
           std::any_of(response->results().begin(), response->results().end(),
                       [&row](const auto& result) {
                         return result.customer().email().address() == row.at("email");
                       });
  };
  for (size_t i = 0; i < Rows().size(); i += 97) {
    const Row& row = Rows()[i];
    for (const std::string& query :
         {row.at("email"), row.at("last_name") + " " + row.at("first_name"),
          row.at("first_name").substr(0, 3) + " " + row.at("last_name").substr(0, 3),
          row.at("phone"), row.at("phone").substr(row.at("phone").size() - 8)}) {
      EXPECT_TRUE(finds(row, query)) << query;
    }
  }
}

}  // namespace
}  // namespace comptoir
