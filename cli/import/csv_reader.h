#ifndef COMPTOIR_CLI_IMPORT_CSV_READER_H_
#define COMPTOIR_CLI_IMPORT_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace comptoir::cli {

// A longer cell is refused: most likely a quote was never closed.
inline constexpr size_t kCsvCellBytesMax = 1 << 20;

inline constexpr size_t kCsvColumnsMax = 1000;

struct CsvOptions {
  // Any name that ICU knows: "UTF-8", "windows-1252", "UTF-16". A byte order mark is skipped.
  std::string encoding = "UTF-8";
};

struct CsvRow {
  // 1 for the first row after the header. Blank lines don't count.
  uint64_t number = 0;

  // In UTF-8, exactly as they stand in the file: blanks around them are kept.
  std::vector<std::string> cells;
};

// Reads a CSV file (RFC 4180) row by row, in bounded memory. Not thread-safe.
class CsvReader {
 public:
  // Reads the header. Fails if the file cannot be read, has no header, or names a column twice.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& path,
                                                         const CsvOptions& options = {});
  ~CsvReader();

  const std::vector<std::string>& header() const { return header_; }

  // Returns the next row, nothing at the end. Fails on bytes that aren't of the encoding and on
  // quotes that don't match; says where.
  absl::StatusOr<std::optional<CsvRow>> Next();

 private:
  class Decoder;
  struct State;

  explicit CsvReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
  std::vector<std::string> header_;
};

struct CsvFileFacts {
  // SHA-256 of the bytes of the file, in hexadecimal.
  std::string sha256;
  uint64_t rows = 0;
};

// Reads the whole file once: what it holds, and whether it can be read to its end.
absl::StatusOr<CsvFileFacts> ExamineCsvFile(const std::string& path,
                                            const CsvOptions& options = {});

// Returns one line of CSV with its newline, quoted where needed.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_CSV_READER_H_
