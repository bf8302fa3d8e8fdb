#include "common/customer/rules/contacts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/rules/captured_change.h"
#include "common/customer/rules/derive.h"
#include "common/customer/texts.h"
#include "google/protobuf/util/time_util.h"

namespace comptoir {
namespace {

using customer::v1::Consent;
using customer::v1::ConsentChange;
using customer::v1::Customer;
using customer::v1::Email;
using customer::v1::Phone;

constexpr char kFeatureOff[] = "FEATURE_OFF";
constexpr char kNeedsFeature[] = "This needs feature F1.";

const std::string& TypedOf(const Email& email) { return email.address(); }
const std::string& TypedOf(const Phone& phone) { return phone.number(); }

template <typename Contact>
std::string KeyOf(const Contact& contact) {
  return ContactKey(contact);
}

bool IsSet(const Consent& consent) {
  return consent.state() != customer::v1::CONSENT_STATE_UNSPECIFIED ||
         !consent.wording_version().empty() || !consent.captured_by().empty();
}

bool SaysTheSame(const Consent& a, const Consent& b) {
  return a.state() == b.state() && a.wording_version() == b.wording_version() &&
         a.captured_by() == b.captured_by();
}

const Email& PrimaryOf(const Customer& customer, const Email*) { return customer.email(); }
const Phone& PrimaryOf(const Customer& customer, const Phone*) { return customer.phone(); }
const auto& SecondaryOf(const Customer& customer, const Email*) {
  return customer.secondary_emails();
}
const auto& SecondaryOf(const Customer& customer, const Phone*) {
  return customer.secondary_phones();
}

// Null if the customer has no such contact among its secondary ones.
template <typename Contact>
const Contact* FindSecondary(const Customer& customer, const Contact& contact) {
  for (const Contact& held : SecondaryOf(customer, static_cast<const Contact*>(nullptr))) {
    if (KeyOf(held) == KeyOf(contact)) return &held;
  }
  return nullptr;
}

// Null if the customer has no such contact at all.
template <typename Contact>
const Contact* FindContact(const Customer& customer, const Contact& contact) {
  const Contact& primary = PrimaryOf(customer, static_cast<const Contact*>(nullptr));
  if (!TypedOf(primary).empty() && KeyOf(primary) == KeyOf(contact)) return &primary;
  return FindSecondary(customer, contact);
}

void CheckConsent(const std::string& field, const Consent& consent, FieldCheck& check) {
  const std::string path = field + ".consent";
  check.Enumerator(path, customer::v1::ConsentState_IsValid(consent.state()));
  check.Text(path, consent.wording_version(), kConsentTextCharactersMax);
  check.Text(path, consent.captured_by(), kConsentTextCharactersMax);
}

void CheckTyped(const std::string& field, const Email& email, FieldCheck& check) {
  check.EmailAddress(field, email.address());
}
void CheckTyped(const std::string& field, const Phone& phone, FieldCheck& check) {
  check.PhoneNumber(field, phone);
}

template <typename Contact>
void CheckPrimary(const std::string& field, const Contact& contact, FieldCheck& check) {
  CheckTyped(field, contact, check);
  CheckConsent(field, contact.consent(), check);
  if (!contact.purpose().empty()) {
    check.Add(field, "FIELD_MISPLACED", "Only secondary contacts have a purpose.");
  }
}

template <typename Contacts, typename Contact>
void CheckSecondary(const std::string& field, const Contacts& contacts, const Contact& primary,
                    FieldCheck& check) {
  if (contacts.empty()) return;
  if (contacts.size() > kSecondaryContactsMax) {
    check.Add(field, "TOO_MANY", absl::StrCat("At most ", kSecondaryContactsMax, "."));
    return;
  }
  absl::flat_hash_set<std::string> seen;
  if (!TypedOf(primary).empty() && IsValidUtf8(TypedOf(primary))) seen.insert(KeyOf(primary));
  for (int i = 0; i < contacts.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    const Contact& contact = contacts[i];
    CheckTyped(path, contact, check);
    CheckConsent(path, contact.consent(), check);
    if (!IsValidUtf8(TypedOf(contact))) continue;
    if (IsBlank(TypedOf(contact))) {
      check.Add(path, "REQUIRED", "A secondary contact says what it is.");
    } else if (!seen.insert(KeyOf(contact)).second) {
      check.Add(path, "CONTACT_REPEATED", "The customer has this contact already.");
    }
  }
}

// With F1 off: what is there may stay, and consent may be withdrawn.
bool IsKeptOrWithdrawn(const Consent& consent, const Consent* held) {
  if (!IsSet(consent)) return true;
  if (held == nullptr || !IsSet(*held)) return false;
  return SaysTheSame(consent, *held) || consent.state() == customer::v1::CONSENT_STATE_OPTED_OUT;
}

template <typename Contact>
void CheckNewConsent(const std::string& field, const Contact& contact, const Customer& current,
                     FieldCheck& check) {
  const Contact* const held = FindContact(current, contact);
  if (IsKeptOrWithdrawn(contact.consent(), held == nullptr ? nullptr : &held->consent())) return;
  check.Add(field + ".consent", kFeatureOff, kNeedsFeature);
}

template <typename Contacts>
void CheckNewSecondary(const std::string& field, const Contacts& contacts, const Customer& current,
                       const ChannelConfiguration& channel, FieldCheck& check) {
  for (int i = 0; i < contacts.size(); ++i) {
    const auto& contact = contacts[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    const auto* const held = FindSecondary(current, contact);
    const bool same_purpose = held != nullptr && held->purpose() == contact.purpose();
    if (!channel.captures_contacts()) {
      if (!same_purpose) check.Add(path, kFeatureOff, kNeedsFeature);
      if (held != nullptr) CheckNewConsent(path, contact, current, check);
    }
    const bool known = contact.purpose().empty() || same_purpose ||
                       IsBuiltInPurpose(contact.purpose()) ||
                       channel.purposes.contains(contact.purpose());
    if (!known) check.Add(path + ".purpose", "PURPOSE_UNKNOWN", "Not a purpose.");
  }
}

template <typename Contact>
void StampConsent(Contact& contact, const Customer& current, absl::Time now,
                  std::string_view channel) {
  if (!contact.has_consent()) return;
  if (!IsSet(contact.consent())) return contact.clear_consent();
  Consent& consent = *contact.mutable_consent();
  const Contact* const held = FindContact(current, contact);
  if (held != nullptr && SaysTheSame(consent, held->consent())) {
    consent = held->consent();
    return;
  }
  *consent.mutable_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  consent.set_channel(std::string(channel));
}

template <typename Contact, typename Visit>
void ForEachContact(const Customer& customer, Visit visit) {
  const Contact* const type = nullptr;
  if (!TypedOf(PrimaryOf(customer, type)).empty()) visit(PrimaryOf(customer, type));
  for (const Contact& contact : SecondaryOf(customer, type)) visit(contact);
}

template <typename Contact>
void AddChanges(const Customer& before, const Customer& after, const Consent& taken_back,
                std::vector<ConsentChange>& changes) {
  const auto add = [&](const Contact& contact, const Consent* old, const Consent* now) {
    const bool was = old != nullptr && IsSet(*old);
    const bool is = now != nullptr && IsSet(*now);
    if (!was && !is) return;
    if (was && is && SaysTheSame(*old, *now)) return;
    ConsentChange& change = changes.emplace_back();
    change.set_contact(TypedOf(contact));
    if (was) *change.mutable_before() = *old;
    *change.mutable_after() = is ? *now : taken_back;
  };
  ForEachContact<Contact>(after, [&](const Contact& contact) {
    const Contact* const held = FindContact(before, contact);
    add(contact, held == nullptr ? nullptr : &held->consent(), &contact.consent());
  });
  ForEachContact<Contact>(before, [&](const Contact& contact) {
    if (FindContact(after, contact) == nullptr) add(contact, &contact.consent(), nullptr);
  });
}

}  // namespace

std::string ContactKey(const Email& email) { return FoldedEmail(email.address()); }
std::string ContactKey(const Phone& phone) {
  std::string digits = PhoneDigits(phone.number());
  return digits.empty() ? phone.number() : digits;
}

void CheckContacts(const Customer& customer, FieldCheck& check) {
  CheckPrimary("email", customer.email(), check);
  CheckPrimary("phone", customer.phone(), check);
  CheckSecondary("secondary_emails", customer.secondary_emails(), customer.email(), check);
  CheckSecondary("secondary_phones", customer.secondary_phones(), customer.phone(), check);
}

void CheckNewContacts(const Customer& customer, const Customer& current,
                      const ChannelConfiguration& channel, FieldCheck& check) {
  if (!channel.captures_contacts()) {
    CheckNewConsent("email", customer.email(), current, check);
    CheckNewConsent("phone", customer.phone(), current, check);
  }
  CheckNewSecondary("secondary_emails", customer.secondary_emails(), current, channel, check);
  CheckNewSecondary("secondary_phones", customer.secondary_phones(), current, channel, check);
}

void StampConsents(Customer& customer, const Customer& current, absl::Time now,
                   std::string_view channel) {
  if (customer.has_email()) StampConsent(*customer.mutable_email(), current, now, channel);
  if (customer.has_phone()) StampConsent(*customer.mutable_phone(), current, now, channel);
  for (Email& email : *customer.mutable_secondary_emails()) {
    StampConsent(email, current, now, channel);
  }
  for (Phone& phone : *customer.mutable_secondary_phones()) {
    StampConsent(phone, current, now, channel);
  }
}

void DeriveSecondaryPhones(Customer& customer, const Customer& current, std::string_view country,
                           std::vector<customer::v1::Warning>& warnings) {
  for (int i = 0; i < customer.secondary_phones_size(); ++i) {
    Phone& phone = *customer.mutable_secondary_phones(i);
    const Phone* const held = FindContact(current, phone);
    if (held != nullptr && held->number() == phone.number()) {
      phone.set_e164(held->e164());
      phone.set_unparsable(held->unparsable());
    } else if (DerivePhone(phone, country)) {
      warnings.push_back(
          MakeWarning("PHONE_UNPARSABLE", absl::StrCat("secondary_phones[", i, "]")));
    }
  }
}

std::vector<ConsentChange> ConsentChanges(const Customer& before, const Customer& after,
                                          absl::Time now, std::string_view channel) {
  Consent taken_back;
  *taken_back.mutable_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  taken_back.set_channel(std::string(channel));
  std::vector<ConsentChange> changes;
  AddChanges<Email>(before, after, taken_back, changes);
  AddChanges<Phone>(before, after, taken_back, changes);
  return changes;
}

}  // namespace comptoir
