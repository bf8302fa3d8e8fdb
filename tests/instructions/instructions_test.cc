// What a service does most takes no more instructions than it did: counts.json.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/bench/docs_table.h"
#include "tests/support/proves.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

using nlohmann::json;

constexpr char kCounts[] = COMPTOIR_SOURCE_DIR "/tests/instructions/counts.json";
constexpr char kSamples[] = COMPTOIR_SOURCE_DIR "/data/adventureworks_customers.csv";
constexpr char kDocs[] = COMPTOIR_SOURCE_DIR "/docs/benchmarks.md";
constexpr char kUpdate[] = "COMPTOIR_UPDATE_INSTRUCTIONS";
// What is measured twice differs by less: hash tables are seeded by addresses.
constexpr double kMore = 1.05;
constexpr double kLess = 0.97;

std::string Output(const std::vector<std::string>& command, const TempDir& dir) {
  Subprocess process(command, dir.File("output"));
  EXPECT_EQ(process.Wait(), 0) << process.Output();
  return process.Output();
}

// What decides, beside our own code, how many instructions there are.
json Versions(const TempDir& dir) {
  json versions;
  std::istringstream packages(
      Output({"/usr/bin/dpkg-query", "--show", "--showformat=${Package} ${Version}\n", "g++-12",
              "libc6", "libabsl-dev", "libprotobuf-dev", "librocksdb-dev", "libicu-dev",
              "libphonenumber-dev", "libjemalloc-dev", "valgrind"},
             dir));
  std::string package;
  std::string version;
  while (packages >> package >> version) versions[package] = version;
  // Libraries choose by it.
  std::ifstream cpu("/proc/cpuinfo");
  std::ostringstream flags;
  flags << cpu.rdbuf();
  versions["cpu"] = flags.str().find(" avx2 ") == std::string::npos ? "without AVX2" : "AVX2";
  return versions;
}

// The instructions of one of each operation; of one that was told several times, the median.
std::map<std::string, uint64_t> Count(const TempDir& dir) {
  const std::string dump = dir.File("callgrind");
  std::istringstream done(
      Output({"/usr/bin/valgrind", "--tool=callgrind", "--instr-atstart=no", "--quiet",
              "--callgrind-out-file=" + dump, COMPTOIR_INSTRUCTIONS, kSamples},
             dir));
  std::map<std::string, uint64_t> times;
  for (std::string line; std::getline(done, line);) {
    // Valgrind writes there too.
    std::istringstream words(line);
    std::string operation;
    uint64_t count = 0;
    if (!line.starts_with("==") && words >> operation >> count) times[operation] = count;
  }
  std::map<std::string, std::vector<uint64_t>> told;
  for (int i = 1; std::filesystem::exists(dump + "." + std::to_string(i)); ++i) {
    std::ifstream file(dump + "." + std::to_string(i));
    std::string operation;
    for (std::string line; std::getline(file, line);) {
      const std::string trigger = "desc: Trigger: Client Request: ";
      const std::string totals = "totals: ";
      if (line.starts_with(trigger)) operation = line.substr(trigger.size());
      if (!line.starts_with(totals)) continue;
      told[operation].push_back(std::stoull(line.substr(totals.size())) / times.at(operation));
    }
  }
  std::map<std::string, uint64_t> counts;
  for (auto& [operation, each] : told) {
    const auto median = each.begin() + static_cast<ptrdiff_t>((each.size() - 1) / 2);
    std::nth_element(each.begin(), median, each.end());
    counts[operation] = *median;
  }
  return counts;
}

void Update(const json& versions, const std::map<std::string, uint64_t>& counts) {
  std::ofstream(kCounts) << json({{"versions", versions}, {"instructions", counts}}).dump(2)
                         << "\n";
  std::string table = "| one of | instructions |\n|---|--:|\n";
  for (const auto& [operation, count] : counts) {
    table += "| " + operation + " | " + std::to_string(count) + " |\n";
  }
  EXPECT_TRUE(ShowTable("instructions", table, kDocs));
}

void ExpectAddressesCostTheSame(const std::map<std::string, uint64_t>& counts) {
  const double ratio = static_cast<double>(counts.at("add-address-to-10000")) /
                       static_cast<double>(counts.at("add-address-to-1"));
  std::cout << "add an address to 10,000: " << ratio << " of what it is to add one to one\n";
  EXPECT_LT(ratio, 1.2);
  EXPECT_GT(ratio, 0.8);
}

// Nothing takes more, and an address takes as much whether its customer has one or ten thousand.
// (A1)
TEST(Instructions, AreNoMoreThanTheyWere) {
  PROVES("A1");
  const TempDir dir;
  const json versions = Versions(dir);
  const auto counts = Count(dir);
  ASSERT_FALSE(counts.empty());
  ExpectAddressesCostTheSame(counts);
  if (std::getenv(kUpdate) != nullptr) return Update(versions, counts);

  const json kept = json::parse(std::ifstream(kCounts));
  if (kept.at("versions") != versions) {
    std::cout << "Counted with " << versions.dump() << ", kept with " << kept.at("versions").dump()
              << ": not compared. " << kUpdate << "=1 keeps these.\n";
  }
  const auto before = kept.at("instructions").get<std::map<std::string, uint64_t>>();
  for (const auto& [operation, count] : counts) {
    ASSERT_EQ(before.count(operation), 1u) << operation << ": " << kUpdate << "=1 keeps it";
    const double ratio = static_cast<double>(count) / static_cast<double>(before.at(operation));
    std::cout << operation << ": " << count << ", " << ratio << " of what it was\n";
    if (kept.at("versions") != versions) continue;
    EXPECT_LT(ratio, kMore) << operation;
    if (ratio < kLess) std::cout << "  It has become less: " << kUpdate << "=1 keeps it.\n";
  }
  EXPECT_EQ(before.size(), counts.size());
}

}  // namespace
}  // namespace comptoir
