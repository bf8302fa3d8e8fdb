#include "common/customer/requests/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/crypto.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"
#include "tests/support/builders.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::CreateAddressRequest;
using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;
using customer::v1::DeactivateAddressRequest;
using customer::v1::UpdateAddressRequest;
using customer::v1::UpdateCustomerRequest;

const std::string kKey(32, 'k');
const Uuid kCustomer = *Uuid::Parse("11111111-2222-4333-8444-555555555555");
const Uuid kAddress = *Uuid::Parse("99999999-8888-4777-8666-555555555555");

CreateCustomerRequest Create(const Customer& customer) {
  CreateCustomerRequest request;
  *request.mutable_customer() = customer;
  return request;
}

CustomerBuilder Ada() {
  return ACustomer()
      .Named("Ada", "Lovelace")
      .WithId(kCustomer)
      .Email("ada@example.com")
      .Phone("020 7946 0958")
      .At(AnAddress().Street("12 St James's Square"));
}

std::string Digest(const Customer& customer) { return RequestDigest(kKey, Create(customer)); }

TEST(DigestTest, IsAnHmacOfTheChainsKey) {
  PROVES("C10");
  EXPECT_EQ(Digest(Ada()).size(), 32u);
  EXPECT_EQ(Digest(Ada()), Digest(Ada()));
  EXPECT_NE(Digest(Ada()), RequestDigest(std::string(32, 'j'), Create(Ada())));
}

// Digests are kept for as long as the customer: this value may never change.
TEST(DigestTest, IsForEver) {
  PROVES("C10");
  EXPECT_EQ(HexEncode(Digest(Ada())),
            "0f3eda002b6a1e6d863cc27f4cab00b40ab91892407dbcd3d46d756f8d6234f6");
}

// The retry goes to another channel service, which forwards it to HQ: still the same request.
TEST(DigestTest, ChannelCredentialAndForwardingDontCount) {
  PROVES("C10");
  CreateCustomerRequest request = Create(Ada());
  request.set_channel("052");
  request.mutable_forwarded()->set_channel_service("store-7");
  request.mutable_forwarded()->set_request_digest("anything");
  EXPECT_EQ(RequestDigest(kKey, request), Digest(Ada()));
}

// A newer client may set what this version doesn't know, in whatever part of it.
TEST(DigestTest, FieldsOfNewerVersionsDontCount) {
  PROVES("C10");
  const auto add_unknown = [](google::protobuf::Message& message) {
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(9000, 1);
  };
  Customer customer = Ada();
  add_unknown(customer);
  EXPECT_EQ(Digest(customer), Digest(Ada()));
  Customer email = Ada();
  add_unknown(*email.mutable_email());
  EXPECT_EQ(Digest(email), Digest(Ada()));
  Customer address = Ada();
  add_unknown(*address.mutable_addresses(0));
  EXPECT_EQ(Digest(address), Digest(Ada()));
}

using Path = std::vector<const google::protobuf::FieldDescriptor*>;

// The ways from a message to all messages in it.
std::vector<Path> PathsBelow(const google::protobuf::Descriptor& type) {
  std::vector<Path> paths;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = type.field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_map()) {
      // Entries are messages that keep nothing unknown; their values would be others.
      EXPECT_EQ(field->message_type()->map_value()->message_type(), nullptr) << field->full_name();
      continue;
    }
    paths.push_back({field});
    for (Path& path : PathsBelow(*field->message_type())) {
      path.insert(path.begin(), field);
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

// The message there, of several the last.
google::protobuf::Message& Open(google::protobuf::Message& message, const Path& path) {
  google::protobuf::Message* at = &message;
  for (const google::protobuf::FieldDescriptor* field : path) {
    const google::protobuf::Reflection& reflection = *at->GetReflection();
    if (field->is_repeated()) {
      reflection.AddMessage(at, field);
      at = reflection.AddMessage(at, field);
    } else {
      at = reflection.MutableMessage(at, field);
    }
  }
  return *at;
}

// Wherever in a customer it is: no part is forgotten.
TEST(DigestTest, FieldsOfNewerVersionsDontCountAnywhere) {
  PROVES("C10");
  bool in_address = false;
  for (const Path& path : PathsBelow(*Customer::descriptor())) {
    Customer known;
    google::protobuf::Message& part = Open(known, path);
    const std::string digest = CreateDigest(kKey, known);
    part.GetReflection()->MutableUnknownFields(&part)->AddVarint(9000, 1);
    EXPECT_EQ(CreateDigest(kKey, known), digest) << path.back()->full_name();
    in_address = in_address || part.GetDescriptor() == Address::descriptor();
  }
  EXPECT_TRUE(in_address);
}

// A client that sends back a form or a reply repeats what the caller set.
TEST(DigestTest, OutputOnlyFieldsDontCount) {
  PROVES("C10");
  const Customer with_outputs = Ada().With([](Customer& customer) {
    customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    customer.set_account_number("C-1");
    customer.set_account_number_text("C-1");
    customer.set_etag("e");
    customer.set_display_name("Ada Lovelace");
    customer.set_primary_address("a");
    customer.set_channel("052");
    customer.set_pending_reason("X");
    customer.mutable_create_time()->set_seconds(1);
    customer.mutable_update_time()->set_seconds(2);
    customer.add_warnings()->set_reason("W");
    customer.mutable_email()->set_normalized("n");
    customer.mutable_phone()->set_e164("+1");
    customer.mutable_phone()->set_unparsable(true);
    // What a form shows comes back with it.
    customer.add_inherited_fields()->set_field("currency");
    customer.add_form_fields()->set_field("phone");
    customer.add_form_attributes()->set_id("shoe");
    Address& address = *customer.mutable_addresses(0);
    address.set_etag("e");
    address.set_deactivated(true);
    address.set_pending(true);
    address.mutable_create_time()->set_seconds(1);
    address.mutable_update_time()->set_seconds(1);
    address.add_warnings()->set_reason("W");
  });
  EXPECT_EQ(Digest(with_outputs), Digest(Ada()));
}

// When and where consent was given is ours to say; what was said is the caller's.
TEST(DigestTest, OfConsentOnlyWhatWasSaidCounts) {
  PROVES("C10", "C6");
  const auto consenting = [](bool stamped, customer::v1::ConsentState state) {
    return Ada().With([&](Customer& customer) {
      customer::v1::Consent& consent = *customer.mutable_email()->mutable_consent();
      consent.set_state(state);
      if (!stamped) return;
      consent.mutable_time()->set_seconds(1);
      consent.set_channel("052");
    });
  };
  constexpr auto kIn = customer::v1::CONSENT_STATE_OPTED_IN;
  EXPECT_EQ(Digest(consenting(true, kIn)), Digest(consenting(false, kIn)));
  EXPECT_NE(Digest(consenting(false, kIn)),
            Digest(consenting(false, customer::v1::CONSENT_STATE_OPTED_OUT)));
}

TEST(DigestTest, WhatTheCallerSetsCounts) {
  PROVES("C10");
  const std::string digest = Digest(Ada());
  EXPECT_NE(Digest(Ada().Named("Ada", "King")), digest);
  EXPECT_NE(Digest(Ada().Phone("020 7946 0959")), digest);
  EXPECT_NE(Digest(Ada().At(AnAddress())), digest);
  EXPECT_NE(Digest(Ada().With([](Customer& customer) { customer.set_notes("VIP"); })), digest);
  EXPECT_NE(Digest(Ada().With([](Customer& customer) {
              customer.mutable_addresses(0)->set_name(
                  AddressBuilder().WithId(kCustomer, kAddress).Build().name());
            })),
            digest);
}

// The id is what the digest is kept under. Minted or given, it is the same request.
TEST(DigestTest, TheCustomersNameDoesntCount) {
  PROVES("C10");
  EXPECT_EQ(Digest(Ada().With([](Customer& customer) { customer.clear_name(); })), Digest(Ada()));
}

TEST(DigestTest, TheOrderInWhichAttributesWereSetDoesntCount) {
  PROVES("C10");
  const auto with = [](std::initializer_list<const char*> names) {
    return Digest(ACustomer().With([names](Customer& customer) {
      for (const char* name : names) (*customer.mutable_attributes())[name] = "x";
    }));
  };
  EXPECT_EQ(with({"a", "b", "c", "d", "e"}), with({"e", "c", "a", "d", "b"}));
}

TEST(DigestTest, OfAnUpdateOnlyTheMaskedFieldsCount) {
  PROVES("C10", "C7");
  UpdateCustomerRequest request;
  *request.mutable_customer() = Ada();
  request.mutable_update_mask()->add_paths("notes");
  request.mutable_update_mask()->add_paths("email");
  const std::string digest = RequestDigest(kKey, request);

  UpdateCustomerRequest same = request;
  same.set_request_id("whatever");
  same.set_channel("052");
  same.mutable_forwarded()->set_channel_service("store-7");
  same.mutable_customer()->set_given_name("Augusta");
  same.mutable_update_mask()->clear_paths();
  for (const char* path : {"email", "notes", "email"}) same.mutable_update_mask()->add_paths(path);
  EXPECT_EQ(RequestDigest(kKey, same), digest);

  UpdateCustomerRequest other = request;
  other.mutable_customer()->set_notes("VIP");
  EXPECT_NE(RequestDigest(kKey, other), digest);
  other = request;
  other.mutable_update_mask()->add_paths("url");
  EXPECT_NE(RequestDigest(kKey, other), digest);
  other = request;
  other.set_etag("h1");
  EXPECT_NE(RequestDigest(kKey, other), digest);
  other = request;
  other.mutable_customer()->set_name("customers/99999999-8888-4777-8666-555555555555");
  EXPECT_NE(RequestDigest(kKey, other), digest);
}

TEST(DigestTest, OfAnAddressItsCustomerCounts) {
  PROVES("C10");
  CreateAddressRequest request;
  request.set_parent("customers/11111111-2222-4333-8444-555555555555");
  *request.mutable_address() = AnAddress();
  const std::string digest = RequestDigest(kKey, request);

  request.mutable_address()->set_name("the key");
  request.set_channel("052");
  EXPECT_EQ(RequestDigest(kKey, request), digest);
  request.set_parent("customers/99999999-8888-4777-8666-555555555555");
  EXPECT_NE(RequestDigest(kKey, request), digest);
}

TEST(DigestTest, KindsOfRequestAreKeptApart) {
  PROVES("C10");
  UpdateAddressRequest update;
  DeactivateAddressRequest deactivate;
  update.mutable_address()->set_name("a");
  deactivate.set_name("a");
  EXPECT_NE(RequestDigest(kKey, update), RequestDigest(kKey, deactivate));
  EXPECT_NE(RequestDigest(kKey, CreateCustomerRequest()),
            RequestDigest(kKey, CreateAddressRequest()));

  DeactivateAddressRequest shifted;
  deactivate.set_etag("b");
  shifted.set_name("ab");
  EXPECT_NE(RequestDigest(kKey, deactivate), RequestDigest(kKey, shifted));
}

}  // namespace
}  // namespace comptoir
