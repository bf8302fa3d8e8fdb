#include "cli/resource_names.h"

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

constexpr std::string_view kCustomers = "customers/";

}  // namespace

std::string CustomerNameOf(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return std::string(text);
  const absl::StatusOr<Uuid> id = Uuid::Parse(text);
  if (id.ok()) return absl::StrCat("customers/", id->ToString());
  return absl::StrCat("accountNumbers/", ToAbsl(text));
}

std::string AddressParentOf(std::string_view text) {
  return text == "-" ? "customers/-" : CustomerNameOf(text);
}

std::string NameIn(std::string_view collection, std::string_view id) {
  if (id.empty() || id.find('/') != std::string_view::npos) return std::string(id);
  return absl::StrCat(ToAbsl(collection), "/", ToAbsl(id));
}

std::optional<Uuid> CustomerIdOf(std::string_view name) {
  if (!name.starts_with(kCustomers)) return std::nullopt;
  name.remove_prefix(kCustomers.size());
  const absl::StatusOr<Uuid> id = Uuid::Parse(name.substr(0, name.find('/')));
  return id.ok() ? std::optional(*id) : std::nullopt;
}

std::string IdOf(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

}  // namespace comptoir::cli
