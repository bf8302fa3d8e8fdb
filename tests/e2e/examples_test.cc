// What the help of `comptoir` shows works: every example of every command is run as it stands, in
// a shell, against real services.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/uuid.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/support/chain/process_service.h"
#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using ::testing::HasSubstr;

// What the examples speak of.
constexpr char kUuid[] = "{uuid}";
constexpr char kCard[] = "{card}";
constexpr char kAccountNumber[] = "C-00000042";
constexpr char kOperation[] = "operations/store-001/7/42";
constexpr char kLineage[] = "channelServices/store-001/lineages/00c0ffee00c0ffee";
constexpr char kConflict[] = "01f3…a7";
constexpr char kEditConflict[] = "customers/{uuid}/conflicts/42";

// A new chain is set up by examples; only then is there a store.
const std::vector<std::string> kSetUp = {"number-sequence create", "unit create", "profile create",
                                         "channel create"};

// The UUID of "customers/{uuid}".
std::string IdIn(const std::string& name) { return name.substr(name.find('/') + 1); }

struct Example {
  std::string command;  // "customer create"
  std::string line;     // what a person types
};

class Examples : public ::testing::Test {
 protected:
  Examples() {
    hq_->Start();
    const std::string bin = folder_.File("bin");
    std::filesystem::create_directories(bin);
    std::filesystem::create_directories(folder_.File(".zfunc"));
    Write("bin/comptoir", "#!/bin/sh\nexec " + std::string(COMPTOIR_CLI) + " \"$@\"\n");
    std::filesystem::permissions(bin + "/comptoir", std::filesystem::perms::owner_all);
    Write("customers.csv",
          "first_name,last_name,email\nGrace,Hopper,grace@x.org\nJosé,Hernández,jose@x.org\n");
    Write("export.csv", "CustomerKey,Prefix,FirstName,Gender,Shoe\n7,Dr,Grace,F,38\n");
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.File(name)) << text;
  }

  struct Result {
    int exit_code;
    std::string output;
  };

  // In the folder, with `comptoir` in the path and the services where it looks for them.
  Result Shell(const std::string& line) {
    const std::string script =
        absl::StrCat("cd ", folder_.path().string(), "; HOME=$PWD; PATH=$PWD/bin:$PATH\n", line);
    Subprocess process(
        {"/usr/bin/env", "COMPTOIR_HQ=" + hq_->address(), "COMPTOIR_ADDRESS=" + store_->address(),
         "XDG_STATE_HOME=" + folder_.File("state"), "bash", "-c", script},
        folder_.File("output" + std::to_string(++runs_)));
    const int exit_code = process.Wait();
    return {exit_code, process.Output()};
  }

  std::string Output(const std::string& line) {
    const Result result = Shell(line);
    EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.output;
    return result.output;
  }

  // All commands below `command` that have none below them.
  void Discover(const std::string& command, std::vector<std::string>& found) {
    const std::string below = Output(absl::StrCat("comptoir __complete ", command, " ''"));
    for (absl::string_view name : absl::StrSplit(below, '\n', absl::SkipEmpty())) {
      Discover(absl::StrCat(command, command.empty() ? "" : " ", name), found);
    }
    if (below.empty()) found.push_back(command);
  }

  std::vector<Example> ExamplesOf(const std::string& command) {
    const std::string help = Output(absl::StrCat("comptoir ", command, " --help"));
    std::vector<Example> examples;
    bool continued = false;
    for (absl::string_view line : absl::StrSplit(help.substr(help.find("Examples:")), '\n')) {
      if (continued) {
        absl::StrAppend(&examples.back().line, "\n", line);
      } else if (absl::StartsWith(line, "  comptoir ") || absl::StrContains(line, "(comptoir ")) {
        examples.push_back({command, std::string(line.substr(2))});
      } else {
        continue;
      }
      continued = absl::EndsWith(line, "\\");
    }
    EXPECT_FALSE(examples.empty()) << command << " has no example";
    return examples;
  }

  // A customer with an account number.
  Customer NewSynced() {
    Customer customer = *Create(*customers_, NewPerson("Ada", "Lovelace"), "001");
    WaitFor("the account number", [&] {
      customer = *Get(*customers_, customer.name());
      return !customer.account_number().empty();
    });
    return customer;
  }

  // An operation that HQ has refused; the one that the example is about.
  std::string RefusedFor(const std::string& line) {
    Customer customer = NewPerson("Ada", "Lovelace");
    if (absl::StrContains(line, "--id new")) customer.set_name(NewSynced().name());
    for (int i = 0; i < 3; ++i) {
      customer::v1::Address& address = *customer.add_addresses();
      address.set_name(absl::StrCat(customer.name(), "/addresses/", IdIn(NewCustomerName())));
      address.set_country("US");
    }
    if (absl::StrContains(line, "--address 2")) {
      customer.mutable_addresses(1)->set_country("Atlantis");
    } else if (!absl::StrContains(line, "--id new")) {
      customer.mutable_email()->set_address("nobody");
    }
    Upload(customer);
    const std::string list = "comptoir --json operation list --state refused";
    const std::string name = absl::StrCat("operations/store-002/1/", uploaded_);
    WaitFor("the refusal", [&] { return absl::StrContains(Shell(list).output, name + "\""); });
    return name;
  }

  // As store 2 under older rules would have done.
  void Upload(const Customer& customer) {
    Upload([&](replication::v1::Operation& operation) {
      const std::string id(Uuid::Parse(IdIn(customer.name()))->bytes());
      operation.set_customer_id(id);
      operation.set_request_id(id);
      operation.set_request_digest("of an older store");
      *operation.mutable_create_customer()->mutable_customer() = customer;
    });
  }

  // A customer of store 2, whose notes store 2 and HQ have changed while they were apart.
  std::string NewConflict() {
    const Customer customer = NewPerson("Grace", "Hopper");
    Upload(customer);
    const std::string id = IdIn(customer.name());
    WaitFor("the customer", [&] {
      return Shell(absl::StrCat("comptoir --service $COMPTOIR_HQ customer update ", id,
                                " --notes \"HQ's\""))
                 .exit_code == 0;
    });
    Upload([&](replication::v1::Operation& operation) {
      operation.set_customer_id(std::string(Uuid::Parse(id)->bytes()));
      operation.set_customer_digest("of an older store");
      operation.set_request_id(std::string(Uuid::Parse(IdIn(NewCustomerName()))->bytes()));
      operation.set_request_digest(operation.request_id());
      Customer value;
      value.set_notes("the store's");
      auto& change = *operation.mutable_edit_customer()->add_changes();
      change.set_path("notes");
      change.set_value(value.SerializeAsString());
    });
    std::string name;
    WaitFor("the conflict", [&] {
      const std::string list =
          Shell(absl::StrCat("comptoir conflict list --customer ", id, " --limit 1")).output;
      const size_t at = list.find(absl::StrCat("customers/", id, "/conflicts/"));
      if (at == std::string::npos) return false;
      name = list.substr(at, list.find_first_of(" \n", at) - at);
      return true;
    });
    return name;
  }

  void Upload(const std::function<void(replication::v1::Operation&)>& fill) {
    const auto stub = hq::v1::ReplicationService::NewStub(Connection(hq_->address()));
    grpc::ClientContext context;
    const auto stream = stub->UploadOperations(&context);
    hq::v1::UploadRequest request;
    hq::v1::UploadResponse response;
    auto& hello = *request.mutable_hello();
    hello.set_protocol_version(1);
    hello.set_channel_service("store-002");
    hello.add_channels("002");
    hello.set_lineage(1);
    hello.mutable_epoch()->set_counter(1);
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    replication::v1::Operation operation;
    operation.set_sequence(++uploaded_);
    operation.set_channel("002");
    fill(operation);
    request.mutable_batch()->add_operations(operation.SerializeAsString());
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    stream->WritesDone();
    context.TryCancel();
    stream->Finish();
  }

  static hq::v1::UploadHello HelloOfCopy(uint64_t lineage) {
    hq::v1::UploadHello hello;
    hello.set_protocol_version(1);
    hello.set_channel_service("store-009");
    hello.set_lineage(lineage);
    hello.mutable_epoch()->set_counter(1);
    hello.set_unsettled_operations(3);
    return hello;
  }

  // Two databases of one store say hello; the second one is fenced.
  std::string Fenced() {
    const auto stub = hq::v1::ReplicationService::NewStub(Connection(hq_->address()));
    grpc::ClientContext contexts[2];
    std::unique_ptr<grpc::ClientReaderWriter<hq::v1::UploadRequest, hq::v1::UploadResponse>>
        streams[2];
    const uint64_t second = ++lineages_;
    for (int i = 0; i < 2; ++i) {
      hq::v1::UploadRequest request;
      hq::v1::UploadResponse response;
      *request.mutable_hello() = HelloOfCopy(i == 0 ? 1'000'000 : second);
      streams[i] = stub->UploadOperations(&contexts[i]);
      EXPECT_TRUE(streams[i]->Write(request));
      EXPECT_EQ(streams[i]->Read(&response), i == 0);
    }
    for (int i = 0; i < 2; ++i) {
      contexts[i].TryCancel();
      streams[i]->Finish();
    }
    const std::string name =
        absl::StrCat("channelServices/store-009/lineages/", absl::Hex(second, absl::kZeroPad16));
    WaitFor("the fenced lineage", [&] {
      return absl::StrContains(Shell("comptoir lineage list store-009").output, name);
    });
    return name;
  }

  // A store offers a customer whose account number is another's.
  std::string Conflict() {
    storage::v1::CustomerRecord record;
    *record.mutable_customer() = NewPerson("Grace", "Hopper");
    record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    record.mutable_customer()->set_account_number(NewSynced().account_number());
    record.set_version(7);
    const auto stub = hq::v1::ReplicationService::NewStub(Connection(hq_->address()));
    grpc::ClientContext context;
    const auto stream = stub->SubscribeChanges(&context);
    hq::v1::SubscribeRequest request;
    hq::v1::SubscribeResponse response;
    auto& hello = *request.mutable_hello();
    hello.set_protocol_version(1);
    hello.set_channel_service("store-009");
    hello.set_lineage(1'000'000);
    auto& cursor = *hello.add_cursors();
    cursor.mutable_membership()->set_book("all");
    cursor.mutable_position()->set_epoch_counter(99);
    cursor.mutable_position()->set_sequence(7);
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    auto& offers = *request.mutable_offers();
    offers.set_number(1);
    auto& offered = *offers.add_offers()->mutable_record();
    offered.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
    offered.set_key(std::string(Uuid::Parse(IdIn(record.customer().name()))->bytes()));
    offered.set_record(record.SerializeAsString());
    offered.set_version(7);
    EXPECT_TRUE(stream->Write(request));
    while (!response.has_offers_acknowledgement() && stream->Read(&response)) {
    }
    context.TryCancel();
    stream->Finish();
    Output("comptoir recovery end");
    const std::string list = Output("comptoir --json recovery conflicts");
    const size_t begin = list.rfind("restoreConflicts/") + 17;
    return list.substr(begin, list.find('"', begin) - begin);
  }

  // With what is there in place of what the example speaks of.
  std::string FilledIn(const Example& example) {
    std::string line = example.line;
    const auto replace = [&](const char* what, const std::function<std::string()>& by) {
      if (absl::StrContains(line, what)) line = absl::StrReplaceAll(line, {{what, by()}});
    };
    replace(kEditConflict, [&] { return NewConflict(); });
    replace(kUuid, [&] { return IdIn(NewSynced().name()); });
    replace(kCard, [&] {
      const std::string number = absl::StrCat("card-", ++cards_);
      Output("comptoir card issue " + number);
      return number;
    });
    replace(kAccountNumber, [&] { return NewSynced().account_number(); });
    replace(kOperation, [&] { return RefusedFor(line); });
    replace(kLineage, [&] { return Fenced(); });
    replace(kConflict, [&] { return Conflict(); });
    replace("localhost:7400", [&] { return hq_->address(); });
    replace("localhost:7411", [&] { return store_->address(); });
    replace("localhost:7412", [&] { return other_store_->address(); });
    return line;
  }

  void Run(const Example& example) {
    const std::string line = FilledIn(example);
    const Result result = Shell(line);
    EXPECT_EQ(result.exit_code, 0) << example.command << ": " << line << "\n" << result.output;
  }

  void RunAll(const std::string& command) {
    for (const Example& example : ExamplesOf(command)) Run(example);
  }

  static std::shared_ptr<grpc::Channel> Connection(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  void StartStores() {
    Output(
        "comptoir channel create 002 --operating-unit main-street --profile async "
        "--currency USD --language en-US --channel-service store-002");
    store_->Start();
    customers_ = customer::v1::CustomerService::NewStub(Connection(store_->address()));
    WaitFor("the store to be configured",
            [&] { return Create(*customers_, NewPerson("Ada", "Lovelace"), "001").ok(); });
  }

  // What some examples fill in.
  void Define() {
    Output("comptoir config create attributeTypes/size 'kind: ATTRIBUTE_VALUE_KIND_INTEGER'");
    Output("comptoir config create attributes/shoe-size 'type: \"attributeTypes/size\"'");
    Output(
        "comptoir config create attributeGroups/body "
        "'attributes: \"attributes/shoe-size\" in_use: true'");
    Output("comptoir feature enable F1; comptoir feature enable F3");
    WaitFor("the store to know", [&] {
      return Shell(
                 "comptoir customer create --given-name Ada --attribute shoe-size=37 "
                 "--secondary-phone '020 7946 0018,kind=work'")
                 .exit_code == 0;
    });
  }

  // Store 2 begins anew, and what its predecessor left refused is given up. One that was retried is
  // refused again only then.
  void WaitUntilHome() {
    const std::string verify = absl::StrCat("comptoir verify --service ", store_->address(),
                                            " --service ", other_store_->address());
    WaitFor("the services to agree", [&] {
      for (uint64_t i = 1; i <= uploaded_; ++i) {
        Shell(absl::StrCat("comptoir operation discard operations/store-002/1/", i,
                           " --reason 'of the old store'"));
      }
      return Shell(verify).exit_code == 0;
    });
  }

  TempDir folder_;
  const std::unique_ptr<ServiceHandle> hq_ =
      MakeProcessService(COMPTOIR_HQ_SERVICE, folder_.File("hq"), {"--operation_tries_max=1"});
  const std::unique_ptr<ServiceHandle> store_ =
      MakeProcessService(COMPTOIR_CHANNEL_SERVICE, folder_.File("store-001"),
                         {"--hq=" + hq_->address(), "--id=store-001", "--channels=001"});
  const std::unique_ptr<ServiceHandle> other_store_ =
      MakeProcessService(COMPTOIR_CHANNEL_SERVICE, folder_.File("store-002"),
                         {"--hq=" + hq_->address(), "--id=store-002", "--channels=002"});
  std::unique_ptr<customer::v1::CustomerService::Stub> customers_;
  uint64_t uploaded_ = 0;
  uint64_t lineages_ = 0;
  int cards_ = 0;
  int runs_ = 0;
};

// A new chain, from the first example to the last. (M5)
TEST_F(Examples, AllWork) {
  PROVES("M5", "M7");
  std::vector<std::string> commands;
  Discover("", commands);
  ASSERT_GT(commands.size(), 40u);
  for (const std::string& command : kSetUp) RunAll(command);
  StartStores();
  Define();
  // What some examples change or read.
  Output("comptoir config create customerGroups/old");
  Output("comptoir config create defaultCustomers/us 'currency: \"USD\"'");
  // The files that "apply" reads: all there is, and a part.
  RunAll("export");
  Output(
      "echo 'configurations { customer_group { name: \"customerGroups/old\" } }' > "
      "groups.textproto");

  // These two compare all services, or speak of the second: last, when it runs.
  const std::vector<std::string> last = {"status", "verify", ""};
  for (const std::string& command : commands) {
    const auto is_in = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), command) != list.end();
    };
    if (!is_in(kSetUp) && !is_in(last)) RunAll(command);
    // The others need jobs that run.
    if (absl::StartsWith(command, "jobs ")) {
      Output("comptoir config update batchJobs/1010 'mode: BATCH_JOB_MODE_CONTINUOUS'");
      Output("comptoir jobs run 1010");
    }
  }
  other_store_->Start();
  WaitUntilHome();
  for (const std::string& command : last) RunAll(command);
}

}  // namespace
}  // namespace comptoir::testing
