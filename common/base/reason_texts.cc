#include "common/base/reason_texts.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "google/rpc/error_details.pb.h"

namespace comptoir {
namespace {

constexpr Translations kPending = {
    "This customer is still being synchronized.",
    "Ce client est encore en cours de synchronisation.",
    "Questo cliente è ancora in fase di sincronizzazione.",
    "Kunden håller fortfarande på att synkroniseras.",
};
constexpr Translations kRejected = {
    "Headquarters rejected this customer. Please enter the customer anew.",
    "Le siège a refusé ce client. Veuillez le saisir à nouveau.",
    "La sede ha rifiutato questo cliente. Inseriscilo di nuovo.",
    "Huvudkontoret avvisade kunden. Registrera kunden på nytt.",
};
constexpr Translations kFiltered = {
    "Customers can only be entered while headquarters can be reached.",
    "Les clients ne peuvent être saisis que lorsque le siège est joignable.",
    "I clienti possono essere inseriti solo quando la sede è raggiungibile.",
    "Kunder kan bara registreras när huvudkontoret kan nås.",
};
constexpr Translations kNeedsHq = {
    "Headquarters cannot be reached. Nothing was changed; please try again later.",
    "Le siège n'est pas joignable. Rien n'a été modifié ; veuillez réessayer plus tard.",
    "La sede non è raggiungibile. Nulla è stato modificato; riprova più tardi.",
    "Huvudkontoret kan inte nås. Inget har ändrats; försök igen senare.",
};
constexpr Translations kUnknown = {
    "Headquarters did not answer in time. Please try the same again.",
    "Le siège n'a pas répondu à temps. Veuillez réessayer la même opération.",
    "La sede non ha risposto in tempo. Riprova la stessa operazione.",
    "Huvudkontoret svarade inte i tid. Försök samma sak igen.",
};
constexpr Translations kChanged = {
    "Somebody else has changed this meanwhile. Please look at it again.",
    "Quelqu'un d'autre a fait une modification entre-temps. Veuillez vérifier à nouveau.",
    "Nel frattempo qualcun altro ha fatto una modifica. Controlla di nuovo.",
    "Någon annan har gjort en ändring under tiden. Kontrollera igen.",
};
constexpr Translations kInvalid = {
    "Some fields need to be corrected.",
    "Certains champs doivent être corrigés.",
    "Alcuni campi devono essere corretti.",
    "Några fält behöver rättas.",
};
constexpr Translations kNotFound = {
    "No such customer was found.",
    "Ce client est introuvable.",
    "Il cliente non è stato trovato.",
    "Kunden hittades inte.",
};
constexpr Translations kCardNotFound = {
    "No such loyalty card was found.",
    "Cette carte de fidélité est introuvable.",
    "La carta fedeltà non è stata trovata.",
    "Kundkortet hittades inte.",
};
constexpr Translations kCardTaken = {
    "This loyalty card has been issued already. Please take another card.",
    "Cette carte de fidélité a déjà été émise. Veuillez prendre une autre carte.",
    "Questa carta fedeltà è già stata emessa. Prendi un'altra carta.",
    "Kundkortet har redan utfärdats. Ta ett annat kort.",
};
constexpr Translations kCardNumberRequired = {
    "Please enter the number of the loyalty card.",
    "Veuillez saisir le numéro de la carte de fidélité.",
    "Inserisci il numero della carta fedeltà.",
    "Ange kundkortets nummer.",
};
constexpr Translations kLoyaltyBlocked = {
    "This customer cannot get a loyalty card.",
    "Ce client ne peut pas recevoir de carte de fidélité.",
    "Questo cliente non può ricevere una carta fedeltà.",
    "Kunden kan inte få något kundkort.",
};
constexpr Translations kCardTied = {
    "This loyalty card belongs to another customer.",
    "Cette carte de fidélité appartient à un autre client.",
    "Questa carta fedeltà appartiene a un altro cliente.",
    "Kundkortet tillhör en annan kund.",
};
constexpr Translations kCardBlocked = {
    "This loyalty card is blocked.",
    "Cette carte de fidélité est bloquée.",
    "Questa carta fedeltà è bloccata.",
    "Kundkortet är spärrat.",
};
constexpr Translations kNoNumbers = {
    "Headquarters has no number to give. Nothing was changed; please tell your administrator.",
    "Le siège n'a plus de numéro à attribuer. Rien n'a été modifié ; veuillez prévenir votre "
    "administrateur.",
    "La sede non ha numeri da assegnare. Nulla è stato modificato; avvisa il tuo amministratore.",
    "Huvudkontoret har inget nummer att ge. Inget har ändrats; meddela din administratör.",
};
constexpr Translations kNotNow = {
    "The store's system cannot take this now. Please try again in a moment.",
    "Le système du magasin ne peut pas traiter cette demande maintenant. Veuillez réessayer dans "
    "un instant.",
    "Il sistema del negozio non può elaborare la richiesta ora. Riprova tra un momento.",
    "Butikens system kan inte ta emot detta just nu. Försök igen om en stund.",
};

}  // namespace

const Translations* TextsForPeople(Reason reason) {
  switch (reason) {
    case Reason::kCustomerPending:
      return &kPending;
    case Reason::kCustomerRejected:
      return &kRejected;
    case Reason::kCustomerDataFiltered:
      return &kFiltered;
    case Reason::kHqUnreachable:
      return &kNeedsHq;
    case Reason::kOutcomeUnknown:
      return &kUnknown;
    case Reason::kEtagMismatch:
      return &kChanged;
    case Reason::kInvalidFields:
      return &kInvalid;
    case Reason::kCustomerNotFound:
      return &kNotFound;
    case Reason::kLoyaltyCardNotFound:
      return &kCardNotFound;
    case Reason::kLoyaltyNumberTaken:
      return &kCardTaken;
    case Reason::kLoyaltyNumberRequired:
      return &kCardNumberRequired;
    case Reason::kLoyaltyBlocked:
      return &kLoyaltyBlocked;
    case Reason::kLoyaltyCardTied:
      return &kCardTied;
    case Reason::kLoyaltyCardBlocked:
      return &kCardBlocked;
    case Reason::kNumberSequenceMissing:
    case Reason::kNumberSequenceBlocked:
    case Reason::kNumberSequenceExhausted:
      return &kNoNumbers;
    case Reason::kConfigurationMissing:
    case Reason::kDeadlineExceeded:
    case Reason::kDiskFull:
    case Reason::kOutboxFull:
    case Reason::kOverloaded:
    case Reason::kShuttingDown:
      return &kNotNow;
    default:
      return nullptr;
  }
}

absl::Status WithTextForPeople(absl::Status status, std::string_view language) {
  const std::optional<Reason> reason = ReasonOf(status);
  const Translations* const texts = reason.has_value() ? TextsForPeople(*reason) : nullptr;
  if (texts == nullptr) return status;
  google::rpc::LocalizedMessage message;
  message.set_locale(std::string(InLanguage(kLanguages, language)));
  message.set_message(std::string(InLanguage(*texts, language)));
  status.SetPayload(ToAbsl(kLocalizedMessageUrl), absl::Cord(message.SerializeAsString()));
  return status;
}

}  // namespace comptoir
