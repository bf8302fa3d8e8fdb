#include "absl/strings/str_format.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "tests/unit/hq/jobs_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class ArrivalsTest : public JobsTest {
 protected:
  void SetUp() override { SetUpChain(); }

  std::vector<Operation> Creates(size_t count) {
    std::vector<Operation> operations;
    for (size_t i = 0; i < count; ++i) {
      operations.push_back(CreateOperation(i + 1, ACustomer().WithId(NewId()).At(AnAddress())));
    }
    return operations;
  }
  std::string NumberOf(const Operation& operation) {
    return Get(CustomerId::FromBytes(operation.customer_id()))->account_number();
  }
  // What became of each operation, as its store is told.
  std::vector<replication::v1::OperationState> Results() {
    SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
    Replica replica;
    Follow(stream, replica);
    std::vector<replication::v1::OperationState> states;
    for (const auto& result : replica.results) states.push_back(result.state());
    return states;
  }
};

// Nothing stands in their way: they are customers in the order in which they came, and the store is
// told that alone.
TEST_F(ArrivalsTest, CreatesAreConvertedAsTheyCome) {
  const std::vector<Operation> operations = Creates(20);
  UploadOnce(kLineage, operations);
  EXPECT_EQ(Status()->customers(), 20u);
  EXPECT_EQ(Status()->staged_operations(), 0u);
  for (size_t i = 0; i < operations.size(); ++i) {
    EXPECT_EQ(NumberOf(operations[i]), absl::StrFormat("C-%08d", i + 1));
  }
  const auto results = Results();
  EXPECT_THAT(results, SizeIs(20));
  EXPECT_THAT(results, Each(replication::v1::OPERATION_STATE_APPLIED));
}

// The job is stopped: nothing is converted before its run.
TEST_F(ArrivalsTest, AStoppedConversionHoldsThem) {
  SetManual("synchronize-customers");
  const std::vector<Operation> operations = Creates(3);
  UploadOnce(kLineage, operations);
  EXPECT_EQ(Status()->customers(), 0u);
  EXPECT_EQ(Status()->staged_operations(), 3u);
  ASSERT_THAT(Run("batchJobs/synchronize-customers"), IsOk());
  EXPECT_EQ(Status()->customers(), 3u);
}

// One of them is wrong, one has the UUID of another, one came before: each is decided by itself.
TEST_F(ArrivalsTest, OneThatIsWrongHoldsUpNoOther) {
  std::vector<Operation> operations = Creates(5);
  const auto known = ACustomer().WithId(NewId());
  ASSERT_THAT(Create(known), IsOk());
  operations[1] = CreateOperation(2, ACustomer().WithId(NewId()).Email("nobody"));
  operations[2] = CreateOperation(
      3, ACustomer().WithId(CustomerId::FromBytes(operations[0].customer_id())).Named("Grace"));
  operations[3] = CreateOperation(4, known);
  UploadOnce(kLineage, operations);
  EXPECT_EQ(Status()->customers(), 3u);
  EXPECT_EQ(NumberOf(operations[0]), "C-00000002");
  EXPECT_EQ(NumberOf(operations[4]), "C-00000003");
  EXPECT_EQ(Status()->staged_operations(), 2u);
  const auto refused = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(refused->operations(), SizeIs(1));
  EXPECT_EQ(refused->operations(0).reason(), "REQUEST_ID_REUSED");
}

// Whose operations are staged is known however many there are: few are read together, of many each
// is searched for.
TEST_F(ArrivalsTest, WhoseAreStagedIsKnownHoweverMany) {
  SetManual("synchronize-customers");
  for (const size_t count : {size_t{3}, static_cast<size_t>(kStagedCustomersMax) + 1}) {
    UploadStream stream = OpenUpload(kLineage, absl::StrFormat("store-of-%d", count));
    const std::vector<Operation> operations = Creates(count);
    Upload(stream, operations);
    const auto staged = StagedCustomers::Read(database().latest());
    ASSERT_THAT(staged, IsOk());
    EXPECT_THAT(staged->Has(database().latest(), operations[count / 2].customer_id()),
                IsOkAndHolds(true));
    EXPECT_THAT(staged->Has(database().latest(), NewId().bytes()), IsOkAndHolds(false));
  }
}

// What is staged of a customer comes before what arrives of it.
TEST_F(ArrivalsTest, NoneOvertakesWhatIsStagedOfItsCustomer) {
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Named("Ada"))});
  EXPECT_EQ(Status()->staged_operations(), 1u);
  UploadStream other = OpenUpload(kLineage, "register-7");
  Upload(other, {CreateOperation(1, ACustomer().WithId(id).Named("Grace"))});
  SetNumbersBlocked(false);
  EXPECT_EQ(Get(id)->given_name(), "Ada");
}

// After its format was changed a sequence would give a number that a customer has.
TEST_F(ArrivalsTest, NumbersThatAreTakenArePassedOver) {
  const auto change = [&](const std::string& format, uint64_t next, uint64_t highest) {
    v1::UpdateNumberSequenceRequest request;
    v1::NumberSequence& numbers = *request.mutable_number_sequence();
    numbers = CustomerNumbers();
    numbers.set_format(format);
    numbers.set_next(next);
    numbers.set_highest(highest);
    for (const char* path : {"format", "next", "highest"}) {
      request.mutable_update_mask()->add_paths(path);
    }
    ASSERT_THAT(Administer<v1::NumberSequence>(request), IsOk());
  };
  change("C-######00", 1, 999'999);
  std::vector<Operation> operations = Creates(4);
  UploadStream stream = OpenUpload(kLineage);
  Upload(stream, {operations[0]});
  EXPECT_EQ(NumberOf(operations[0]), "C-00000100");
  change("C-########", 99, 99'999'999);
  Upload(stream, {operations.begin() + 1, operations.end()});
  std::vector<std::string> numbers;
  for (const Operation& operation : operations) numbers.push_back(NumberOf(operation));
  EXPECT_THAT(numbers, ElementsAre("C-00000100", "C-00000099", "C-00000101", "C-00000102"));
}

// The disk is full while many commands of one stream are under way: all that follow the first one
// fail with it, and come again in order.
TEST_F(ArrivalsTest, FullDiskDelaysThemInOrder) {
  UploadStream stream = OpenUpload(kLineage);
  const std::vector<Operation> operations = Creates(40);
  database().set_free_bytes(0);
  Upload(stream, {operations.begin(), operations.begin() + 20});
  Upload(stream, {operations.begin() + 20, operations.end()});
  EXPECT_EQ(Status()->customers(), 0u);
  database().set_free_bytes(1 << 30);
  Advance(absl::Seconds(60));
  EXPECT_THAT(stream.finished(), IsOk());
  EXPECT_EQ(Status()->customers(), 40u);
  for (size_t i = 0; i < operations.size(); ++i) {
    EXPECT_EQ(NumberOf(operations[i]), absl::StrFormat("C-%08d", i + 1));
  }
}

}  // namespace
}  // namespace comptoir::hq
