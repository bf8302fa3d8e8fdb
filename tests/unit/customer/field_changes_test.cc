// What an edit changed, and what becomes of it where somebody else has changed the same.

#include "common/customer/rules/field_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/builders.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Customer Person(const std::string& notes) {
  Customer customer;
  customer.set_given_name("Ada");
  customer.set_notes(notes);
  return customer;
}

// A field that still holds what was replaced gets the new value; any other stays as it is, and is a
// conflict unless it says the same.
TEST(FieldChangesTest, MergeFieldByField) {
  PROVES("F10");
  const Customer before = Person("old");
  Customer after = Person("new");
  after.set_url("https://ada.example");
  const FieldChanges changes = ChangesOf(before, after, {"given_name", "notes", "url"});
  ASSERT_THAT(changes, SizeIs(2));

  Customer same = before;
  const FieldMerge all = Merge(changes, same);
  EXPECT_THAT(all.applied, ElementsAre("notes", "url"));
  EXPECT_THAT(all.conflicts, IsEmpty());
  EXPECT_EQ(same.notes(), "new");

  Customer changed = Person("HQ's");
  const FieldMerge part = Merge(changes, changed);
  EXPECT_THAT(part.applied, ElementsAre("url"));
  ASSERT_THAT(part.conflicts, SizeIs(1));
  EXPECT_EQ(part.conflicts[0].path(), "notes");
  EXPECT_EQ(changed.notes(), "HQ's");

  Customer already = Person("new");
  EXPECT_THAT(Merge(changes, already).conflicts, IsEmpty());
}

// Values with keys are merged one by one: what two stores add is both there.
TEST(FieldChangesTest, KeysMergeOneByOne) {
  PROVES("F10");
  Customer before = Person("");
  (*before.mutable_attributes())["size"] = "38";
  before.add_affiliations("staff");
  before.add_secondary_emails()->set_address("ada@work.example");
  Customer after = before;
  (*after.mutable_attributes())["size"] = "39";
  (*after.mutable_attributes())["hat"] = "7";
  after.add_affiliations("club");
  after.mutable_secondary_emails(0)->set_purpose("Office");
  const FieldNames fields = {"affiliations", "attributes", "secondary_emails"};
  const FieldChanges changes = ChangesOf(before, after, fields);
  ASSERT_THAT(changes, SizeIs(3));

  Customer other = before;
  other.clear_affiliations();
  other.add_affiliations("press");
  (*other.mutable_attributes())["size"] = "40";
  other.add_secondary_emails()->set_address("ada@home.example");
  const FieldMerge merge = Merge(changes, other);
  EXPECT_THAT(other.affiliations(), ElementsAre("press", "club"));
  EXPECT_EQ(other.attributes().at("size"), "40");
  EXPECT_EQ(other.attributes().at("hat"), "7");
  ASSERT_THAT(other.secondary_emails(), SizeIs(2));
  EXPECT_EQ(other.secondary_emails(0).purpose(), "Office");
  ASSERT_THAT(merge.conflicts, SizeIs(1));
  EXPECT_EQ(merge.conflicts[0].path(), "attributes");
  Customer value;
  ASSERT_TRUE(value.ParseFromString(merge.conflicts[0].value()));
  EXPECT_THAT(value.attributes(), SizeIs(1));
}

// What we derive makes no difference, so a phone that one service understood and the other didn't
// is the same phone; it travels along for the store that shows it.
TEST(FieldChangesTest, DerivedMakesNoDifference) {
  PROVES("F10");
  Customer before = Person("");
  before.mutable_phone()->set_number("06 12 34 56 78");
  Customer derived = before;
  derived.mutable_phone()->set_e164("+33612345678");
  EXPECT_THAT(ChangesOf(before, derived, {"phone"}), IsEmpty());
  Customer after = derived;
  after.mutable_phone()->set_number("06 12 34 56 79");
  after.mutable_phone()->set_e164("+33612345679");
  const FieldChanges changes = ChangesOf(derived, after, {"phone"});
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_THAT(Merge(changes, before).applied, ElementsAre("phone"));
  EXPECT_EQ(before.phone().e164(), "+33612345679");
}

// A store shows its own values whatever HQ has made of the fields, and the rest as HQ has it.
TEST(FieldChangesTest, OverlayShowsTheStoresValues) {
  PROVES("F5");
  const FieldChanges changes = ChangesOf(Person("old"), Person("new"), {"notes"});
  Customer hq = Person("HQ's");
  hq.set_url("https://hq.example");
  Overlay(changes, hq);
  EXPECT_EQ(hq.notes(), "new");
  EXPECT_EQ(hq.url(), "https://hq.example");
}

// The lines of a street are one value; which address is primary and whether it is active are
// fields.
TEST(FieldChangesTest, OfAddresses) {
  PROVES("A10", "F10");
  Address before;
  before.add_street("Rue A");
  before.add_purposes("Home");
  Address after = before;
  after.add_street("Bâtiment 2");
  after.add_purposes("Invoice");
  after.set_primary(true);
  after.set_deactivated(true);
  const FieldChanges changes =
      ChangesOf(before, after, {"street", "purposes", kPrimaryField, kDeactivatedField});
  ASSERT_THAT(changes, SizeIs(4));
  EXPECT_THAT(CheckAddressChanges(changes), IsOk());
  Address other = before;
  other.set_street(0, "Rue B");
  const FieldMerge merge = Merge(changes, other);
  EXPECT_THAT(merge.applied, ElementsAre("deactivated", "primary", "purposes"));
  ASSERT_THAT(merge.conflicts, SizeIs(1));
  EXPECT_THAT(other.street(), ElementsAre("Rue B"));
  EXPECT_TRUE(other.deactivated());
}

// What comes from a peer is checked before anything is made of it.
TEST(FieldChangesTest, BadOnesAreNamed) {
  PROVES("C8");
  FieldChanges changes;
  changes.Add()->set_path("account_number");
  replication::v1::FieldChange& unreadable = *changes.Add();
  unreadable.set_path("notes");
  unreadable.set_value("\xff\xff");
  const absl::Status status = CheckCustomerChanges(changes);
  EXPECT_THAT(status, HasViolation("changes[0]", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(status, HasViolation("changes[1]", "VALUE_INVALID"));
}

}  // namespace
}  // namespace comptoir
