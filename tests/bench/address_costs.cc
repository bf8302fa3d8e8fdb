// Prints what work with the addresses of a customer costs who has one of them, or 100,000.
//
//     build/dev/bench/address_costs [FILE]
//
// With FILE (docs/benchmarks.md), its table is brought up to date.

#include "tests/support/costs/address_costs.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace comptoir {
namespace {

constexpr int kMany = 100'000;
constexpr char kBegin[] = "<!-- address_costs -->\n";
constexpr char kEnd[] = "<!-- end of address_costs -->\n";

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

// False if the file has no place for it.
bool Replace(const std::string& path, const std::string& table) {
  std::stringstream read;
  read << std::ifstream(path).rdbuf();
  std::string text = read.str();
  const size_t begin = text.find(kBegin);
  const size_t end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos) return false;
  const size_t from = begin + sizeof(kBegin) - 1;
  text.replace(from, end - from, table);
  std::ofstream(path) << text;
  return true;
}

int Main(int argc, char** argv) {
  const std::string table = Table();
  std::cout << table;
  if (argc < 2 || Replace(argv[1], table)) return 0;
  std::cerr << argv[1] << " has no place for the table.\n";
  return 1;
}

}  // namespace
}  // namespace comptoir

int main(int argc, char** argv) { return comptoir::Main(argc, argv); }
