// What callers see of records, and the way back.

#include "common/customer/records/customer_bytes.h"
#include "common/storage/record_io.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

class ViewTest : public CustomerTest {
 protected:
  CustomerRecord Synced() {
    CustomerRecord record = Store(ACustomer()
                                      .Named("Ada", "Lovelace")
                                      .Email("Ada@example.com")
                                      .At(AnAddress().Phone("020 7946 0958"))
                                      .At(AnAddress().Primary().Phone("020 7946 0959")),
                                  77, "C-1");
    record.mutable_customer()->mutable_create_time()->set_seconds(1);
    record.mutable_customer()->mutable_update_time()->set_nanos(2);
    record.set_request_digest("digest");
    return record;
  }

  AddressRecord AddressOf(const CustomerRecord& customer, int place) {
    const CustomerId id = *ParseCustomerName(customer.customer().name());
    return **FindAddress(reader(), {id, DerivedAddressId(id, place)});
  }
};

TEST_F(ViewTest, APendingCustomerShowsTheTextWhereTheNumberWillStand) {
  PROVES("S3", "L5");
  const CustomerRecord record = Store(ACustomer());
  EXPECT_EQ(CustomerView(record, "en").account_number_text(), "Pending sync");
  EXPECT_EQ(CustomerView(record, "sv").account_number_text(), "Väntar på synkronisering");
  EXPECT_EQ(CustomerView(record, "en").account_number(), "");
  EXPECT_EQ(CustomerView(record, "en").state(), customer::v1::CUSTOMER_STATE_PENDING);
}

TEST_F(ViewTest, ASyncedCustomerShowsItsNumber) {
  PROVES("C2", "S3");
  EXPECT_EQ(CustomerView(Synced(), "fr").account_number_text(), "C-1");
}

TEST_F(ViewTest, ARejectedCustomerShowsNeither) {
  CustomerRecord record = Store(ACustomer());
  record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(CustomerView(record, "en").account_number_text(), "");
}

TEST_F(ViewTest, NoTextShowsTheUuid) {
  PROVES("S3");
  const CustomerRecord record = Store(ACustomer());
  const std::string uuid = ParseCustomerName(record.customer().name())->ToString();
  for (const char* language : {"en", "fr", "it", "sv"}) {
    EXPECT_EQ(CustomerView(record, language).account_number_text().find(uuid), std::string::npos);
  }
}

TEST_F(ViewTest, NamesThePrimaryAddress) {
  PROVES("A7");
  const CustomerRecord record = Synced();
  EXPECT_EQ(CustomerView(record, "en").primary_address(), AddressOf(record, 1).address().name());
  EXPECT_FALSE(AddressView(AddressOf(record, 0), record).primary());
  EXPECT_TRUE(AddressView(AddressOf(record, 1), record).primary());
  EXPECT_EQ(CustomerView(Store(ACustomer()), "en").primary_address(), "");
}

TEST_F(ViewTest, ACustomerWithoutPhoneShowsThatOfItsPrimaryAddress) {
  PROVES("A5");
  const CustomerRecord record = Synced();
  EXPECT_FALSE(CustomerView(record, "en").has_phone());
  const auto view = ReadCustomerView(reader(), record, "en");
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->phone().number(), "020 7946 0959");

  const CustomerRecord own = Store(ACustomer().Phone("1").At(AnAddress().Phone("2")));
  EXPECT_EQ(ReadCustomerView(reader(), own, "en")->phone().number(), "1");
  // The address hasn't come to this channel yet.
  CustomerRecord alone = record;
  alone.set_primary_address_id(std::string(NewId().bytes()));
  EXPECT_FALSE(ReadCustomerView(reader(), alone, "en")->has_phone());
}

// HQ's answer becomes the very record that replication will bring.
TEST_F(ViewTest, ARecordComesBackFromItsViewByteForByte) {
  const CustomerRecord record = Synced();
  Customer view = CustomerView(record, "fr");
  *view.add_addresses() = AddressView(AddressOf(record, 0), record);
  view.add_warnings()->set_reason("PHONE_UNPARSABLE");
  const auto back = RecordOfView(view, "digest");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(SerializeDeterministically(*back), SerializeDeterministically(record));

  for (const int place : {0, 1}) {
    AddressRecord address = AddressOf(record, place);
    address.set_request_digest("digest");
    Address address_view = AddressView(address, record);
    address_view.add_warnings()->set_reason("ADDRESS_WITHOUT_COUNTRY");
    const auto address_back = RecordOfView(address_view, "digest");
    ASSERT_THAT(address_back, IsOk());
    EXPECT_EQ(SerializeDeterministically(*address_back), SerializeDeterministically(address));
  }
}

TEST_F(ViewTest, OnlyHqsEtagsMakeRecords) {
  const CustomerRecord pending = Store(ACustomer().At(AnAddress()));
  EXPECT_THAT(RecordOfView(CustomerView(pending, "en"), ""), HasViolation("etag", "ETAG_INVALID"));
  EXPECT_THAT(RecordOfView(AddressView(AddressOf(pending, 0), pending), ""),
              HasViolation("etag", "ETAG_INVALID"));
  const CustomerRecord synced = Synced();
  Customer view = CustomerView(synced, "en");
  Address address = AddressView(AddressOf(synced, 0), synced);
  for (const char* etag : {"", "h", "p1", "h1x", "hg", "h-1", "h10000000000000000", "1"}) {
    view.set_etag(etag);
    address.set_etag(etag);
    EXPECT_THAT(RecordOfView(view, ""), HasViolation("etag", "ETAG_INVALID")) << etag;
    EXPECT_THAT(RecordOfView(address, ""), HasViolation("etag", "ETAG_INVALID")) << etag;
  }
  view.set_etag("h1-1-1");
  EXPECT_THAT(RecordOfView(view, ""), HasViolation("etag", "ETAG_INVALID"));
  address.set_etag("h1-1-100000000");
  EXPECT_THAT(RecordOfView(address, ""), HasViolation("etag", "ETAG_INVALID"));
}

TEST_F(ViewTest, EtagsChangeWithTheRecord) {
  PROVES("C7", "A10");
  CustomerRecord record = Synced();
  const std::string etag = CustomerEtag(record);
  record.set_version(78);
  EXPECT_NE(CustomerEtag(record), etag);
  AddressRecord address = AddressOf(record, 0);
  const std::string address_etag = AddressEtag(address);
  address.set_version(78);
  EXPECT_NE(AddressEtag(address), address_etag);
}

// A store reads a customer while it is pending; that etag is stale once HQ has converted it.
TEST_F(ViewTest, APendingRecordsEtagIsNoneOfHqs) {
  PROVES("C7");
  CustomerRecord record = Store(ACustomer());
  const std::string etag = CustomerEtag(record);
  EXPECT_EQ(CustomerEtag(record), etag);
  record.mutable_customer()->set_notes("edited while pending");
  const std::string edited = CustomerEtag(record);
  EXPECT_NE(edited, etag);
  for (const uint64_t version : {uint64_t{1}, uint64_t{1} << 40, UINT64_MAX}) {
    record.set_version(version);
    EXPECT_NE(CustomerEtag(record), etag);
    EXPECT_NE(CustomerEtag(record), edited);
  }
}

// Callers mustn't see which way their answer was made.
TEST_F(ViewTest, TheBytesOfAViewAreTheView) {
  PROVES("C2");
  CustomerRecord record =
      Store(ACustomer().Named("Ada", "Lovelace").Phone("020 7946 0958").At(AnAddress().Primary()),
            77, "C-1");
  (*record.mutable_customer()->mutable_attributes())["shoe-size"] = "39";
  for (const uint64_t created : {uint64_t{0}, uint64_t{12}}) {
    for (const std::string& address : {std::string(), record.primary_address_id()}) {
      record.set_created_sequence(created);
      record.set_primary_address_id(address);
      const auto bytes = CustomerViewBytes(SerializeDeterministically(record));
      ASSERT_TRUE(bytes.has_value());
      Customer view;
      ASSERT_TRUE(view.ParseFromString(*bytes));
      EXPECT_EQ(SerializeDeterministically(view),
                SerializeDeterministically(CustomerView(record, "en")));
    }
  }
}

TEST_F(ViewTest, AViewThatTakesMoreThanItsRecordHasNoBytes) {
  const CustomerRecord plain = Store(ACustomer().Phone("020 7946 0958"), 77, "C-1");
  const auto has_bytes = [&](const std::function<void(CustomerRecord&)>& change) {
    CustomerRecord record = plain;
    change(record);
    return CustomerViewBytes(SerializeDeterministically(record)).has_value();
  };
  EXPECT_TRUE(has_bytes([](CustomerRecord&) {}));
  EXPECT_FALSE(has_bytes([](CustomerRecord& record) { record.set_version(0); }));
  EXPECT_FALSE(
      has_bytes([](CustomerRecord& record) { record.mutable_customer()->clear_account_number(); }));
  EXPECT_FALSE(
      has_bytes([](CustomerRecord& record) { record.mutable_customer()->set_edit_pending(true); }));
  EXPECT_FALSE(has_bytes(
      [](CustomerRecord& record) { record.mutable_customer()->add_affiliations("staff"); }));
  EXPECT_FALSE(has_bytes([](CustomerRecord& record) {
    record.mutable_customer()->clear_phone();
    record.set_primary_address_id(std::string(Uuid::kBytes, 'a'));
  }));
  EXPECT_FALSE(CustomerViewBytes("no record").has_value());
}

}  // namespace
}  // namespace comptoir
