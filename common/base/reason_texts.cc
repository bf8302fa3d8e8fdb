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
constexpr Translations kClosed = {
    "This store isn't served here, or headquarters has closed it.",
    "Ce magasin n'est pas desservi ici, ou le siège l'a fermé.",
    "Questo negozio non è servito qui, oppure la sede lo ha chiuso.",
    "Butiken betjänas inte här, eller så har huvudkontoret stängt den.",
};
constexpr Translations kNotEnabled = {
    "Some of what was entered is not enabled here. Please leave it out.",
    "Une partie de la saisie n'est pas activée ici. Veuillez la retirer.",
    "Parte di quanto inserito non è abilitato qui. Rimuovila.",
    "En del av det som angavs är inte aktiverat här. Ta bort det.",
};
constexpr Translations kAddressNotFound = {
    "No such address was found.",
    "Cette adresse est introuvable.",
    "L'indirizzo non è stato trovato.",
    "Adressen hittades inte.",
};
constexpr Translations kNoLongerOffered = {
    "Something that was chosen is no longer offered. Please choose anew.",
    "Un des choix n'est plus proposé. Veuillez choisir à nouveau.",
    "Una delle scelte non è più disponibile. Scegli di nuovo.",
    "Något som valdes erbjuds inte längre. Välj på nytt.",
};
constexpr Translations kNotAllowed = {
    "You are not allowed to do this.",
    "Vous n'êtes pas autorisé à faire cela.",
    "Non sei autorizzato a farlo.",
    "Du har inte behörighet att göra detta.",
};
constexpr Translations kNoNumber = {
    "Headquarters cannot give a number now. Please tell your administrator.",
    "Le siège ne peut pas attribuer de numéro maintenant. Veuillez prévenir votre administrateur.",
    "La sede non può assegnare ora un numero. Avvisa il tuo amministratore.",
    "Huvudkontoret kan inte ge något nummer nu. Meddela din administratör.",
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
    case Reason::kFeatureOff:
      return &kNotEnabled;
    case Reason::kAddressNotFound:
      return &kAddressNotFound;
    case Reason::kReferenceMissing:
    case Reason::kReferenceRetired:
      return &kNoLongerOffered;
    case Reason::kPermissionDenied:
    case Reason::kUnauthenticated:
      return &kNotAllowed;
    case Reason::kNumberSequenceMissing:
    case Reason::kNumberSequenceBlocked:
    case Reason::kNumberSequenceExhausted:
      return &kNoNumber;
    case Reason::kChannelNotServed:
      return &kClosed;
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
