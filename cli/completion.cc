#include "cli/completion.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "cli/command.h"

namespace comptoir::cli {
namespace {

constexpr char kBashScript[] =
    "_comptoir() {\n"
    "  local IFS=$'\\n'\n"
    "  COMPREPLY=($(\"${COMP_WORDS[0]}\" __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
    "2>/dev/null))\n"
    "}\n"
    "complete -o default -F _comptoir comptoir\n";

constexpr char kZshScript[] =
    "#compdef comptoir\n"
    "_comptoir() {\n"
    "  local -a candidates\n"
    "  candidates=(${(f)\"$(\"${words[1]}\" __complete \"${(@)words[2,CURRENT]}\" "
    "2>/dev/null)\"})\n"
    "  if (( ${#candidates} )); then compadd -a candidates; else _files; fi\n"
    "}\n"
    // As a file of $fpath this is the function's body at the first <Tab>, and must complete then.
    "if [ \"$funcstack[1]\" = _comptoir ]; then _comptoir \"$@\"; else compdef _comptoir comptoir; "
    "fi\n";

// The option that a word names, of the command or of those that it is in.
const CLI::Option* FindOption(const CLI::App* command, const std::string& word) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const CLI::Option* option = command->get_option_no_throw(word)) return option;
  }
  return nullptr;
}

bool TakesValue(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

const CLI::App* FindCommand(const CLI::App& parent, const std::string& name) {
  for (const CLI::App* command : parent.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> Completions(const CLI::App& app, const std::vector<std::string>& words) {
  const std::string last = words.empty() ? "" : words.back();
  const CLI::App* command = &app;
  const CLI::Option* wants_value = nullptr;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (wants_value != nullptr) {
      wants_value = nullptr;
    } else if (words[i].starts_with("-")) {
      const CLI::Option* option = FindOption(command, words[i]);
      if (TakesValue(option)) wants_value = option;
    } else if (const CLI::App* chosen = FindCommand(*command, words[i])) {
      command = chosen;
    }
  }
  if (wants_value != nullptr) return {};

  std::vector<std::string> candidates;
  const auto offer = [&](const std::string& name) {
    if (name.starts_with(last)) candidates.push_back(name);
  };
  if (last.starts_with("-")) {
    for (const CLI::App* at = command; at != nullptr; at = at->get_parent()) {
      for (const CLI::Option* option : at->get_options()) {
        for (const std::string& name : option->get_lnames()) offer("--" + name);
      }
    }
  } else {
    for (const CLI::App* next : command->get_subcommands([](const CLI::App*) { return true; })) {
      offer(next->get_name());
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

void AddCompletionCommand(CLI::App& app, Session& session) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command =
      AddCommand(app, session,
                 {"completion", "Print a script that lets the shell complete commands and options",
                  "source <(comptoir completion bash)\n"
                  "comptoir completion zsh > ~/.zfunc/_comptoir"},
                 [&session, shell] {
                   session.out() << (*shell == "bash" ? kBashScript : kZshScript);
                   return absl::OkStatus();
                 });
  command.add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
}

}  // namespace comptoir::cli
