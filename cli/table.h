#ifndef COMPTOIR_CLI_TABLE_H_
#define COMPTOIR_CLI_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace comptoir::cli {

// Returns how many columns of a terminal the text takes: East Asian wide characters take two, marks
// that combine none.
size_t DisplayWidth(std::string_view utf8);

// Returns the text without anything that a terminal would obey: control characters and broken UTF-8
// become U+FFFD. What customers typed is printed only so.
std::string Printable(std::string_view text);

// Returns "18,148".
std::string WithThousands(uint64_t number);

// Rows and columns for people, aligned by display width. Not thread-safe.
class Table {
 public:
  enum class Align { kLeft, kRight };

  explicit Table(std::vector<std::string> header);

  void SetAlign(size_t column, Align align) { aligns_.at(column) = align; }

  // Missing cells are blank. REQUIRES: no more cells than the header has.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.size() == 1; }

  // Returns lines that end with a newline and have no blanks before it.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<Align> aligns_;
};

// Returns names and values, one pair a line, the values aligned. Blank values are left out.
std::string Fields(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_TABLE_H_
