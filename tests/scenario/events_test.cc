// A downstream system follows customers, and somebody pauses a store.

#include <memory>
#include <string>
#include <vector>

#include "comptoir/hq/v1/change_stream.grpc.pb.h"
#include "comptoir/hq/v1/job_service.grpc.pb.h"
#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using hq::v1::CustomerEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Events : public Story {};
COMPTOIR_TELL_STORIES(Events);

std::shared_ptr<grpc::Channel> Connection(Chain& chain) {
  return grpc::CreateChannel(chain.hq().address(), grpc::InsecureChannelCredentials());
}

// What follows a token, up to now; the token goes along.
std::vector<std::string> News(Chain& chain, std::string& token) {
  std::vector<std::string> news;
  const auto stub = hq::v1::ChangeStreamService::NewStub(Connection(chain));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  hq::v1::StreamCustomerEventsRequest request;
  request.set_token(token);
  const auto stream = stub->StreamCustomerEvents(&context, request);
  CustomerEvent event;
  while (stream->Read(&event)) {
    token = event.token();
    if (event.kind() == CustomerEvent::KIND_PROGRESS) break;
    news.push_back((event.kind() == CustomerEvent::KIND_CREATED ? "created " : "changed ") +
                   event.customer().given_name());
  }
  context.TryCancel();
  stream->Finish();
  return news;
}

// Welcome mail: a customer comes into being at a store that is on its own, another at HQ; HQ dies
// between. Each is welcomed once.
TEST_P(Events, EachCustomerIsCreatedOnce) {
  PROVES("M9");
  Chain chain(GetParam(), {"async"});
  std::string token;
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace")), IsOk());
  chain.WaitUntilHome();
  EXPECT_THAT(News(chain, token), ElementsAre("created Ada"));

  chain.hq().Kill();
  const auto grace = Create(*chain.store(0).customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(grace, IsOk());
  chain.hq().Start();
  chain.WaitUntilHome();
  Customer change = *Get(chain.hq_customers(), grace->name());
  change.set_notes("likes bugs");
  ASSERT_THAT(Update(chain.hq_customers(), change, "notes", change.etag()), IsOk());
  EXPECT_THAT(News(chain, token), ElementsAre("created Grace", "changed Grace"));
  EXPECT_THAT(News(chain, token), ElementsAre());
}

// One who follows and doesn't read is nobody's problem: customers are made, and it gets all of them
// when it reads.
TEST_P(Events, AStuckConsumerHarmsNobody) {
  PROVES("M9");
  constexpr int kCustomers = 300;
  Chain chain(GetParam(), {"sync"});
  const auto stub = hq::v1::ChangeStreamService::NewStub(Connection(chain));
  grpc::ClientContext context;
  const auto stream = stub->StreamCustomerEvents(&context, hq::v1::StreamCustomerEventsRequest());
  Customer customer = NewPerson("Ada", "Lovelace");
  customer.set_notes(std::string(5'000, 'x'));
  for (int i = 0; i < kCustomers; ++i) {
    customer.set_name(NewCustomerName());
    ASSERT_THAT(Create(chain.hq_customers(), customer, chain.store(0).channel), IsOk());
  }
  int created = 0;
  CustomerEvent event;
  while (created < kCustomers && stream->Read(&event)) {
    created += event.kind() == CustomerEvent::KIND_CREATED ? 1 : 0;
  }
  EXPECT_EQ(created, kCustomers);
  context.TryCancel();
  stream->Finish();
}

// A store is paused in both directions, over a restart of HQ, and goes on without a gap.
TEST_P(Events, APausedStoreGoesOnWhereItWas) {
  PROVES("P6", "P11");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "Lovelace")), IsOk());
  chain.WaitUntilHome();
  const std::string service = StatusOf(store).channel_service();
  TempDir folder;
  int runs = 0;
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), COMPTOIR_CLI);
    arguments.insert(arguments.end(), {"--hq", chain.hq().address()});
    Subprocess process(arguments, folder.File("output" + std::to_string(++runs)));
    process.Wait();
    return process.Output();
  };
  EXPECT_THAT(run({"session", "cancel", service, "upload"}), HasSubstr("CANCELED"));
  EXPECT_THAT(run({"session", "cancel", service, "download"}), HasSubstr("CANCELED"));
  WaitFor("the store to know", [&] {
    const auto status = StatusOf(store);
    return status.upload_paused() && status.download_paused();
  });
  const auto grace = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(grace, IsOk());
  chain.hq().Kill();
  chain.hq().Start();
  chain.WaitUntilOnline(store);
  EXPECT_THAT(run({"jobs", "list"}), HasSubstr("JOB_SESSION_PAUSED"));
  EXPECT_THAT(run({"check"}), HasSubstr("JOB_SESSION_PAUSED"));
  EXPECT_FALSE(Get(chain.hq_customers(), grace->name()).ok());
  EXPECT_THAT(run({"session", "rerun", service, "upload"}), Not(HasSubstr("CANCELED")));
  WaitFor("HQ to have it", [&] { return Get(chain.hq_customers(), grace->name()).ok(); });
  EXPECT_NE(Get(*store.customers, grace->name())->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_THAT(run({"session", "rerun", service, "download"}), Not(HasSubstr("CANCELED")));
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  EXPECT_THAT(run({"session", "list", service}), HasSubstr("APPLIED"));
}

// At the command line: lines of JSON, and a file that keeps the token.
TEST_P(Events, AreLinesOfJson) {
  PROVES("M9");
  Chain chain(GetParam(), {"sync"});
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace")), IsOk());
  TempDir folder;
  int runs = 0;
  const auto events = [&] {
    Subprocess process({COMPTOIR_CLI, "events", "--created", "--token-file", folder.File("token"),
                        "--hq", chain.hq().address()},
                       folder.File("output" + std::to_string(++runs)));
    EXPECT_EQ(process.Wait(), 0);
    return process.Output();
  };
  EXPECT_THAT(events(), HasSubstr("\"kind\":\"KIND_CREATED\""));
  EXPECT_EQ(events(), "");
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Grace", "Hopper")), IsOk());
  const std::string third = events();
  EXPECT_THAT(third, HasSubstr("Grace"));
  EXPECT_THAT(third, Not(HasSubstr("Lovelace")));
}

}  // namespace
}  // namespace comptoir::testing
