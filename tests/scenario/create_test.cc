// Creating customers in a store, whatever HQ does.

#include <thread>

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;

class CreateInStore : public Story {};
COMPTOIR_TELL_STORIES(CreateInStore);

// The store asks HQ and has the account number in the reply; the other store finds the customer
// within moments. (S1, S2, V7)
TEST_P(CreateInStore, SynchronouslyThroughHq) {
  PROVES("S1", "S2", "V7", "B1");
  Chain chain(GetParam(), {"sync", "sync"});
  const auto created = Create(*chain.store(0).customers, NewPerson("José", "Hernandez"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(created->account_number(), "C-00000001");
  EXPECT_EQ(created->account_number_text(), "C-00000001");
  EXPECT_EQ(Search(*chain.store(0).customers, "hernandez jose").size(), 1u);
  WaitFor("the other store to find the customer",
          [&] { return Search(*chain.store(1).customers, "HERNÁNDEZ jos").size() == 1; });
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// A synchronous order needs the account number of a pending customer now: the store has HQ convert
// it, whether or not its operation has been uploaded by then. (P10, L5)
TEST_P(CreateInStore, OrderHasHqSynchronizeThePendingCustomer) {
  PROVES("P10", "L5");
  Chain chain(GetParam(), {"async", "async"});
  Store& store = chain.store(0);
  const auto pending = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(pending, IsOk());
  EXPECT_EQ(pending->state(), customer::v1::CUSTOMER_STATE_PENDING);
  customer::v1::EnsureSynchronizedRequest request;
  request.set_name(pending->name());
  Customer synced;
  ASSERT_THAT(Call(*store.customers, &customer::v1::CustomerService::Stub::EnsureSynchronized,
                   request, &synced),
              IsOk());
  EXPECT_EQ(synced.state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(synced.account_number(), "C-00000001");
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// HQ is killed. The store goes on selling: the same call commits the customer locally. When HQ is
// back the account number comes home by itself and the next create is synchronous again. (S3, S5,
// S7, S8, P1, P3, L5, M3)
TEST_P(CreateInStore, OutlivesHq) {
  PROVES("S3", "S5", "S7", "S8", "P1", "P3", "L4", "L5", "F8");
  Chain chain(GetParam(), {"sync", "sync"});
  Store& store = chain.store(0);
  chain.hq().Kill();

  Customer pending = NewPerson("Ada", "Lovelace");
  pending.set_title("Countess");
  pending.add_addresses()->set_city("London");
  pending.mutable_addresses(0)->set_country("GB");
  const auto created = Create(*store.customers, pending);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(created->account_number(), "");
  EXPECT_EQ(created->account_number_text(), "Pending sync");
  // On a pending customer a title needs F3: left out, and said so.
  EXPECT_EQ(created->title(), "");
  ASSERT_EQ(created->warnings_size(), 1);
  EXPECT_EQ(created->warnings(0).field(), "title");
  EXPECT_EQ(created->addresses_size(), 1);
  const auto in_french = Get(*store.customers, pending.name(), "fr");
  ASSERT_THAT(in_french, IsOk());
  EXPECT_EQ(in_french->account_number_text(), "En attente de synchronisation");
  EXPECT_EQ(Search(*store.customers, "ada lovelace").size(), 1u);
  EXPECT_EQ(Search(*chain.store(1).customers, "ada lovelace").size(), 0u);
  EXPECT_EQ(StatusOf(store).outbox_depth(), 1u);

  chain.hq().Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  const auto home = Get(*store.customers, pending.name());
  ASSERT_THAT(home, IsOk());
  EXPECT_EQ(home->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_NE(home->account_number(), "");
  const auto next = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// An asynchronous store never calls HQ to create; a POS that watches sees the account number
// appear. (S1, S3, S4, M3)
TEST_P(CreateInStore, AsynchronouslyAndWatched) {
  PROVES("S1", "S3", "S4", "M3", "P9");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  const auto created = Create(*store.customers, NewPerson("Alan", "Turing"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);

  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  customer::v1::WatchCustomerRequest request;
  request.set_name(created->name());
  const auto watch = store.customers->WatchCustomer(&context, request);
  Customer seen;
  while (seen.state() != customer::v1::CUSTOMER_STATE_SYNCED) ASSERT_TRUE(watch->Read(&seen));
  EXPECT_NE(seen.account_number(), "");
  context.TryCancel();

  const auto by_number = Get(*store.customers, "accountNumbers/" + seen.account_number());
  ASSERT_THAT(by_number, IsOk());
  EXPECT_EQ(by_number->name(), created->name());
}

// A second tap, the other store's service, HQ itself: one UUID is one customer. The same UUID with
// other content is refused by all of them. (C1, C10, S6, S11, B1)
TEST_P(CreateInStore, OneIdIsOneCustomer) {
  PROVES("C1", "C10", "S6", "S11", "B1");
  Chain chain(GetParam(), {"sync", "async"});
  customer::v1::GetNewCustomerFormRequest form_request;
  Customer form;
  ASSERT_THAT(Call(*chain.store(0).customers,
                   &customer::v1::CustomerService::Stub::GetNewCustomerForm, form_request, &form),
              IsOk());
  EXPECT_EQ(form.currency(), "USD");
  form.set_given_name("Katherine");
  const auto first = Create(*chain.store(0).customers, form);
  ASSERT_THAT(first, IsOk());
  const auto again = Create(*chain.store(0).customers, form);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->account_number(), first->account_number());
  ASSERT_THAT(Create(*chain.store(1).customers, form), IsOk());
  ASSERT_THAT(Create(chain.hq_customers(), form, "001"), IsOk());
  chain.WaitUntilHome();

  Customer other = form;
  other.set_given_name("Dorothy");
  EXPECT_THAT(Create(*chain.store(0).customers, other), HasReason("REQUEST_ID_REUSED"));
  EXPECT_THAT(Create(*chain.store(1).customers, other), HasReason("REQUEST_ID_REUSED"));
  EXPECT_THAT(Create(chain.hq_customers(), other, "001"), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 1u);
  ExpectAllEqual(chain);
}

// What is wrong is said at once, all of it, by field; nothing is stored. A phone that no plan knows
// is kept and flagged. (C3, C4, C8)
TEST_P(CreateInStore, NamesEveryOffendingField) {
  PROVES("C3", "C4", "C8");
  Chain chain(GetParam(), {"sync", "async"});
  for (int i = 0; i < 2; ++i) {
    Customer wrong;
    wrong.mutable_email()->set_address("not an e-mail");
    wrong.set_birth_date("1990-02-30");
    wrong.set_currency("XXQ");
    const auto refused = Create(*chain.store(i).customers, wrong);
    EXPECT_THAT(refused, HasReason("INVALID_FIELDS"));
    EXPECT_GE(FieldViolationsOf(refused.status()).size(), 4u);

    Customer dirty = NewPerson("Jon", "Yang");
    dirty.mutable_phone()->set_number("1 (11) 500 555-0162");
    dirty.add_addresses()->set_country("AU");
    dirty.mutable_email()->set_address("josé54@adventure-works.com");
    const auto kept = Create(*chain.store(i).customers, dirty);
    ASSERT_THAT(kept, IsOk());
    EXPECT_EQ(kept->phone().number(), "1 (11) 500 555-0162");
    EXPECT_TRUE(kept->phone().unparsable());
    EXPECT_EQ(kept->warnings_size(), 1);
  }
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 2u);
  ExpectAllEqual(chain);
}

// The number sequence is blocked: that is not a refusal, so the store creates asynchronously; the
// operation waits with the reason, and goes on by itself when the sequence is repaired. (S5, P5,
// P12)
TEST_P(CreateInStore, WaitsForABlockedNumberSequence) {
  PROVES("S5", "P12");
  Chain chain(GetParam(), {"sync"});
  using Admin = hq::v1::AdminService::Stub;
  hq::v1::UpdateNumberSequenceRequest block;
  block.mutable_number_sequence()->set_name("numberSequences/customers");
  block.mutable_number_sequence()->set_blocked(true);
  block.mutable_update_mask()->add_paths("blocked");
  hq::v1::NumberSequence number_sequence;
  ASSERT_THAT(Call(chain.admin(), &Admin::UpdateNumberSequence, block, &number_sequence), IsOk());

  const auto created = Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
  WaitFor("HQ to say why it waits", [&] {
    hq::v1::HqStatus status;
    return Call(chain.admin(), &Admin::GetHqStatus, {}, &status).ok() &&
           status.conversion_reason() == "NUMBER_SEQUENCE_BLOCKED";
  });

  block.mutable_number_sequence()->set_blocked(false);
  ASSERT_THAT(Call(chain.admin(), &Admin::UpdateNumberSequence, block, &number_sequence), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(Get(*chain.store(0).customers, created->name())->state(),
            customer::v1::CUSTOMER_STATE_SYNCED);
}

// Offline by command, for a drill: creates answer at once and are pending; back by command. (S8)
TEST_P(CreateInStore, OfflineByCommand) {
  PROVES("S8");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  channel::v1::SetForcedOfflineRequest request;
  request.set_forced_offline(true);
  channel::v1::Status status;
  ASSERT_THAT(
      Call(*store.status, &channel::v1::StatusService::Stub::SetForcedOffline, request, &status),
      IsOk());
  EXPECT_EQ(status.link(), channel::v1::LINK_STATE_FORCED_OFFLINE);
  const auto created = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
  request.set_forced_offline(false);
  ASSERT_THAT(
      Call(*store.status, &channel::v1::StatusService::Stub::SetForcedOffline, request, &status),
      IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(Get(*store.customers, created->name())->state(), customer::v1::CUSTOMER_STATE_SYNCED);
}

}  // namespace
}  // namespace comptoir::testing
