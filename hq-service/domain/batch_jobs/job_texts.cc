#include "hq-service/domain/batch_jobs/job_texts.h"

#include "common/base/languages.h"

namespace comptoir::hq {
namespace {

constexpr Translations kWithhold = {"Withheld", "Suspendu", "Sospeso", "Spärrat"};
constexpr Translations kWaiting = {"Waiting", "En attente", "In attesa", "Väntar"};
constexpr Translations kReady = {"Ready", "Prêt", "Pronto", "Klart att köra"};
constexpr Translations kExecuting = {"Executing", "En cours", "In esecuzione", "Körs"};
constexpr Translations kError = {"Error", "Erreur", "Errore", "Fel"};
constexpr Translations kEnded = {"Ended", "Terminé", "Terminato", "Avslutat"};
constexpr Translations kCanceling = {"Canceling", "Annulation en cours", "Annullamento in corso",
                                     "Avbryts"};
constexpr Translations kCanceled = {"Canceled", "Annulé", "Annullato", "Avbrutet"};
constexpr Translations kNone = {"", "", "", ""};

const Translations& TextsOf(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_WITHHOLD:
      return kWithhold;
    case v1::JOB_STATE_WAITING:
      return kWaiting;
    case v1::JOB_STATE_READY:
      return kReady;
    case v1::JOB_STATE_EXECUTING:
      return kExecuting;
    case v1::JOB_STATE_ERROR:
      return kError;
    case v1::JOB_STATE_ENDED:
      return kEnded;
    case v1::JOB_STATE_CANCELING:
      return kCanceling;
    case v1::JOB_STATE_CANCELED:
      return kCanceled;
    default:
      return kNone;
  }
}

}  // namespace

std::string_view JobStateText(v1::JobState state, std::string_view language) {
  return InLanguage(TextsOf(state), language);
}

const ReasonText kJobManual = {
    "JOB_MANUAL",
    {"New customers wait here until somebody runs this job.",
     "Les nouveaux clients attendent ici que quelqu'un lance ce traitement.",
     "I nuovi clienti aspettano qui finché qualcuno non esegue questo processo.",
     "Nya kunder väntar här tills någon kör jobbet."}};
const ReasonText kJobWithheld = {
    "JOB_WITHHELD",
    {"This job is withheld: new customers don't get past it.",
     "Ce traitement est suspendu : les nouveaux clients restent bloqués ici.",
     "Questo processo è sospeso: i nuovi clienti non lo superano.",
     "Jobbet är spärrat: nya kunder kommer inte förbi det."}};
const ReasonText kJobCanceled = {
    "JOB_CANCELED",
    {"This job was canceled: new customers wait until somebody runs it again.",
     "Ce traitement a été annulé : les nouveaux clients attendent qu'on le relance.",
     "Questo processo è stato annullato: i nuovi clienti aspettano che venga rieseguito.",
     "Jobbet avbröts: nya kunder väntar tills någon kör det igen."}};
const ReasonText kJobEnded = {
    "JOB_ENDED",
    {"This job has made all the runs that were set: new customers wait here.",
     "Ce traitement a effectué toutes les exécutions prévues : les nouveaux clients attendent ici.",
     "Questo processo ha completato tutte le esecuzioni previste: i nuovi clienti aspettano qui.",
     "Jobbet har gjort alla körningar som ställts in: nya kunder väntar här."}};
const ReasonText kJobLate = {
    "JOB_LATE",
    {"This job hasn't run within twice its interval.",
     "Ce traitement n'a pas été exécuté en deux fois son intervalle.",
     "Questo processo non è stato eseguito entro il doppio del suo intervallo.",
     "Jobbet har inte körts inom dubbla sitt intervall."}};
const ReasonText kJobWorkWaits = {"JOB_WORK_WAITS",
                                  {"Work has been waiting for this job for too long.",
                                   "Du travail attend ce traitement depuis trop longtemps.",
                                   "Del lavoro aspetta questo processo da troppo tempo.",
                                   "Arbete har väntat för länge på det här jobbet."}};
const ReasonText kJobSessionPaused = {
    "JOB_SESSION_PAUSED",
    {"Somebody has paused this job for these channel services:",
     "Quelqu'un a suspendu ce traitement pour ces services de canal :",
     "Qualcuno ha sospeso questo processo per questi servizi di canale:",
     "Någon har pausat jobbet för dessa kanaltjänster:"}};
const ReasonText kJobServiceAway = {
    "JOB_SERVICE_AWAY",
    {"These channel services haven't been connected for too long:",
     "Ces services de canal ne sont plus connectés depuis trop longtemps :",
     "Questi servizi di canale non sono connessi da troppo tempo:",
     "Dessa kanaltjänster har inte varit anslutna på för länge:"}};

std::vector<const ReasonText*> AllJobWarningTexts() {
  return {&kJobManual, &kJobWithheld,  &kJobCanceled,      &kJobEnded,
          &kJobLate,   &kJobWorkWaits, &kJobSessionPaused, &kJobServiceAway};
}

}  // namespace comptoir::hq
