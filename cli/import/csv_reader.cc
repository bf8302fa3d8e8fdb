#include "cli/import/csv_reader.h"

#include <csv.h>
#include <unicode/ucnv.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

constexpr size_t kChunkBytes = 64 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status CannotRead(const std::string& path) {
  return absl::NotFoundError(absl::StrCat("Cannot read ", path, ": ", std::strerror(errno), "."));
}

int NothingIsSpace(unsigned char) { return 0; }

}  // namespace

// Turns bytes of any encoding into UTF-8, piece by piece.
class CsvReader::Decoder {
 public:
  static absl::StatusOr<std::unique_ptr<Decoder>> Make(const std::string& encoding) {
    auto decoder = std::unique_ptr<Decoder>(new Decoder);
    UErrorCode error = U_ZERO_ERROR;
    if (!encoding.empty()) decoder->from_ = ucnv_open(encoding.c_str(), &error);
    if (decoder->from_ == nullptr || U_FAILURE(error)) {
      return UsageError(absl::StrCat("There is no encoding \"", encoding, "\"."));
    }
    decoder->to_ = ucnv_open("UTF-8", &error);
    ucnv_setToUCallBack(decoder->from_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
    if (U_FAILURE(error)) return absl::InternalError(u_errorName(error));
    decoder->encoding_ = encoding;
    return decoder;
  }

  ~Decoder() {
    ucnv_close(from_);
    ucnv_close(to_);
  }

  // Appends what can be decoded to `text`, also when it fails.
  absl::Status Decode(std::string_view bytes, bool last, std::string& text) {
    const char* source = bytes.data();
    const char* const source_end = source + bytes.size();
    while (true) {
      char buffer[4096];
      char* target = buffer;
      UErrorCode error = U_ZERO_ERROR;
      ucnv_convertEx(to_, from_, &target, buffer + sizeof(buffer), &source, source_end, pivot_,
                     &pivot_source_, &pivot_target_, pivot_ + std::size(pivot_), first_ ? 1 : 0,
                     last ? 1 : 0, &error);
      first_ = false;
      Append({buffer, static_cast<size_t>(target - buffer)}, text);
      if (error == U_BUFFER_OVERFLOW_ERROR) continue;
      if (U_SUCCESS(error)) {
        bytes_decoded_ += bytes.size();
        return absl::OkStatus();
      }
      return Failure(bytes_decoded_ + static_cast<size_t>(source - bytes.data()));
    }
  }

 private:
  Decoder() = default;

  // Some converters keep the byte order mark, and some programs write a second one.
  void Append(std::string_view decoded, std::string& text) {
    while (at_beginning_ && decoded.starts_with(kByteOrderMark)) {
      decoded.remove_prefix(kByteOrderMark.size());
    }
    if (!decoded.empty()) at_beginning_ = false;
    text += decoded;
  }

  absl::Status Failure(size_t end_offset) {
    char invalid[16];
    int8_t size = sizeof(invalid);
    UErrorCode error = U_ZERO_ERROR;
    ucnv_getInvalidChars(from_, invalid, &size, &error);
    if (U_FAILURE(error)) size = 0;
    const std::string bytes(invalid, static_cast<size_t>(size));
    return absl::InvalidArgumentError(absl::StrCat(
        "The bytes ", HexEncode(bytes), " before offset ", end_offset, " of the file aren't ",
        encoding_, ". Name the file's encoding with --encoding, such as windows-1252."));
  }

  std::string encoding_;
  UConverter* from_ = nullptr;
  UConverter* to_ = nullptr;
  UChar pivot_[1024];
  UChar* pivot_source_ = pivot_;
  UChar* pivot_target_ = pivot_;
  bool first_ = true;
  bool at_beginning_ = true;
  size_t bytes_decoded_ = 0;
};

struct CsvReader::State {
  State() { csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI); }
  ~State() { csv_free(&parser); }

  static void OnCell(void* bytes, size_t size, void* self) {
    auto& state = *static_cast<State*>(self);
    if (size > kCsvCellBytesMax || state.cells.size() >= kCsvColumnsMax) {
      state.too_big = true;
    } else {
      state.cells.emplace_back(static_cast<const char*>(bytes), size);
    }
  }

  static void OnRow(int, void* self) {
    auto& state = *static_cast<State*>(self);
    state.rows.push_back({.number = state.rows_seen++, .cells = std::move(state.cells)});
    state.cells.clear();
  }

  absl::Status AtRow(std::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path, rows_seen == 0 ? ", header: " : absl::StrCat(", row ", rows_seen, ": "),
                     ToAbsl(message)));
  }

  // Reads and parses one chunk.
  absl::Status ReadChunk();
  absl::Status Parse(const std::string& text);

  std::string path;
  std::ifstream file;
  std::unique_ptr<Decoder> decoder;
  csv_parser parser;

  // The cells of the row that isn't complete, and complete rows that weren't asked for yet.
  std::vector<std::string> cells;
  std::deque<CsvRow> rows;
  // Complete rows, the header among them: the number of the next one.
  uint64_t rows_seen = 0;
  bool at_end = false;
  bool too_big = false;

  // Told after the rows before it.
  absl::Status failure;
};

absl::Status CsvReader::State::Parse(const std::string& text) {
  const size_t parsed = csv_parse(&parser, text.data(), text.size(), OnCell, OnRow, this);
  if (parsed != text.size()) {
    return AtRow(csv_error(&parser) == CSV_EPARSE ? "a quote stands where none may."
                                                  : csv_strerror(csv_error(&parser)));
  }
  if (too_big || parser.entry_pos > kCsvCellBytesMax) {
    return AtRow("too many columns, or a cell is too long. Is a quote missing?");
  }
  return absl::OkStatus();
}

absl::Status CsvReader::State::ReadChunk() {
  std::string bytes(kChunkBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return CannotRead(path);
  bytes.resize(static_cast<size_t>(file.gcount()));
  at_end = file.eof();
  std::string text;
  const absl::Status decoded = decoder->Decode(bytes, at_end, text);
  COMPTOIR_RETURN_IF_ERROR(Parse(text));
  if (!decoded.ok()) return AtRow(ToStd(decoded.message()));
  if (at_end && csv_fini(&parser, OnCell, OnRow, this) != 0) {
    return AtRow("a quote was never closed.");
  }
  return absl::OkStatus();
}

CsvReader::CsvReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvReader::~CsvReader() = default;

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& path,
                                                           const CsvOptions& options) {
  auto state = std::make_unique<State>();
  csv_set_space_func(&state->parser, NothingIsSpace);
  state->path = path;
  COMPTOIR_ASSIGN_OR_RETURN(state->decoder, Decoder::Make(options.encoding));
  state->file.open(path, std::ios::binary);
  if (!state->file) return CannotRead(path);
  auto reader = std::unique_ptr<CsvReader>(new CsvReader(std::move(state)));
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<CsvRow> header, reader->Next());
  if (!header.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is empty: there is no header."));
  }
  reader->header_ = std::move(header->cells);
  std::set<std::string> names;
  for (const std::string& name : reader->header_) {
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": column \"", name, "\" is there twice."));
    }
  }
  return reader;
}

absl::StatusOr<std::optional<CsvRow>> CsvReader::Next() {
  State& state = *state_;
  while (state.rows.empty() && state.failure.ok() && !state.at_end) {
    state.failure = state.ReadChunk();
  }
  if (!state.rows.empty()) {
    std::optional<CsvRow> row = std::move(state.rows.front());
    state.rows.pop_front();
    return row;
  }
  if (!state.failure.ok()) return state.failure;
  return std::nullopt;
}

absl::StatusOr<CsvFileFacts> ExamineCsvFile(const std::string& path, const CsvOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return CannotRead(path);
  Sha256Stream digest;
  std::string chunk(kChunkBytes, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
    digest.Update(std::string_view(chunk).substr(0, static_cast<size_t>(file.gcount())));
  }
  if (file.bad()) return CannotRead(path);
  CsvFileFacts facts = {.sha256 = HexEncode(digest.Finish())};
  COMPTOIR_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> reader,
                            CsvReader::Open(path, options));
  while (true) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::optional<CsvRow> row, reader->Next());
    if (!row.has_value()) return facts;
    ++facts.rows;
  }
}

std::string CsvLine(const std::vector<std::string>& cells) {
  // Without quotes it would be a blank line, which is no row.
  if (cells.size() == 1 && cells.front().empty()) return "\"\"\n";
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    // A mark that begins the file would be taken for the file's.
    const bool quoted =
        cell.find_first_of(",\"\r\n") != std::string::npos || cell.starts_with(kByteOrderMark);
    if (!quoted) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  line += '\n';
  return line;
}

}  // namespace comptoir::cli
