// Prints what work with the addresses of a customer costs who has one of them, or 100,000.
//
//     build/dev/bench/address_costs [FILE]
//
// With FILE (docs/benchmarks.md), its table is brought up to date.

#include "tests/support/costs/address_costs.h"

#include <cstdio>
#include <string>

#include "tests/bench/docs_table.h"

namespace comptoir {
namespace {

constexpr int kMany = 100'000;

std::string Table() {
  const auto few = MeasureAddressCosts(1);
  const auto many = MeasureAddressCosts(kMany);
  std::string text =
      "| operation | addresses | rows read | keys written | bytes | ratio of bytes |\n"
      "|---|--:|--:|--:|--:|--:|\n";
  for (size_t i = 0; i < few.size(); ++i) {
    const auto row = [&](const std::string& operation, int addresses, const DatabaseCounts& counts,
                         const std::string& ratio) {
      text += "| " + operation + " | " + std::to_string(addresses) + " | " +
              std::to_string(counts.rows_read) + " | " + std::to_string(counts.keys_written) +
              " | " + std::to_string(counts.bytes) + " | " + ratio + " |\n";
    };
    char ratio[16];
    std::snprintf(
        ratio, sizeof(ratio), "%.2f",
        static_cast<double>(many[i].counts.bytes) / static_cast<double>(few[i].counts.bytes));
    row(few[i].operation, 1, few[i].counts, "");
    row("", kMany, many[i].counts, ratio);
  }
  return text;
}

int Main(int argc, char** argv) {
  return ShowTable("address_costs", Table(), argc < 2 ? "" : argv[1]) ? 0 : 1;
}

}  // namespace
}  // namespace comptoir

int main(int argc, char** argv) { return comptoir::Main(argc, argv); }
