#include "common/customer/texts.h"

#include <iterator>
#include <optional>
#include <string>

#include "common/base/check.h"
#include "common/base/languages.h"

namespace comptoir {
namespace {

// In the order of Text.
constexpr Translations kTexts[] = {
    {
        "Pending sync",
        "En attente de synchronisation",
        "In attesa di sincronizzazione",
        "Väntar på synkronisering",
    },
    {
        "The phone number was saved as typed; no numbering plan knows it.",
        "Le numéro de téléphone a été enregistré tel quel ; aucun plan de numérotation ne le "
        "connaît.",
        "Il numero di telefono è stato salvato come digitato; nessun piano di numerazione lo "
        "conosce.",
        "Telefonnumret sparades som det skrevs; ingen nummerplan känner till det.",
    },
    {
        "The address has no country.",
        "L'adresse n'a pas de pays.",
        "L'indirizzo non ha un paese.",
        "Adressen saknar land.",
    },
    {
        "Not saved: HQ could not be reached, and new customers may not have it while they wait.",
        "Non enregistré : le siège n'a pas pu être joint, et un nouveau client en attente ne peut "
        "pas l'avoir.",
        "Non salvato: la sede non è raggiungibile, e un nuovo cliente in attesa non può averlo.",
        "Sparades inte: huvudkontoret kunde inte nås, och en ny kund som väntar får inte ha det.",
    },
    {
        "Converted as it was captured; it would be refused by now.",
        "Converti tel que saisi ; ce serait refusé aujourd'hui.",
        "Convertito come era stato inserito; oggi sarebbe rifiutato.",
        "Omvandlat som det registrerades; i dag skulle det nekas.",
    },
};

std::optional<Text> WarningText(std::string_view reason) {
  if (reason == "PHONE_UNPARSABLE") return Text::kPhoneUnparsable;
  if (reason == "ADDRESS_WITHOUT_COUNTRY") return Text::kAddressWithoutCountry;
  if (reason == "FEATURE_OFF") return Text::kFeatureOff;
  return std::nullopt;
}

void SetText(customer::v1::Warning& warning, std::string_view language) {
  const std::optional<Text> text = WarningText(warning.reason());
  if (text.has_value()) warning.set_text(std::string(TextFor(*text, language)));
}

}  // namespace

static_assert(std::size(kTexts) == std::size(kAllTexts));

std::string_view TextFor(Text text, std::string_view language) {
  return InLanguage(kTexts[static_cast<size_t>(text)], language);
}

customer::v1::Warning MakeWarning(std::string_view reason, std::string_view field) {
  customer::v1::Warning warning;
  warning.set_reason(std::string(reason));
  warning.set_field(std::string(field));
  // Other versions may send reasons that we don't know; ours have a text.
  COMPTOIR_CHECK(WarningText(reason).has_value()) << "a warning without a text";
  SetText(warning, "en");
  return warning;
}

void LocalizeWarnings(google::protobuf::RepeatedPtrField<customer::v1::Warning>& warnings,
                      std::string_view language) {
  for (customer::v1::Warning& warning : warnings) SetText(warning, language);
}

}  // namespace comptoir
