#include "hq-service/domain/configuration/finding_texts.h"

namespace comptoir::hq {

const ReasonText kCardNumbersMissing = {
    "NUMBER_SEQUENCE_MISSING",
    {"A profile generates numbers of loyalty cards: none is issued without a number.",
     "Un profil génère des numéros de carte de fidélité : aucune carte n'est émise sans numéro.",
     "Un profilo genera numeri di carta fedeltà: nessuna carta viene emessa senza numero.",
     "En profil skapar nummer till lojalitetskort: inget kort ges ut utan nummer."}};
const ReasonText kCardNumbersBlocked = {
    "NUMBER_SEQUENCE_BLOCKED",
    {"It is blocked: no loyalty card is issued without a number.",
     "Elle est bloquée : aucune carte de fidélité n'est émise sans numéro.",
     "È bloccata: nessuna carta fedeltà viene emessa senza numero.",
     "Den är spärrad: inget lojalitetskort ges ut utan nummer."}};
const ReasonText kCardNumbersExhausted = {
    "NUMBER_SEQUENCE_EXHAUSTED",
    {"Its highest number is given: no loyalty card is issued without a number.",
     "Son numéro le plus élevé est attribué : aucune carte de fidélité n'est émise sans numéro.",
     "Il suo numero più alto è assegnato: nessuna carta fedeltà viene emessa senza numero.",
     "Det högsta numret är utdelat: inget lojalitetskort ges ut utan nummer."}};
const ReasonText kHqRecovering = {
    "RECOVERING",
    {"HQ was restored: new customers stay pending until these have told what HQ lost, or an "
     "operator ends it: $0.",
     "Le siège a été restauré : les nouveaux clients restent en attente jusqu'à ce que ces "
     "services "
     "aient dit ce que le siège a perdu, ou qu'un opérateur y mette fin : $0.",
     "La sede è stata ripristinata: i nuovi clienti restano in attesa finché questi servizi non "
     "dicono che cosa la sede ha perso, o un operatore non vi pone fine: $0.",
     "Huvudkontoret har återställts: nya kunder förblir väntande tills dessa har berättat vad "
     "huvudkontoret förlorade, eller en operatör avslutar det: $0."}};
const ReasonText kRestoreConflicts = {
    "RESTORE_CONFLICTS",
    {"Stores offered records that HQ didn't take: comptoir recovery conflicts.",
     "Des magasins ont proposé des données que le siège n'a pas reprises : comptoir recovery "
     "conflicts.",
     "Alcuni negozi hanno offerto dati che la sede non ha ripreso: comptoir recovery conflicts.",
     "Butiker erbjöd poster som huvudkontoret inte tog emot: comptoir recovery conflicts."}};
const ReasonText kNumbersMissing = {
    "NUMBER_SEQUENCE_MISSING",
    {"Customers cannot get an account number: all whose group names no other stay pending.",
     "Les clients ne peuvent pas recevoir de numéro de compte : tous ceux dont le groupe n'indique "
     "pas d'autre souche restent en attente.",
     "I clienti non possono avere un numero di conto: restano in attesa tutti quelli il cui gruppo "
     "non indica un'altra sequenza.",
     "Kunder kan inte få något kundnummer: alla vars grupp inte anger någon annan nummerserie "
     "förblir väntande."}};
const ReasonText kNumbersBlocked = {"NUMBER_SEQUENCE_BLOCKED",
                                    {"It is blocked: new customers stay pending.",
                                     "Elle est bloquée : les nouveaux clients restent en attente.",
                                     "È bloccata: i nuovi clienti restano in attesa.",
                                     "Den är spärrad: nya kunder förblir väntande."}};
const ReasonText kNumbersBlockedOfGroups = {
    "NUMBER_SEQUENCE_BLOCKED",
    {"It is blocked: new customers of $0 stay pending.",
     "Elle est bloquée : les nouveaux clients de $0 restent en attente.",
     "È bloccata: i nuovi clienti di $0 restano in attesa.",
     "Den är spärrad: nya kunder i $0 förblir väntande."}};
const ReasonText kNumbersExhausted = {
    "NUMBER_SEQUENCE_EXHAUSTED",
    {"Its highest number is given: new customers stay pending.",
     "Son numéro le plus élevé est attribué : les nouveaux clients restent en attente.",
     "Il suo numero più alto è assegnato: i nuovi clienti restano in attesa.",
     "Det högsta numret är utdelat: nya kunder förblir väntande."}};
const ReasonText kNumbersExhaustedOfGroups = {
    "NUMBER_SEQUENCE_EXHAUSTED",
    {"Its highest number is given: new customers of $0 stay pending.",
     "Son numéro le plus élevé est attribué : les nouveaux clients de $0 restent en attente.",
     "Il suo numero più alto è assegnato: i nuovi clienti di $0 restano in attesa.",
     "Det högsta numret är utdelat: nya kunder i $0 förblir väntande."}};
const ReasonText kNumbersLow = {"NUMBER_SEQUENCE_LOW",
                                {"Only $0 numbers are left.", "Il ne reste que $0 numéros.",
                                 "Restano solo $0 numeri.", "Bara $0 nummer är kvar."}};
const ReasonText kFeaturesMissing = {"FEATURE_PREREQUISITE",
                                     {"It needs features that are off: $0.",
                                      "Elle a besoin de fonctionnalités qui sont désactivées : $0.",
                                      "Ha bisogno di funzionalità che sono disattivate: $0.",
                                      "Den behöver funktioner som är avstängda: $0."}};
const ReasonText kNoChannel = {
    "NO_CHANNEL",
    {"There is no channel to create customers in.", "Il n'y a aucun canal où créer des clients.",
     "Non c'è nessun canale in cui creare clienti.", "Det finns ingen kanal att skapa kunder i."}};
const ReasonText kChannelWithoutService = {
    "CHANNEL_WITHOUT_SERVICE",
    {"No channel service is named to serve it.", "Aucun service de canal n'est indiqué pour lui.",
     "Nessun servizio di canale è indicato per esso.", "Ingen kanaltjänst är angiven för den."}};
const ReasonText kOperatingUnitWithoutCountry = {
    "OPERATING_UNIT_WITHOUT_COUNTRY",
    {"New addresses have no default country: $0 has none.",
     "Les nouvelles adresses n'ont pas de pays par défaut : $0 n'en a pas.",
     "I nuovi indirizzi non hanno un paese predefinito: $0 non ne ha.",
     "Nya adresser har inget förvalt land: $0 har inget."}};
const ReasonText kReceiptEmailInherited = {
    "DEFAULT_CUSTOMER_RECEIPT_EMAIL",
    {"New customers who bring no receipt e-mail get that of $0. Clear it, or name receipt_email in "
     "fields_not_inherited.",
     "Les nouveaux clients sans adresse e-mail de reçu héritent de celle de $0. Effacez-la, ou "
     "ajoutez receipt_email à fields_not_inherited.",
     "I nuovi clienti senza e-mail per gli scontrini ricevono quella di $0. Cancellala, o aggiungi "
     "receipt_email a fields_not_inherited.",
     "Nya kunder utan e-postadress för kvitton får den från $0. Ta bort den, eller ange "
     "receipt_email i fields_not_inherited."}};
const ReasonText kRetiredInUse = {
    "RETIRED_IN_USE",
    {"It still refers to $0, which is retired.", "Il fait encore référence à $0, qui est retiré.",
     "Fa ancora riferimento a $0, che è ritirato.",
     "Den hänvisar fortfarande till $0, som är taget ur bruk."}};

std::vector<const ReasonText*> AllFindingTexts() {
  return {&kCardNumbersMissing,
          &kCardNumbersBlocked,
          &kCardNumbersExhausted,
          &kHqRecovering,
          &kRestoreConflicts,
          &kNumbersMissing,
          &kNumbersBlocked,
          &kNumbersBlockedOfGroups,
          &kNumbersExhausted,
          &kNumbersExhaustedOfGroups,
          &kNumbersLow,
          &kFeaturesMissing,
          &kNoChannel,
          &kChannelWithoutService,
          &kOperatingUnitWithoutCountry,
          &kReceiptEmailInherited,
          &kRetiredInUse};
}

}  // namespace comptoir::hq
