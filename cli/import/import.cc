#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/import/acknowledged_file.h"
#include "cli/import/duplicates.h"
#include "cli/import/import_history.h"
#include "cli/import/import_queue.h"
#include "cli/import/import_report.h"
#include "cli/import/row_source.h"
#include "cli/import/row_source_options.h"
#include "cli/resource_names.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

constexpr int kInFlightMax = 4096;
constexpr absl::Duration kTick = absl::Milliseconds(100);

struct ImportArguments {
  RowSourceOptions source;
  int in_flight = 64;
  absl::Duration give_up_after = absl::Seconds(60);
  bool dry_run = false;
  bool new_import = false;
  bool progress = false;
  std::string rejects;
  std::string acknowledged;
  std::string duplicates;
};

// Tells a person how far the import is: on a terminal in place, else with a line now and then.
class Progress {
 public:
  Progress(Session& session, bool forced)
      : session_(session),
        in_place_(session.environment().err_is_terminal),
        interval_(in_place_ || forced ? absl::Milliseconds(250) : absl::Seconds(5)),
        began_(session.environment().clock.Now()),
        last_(began_) {}

  void Show(const ImportReport& report, absl::Time now) {
    if (now - last_ < interval_) return;
    last_ = now;
    shown_ = true;
    const std::string text = ProgressText(report.decided(), report.rows, now - began_);
    session_.err() << (in_place_ ? absl::StrCat("\r\x1b[K", text) : text + "\n") << std::flush;
  }

  void End() {
    if (in_place_ && shown_) session_.err() << "\r\x1b[K" << std::flush;
  }

 private:
  // Constant after construction.
  Session& session_;
  const bool in_place_;
  const absl::Duration interval_;
  const absl::Time began_;

  absl::Time last_;
  bool shown_ = false;
};

// Goes through the rows and counts. Not thread-safe.
class Import {
 public:
  Import(Session& session, const ImportArguments& arguments, RowSource& source)
      : session_(session),
        arguments_(arguments),
        source_(source),
        began_(Now()),
        progress_(session, arguments.progress) {
    report_.file = arguments.source.path;
    report_.sha256 = source.sha256();
    report_.first_row = source.first_row();
    report_.last_row = source.last_row();
    report_.rows = source.rows();
    report_.dry_run = arguments.dry_run;
  }

  // Opens the files that are written.
  absl::Status Open() {
    if (!arguments_.rejects.empty()) {
      rejects_.open(arguments_.rejects, std::ios::binary | std::ios::trunc);
      rejects_ << RejectionsHeader();
      if (!rejects_.flush()) return CannotWrite(arguments_.rejects);
    }
    if (!arguments_.duplicates.empty()) {
      duplicates_.open(arguments_.duplicates, std::ios::binary | std::ios::trunc);
      duplicates_ << DuplicatesHeader();
      if (!duplicates_.flush()) return CannotWrite(arguments_.duplicates);
      COMPTOIR_RETURN_IF_ERROR(ReadIds());
    }
    if (!arguments_.acknowledged.empty() && !arguments_.dry_run) {
      COMPTOIR_ASSIGN_OR_RETURN(acknowledged_, AcknowledgedFile::Open(arguments_.acknowledged));
    }
    return absl::OkStatus();
  }

  // Creates every row's customer; in a dry run the service only says what it would answer.
  absl::Status Run() {
    ImportQueue queue(session_.environment().random,
                      {.rows_max = static_cast<size_t>(arguments_.in_flight),
                       .give_up_after = arguments_.give_up_after});
    CreateCalls calls(session_.service().connection(), session_.environment().clock);
    absl::Status result;
    while (result.ok()) {
      result = Fill(queue);
      while (const auto due = queue.TakeDue(Now())) calls.Start(due->row, due->request);
      if (!result.ok() || queue.empty()) break;
      result = TakeAnswers(calls, queue);
      report_.retries = queue.retries();
      progress_.Show(report_, Now());
      if (result.ok() && queue.ShouldGiveUp(Now())) result = queue.last_failure();
    }
    COMPTOIR_RETURN_IF_ERROR(End());
    if (!result.ok() && !arguments_.dry_run) {
      session_.err() << "Stopped. Run the same import again to go on; nothing is created twice.\n";
    }
    return result;
  }

  const ImportReport& report() const { return report_; }

 private:
  absl::Time Now() const { return session_.environment().clock.Now(); }

  static absl::Status CannotWrite(const std::string& path) {
    return absl::UnknownError(absl::StrCat("Cannot write ", path, "."));
  }

  // The customers of the file itself, whenever they were created, are not those that were there.
  absl::Status ReadIds() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto rows, RowSource::Open(arguments_.source));
    while (true) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto row, rows->Next());
      if (!row.has_value()) return absl::OkStatus();
      own_ids_.insert(row->id);
    }
  }

  // Writes which rows before, and which customers that were there, look like this one. What cannot
  // be asked holds up no import: it is counted.
  void ReportDuplicates(uint64_t row, const customer::v1::Customer& customer) {
    const std::vector<PersonKey> keys = PersonKeys(customer);
    for (const auto& duplicate : rows_.Add(row, keys)) {
      ++report_.duplicates;
      duplicates_ << DuplicateRowLine(row, duplicate);
    }
    std::set<std::string> told;
    for (const PersonKey& key : keys) {
      const auto found = session_.service().Call(SearchFor(key, session_.options().channel));
      if (!found.ok() || !found->reason().empty()) ++report_.duplicates_unknown;
      if (!found.ok()) continue;
      for (const auto& result : found->results()) {
        const auto id = CustomerIdOf(result.customer().name());
        const bool own = id.has_value() && own_ids_.contains(*id);
        if (own || !LooksLike(key, result.customer())) continue;
        if (!told.insert(result.customer().name()).second) continue;
        ++report_.duplicates;
        duplicates_ << DuplicateCustomerLine(row, key.kind, result.customer());
      }
    }
  }

  void Reject(uint64_t row, const absl::Status& status) {
    report_.AddRejection(status);
    if (rejects_.is_open()) rejects_ << RejectionLines(row, status, source_.mapping());
  }

  // Takes rows from the file until the queue is full.
  absl::Status Fill(ImportQueue& queue) {
    while (queue.HasRoom() && !source_ended_) {
      COMPTOIR_ASSIGN_OR_RETURN(std::optional<SourceRow> row, source_.Next());
      if (!row.has_value()) {
        source_ended_ = true;
      } else if (!row->customer.ok()) {
        Reject(row->number, row->customer.status());
      } else {
        customer::v1::CreateCustomerRequest request;
        request.set_channel(session_.options().channel);
        request.set_validate_only(arguments_.dry_run);
        *request.mutable_customer() = *std::move(row->customer);
        queue.Add(row->number, std::move(request), Now());
      }
    }
    return absl::OkStatus();
  }

  // Waits for an answer and takes all that are there.
  absl::Status TakeAnswers(CreateCalls& calls, ImportQueue& queue) {
    std::optional<CreateCalls::Answer> answer =
        calls.Next(std::min(queue.NextDue(), Now() + kTick));
    for (int taken = 0; answer.has_value() && taken < arguments_.in_flight; ++taken) {
      COMPTOIR_RETURN_IF_ERROR(TakeAnswer(*answer, queue));
      answer = calls.Next(Now());
    }
    if (answer.has_value()) COMPTOIR_RETURN_IF_ERROR(TakeAnswer(*answer, queue));
    if (acknowledged_ == nullptr) return absl::OkStatus();
    return acknowledged_->SyncIfDue(Now());
  }

  absl::Status TakeAnswer(const CreateCalls::Answer& answer, ImportQueue& queue) {
    switch (queue.Answered(answer.token, answer.customer.status(), Now())) {
      case Verdict::kDone:
        report_.AddCustomer(*answer.customer);
        if (duplicates_.is_open()) ReportDuplicates(answer.token, *answer.customer);
        if (acknowledged_ == nullptr) return absl::OkStatus();
        return acknowledged_->Append(answer.token, *answer.customer);
      case Verdict::kReject:
        Reject(answer.token, answer.customer.status());
        return absl::OkStatus();
      case Verdict::kAbort:
        return answer.customer.status();
      case Verdict::kRetry:
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  absl::Status End() {
    report_.duration = Now() - began_;
    progress_.End();
    if (rejects_.is_open() && !rejects_.flush()) return CannotWrite(arguments_.rejects);
    if (duplicates_.is_open() && !duplicates_.flush()) return CannotWrite(arguments_.duplicates);
    return acknowledged_ == nullptr ? absl::OkStatus() : acknowledged_->Sync();
  }

  // Constant after construction.
  Session& session_;
  const ImportArguments& arguments_;
  RowSource& source_;
  const absl::Time began_;

  Progress progress_;
  ImportReport report_;
  std::ofstream rejects_;
  std::ofstream duplicates_;
  absl::flat_hash_set<Uuid> own_ids_;
  DuplicateRows rows_;
  std::unique_ptr<AcknowledgedFile> acknowledged_;
  bool source_ended_ = false;
};

absl::Status RunImport(Session& session, const ImportArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> source,
                            RowSource::Open(arguments.source));
  if (!arguments.dry_run && !source->mapping().has_key()) {
    COMPTOIR_RETURN_IF_ERROR(ImportHistory(session.environment().state_folder)
                                 .Remember(arguments.source.path, source->sha256(),
                                           arguments.new_import,
                                           session.environment().clock.Now()));
  }
  Import import(session, arguments, *source);
  COMPTOIR_RETURN_IF_ERROR(import.Open());
  const absl::Status result = import.Run();
  const ImportReport& report = import.report();
  session.out() << (session.options().json ? report.ToJson().dump(1) + "\n" : report.ToText())
                << std::flush;
  // Rows that were refused are told in the report.
  if (report.rejected > 0) session.SetExitCode(kExitFailure);
  return result;
}

}  // namespace

void AddImportCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App& command = AddCommand(
      app, session,
      {"import", "Create a customer for every row of a CSV file; may be stopped and run again",
       "comptoir import customers.csv --channel 001\n"
       "comptoir import customers.csv --dry-run --rejects rejects.csv --duplicates twins.csv\n"
       "comptoir import export.csv --encoding windows-1252 --date-format M/d/yyyy \\\n"
       "    --name crm --key CustomerKey --map Prefix=title --map Shoe=attributes.shoe-size "
       "--ignore Gender\n"
       "A row's customer has an id made of the file's bytes and the row's number, or of --name and "
       "--key: "
       "running an import again creates nothing twice. Rows that are refused are counted by reason "
       "and written to --rejects; then the exit code is 1."},
      [&session, arguments] { return RunImport(session, *arguments); });
  command.add_option("file", arguments->source.path, "CSV with a header")->required();
  AddRowSourceOptions(command, arguments->source);
  command.add_flag("--dry-run", arguments->dry_run,
                   "only check the rows, with all rules of the channel; nothing is stored");
  command
      .add_option("--rejects", arguments->rejects, "write refused rows: row, field, reason, column")
      ->type_name("FILE");
  command
      .add_option("--duplicates", arguments->duplicates,
                  "write rows that look like another row or like a customer who was there: by "
                  "e-mail, phone, or name and postal code; nothing is held back")
      ->type_name("FILE");
  command
      .add_option("--acknowledged", arguments->acknowledged,
                  "append row, UUID and state of every customer that is committed")
      ->type_name("FILE");
  command.add_option("--in-flight", arguments->in_flight, "creates under way at a time")
      ->check(CLI::Range(1, kInFlightMax))
      ->capture_default_str();
  AddDuration(command, "--give-up-after", arguments->give_up_after,
              "stop when there were only failures for so long");
  command.add_flag("--new-import", arguments->new_import,
                   "import a changed file again, every row as a new customer");
  command.add_flag("--progress", arguments->progress, "show progress also without a terminal");
}

}  // namespace comptoir::cli
