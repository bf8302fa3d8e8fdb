#include "tests/support/chain/story.h"

#include <google/protobuf/util/message_differencer.h>

namespace comptoir::testing {
namespace {

template <typename Resource>
void ExpectEqualLists(const std::vector<Resource>& at_hq, const std::vector<Resource>& at_store,
                      const std::string& channel) {
  ASSERT_EQ(at_hq.size(), at_store.size()) << "at store " << channel;
  for (size_t i = 0; i < at_hq.size(); ++i) {
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(at_hq[i], at_store[i]))
        << "at store " << channel << ": " << difference;
  }
}

}  // namespace

void ExpectAllEqual(Chain& chain) {
  const auto customers = AllCustomers(chain.hq_customers());
  const auto addresses = AllAddresses(chain.hq_customers());
  for (int i = 0; i < chain.store_count(); ++i) {
    Store& store = chain.store(i);
    ExpectEqualLists(customers, AllCustomers(*store.customers), store.channel);
    ExpectEqualLists(addresses, AllAddresses(*store.customers), store.channel);
  }
}

}  // namespace comptoir::testing
