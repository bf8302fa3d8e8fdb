#include "hq-service/domain/feeds/visibility_texts.h"

namespace comptoir::hq {

const ReasonText kChannelReceivesAll = {
    "CHANNEL_RECEIVES_ALL",
    {"The channel names no address books: it receives all customers.",
     "Le canal n'indique aucun carnet d'adresses : il reçoit tous les clients.",
     "Il canale non indica rubriche: riceve tutti i clienti.",
     "Kanalen anger inga adressböcker: den får alla kunder."}};
const ReasonText kInAddressBook = {
    "IN_ADDRESS_BOOK",
    {"The customer is in an address book of the channel.",
     "Le client figure dans un carnet d'adresses du canal.",
     "Il cliente è in una rubrica del canale.", "Kunden finns i en av kanalens adressböcker."}};
const ReasonText kNotInAddressBooks = {
    "NOT_IN_ADDRESS_BOOKS",
    {"The customer is in none of the channel's address books.",
     "Le client ne figure dans aucun carnet d'adresses du canal.",
     "Il cliente non è in nessuna rubrica del canale.",
     "Kunden finns inte i någon av kanalens adressböcker."}};
const ReasonText kUnsettledHere = {
    "UNSETTLED_HERE",
    {"What was done there for the customer isn't settled yet: until then it stays.",
     "Ce qui y a été fait pour le client n'est pas encore réglé : d'ici là, il y reste.",
     "Ciò che è stato fatto lì per il cliente non è ancora definito: fino ad allora resta.",
     "Det som gjorts där för kunden är inte avgjort ännu: till dess finns kunden kvar."}};
const ReasonText kNotPublished = {
    "NOT_PUBLISHED",
    {"The latest change waits for the next run of job 1010.",
     "La dernière modification attend la prochaine exécution du traitement 1010.",
     "L'ultima modifica attende la prossima esecuzione del lavoro 1010.",
     "Den senaste ändringen väntar på nästa körning av jobb 1010."}};
const ReasonText kNotAcknowledged = {
    "NOT_ACKNOWLEDGED",
    {"The channel service hasn't received it yet.", "Le service du canal ne l'a pas encore reçu.",
     "Il servizio del canale non l'ha ancora ricevuto.",
     "Kanalens tjänst har inte fått den ännu."}};
const ReasonText kDisconnected = {"DISCONNECTED",
                                  {"The channel service isn't connected to headquarters.",
                                   "Le service du canal n'est pas connecté au siège.",
                                   "Il servizio del canale non è connesso alla sede.",
                                   "Kanalens tjänst är inte ansluten till huvudkontoret."}};
const ReasonText kNoChannelService = {
    "NO_CHANNEL_SERVICE",
    {"No channel service serves the channel.", "Aucun service ne dessert le canal.",
     "Nessun servizio serve il canale.", "Ingen tjänst betjänar kanalen."}};
const ReasonText kPendingHere = {
    "PENDING_HERE",
    {"The customer was entered there and is still being synchronized.",
     "Le client y a été saisi et est encore en cours de synchronisation.",
     "Il cliente è stato inserito lì ed è ancora in fase di sincronizzazione.",
     "Kunden registrerades där och håller fortfarande på att synkroniseras."}};
const ReasonText kPendingElsewhere = {
    "PENDING_ELSEWHERE",
    {"The customer was entered at another channel and is still being synchronized.",
     "Le client a été saisi dans un autre canal et est encore en cours de synchronisation.",
     "Il cliente è stato inserito in un altro canale ed è ancora in fase di sincronizzazione.",
     "Kunden registrerades i en annan kanal och håller fortfarande på att synkroniseras."}};
const ReasonText kDataFiltered = {
    "CUSTOMER_DATA_FILTERED",
    {"The channel's database holds no customer data.",
     "La base de données du canal ne contient pas de données clients.",
     "Il database del canale non contiene dati dei clienti.",
     "Kanalens databas innehåller inga kunduppgifter."}};
const ReasonText kUnknownCustomer = {
    "CUSTOMER_NOT_FOUND",
    {"Headquarters doesn't know this customer.", "Le siège ne connaît pas ce client.",
     "La sede non conosce questo cliente.", "Huvudkontoret känner inte till kunden."}};

std::vector<const ReasonText*> AllVisibilityTexts() {
  return {&kChannelReceivesAll, &kInAddressBook,    &kNotInAddressBooks, &kUnsettledHere,
          &kNotPublished,       &kNotAcknowledged,  &kDisconnected,      &kNoChannelService,
          &kPendingHere,        &kPendingElsewhere, &kDataFiltered,      &kUnknownCustomer};
}

}  // namespace comptoir::hq
