#include "cli/command.h"

#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace comptoir::cli {

CLI::App& AddCommand(CLI::App& parent, Session& session, const CommandText& text,
                     std::function<absl::Status()> run) {
  CLI::App& command = *parent.add_subcommand(text.name, text.description);
  command.fallthrough();
  if (!text.examples.empty()) {
    command.footer(
        absl::StrCat("Examples:\n  ", absl::StrReplaceAll(text.examples, {{"\n", "\n  "}})));
  }
  command.callback([&session, run = std::move(run)] { session.Finish(run()); });
  return command;
}

CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App& group = *parent.add_subcommand(name, description);
  group.fallthrough();
  // Not require_subcommand(1): then a mistyped command would be told to be missing.
  group.require_subcommand(0, 1);
  group.callback([&group] {
    if (group.get_subcommands().empty()) throw CLI::RequiredError::Subcommand(1);
  });
  return group;
}

CLI::Option* AddDuration(CLI::App& command, const std::string& name, absl::Duration& value,
                         const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &value](const std::string& text) {
            double seconds;
            if (absl::SimpleAtod(text, &seconds)) {
              value = absl::Seconds(seconds);
            } else if (!absl::ParseDuration(text, &value)) {
              throw CLI::ValidationError(name, "a duration is 10s, 1m30s, or a number of seconds");
            }
            if (value <= absl::ZeroDuration()) {
              throw CLI::ValidationError(name, "must be longer than nothing");
            }
          },
          description)
      ->default_str(absl::FormatDuration(value))
      ->type_name("DURATION");
}

void AddFieldOptions(CLI::App& command, std::span<const FieldOption> options,
                     std::vector<std::string>& assignments, std::string_view prefix) {
  for (const FieldOption& option : options) {
    const std::string path = std::string(prefix) + option.path;
    command
        .add_option_function<std::vector<std::string>>(
            option.flag,
            [path, &assignments](const std::vector<std::string>& values) {
              // Of a map the value names the key.
              const char* const separator = path == "attributes" ? "." : "=";
              for (const std::string& value : values) {
                assignments.push_back(absl::StrCat(path, separator, value));
              }
            },
            option.description)
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("TEXT");
  }
}

std::span<const FieldOption> CustomerFieldOptions() {
  static const auto& options = *new std::array<FieldOption, 30>{{
      {"--type", "type", "person or organization"},
      {"--title", "title", "Mr., Dr., …"},
      {"--given-name", "given_name", ""},
      {"--middle-name", "middle_name", ""},
      {"--family-name", "family_name", ""},
      {"--organization-name", "organization_name", ""},
      {"--birth-date", "birth_date", "ISO 8601: 1815-12-10"},
      {"--email", "email", ""},
      {"--email-consent", "email.consent", "to marketing on it: opted_in or opted_out"},
      {"--email-consent-wording", "email.consent.wording_version", "which wording was shown"},
      {"--email-consent-by", "email.consent.captured_by", "who asked"},
      {"--phone", "phone", ""},
      {"--phone-consent", "phone.consent", "to marketing on it: opted_in or opted_out"},
      {"--phone-consent-wording", "phone.consent.wording_version", "which wording was shown"},
      {"--phone-consent-by", "phone.consent.captured_by", "who asked"},
      {"--secondary-email", "secondary_emails",
       "ADDRESS[,purpose=Office][,consent=opted_in]; may be repeated"},
      {"--secondary-phone", "secondary_phones",
       "NUMBER[,kind=work][,purpose=Office][,consent=opted_in]; may be repeated"},
      {"--attribute", "attributes", "ID=VALUE; may be repeated"},
      {"--phone-kind", "phone.kind", "mobile, home or work"},
      {"--customer-group", "customer_group", "id of the group"},
      {"--affiliation", "affiliations", "id of an affiliation; may be repeated"},
      {"--address-book", "address_books",
       "id of an address book that the customer is to be in; may be repeated; at HQ only, and a "
       "new "
       "customer gets those of its channel"},
      {"--currency", "currency", "ISO 4217: EUR"},
      {"--customer-language", "language", "the customer's, BCP 47: fr-CA"},
      {"--receipt-option", "receipt_option", "standard, email or both"},
      {"--receipt-email", "receipt_email", ""},
      {"--url", "url", ""},
      {"--tax-number", "tax_number", ""},
      {"--notes", "notes", ""},
  }};
  return options;
}

std::span<const FieldOption> AddressFieldOptions() {
  static const auto& options = *new std::array<FieldOption, 12>{{
      {"--street", "street", "may be given three times"},
      {"--street-number", "street_number", ""},
      {"--building", "building", ""},
      {"--district", "district", ""},
      {"--city", "city", ""},
      {"--county", "county", ""},
      {"--state", "state", ""},
      {"--postal-code", "postal_code", ""},
      {"--country", "country", "ISO 3166-1 alpha-2: FR"},
      {"--purpose", "purposes", "Home, Business, Delivery, …; may be repeated"},
      {"--attention-to", "attention_to", ""},
      {"--address-name", "display_name", "default: the customer's name"},
  }};
  return options;
}

}  // namespace comptoir::cli
