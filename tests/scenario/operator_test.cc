// What a person does at HQ about operations that HQ refused.

#include "common/base/uuid.h"
#include "common/customer/requests/names.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using hq::v1::StagedOperationInfo;
using Admin = hq::v1::AdminService::Stub;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Operator : public Story {};
COMPTOIR_TELL_STORIES(Operator);

// A create that the store took under older rules, and lost: a machine of its kind uploads it in its
// name. When the store is back it reads its own work back from HQ.
void UploadFor(Chain& chain, Store& store, const Customer& customer) {
  const channel::v1::Status status = StatusOf(store);
  store.service->Kill();
  const auto stub = hq::v1::ReplicationService::NewStub(
      grpc::CreateChannel(chain.hq().address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->UploadOperations(&context);
  hq::v1::UploadRequest request;
  hq::v1::UploadResponse response;
  auto& hello = *request.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_channel_service(status.channel_service());
  *hello.mutable_channels() = status.channels();
  hello.set_lineage(status.lineage());
  *hello.mutable_epoch() = status.epoch();
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  replication::v1::Operation operation;
  const std::string id(ParseCustomerName(customer.name())->bytes());
  operation.set_sequence(response.hello().position().sequence() + 1);
  operation.set_customer_id(id);
  operation.set_request_id(id);
  operation.set_request_digest("of an older store");
  operation.set_channel(store.channel);
  *operation.mutable_create_customer()->mutable_customer() = customer;
  request.mutable_batch()->add_operations(operation.SerializeAsString());
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  stream->WritesDone();
  context.TryCancel();
  stream->Finish();
  store.service->Start();
  chain.WaitUntilReady(store);
}

// The only refused operation, once there is one.
StagedOperationInfo WaitForRefused(Chain& chain) {
  hq::v1::ListOperationsRequest request;
  request.set_state(replication::v1::OPERATION_STATE_REFUSED);
  hq::v1::ListOperationsResponse response;
  WaitFor("HQ to refuse it", [&] {
    response.Clear();
    return Call(chain.admin(), &Admin::ListOperations, request, &response).ok() &&
           response.operations_size() == 1;
  });
  return response.operations(0);
}

absl::StatusOr<StagedOperationInfo> Discard(Chain& chain, const std::string& name) {
  hq::v1::DiscardOperationRequest request;
  request.set_name(name);
  request.set_reason("entered twice");
  StagedOperationInfo discarded;
  COMPTOIR_RETURN_IF_ERROR(Call(chain.admin(), &Admin::DiscardOperation, request, &discarded));
  return discarded;
}

// HQ refuses what a store captured. The store shows it, pending, with the reason; a person corrects
// the field, and the customer comes home to all stores.
TEST_P(Operator, CorrectsARefusedCreate) {
  PROVES("P8", "M1");
  Chain chain(GetParam(), {"async", "sync"});
  Store& store = chain.store(0);
  Customer wrong = NewPerson("Ada", "Lovelace");
  wrong.mutable_email()->set_address("nobody");
  UploadFor(chain, store, wrong);
  const StagedOperationInfo refused = WaitForRefused(chain);
  EXPECT_EQ(refused.customer(), wrong.name());
  WaitFor("the store to show the reason", [&] {
    const auto shown = Get(*store.customers, wrong.name());
    return shown.ok() && shown->pending_reason() == "INVALID_FIELDS";
  });

  hq::v1::CorrectOperationRequest request;
  request.set_name(refused.name());
  request.mutable_customer()->mutable_email()->set_address("ada@example.org");
  request.mutable_update_mask()->add_paths("email");
  StagedOperationInfo corrected;
  ASSERT_THAT(Call(chain.admin(), &Admin::CorrectOperation, request, &corrected), IsOk());
  chain.WaitUntilHome();
  const auto customer = Get(*chain.store(1).customers, wrong.name());
  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(customer->email().address(), "ada@example.org");
  ExpectAllEqual(chain);
}

// The same from a terminal: found, shown, corrected, traced.
TEST_P(Operator, WorksAtTheCommandLine) {
  PROVES("P8", "P10", "M1", "M2");
  Chain chain(GetParam(), {"async"});
  TempDir folder;
  int runs = 0;
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), COMPTOIR_CLI);
    arguments.insert(arguments.end(), {"--hq", chain.hq().address(), "--service",
                                       chain.store(0).service->address()});
    Subprocess process(arguments, folder.File("output" + std::to_string(++runs)));
    process.Wait();
    return process.Output();
  };
  Customer wrong = NewPerson("Ada", "Lovelace");
  wrong.mutable_email()->set_address("nobody");
  UploadFor(chain, chain.store(0), wrong);
  const std::string name = WaitForRefused(chain).name();
  const std::string id = wrong.name().substr(wrong.name().find('/') + 1);
  EXPECT_THAT(run({"operation", "list", "--state", "refused", "--customer", id}), HasSubstr(name));
  EXPECT_THAT(run({"operation", "list", "--kind", "edit_customer"}), HasSubstr("No operations"));
  EXPECT_THAT(run({"operation", "show", name}), HasSubstr("nobody"));
  EXPECT_THAT(run({"operation", "correct", name, "--email", "elsewhere"}),
              HasSubstr("EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(run({"customer", "synchronize", id}), HasSubstr("EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(run({"operation", "correct", name, "--email", "ada@example.org"}),
              HasSubstr("correct by "));
  chain.WaitUntilHome();
  EXPECT_THAT(run({"customer", "synchronize", id}), HasSubstr("C-00000001"));
  EXPECT_THAT(run({"customer", "trace", "C-00000001"}),
              AllOf(HasSubstr("CORRECTED"), HasSubstr("NUMBERED"), HasSubstr("APPLIED")));
  EXPECT_THAT(run({"operation", "discard", name, "--reason", "too late"}),
              HasSubstr("OPERATION_NOT_FOUND"));
}

// HQ refuses it and a person gives it up: the UUID resolves to REJECTED at HQ and at every store,
// also after restarts, without personal data; nothing finds it; it cannot be created again.
TEST_P(Operator, DiscardsARefusedCreate) {
  PROVES("P8", "P9");
  Chain chain(GetParam(), {"async", "sync"});
  Store& store = chain.store(0);
  Customer wrong = NewPerson("Ada", "Lovelace");
  wrong.mutable_email()->set_address("nobody");
  UploadFor(chain, store, wrong);
  const StagedOperationInfo refused = WaitForRefused(chain);
  const auto discarded = Discard(chain, refused.name());
  ASSERT_THAT(discarded, IsOk());
  EXPECT_EQ(discarded->state(), replication::v1::OPERATION_STATE_DISCARDED);
  ASSERT_THAT(discarded->history(), SizeIs(1));
  EXPECT_EQ(discarded->history(0).reason(), "entered twice");
  EXPECT_NE(discarded->history(0).caller(), "");
  chain.WaitUntilHome();
  chain.hq().Kill();
  store.service->Kill();
  chain.hq().Start();
  store.service->Start();
  chain.WaitUntilReady(store);
  EXPECT_THAT(Discard(chain, refused.name()), IsOk());
  chain.WaitUntilHome();
  for (auto* stub : {store.customers.get(), chain.store(1).customers.get()}) {
    const auto rejected = Get(*stub, wrong.name());
    ASSERT_THAT(rejected, IsOk());
    EXPECT_EQ(rejected->state(), customer::v1::CUSTOMER_STATE_REJECTED);
    EXPECT_EQ(rejected->pending_reason(), "OPERATION_DISCARDED");
    EXPECT_EQ(rejected->display_name(), "");
    EXPECT_THAT(Search(*stub, "lovelace"), SizeIs(0));
  }
  ExpectAllEqual(chain);
}

// Two stores that cannot reach HQ take different customers under one UUID. HQ makes a customer of
// the first; a person makes one of the second under a new UUID, and both stores have both.
TEST_P(Operator, GivesAReusedIdANewOne) {
  PROVES("P8", "C10");
  Chain chain(GetParam(), {"async", "async"});
  chain.hq().Kill();
  const Customer first = NewPerson("Ada", "Lovelace");
  Customer second = NewPerson("Grace", "Hopper");
  second.set_name(first.name());
  second.add_addresses()->set_city("Arlington");
  ASSERT_THAT(Create(*chain.store(0).customers, first), IsOk());
  ASSERT_THAT(Create(*chain.store(1).customers, second), IsOk());
  chain.hq().Start();
  const StagedOperationInfo refused = WaitForRefused(chain);
  EXPECT_EQ(refused.reason(), "REQUEST_ID_REUSED");
  hq::v1::CorrectOperationRequest request;
  request.set_name(refused.name());
  request.mutable_update_mask()->add_paths("name");
  StagedOperationInfo moved;
  ASSERT_THAT(Call(chain.admin(), &Admin::CorrectOperation, request, &moved), IsOk());
  chain.WaitUntilHome();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Search(*chain.store(i).customers, "ada lovelace"), SizeIs(1));
    EXPECT_THAT(Search(*chain.store(i).customers, "grace hopper"), SizeIs(1));
    EXPECT_THAT(Get(*chain.store(i).customers, first.name()), IsOk());
    EXPECT_THAT(Get(*chain.store(i).customers, moved.customer()), IsOk());
  }
  ExpectAllEqual(chain);
}

// The same, and a person gives the second up: the UUID goes on being the first's.
TEST_P(Operator, DiscardsAReusedId) {
  PROVES("P8", "C10");
  Chain chain(GetParam(), {"async", "async"});
  chain.hq().Kill();
  const Customer first = NewPerson("Ada", "Lovelace");
  Customer second = NewPerson("Grace", "Hopper");
  second.set_name(first.name());
  ASSERT_THAT(Create(*chain.store(0).customers, first), IsOk());
  ASSERT_THAT(Create(*chain.store(1).customers, second), IsOk());
  chain.hq().Start();
  const StagedOperationInfo refused = WaitForRefused(chain);
  ASSERT_THAT(Discard(chain, refused.name()), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 1u);
  EXPECT_EQ(Get(chain.hq_customers(), first.name())->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  ExpectAllEqual(chain);
}

// With F5 the store corrects what HQ refused of its pending customer, by editing it: the correction
// goes up, the create is tried again, and the customer comes home. (F5, P7)
TEST_P(Operator, StoreCorrectsARefusedCreate) {
  PROVES("F5", "P7", "P8");
  Chain chain(GetParam(), {"async"});
  for (const char* feature : {"F2", "F3", "F4", "F5"}) SwitchFeature(chain, feature, true);
  Store& store = chain.store(0);
  Customer wrong = NewPerson("Ada", "Lovelace");
  wrong.mutable_email()->set_address("nobody");
  UploadFor(chain, store, wrong);
  WaitForRefused(chain);
  WaitFor("the store to show the reason", [&] {
    const auto shown = Get(*store.customers, wrong.name());
    return shown.ok() && shown->pending_reason() == "INVALID_FIELDS";
  });
  Customer right = *Get(*store.customers, wrong.name());
  right.mutable_email()->set_address("ada@example.org");
  ASSERT_THAT(Update(*store.customers, right, "email", ""), IsOk());
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  const auto home = Get(*store.customers, wrong.name());
  EXPECT_EQ(home->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(home->email().address(), "ada@example.org");
}

}  // namespace
}  // namespace comptoir::testing
