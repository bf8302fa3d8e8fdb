#include "tests/support/costs/counting_database.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace comptoir {
namespace {

using Values = std::vector<std::optional<std::string>>;

absl::StatusOr<std::optional<std::string>> CountedGet(const Reader& reader, DatabaseCounts& counts,
                                                      Table table, std::string_view key) {
  auto value = reader.Get(table, key);
  ++counts.rows_read;
  counts.bytes += key.size();
  if (value.ok() && value->has_value()) counts.bytes += (*value)->size();
  return value;
}

absl::StatusOr<Values> CountedMultiGet(const Reader& reader, DatabaseCounts& counts, Table table,
                                       absl::Span<const std::string> keys) {
  auto values = reader.MultiGet(table, keys);
  counts.rows_read += keys.size();
  for (const std::string& key : keys) counts.bytes += key.size();
  if (!values.ok()) return values;
  for (const auto& value : *values) counts.bytes += value.has_value() ? value->size() : 0;
  return values;
}

absl::Status CountedScan(const Reader& reader, DatabaseCounts& counts, Table table,
                         const KeyRange& range,
                         absl::FunctionRef<bool(std::string_view, std::string_view)> visit) {
  return reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
    ++counts.rows_read;
    counts.bytes += key.size() + value.size();
    return visit(key, value);
  });
}

// Of a snapshot that it owns, or of the database's latest state.
class CountingReader : public Reader {
 public:
  CountingReader(const Reader& reader, DatabaseCounts& counts) : reader_(reader), counts_(counts) {}
  CountingReader(std::unique_ptr<Reader> reader, DatabaseCounts& counts)
      : owned_(std::move(reader)), reader_(*owned_), counts_(counts) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return CountedGet(reader_, counts_, table, key);
  }
  absl::StatusOr<Values> MultiGet(Table table, absl::Span<const std::string> keys) const override {
    return CountedMultiGet(reader_, counts_, table, keys);
  }
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    return CountedScan(reader_, counts_, table, range, visit);
  }

 private:
  const std::unique_ptr<Reader> owned_;
  const Reader& reader_;
  DatabaseCounts& counts_;
};

class CountingTransaction : public Transaction {
 public:
  CountingTransaction(std::unique_ptr<Transaction> transaction, DatabaseCounts& counts)
      : transaction_(std::move(transaction)), counts_(counts) {}

  Transaction& counted() { return *transaction_; }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return CountedGet(*transaction_, counts_, table, key);
  }
  absl::StatusOr<Values> MultiGet(Table table, absl::Span<const std::string> keys) const override {
    return CountedMultiGet(*transaction_, counts_, table, keys);
  }
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    return CountedScan(*transaction_, counts_, table, range, visit);
  }
  void Put(Table table, std::string_view key, std::string_view value) override {
    ++counts_.keys_written;
    counts_.bytes += key.size() + value.size();
    transaction_->Put(table, key, value);
  }
  void Delete(Table table, std::string_view key) override {
    ++counts_.keys_written;
    counts_.bytes += key.size();
    transaction_->Delete(table, key);
  }
  size_t write_count() const override { return transaction_->write_count(); }
  size_t write_bytes() const override { return transaction_->write_bytes(); }
  void VisitWrites(Table table, VisitWrite visit) const override {
    transaction_->VisitWrites(table, visit);
  }

 private:
  const std::unique_ptr<Transaction> transaction_;
  DatabaseCounts& counts_;
};

}  // namespace

CountingDatabase::CountingDatabase(Database& database)
    : database_(database), latest_(std::make_unique<CountingReader>(database.latest(), counts_)) {}

CountingDatabase::~CountingDatabase() = default;

std::unique_ptr<Reader> CountingDatabase::NewReader() const {
  return std::make_unique<CountingReader>(database_.NewReader(), counts_);
}

std::unique_ptr<Transaction> CountingDatabase::NewTransaction() {
  return std::make_unique<CountingTransaction>(database_.NewTransaction(), counts_);
}

absl::Status CountingDatabase::Commit(Transaction& transaction) {
  return database_.Commit(static_cast<CountingTransaction&>(transaction).counted());
}

}  // namespace comptoir
