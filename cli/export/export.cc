#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/export/customer_rows.h"
#include "cli/export/export_file.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

constexpr int kExportPageSize = 500;

struct ExportArguments {
  std::string path;
  std::string addresses;
  bool restart = false;
  bool progress = false;
};

// The addresses of all customers, in order of their customers, page by page.
class AddressPages {
 public:
  AddressPages(const Client& client, const std::string& channel, const std::string& token)
      : client_(client), page_token_(token) {
    request_.set_channel(channel);
    request_.set_parent("customers/-");
    request_.set_page_size(kExportPageSize);
  }

  // Takes the next address that is of the customer with this id or of one before; nothing if there
  // is none.
  absl::StatusOr<std::optional<Address>> NextUpTo(const std::string& customer) {
    COMPTOIR_RETURN_IF_ERROR(Fill());
    if (page_.empty() || IdOfParent(page_.front()) > customer) return std::nullopt;
    std::optional<Address> address = std::move(page_.front());
    page_.pop_front();
    return address;
  }

  // Where the page begins in which the next address is.
  const std::string& page_token() const { return page_token_; }

  static std::string IdOfParent(const Address& address) {
    const auto id = CustomerIdOf(address.name());
    return id.has_value() ? id->ToString() : "";
  }

 private:
  absl::Status Fill() {
    while (page_.empty() && !ended_) {
      if (begun_) page_token_ = next_token_;
      begun_ = true;
      request_.set_page_token(page_token_);
      COMPTOIR_ASSIGN_OR_RETURN(auto response, client_.Call(request_));
      for (Address& address : *response.mutable_addresses()) page_.push_back(std::move(address));
      next_token_ = response.next_page_token();
      ended_ = next_token_.empty();
    }
    return absl::OkStatus();
  }

  const Client& client_;
  customer::v1::ListAddressesRequest request_;
  std::deque<Address> page_;
  std::string page_token_;
  std::string next_token_;
  bool begun_ = false;
  bool ended_ = false;
};

// Writes customers, and addresses if they are asked for, page by page. Not thread-safe.
class Export {
 public:
  Export(Session& session, const ExportArguments& arguments)
      : session_(session), arguments_(arguments), began_(Now()), last_shown_(began_) {}

  absl::Status Run() {
    COMPTOIR_RETURN_IF_ERROR(Open());
    AddressPages addresses(session_.service(), session_.options().channel,
                           progress_.addresses_token);
    customer::v1::ListCustomersRequest request;
    request.set_channel(session_.options().channel);
    request.set_page_size(kExportPageSize);
    do {
      request.set_page_token(progress_.customers_token);
      COMPTOIR_ASSIGN_OR_RETURN(const auto page, session_.service().Call(request));
      for (const Customer& customer : page.customers()) {
        COMPTOIR_RETURN_IF_ERROR(Add(customer, addresses));
      }
      progress_.customers_token = page.next_page_token();
      progress_.addresses_token = addresses.page_token();
      if (!progress_.customers_token.empty()) COMPTOIR_RETURN_IF_ERROR(Keep());
      Show();
    } while (!progress_.customers_token.empty());
    if (addresses_ != nullptr) COMPTOIR_RETURN_IF_ERROR(addresses_->Finish());
    COMPTOIR_RETURN_IF_ERROR(customers_->Finish());
    ExportProgress::Remove(arguments_.path);
    return absl::OkStatus();
  }

  std::string ToText() const {
    return absl::StrCat(
        WithThousands(progress_.customers), " customers in ", arguments_.path,
        addresses_ == nullptr ? ""
                              : absl::StrCat(", ", WithThousands(progress_.addresses),
                                             " addresses in ", arguments_.addresses),
        resumed_ ? ", gone on where it had stopped" : "", ".\n",
        progress_.left_out == 0
            ? ""
            : absl::StrCat(WithThousands(progress_.left_out),
                           " of them have affiliations, attributes or further contacts, which a "
                           "row has no room for: see `comptoir --json customer list --all`.\n"));
  }
  nlohmann::json ToJson() const {
    return {{"file", arguments_.path},
            {"customers", progress_.customers},
            {"addresses", progress_.addresses},
            {"left_out", progress_.left_out},
            {"resumed", resumed_},
            {"seconds", absl::ToDoubleSeconds(Now() - began_)}};
  }
  bool begun() const { return customers_ != nullptr; }

 private:
  absl::Time Now() const { return session_.environment().clock.Now(); }

  // Goes on where the last one stopped.
  absl::Status Open() {
    const bool with_addresses = !arguments_.addresses.empty();
    for (const std::string& path : {arguments_.path, arguments_.addresses}) {
      if (!path.empty() && std::filesystem::exists(path)) {
        return UsageError(absl::StrCat(path, " is there already: remove it, or name another."));
      }
    }
    if (arguments_.restart) ExportProgress::Remove(arguments_.path);
    const auto found = ExportProgress::Read(arguments_.path);
    resumed_ = found.has_value();
    progress_ = found.value_or(ExportProgress{.service = session_.service().address(),
                                              .channel = session_.options().channel,
                                              .addresses_path = arguments_.addresses});
    if (progress_.service != session_.service().address() ||
        progress_.channel != session_.options().channel ||
        progress_.addresses_path != arguments_.addresses) {
      return UsageError(absl::StrCat("An export to ", arguments_.path,
                                     " was begun with other options: use them, or --restart."));
    }
    COMPTOIR_ASSIGN_OR_RETURN(customers_, ExportFile::Open(arguments_.path, progress_.bytes));
    if (!resumed_) COMPTOIR_RETURN_IF_ERROR(customers_->Append(CustomerRowsHeader()));
    if (!with_addresses) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(addresses_,
                              ExportFile::Open(arguments_.addresses, progress_.addresses_bytes));
    if (resumed_) return absl::OkStatus();
    return addresses_->Append(AddressRowsHeader());
  }

  absl::Status Add(const Customer& customer, AddressPages& addresses) {
    const std::string id = IdOf(customer.name());
    std::optional<Address> primary;
    while (true) {
      COMPTOIR_ASSIGN_OR_RETURN(auto address, addresses.NextUpTo(id));
      if (!address.has_value()) break;
      const std::string parent = AddressPages::IdOfParent(*address);
      // Of a customer that is in the files, or of one that is gone meanwhile.
      if (parent <= progress_.last_customer || parent != id) continue;
      if (addresses_ != nullptr) {
        ++progress_.addresses;
        COMPTOIR_RETURN_IF_ERROR(addresses_->Append(AddressRow(*address)));
      }
      if (address->name() == customer.primary_address()) primary = std::move(address);
    }
    ++progress_.customers;
    progress_.left_out += LeftOut(customer) ? 1 : 0;
    progress_.last_customer = id;
    return customers_->Append(CustomerRow(customer, primary.has_value() ? &*primary : nullptr));
  }

  // What is written so far is worth keeping.
  absl::Status Keep() {
    COMPTOIR_RETURN_IF_ERROR(customers_->Sync());
    progress_.bytes = customers_->bytes();
    if (addresses_ != nullptr) {
      COMPTOIR_RETURN_IF_ERROR(addresses_->Sync());
      progress_.addresses_bytes = addresses_->bytes();
    }
    return progress_.Write(arguments_.path);
  }

  void Show() {
    const bool in_place = session_.environment().err_is_terminal;
    if (!in_place && !arguments_.progress) return;
    const absl::Time now = Now();
    if (now - last_shown_ < absl::Milliseconds(250)) return;
    last_shown_ = now;
    const std::string text =
        absl::StrFormat("%s customers  %.0f s", WithThousands(progress_.customers),
                        absl::ToDoubleSeconds(now - began_));
    session_.err() << (in_place ? absl::StrCat("\r\x1b[K", text) : text + "\n") << std::flush;
  }

  // Constant after construction.
  Session& session_;
  const ExportArguments& arguments_;
  const absl::Time began_;

  absl::Time last_shown_;
  ExportProgress progress_;
  bool resumed_ = false;
  std::unique_ptr<ExportFile> customers_;
  std::unique_ptr<ExportFile> addresses_;
};

absl::Status RunExport(Session& session, const ExportArguments& arguments) {
  Export customers(session, arguments);
  const absl::Status result = customers.Run();
  if (session.environment().err_is_terminal) session.err() << "\r\x1b[K" << std::flush;
  if (!result.ok()) {
    if (customers.begun()) session.err() << "Stopped. Run the same export again to go on.\n";
    return result;
  }
  session.out() << (session.options().json ? customers.ToJson().dump(1) + "\n"
                                           : customers.ToText());
  return absl::OkStatus();
}

}  // namespace

void AddExportCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App& command = AddCommand(
      app, session,
      {"export-customers", "Write all customers to a CSV file; may be stopped and run again",
       "comptoir export-customers everybody.csv\n"
       "comptoir --service localhost:7400 export-customers chain.csv --addresses addresses.csv\n"
       "Of HQ or a store, whichever --service names. A row has the columns that an import takes, "
       "after the customer's UUID, account number and state; its address is the primary one, all "
       "are in --addresses. An export that was stopped goes on where it was; what changes "
       "meanwhile may be in it or not."},
      [&session, arguments] { return RunExport(session, *arguments); });
  command.add_option("file", arguments->path, "where to write to")->required();
  command.add_option("--addresses", arguments->addresses, "write all addresses, too")
      ->type_name("FILE");
  command.add_flag("--restart", arguments->restart, "begin anew, not where the last one stopped");
  command.add_flag("--progress", arguments->progress, "show progress also without a terminal");
}

}  // namespace comptoir::cli
