#include "cli/table.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace comptoir::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Calls visit(code point, its bytes); the code point is negative for broken UTF-8.
template <typename Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < size;) {
    const int32_t start = at;
    UChar32 code_point;
    U8_NEXT(text.data(), at, size, code_point);
    visit(code_point, text.substr(start, at - start));
  }
}

int WidthOf(UChar32 code_point) {
  if (code_point < 0) return 1;
  switch (u_charType(code_point)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(code_point, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  ForEachCodePoint(utf8, [&width](UChar32 code_point, std::string_view) {
    width += static_cast<size_t>(WidthOf(code_point));
  });
  return width;
}

std::string Printable(std::string_view text) {
  std::string printable;
  ForEachCodePoint(text, [&printable](UChar32 code_point, std::string_view bytes) {
    const bool obeyed = code_point < 0 || u_charType(code_point) == U_CONTROL_CHAR ||
                        u_getIntPropertyValue(code_point, UCHAR_BIDI_CONTROL) != 0 ||
                        code_point == 0x2028 || code_point == 0x2029;
    printable += obeyed ? kReplacement : bytes;
  });
  return printable;
}

std::string WithThousands(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

Table::Table(std::vector<std::string> header) : aligns_(header.size(), Align::kLeft) {
  rows_.push_back(std::move(header));
}

void Table::AddRow(std::vector<std::string> cells) {
  COMPTOIR_CHECK(cells.size() <= aligns_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  cells.resize(aligns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::ToString() const {
  std::vector<size_t> widths(aligns_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - DisplayWidth(row[i]), ' ');
      if (i > 0) line += "  ";
      line += aligns_[i] == Align::kLeft ? row[i] + blanks : blanks + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::string Fields(const std::vector<std::pair<std::string, std::string>>& fields) {
  size_t width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    absl::StrAppend(&text, name, std::string(width - DisplayWidth(name) + 2, ' '), Printable(value),
                    "\n");
  }
  return text;
}

}  // namespace comptoir::cli
