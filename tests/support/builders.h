// Customers and addresses as a caller would send them, each valid until a test says otherwise:
//
//     ACustomer().Named("Ada", "Lovelace").Phone("020 7946 0958").At(AnAddress().In("London",
//     "GB"))

#ifndef COMPTOIR_TESTS_SUPPORT_BUILDERS_H_
#define COMPTOIR_TESTS_SUPPORT_BUILDERS_H_

#include <string>
#include <utility>

#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

class AddressBuilder {
 public:
  AddressBuilder& In(const std::string& city, const std::string& country) {
    address_.set_city(city);
    address_.set_country(country);
    return *this;
  }
  AddressBuilder& Street(const std::string& line) {
    address_.add_street(line);
    return *this;
  }
  AddressBuilder& PostalCode(const std::string& code) {
    address_.set_postal_code(code);
    return *this;
  }
  AddressBuilder& Phone(const std::string& number) {
    address_.mutable_phone()->set_number(number);
    return *this;
  }
  AddressBuilder& Primary() {
    address_.set_primary(true);
    return *this;
  }
  AddressBuilder& WithId(const Uuid& customer, const Uuid& address) {
    address_.set_name("customers/" + customer.ToString() + "/addresses/" + address.ToString());
    return *this;
  }

  const customer::v1::Address& Build() const { return address_; }
  operator customer::v1::Address() const { return address_; }  // NOLINT: that is its point

 private:
  customer::v1::Address address_;
};

// An address in a town of a country that tests may change.
inline AddressBuilder AnAddress() { return AddressBuilder().In("London", "GB"); }

class CustomerBuilder {
 public:
  CustomerBuilder& Named(const std::string& given, const std::string& family = "") {
    customer_.set_given_name(given);
    customer_.set_family_name(family);
    return *this;
  }
  CustomerBuilder& Organization(const std::string& name) {
    customer_.clear_given_name();
    customer_.clear_family_name();
    customer_.set_organization_name(name);
    return *this;
  }
  CustomerBuilder& WithId(const Uuid& id) {
    customer_.set_name("customers/" + id.ToString());
    return *this;
  }
  CustomerBuilder& Email(const std::string& address) {
    customer_.mutable_email()->set_address(address);
    return *this;
  }
  CustomerBuilder& Phone(const std::string& number) {
    customer_.mutable_phone()->set_number(number);
    return *this;
  }
  CustomerBuilder& At(customer::v1::Address address) {
    *customer_.add_addresses() = std::move(address);
    return *this;
  }
  // Anything else.
  template <typename Change>
  CustomerBuilder& With(Change change) {
    change(customer_);
    return *this;
  }

  const customer::v1::Customer& Build() const { return customer_; }
  operator customer::v1::Customer() const { return customer_; }  // NOLINT: that is its point

 private:
  customer::v1::Customer customer_;
};

// A person named Ada.
inline CustomerBuilder ACustomer() { return CustomerBuilder().Named("Ada"); }

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_BUILDERS_H_
