// A store whose channel database group filters shared customer data. (S9)

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DataFilter : public Story {};
COMPTOIR_TELL_STORIES(DataFilter);

void SetFilter(Chain& chain, Store& store, bool filtered) {
  hq::v1::ApplyConfigurationsRequest request;
  request.set_keep_others(true);
  auto& group = *request.mutable_chain()->add_configurations()->mutable_channel_database_group();
  group.set_name("channelDatabaseGroups/stores");
  group.set_filter_shared_customer_data(filtered);
  hq::v1::ApplyConfigurationsResponse applied;
  using Admin = hq::v1::AdminService::Stub;
  ASSERT_THAT(Call(chain.admin(), &Admin::ApplyConfigurations, request, &applied), IsOk());
  hq::v1::UpdateChannelRequest update;
  update.mutable_channel()->set_name("channels/" + store.channel);
  update.mutable_channel()->set_channel_database_group(group.name());
  update.mutable_update_mask()->add_paths("channel_database_group");
  hq::v1::Channel channel;
  ASSERT_THAT(Call(chain.admin(), &Admin::UpdateChannel, update, &channel), IsOk());
  WaitFor("the filter to be in force",
          [&] { return StatusOf(store).customer_data_filtered() == filtered; });
}

void WaitUntilPurged(Store& store) {
  WaitFor("the customer data to be gone", [&] {
    return StatusOf(store).customer_data_purge() == channel::v1::CUSTOMER_DATA_PURGE_DONE;
  });
}

// Which of the words are in the files of the service: its database, the engine's own log among
// them, and its log. As they were said, and as they are indexed.
std::vector<std::string> Left(const Store& store, const std::vector<std::string>& words) {
  std::string all;
  const auto folder = std::filesystem::path(store.service->data()).parent_path();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::error_code gone;
    if (!entry.is_regular_file(gone)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  std::vector<std::string> left;
  for (const std::string& word : words) {
    if (all.find(word) != std::string::npos) left.push_back(word);
  }
  return left;
}

Customer Person(const std::string& given, const std::string& family, const std::string& email,
                const std::string& phone, const std::string& street) {
  Customer customer = NewPerson(given, family);
  customer.mutable_email()->set_address(email);
  customer.mutable_phone()->set_number(phone);
  auto& address = *customer.add_addresses();
  address.add_street(street);
  address.set_city("Seattle");
  address.set_country("US");
  return customer;
}

// The store held customers and had one of its own that wasn't at HQ yet. It is filtered: that one
// comes home first, new ones go through HQ, and nothing of any is left in its files. Switched off
// again it becomes complete by itself.
TEST_P(DataFilter, NothingIsLeftOfTheCustomersOfAFilteredStore) {
  PROVES("S9", "D7");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  const Customer before =
      Person("Xanthippe", "Quodlibet", "xq@wuchtbrumme.example", "206 555 0143", "17 Hasenweg");
  const std::vector<std::string> words = {
      "Xanthippe",  "xanthippe",     "Quodlibet",  "quodlibet",  "wuchtbrumme", "2065550143",
      "206 555 01", "Hasenweg",      "hasenweg",   "Zwetschge",  "zwetschge",   "Kaulquappe",
      "kaulquappe", "zk@krimskrams", "krimskrams", "2065550199", "Igelstieg",   "igelstieg"};
  const auto held = Create(*store.customers, before);
  ASSERT_THAT(held, IsOk());
  chain.WaitUntilHome();
  // As long as HQ is away its last work stays.
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto own = Create(
      *store.customers,
      Person("Zwetschge", "Kaulquappe", "zk@krimskrams.example", "206 555 0199", "4 Igelstieg"));
  ASSERT_THAT(own, IsOk());
  chain.hq().Start();
  const std::vector<std::string> found = Left(store, words);
  for (const char* word : {"Xanthippe", "quodlibet", "wuchtbrumme", "Hasenweg", "Kaulquappe"}) {
    EXPECT_THAT(found, Contains(word)) << "this test could not fail";
  }

  SetFilter(chain, store, true);
  WaitUntilPurged(store);
  // Both are at HQ, and read from there.
  chain.WaitUntilOnline(store);
  EXPECT_EQ(Get(*store.customers, own->name())->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(Get(*store.customers, held->name())->family_name(), "Quodlibet");
  EXPECT_THAT(Search(*store.customers, "xanthippe"), IsEmpty());
  // One through HQ, again with the same id, changed and looked at.
  Customer through =
      Person("Zwetschge", "Quodlibet", "zq@krimskrams.example", "206 555 0199", "17 Hasenweg");
  through.set_name(NewCustomerName());
  const auto created = Create(*store.customers, through);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(Create(*store.customers, through)->account_number(), created->account_number());
  Customer edit;
  edit.set_name(created->name());
  edit.set_notes("Kaulquappe again");
  ASSERT_THAT(Update(*store.customers, edit, "notes", created->etag()), IsOk());
  EXPECT_EQ(AllCustomers(*store.customers).size(), 3u);
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 3u);
  EXPECT_THAT(Left(store, words), IsEmpty());
  EXPECT_EQ(StatusOf(store).customers(), 0u);

  // Without HQ nothing is taken that nobody would have.
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  EXPECT_THAT(Create(*store.customers, NewPerson("Xanthippe", "Late")),
              HasReason("CUSTOMER_DATA_FILTERED"));
  EXPECT_THAT(Get(*store.customers, created->name()), HasReason("HQ_UNREACHABLE"));
  // Nor after a crash.
  store.service->Kill();
  store.service->Start();
  EXPECT_THAT(Left(store, words), IsEmpty());
  chain.hq().Start();
  chain.WaitUntilReady(store);

  SetFilter(chain, store, false);
  WaitFor("the store to become complete", [&] { return StatusOf(store).customers() == 3; });
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// People see at the command line what became of it.
TEST_P(DataFilter, IsSeenAtTheCommandLine) {
  PROVES("S9");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  SetFilter(chain, store, true);
  WaitUntilPurged(store);
  const TempDir folder;
  int runs = 0;
  const auto run = [&](const std::string& service, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {COMPTOIR_CLI, "--service", service};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Subprocess process(command, folder.File("output" + std::to_string(++runs)));
    process.Wait();
    return process.Output();
  };
  EXPECT_THAT(run(store.service->address(), {"status"}), HasSubstr("filtered, none is left"));
  const auto created = run(store.service->address(),
                           {"customer", "create", "--given-name", "Ada", "--family-name", "L"});
  EXPECT_THAT(created, HasSubstr("C-00000001"));
  EXPECT_THAT(run(store.service->address(), {"customer", "search", "ada"}),
              HasSubstr("keeps no customers"));
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto refused = run(store.service->address(),
                           {"customer", "create", "--given-name", "Ada", "--family-name", "L"});
  EXPECT_THAT(refused, HasSubstr("CUSTOMER_DATA_FILTERED"));
}

}  // namespace
}  // namespace comptoir::testing
