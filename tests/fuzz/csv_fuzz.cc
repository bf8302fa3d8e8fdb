// Import files: any bytes are read to their end or refused; what is read can be written and read
// again, and becomes customers or errors. The first byte of an input chooses the encoding, the
// second how dates are written; the file follows.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/import/csv_reader.h"
#include "cli/import/row_mapping.h"
#include "common/base/check.h"

namespace comptoir::cli {
namespace {

constexpr const char* kEncodings[] = {"UTF-8",  "windows-1252", "UTF-16",
                                      "UTF-32", "Shift_JIS",    "ISO-2022-JP"};
constexpr const char* kDateFormats[] = {"", "M/d/yyyy", "dd.MM.yy"};

template <size_t kSize>
const char* Choose(const char* const (&choices)[kSize], uint8_t byte) {
  return choices[static_cast<uint8_t>(byte - '0') % kSize];
}

// A file without a disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : file_(memfd_create("csv", 0)) {
    COMPTOIR_CHECK(file_ >= 0);
    COMPTOIR_CHECK(write(file_, content.data(), content.size()) ==
                   static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

struct Table {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
  bool complete = false;
};

std::optional<Table> ReadTable(std::string_view content, const std::string& encoding) {
  const MemoryFile file(content);
  const auto reader = CsvReader::Open(file.path(), {.encoding = encoding});
  if (!reader.ok()) return std::nullopt;
  Table table{.header = (*reader)->header()};
  while (true) {
    auto row = (*reader)->Next();
    table.complete = row.ok();
    if (!row.ok() || !row->has_value()) return table;
    table.rows.push_back(**std::move(row));
  }
}

void CheckWrittenAndReadAgain(const Table& table) {
  std::string text = CsvLine(table.header);
  for (const CsvRow& row : table.rows) text += CsvLine(row.cells);
  const auto again = ReadTable(text, "UTF-8");
  COMPTOIR_CHECK(again.has_value() && again->complete);
  COMPTOIR_CHECK(again->header == table.header);
  COMPTOIR_CHECK(again->rows.size() == table.rows.size());
  for (size_t i = 0; i < table.rows.size(); ++i) {
    COMPTOIR_CHECK(again->rows[i].cells == table.rows[i].cells);
    COMPTOIR_CHECK(again->rows[i].number == i + 1);
  }
}

void CheckMapped(const Table& table, const char* date_format) {
  RowMappingOptions options{.key = table.header.front(), .date_format = date_format};
  auto mapping = RowMapping::Make(table.header, options);
  if (!mapping.ok()) {
    options.ignore = table.header;
    mapping = RowMapping::Make(table.header, options);
  }
  if (!mapping.ok()) return;
  for (const CsvRow& row : table.rows) {
    if (mapping->has_key()) (void)mapping->KeyOf(row);
    (void)mapping->ToCustomer(row);
  }
}

void Check(const uint8_t* data, size_t size) {
  if (size < 2) return;
  const std::string_view content(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto table = ReadTable(content, Choose(kEncodings, data[0]));
  if (!table.has_value()) return;
  if (table->complete) CheckWrittenAndReadAgain(*table);
  CheckMapped(*table, Choose(kDateFormats, data[1]));
}

}  // namespace
}  // namespace comptoir::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  comptoir::cli::Check(data, size);
  return 0;
}
