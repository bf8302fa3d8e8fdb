#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using customer::v1::WatchCustomerRequest;
using ::testing::SizeIs;

class WatchTest : public HqTest {
 protected:
  void SetUp() override { SetUpChain(); }

  using WatchStream = TestStream<WatchCustomerRequest, Customer>;
  WatchStream Watch(const CustomerId& id) {
    WatchStream stream;
    stream.reader = hq().WatchCustomer({}, stream.NewWriter());
    WatchCustomerRequest request;
    request.set_name(CustomerName(id));
    stream.reader->OnMessage(request);
    RunAll();
    return stream;
  }
};

// A POS sees the account number appear.
TEST_F(WatchTest, SeesTheAccountNumberAppear) {
  PROVES("M3");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  UploadOnce(1, {CreateOperation(1, ACustomer().WithId(id))});
  WatchStream stream = Watch(id);
  ASSERT_THAT(stream.written->messages, SizeIs(1));
  EXPECT_EQ(stream.written->messages[0].state(), customer::v1::CUSTOMER_STATE_PENDING);
  SetNumbersBlocked(false);
  ASSERT_THAT(stream.written->messages, SizeIs(2));
  EXPECT_EQ(stream.written->messages[1].account_number(), "C-00000001");
}

// What happens to others is no news.
TEST_F(WatchTest, WritesOnlyChanges) {
  PROVES("M3");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  WatchStream stream = Watch(id);
  ASSERT_THAT(Create(ACustomer()), IsOk());
  EXPECT_THAT(stream.written->messages, SizeIs(1));
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(CustomerName(id));
  request.mutable_customer()->set_notes("x");
  request.mutable_update_mask()->add_paths("notes");
  ASSERT_THAT(Update(request), IsOk());
  ASSERT_THAT(stream.written->messages, SizeIs(2));
  EXPECT_EQ(stream.written->messages[1].notes(), "x");
  stream.Break();
  request.mutable_customer()->set_notes("y");
  ASSERT_THAT(Update(request), IsOk());
  EXPECT_THAT(stream.written->messages, SizeIs(2));
}

// Nobody there; and the service stops.
TEST_F(WatchTest, EndsWithAReason) {
  PROVES("M3", "K1");
  EXPECT_THAT(Watch(NewId()).finished(), HasReason("CUSTOMER_NOT_FOUND"));
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  WatchStream stream = Watch(id);
  hq().Stop();
  EXPECT_THAT(stream.finished(), HasReason("SHUTTING_DOWN"));
}

}  // namespace
}  // namespace comptoir::hq
