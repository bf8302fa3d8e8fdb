// Batch jobs at HQ: how they stand, running and canceling them, their runs.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

constexpr char kCollectionPrefix[] = "batchJobs/";
constexpr char kNameHelp[] =
    "P-0001, synchronize-customers, 1010, 1050, 1070 or 1110; or the job's name or former name";

// "1010" is "batchJobs/1010"; a name in words stays as it is.
std::string JobNameOf(const std::string& text) {
  const bool words = text.find(' ') != std::string::npos;
  return words || text.starts_with(kCollectionPrefix) ? text : kCollectionPrefix + text;
}

std::string IdOfJob(const std::string& name) {
  return name.starts_with(kCollectionPrefix) ? name.substr(sizeof(kCollectionPrefix) - 1) : name;
}

std::string StateText(hq::v1::JobState state) {
  return EnumText(hq::v1::JobState_Name(state), "JOB_STATE_");
}

// "manual", "every 15 minutes, 4 runs".
std::string ModeText(const hq::v1::BatchJob& job) {
  std::string text =
      absl::AsciiStrToLower(EnumText(hq::v1::BatchJobMode_Name(job.mode()), "BATCH_JOB_MODE_"));
  if (job.mode() == hq::v1::BATCH_JOB_MODE_RECURRENCE) {
    text = absl::StrCat("every ", job.every(), " ",
                        absl::AsciiStrToLower(
                            EnumText(hq::v1::RecurrenceUnit_Name(job.unit()), "RECURRENCE_UNIT_")));
    if (job.runs_max() != 0) absl::StrAppend(&text, ", ", job.runs_max(), " runs");
  }
  return job.withheld() ? absl::StrCat(text, ", withheld") : text;
}

std::string RunText(const hq::v1::JobRun& run) {
  return Fields({{"run", IdOfJob(run.name())},
                 {"state", StateText(run.state())},
                 {"trigger", EnumText(hq::v1::JobTrigger_Name(run.trigger()), "JOB_TRIGGER_")},
                 {"caller", run.caller()},
                 {"start", TimeText(run.start_time())},
                 {"end", run.has_end_time() ? TimeText(run.end_time()) : ""},
                 {"records", absl::StrCat(run.records())},
                 {"failures", absl::StrCat(run.failures())},
                 {"message", run.message()}});
}

absl::Status ListJobs(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::ListJobsResponse response,
                            session.hq().Call(hq::v1::ListJobsRequest()));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"JOB", "NAME", "RUNS", "STATE", "NEXT", "LAST", "WAITING SINCE"});
  for (const hq::v1::JobInfo& info : response.jobs()) {
    table.AddRow({IdOfJob(info.job().name()), info.job().display_name(), ModeText(info.job()),
                  info.state_text(), info.has_next_run_time() ? TimeText(info.next_run_time()) : "",
                  info.has_last_run() ? TimeText(info.last_run().start_time()) : "",
                  info.has_waiting_since() ? TimeText(info.waiting_since()) : ""});
  }
  session.out() << table.ToString();
  for (const hq::v1::JobInfo& info : response.jobs()) {
    for (const hq::v1::JobWarning& warning : info.warnings()) {
      session.out() << "warning: " << IdOfJob(info.job().name()) << ": " << warning.reason() << ": "
                    << warning.text() << "\n";
    }
  }
  return absl::OkStatus();
}

absl::Status Run(Session& session, const std::string& job) {
  hq::v1::RunJobRequest request;
  request.set_name(JobNameOf(job));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::JobRun run, session.hq().Call(request));
  session.out() << (session.options().json ? ToJson(run) : RunText(run));
  return absl::OkStatus();
}

absl::Status Cancel(Session& session, const std::string& job) {
  hq::v1::CancelJobRequest request;
  request.set_name(JobNameOf(job));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::JobInfo info, session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(info);
  } else {
    session.out() << Fields(
        {{"job", IdOfJob(info.job().name())}, {"state", StateText(info.state())}});
  }
  return absl::OkStatus();
}

absl::Status ListRuns(Session& session, const std::string& job) {
  hq::v1::ListJobRunsRequest request;
  request.set_name(JobNameOf(job));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::ListJobRunsResponse response, session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table(
      {"RUN", "STATE", "TRIGGER", "CALLER", "START", "END", "RECORDS", "FAILURES", "MESSAGE"});
  for (const hq::v1::JobRun& run : response.runs()) {
    table.AddRow({IdOfJob(run.name()), StateText(run.state()),
                  EnumText(hq::v1::JobTrigger_Name(run.trigger()), "JOB_TRIGGER_"), run.caller(),
                  TimeText(run.start_time()), run.has_end_time() ? TimeText(run.end_time()) : "",
                  absl::StrCat(run.records()), absl::StrCat(run.failures()), run.message()});
  }
  session.out() << (table.empty() ? "It has never run.\n" : table.ToString());
  return absl::OkStatus();
}

}  // namespace

void AddJobCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "jobs", "Batch jobs at HQ");
  AddCommand(group, session,
             {"list", "Show how each job runs, its state, what waits and what endangers it",
              "comptoir jobs list\n"
              "comptoir config update batchJobs/1010 'mode: BATCH_JOB_MODE_RECURRENCE every: 15 "
              "unit: RECURRENCE_UNIT_MINUTES'"},
             [&session] { return ListJobs(session); });

  auto run = std::make_shared<std::string>();
  AddCommand(group, session,
             {"run", "Run a job now; a canceled one goes on",
              "comptoir jobs run P-0001\ncomptoir jobs run synchronize-customers\n"
              "comptoir jobs run 1010"},
             [&session, run] { return Run(session, *run); })
      .add_option("job", *run, kNameHelp)
      ->required();

  auto canceled = std::make_shared<std::string>();
  AddCommand(group, session,
             {"cancel", "End a job's run and let nothing of its stage move until it is run again",
              "comptoir jobs cancel 1010"},
             [&session, canceled] { return Cancel(session, *canceled); })
      .add_option("job", *canceled, kNameHelp)
      ->required();

  auto listed = std::make_shared<std::string>();
  AddCommand(
      group, session,
      {"runs", "Show a job's runs, newest first", "comptoir jobs runs synchronize-customers"},
      [&session, listed] { return ListRuns(session, *listed); })
      .add_option("job", *listed, kNameHelp)
      ->required();
}

}  // namespace comptoir::cli
