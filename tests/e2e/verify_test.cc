// The command line as an operator uses it: import, kill, import again, verify.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "common/customer/records/customers.h"
#include "common/storage/rocks_database.h"
#include "tests/e2e/command_line.h"
#include "tests/support/chain/process_service.h"
#include "tests/support/files.h"

namespace comptoir::testing {
namespace {

using ::testing::HasSubstr;

const char kRawSample[] = COMPTOIR_SOURCE_DIR "/data/adventureworks_raw_cp1252.csv";

class Verify : public CommandLine {
 protected:
  // Changes one byte of one customer's family name where it lies on the store's disk.
  std::string DamageOneCustomer() {
    Store& store = chain_.store(0);
    const customer::v1::Customer victim = AllCustomers(*store.customers).at(7);
    store.service->Stop();
    {
      const auto database = OpenRocksDatabase({.path = store.service->data()});
      COMPTOIR_CHECK(database.ok()) << database.status();
      const auto id = ParseCustomerName(victim.name());
      auto record = FindCustomer((*database)->latest(), *id);
      COMPTOIR_CHECK(record.ok() && record->has_value());
      (*record)->mutable_customer()->mutable_family_name()->front() ^= 1;
      const auto transaction = (*database)->NewTransaction();
      transaction->Put(Table::kRecords, CustomerRecordKey(*id), (*record)->SerializeAsString());
      COMPTOIR_CHECK((*database)->Commit(*transaction).ok());
    }
    store.service->Start();
    chain_.WaitUntilReady(store);
    return victim.name();
  }
};

// An import is killed and run again: every row is one customer. HQ and the store are equal, field
// by field, to each other and to the file. Then one byte of one record changes on the store's disk,
// and verify names it. (B1, C10)
TEST_F(Verify, ImportsOnceAndVerifies) {
  PROVES("B1", "C10");
  const std::vector<std::string> import = {"import", kSample,       "--rows",
                                           "1-600",  "--in-flight", "8"};
  {
    const auto killed = Start(import);
    WaitFor("a part of the import", [&] { return StatusOf(chain_.store(0)).customers() > 50; });
    killed->Signal(SIGKILL);
    killed->Wait();
  }
  const Result again = Run(import);
  EXPECT_EQ(again.exit_code, 0) << again.output;
  chain_.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain_.hq_customers()).size(), 600u);

  const Result verified = Run({"verify", "--against", kSample, "--rows", "1-600"});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;

  const std::string victim = DamageOneCustomer();
  const Result damaged = Run({"verify"});
  EXPECT_EQ(damaged.exit_code, 3) << damaged.output;
  EXPECT_THAT(damaged.output, HasSubstr(victim.substr(victim.find('/') + 1)));
  EXPECT_THAT(damaged.output, HasSubstr("family_name"));
  const Result against = Run({"verify", "--against", kSample, "--rows", "1-600"});
  EXPECT_EQ(against.exit_code, 3) << against.output;
}

// One service of two channels, each with an address book of its own: either is compared for what it
// is to show, and neither misses the other's customer. (V8)
TEST_F(Verify, ComparesEachChannelOfAService) {
  PROVES("V8");
  for (const std::string book : {"north", "south"}) {
    EXPECT_EQ(Run({"config", "create", "addressBooks/" + book, "display_name: 'Book'"}).exit_code,
              0);
    const std::string number = book == "north" ? "101" : "102";
    EXPECT_EQ(Run({"config", "create", "channels/" + number,
                   "operating_unit: 'operatingUnits/stores' profile: 'profiles/async' "
                   "currency: 'USD' language: 'en' channel_services: 'pair' address_books: "
                   "'addressBooks/" +
                       book + "'"})
                  .exit_code,
              0);
  }
  const auto service =
      MakeProcessService(COMPTOIR_CHANNEL_SERVICE, folder_.File("pair"),
                         {"--hq=" + chain_.hq().address(), "--id=pair", "--channels=101,102"});
  service->Start();
  const auto create = [&](const std::string& name, const std::string& number) {
    return Run(
        {"customer", "create", "--channel", number, "--given-name", name, "--family-name", "Lind"},
        service->address());
  };
  WaitFor("the service to know its channels", [&] { return create("Eva", "101").exit_code == 0; });
  const Result other = create("Ola", "102");
  EXPECT_EQ(other.exit_code, 0) << other.output;
  Result verified;
  WaitFor("both to come home", [&] {
    verified = Run({"verify"}, service->address());
    return verified.exit_code == 0;
  });
  EXPECT_THAT(verified.output, HasSubstr(service->address() + " (101)"));
  EXPECT_THAT(verified.output, HasSubstr(service->address() + " (102)"));
  service->Stop();
}

// An administrator moves a whole chain as one file: what is exported can be imported, and changes
// nothing; a dry run shows what a change would do; what it did is audited. (M7, M8)
TEST_F(Verify, ConfigurationIsOneFile) {
  PROVES("M5", "M7", "M8", "M4");
  const std::string sample = COMPTOIR_SOURCE_DIR "/examples/chain.textproto";
  const Result dry_run = Run({"apply", "-f", sample, "--dry-run", "--keep-others"});
  EXPECT_EQ(dry_run.exit_code, 0) << dry_run.output;
  EXPECT_THAT(dry_run.output, HasSubstr("+ customerGroups/retail\n"));
  EXPECT_EQ(Run({"config", "get", "customerGroups/retail"}).exit_code, 1);
  const Result applied = Run({"apply", "-f", sample, "--keep-others"});
  EXPECT_EQ(applied.exit_code, 0) << applied.output;

  const Result exported = Run({"export"});
  const std::string file = folder_.File("chain.textproto");
  std::ofstream(file) << exported.output;
  const Result again = Run({"apply", "-f", file});
  EXPECT_EQ(again.output, "Nothing differs.\n");

  const Result updated =
      Run({"config", "update", "customerGroups/retail", "display_name: 'Shops'"});
  EXPECT_EQ(updated.exit_code, 0) << updated.output;
  EXPECT_THAT(Run({"config", "audit", "customerGroups/retail"}).output,
              HasSubstr("display_name: \"Retail\" -> \"Shops\""));
  EXPECT_EQ(Run({"config", "retire", "customerGroups/wholesale"}).exit_code, 0);
  EXPECT_THAT(Run({"config", "list", "customerGroups"}).output, HasSubstr("retired: true"));
  const Result refused = Run({"feature", "enable", "F5"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, HasSubstr("needs features that are off: F2"));
  EXPECT_EQ(Run({"check"}).exit_code, 0);
  WaitFor("the store to inherit", [&] {
    return Run({"customer", "form"}).output.find("defaultCustomers/us") != std::string::npos;
  });
}

// A dry run applies all rules of the channel and stores nothing; it tells what would be created,
// what is there already, and every field that would be refused. (B5, C8)
TEST_F(Verify, DryRunStoresNothing) {
  PROVES("B5", "C8");
  const std::string file = folder_.File("new.csv");
  std::ofstream(file) << "first_name,phone,phone_type,email,country\n"
                         "Ada,+44 20 7946 0018,Cell,ada@example.com,GB\n"
                         "Eve,7,fax,eve@example.com,GB\n"
                         "Bob,1,Cell,bob@@,Atlantis\n";
  const std::string rejects = folder_.File("rejects.csv");
  const std::vector<std::string> dry_run = {"import", file,        "--dry-run",
                                            "--json", "--rejects", rejects};
  const Result first = Run(dry_run);
  EXPECT_EQ(first.exit_code, 1) << first.output;
  EXPECT_THAT(first.output, HasSubstr("\"valid\": 1"));
  EXPECT_THAT(first.output, HasSubstr("\"rejected\": 2"));
  EXPECT_THAT(ReadFile(rejects), HasSubstr("2,phone.kind,PHONE_KIND_UNKNOWN,phone_type\n"));
  EXPECT_THAT(ReadFile(rejects), HasSubstr("3,email,EMAIL_IMPOSSIBLE,email\n"));
  EXPECT_THAT(ReadFile(rejects), HasSubstr("3,addresses[0].country,COUNTRY_UNKNOWN,country\n"));
  EXPECT_EQ(StatusOf(chain_.store(0)).customers(), 0u);

  EXPECT_EQ(Run({"import", file}).exit_code, 1);
  EXPECT_EQ(StatusOf(chain_.store(0)).customers(), 1u);
  EXPECT_THAT(Run(dry_run).output, HasSubstr("\"known\": 1"));
}

// What a spreadsheet left: Windows-1252 bytes, US dates, columns that nobody wants. An unmapped
// column stops the import.
TEST_F(Verify, ImportsTheRawFile) {
  std::vector<std::string> import = {"import",        kRawSample,
                                     "--encoding",    "windows-1252",
                                     "--date-format", "M/d/yyyy",
                                     "--rows",        "1-200",
                                     "--name",        "crm",
                                     "--key",         "CustomerKey",
                                     "--map",         "Prefix=title",
                                     "--map",         "FirstName=given_name",
                                     "--map",         "LastName=family_name",
                                     "--map",         "BirthDate=birth_date",
                                     "--map",         "EmailAddress=email"};
  const Result stopped = Run(import);
  EXPECT_NE(stopped.exit_code, 0);
  EXPECT_THAT(stopped.output, HasSubstr("MaritalStatus"));
  for (const char* column : {"MaritalStatus", "Gender", "AnnualIncome", "TotalChildren",
                             "EducationLevel", "Occupation", "HomeOwner"}) {
    import.insert(import.end(), {"--ignore", column});
  }
  const Result imported = Run(import);
  EXPECT_EQ(imported.exit_code, 0) << imported.output;
  EXPECT_EQ(StatusOf(chain_.store(0)).customers(), 200u);
}

}  // namespace
}  // namespace comptoir::testing
