#include "tests/tidy/layers.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>

namespace comptoir {
namespace {

using Prefixes = std::vector<std::string_view>;

// Everything, and nothing.
const Prefixes kAll = {""};
const Prefixes kNone = {};

// One row of the table. The first row whose `files` fit a path applies.
struct Layer {
  // Prefixes of the paths that belong to this layer.
  Prefixes files;

  // Prefixes of our own headers that may be included, generated ones too.
  Prefixes includes;

  // Prefixes of the paths within this layer that may use gRPC and RocksDB, start threads, and read
  // the time of the machine.
  Prefixes grpc;
  Prefixes rocksdb;
  Prefixes threads;
  Prefixes time;
};

const std::vector<Layer>& Layers() {
  static const auto* const layers = new std::vector<Layer>{
      {.files = {"common/base/"},
       .includes = {"common/base/", "google/rpc/"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = {"common/base/mutex.", "common/base/loop."},
       .time = {"common/base/clock.", "common/base/mutex.", "common/base/loop."}},
      {.files = {"common/storage/"},
       .includes = {"common/base/", "common/storage/", "comptoir/"},
       .grpc = kNone,
       .rocksdb = {"common/storage/rocks_"},
       .threads = {"common/storage/committer.", "common/storage/read_pool.",
                   "common/storage/rocks_database."},
       .time = {"common/storage/bulk_pace.h", "common/storage/committer.",
                "common/storage/read_pool."}},
      {.files = {"common/customer/"},
       .includes = {"common/base/", "common/storage/", "common/customer/", "comptoir/"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      {.files = {"common/replication/"},
       .includes = {"common/base/", "common/storage/", "common/replication/", "comptoir/"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      // gRPC's deadlines are real time, and how long a call took is measured here.
      {.files = {"common/rpc/"},
       .includes = {"common/base/", "common/storage/", "common/customer/requests/call_context.h",
                    "common/replication/", "common/rpc/", "comptoir/", "google/rpc/", "grpc/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kAll},
      // RocksDB comes in through RocksDatabase.
      {.files = {"common/process/"},
       .includes = {"common/base/", "common/storage/", "common/process/", "common/rpc/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kAll,
       .time = kAll},
      {.files = {"hq-service/domain/"},
       .includes = {"common/base/", "common/storage/", "common/customer/", "common/replication/",
                    "comptoir/", "hq-service/domain/", "hq-service/hq.h"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      // The whole of HQ, which the simulator runs too.
      {.files = {"hq-service/jobs/", "hq-service/hq"},
       .includes = {"common/base/", "common/storage/", "common/customer/", "common/replication/",
                    "comptoir/", "hq-service/domain/", "hq-service/jobs/", "hq-service/hq"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      {.files = {"hq-service/service/"},
       .includes = {"common/", "comptoir/", "google/rpc/", "hq-service/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      {.files = {"hq-service/"},
       .includes = {"common/", "comptoir/", "google/rpc/", "grpc/", "hq-service/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kAll,
       .time = kAll},
      {.files = {"channel-service/domain/"},
       .includes = {"common/base/", "common/storage/", "common/customer/", "common/replication/",
                    "comptoir/", "channel-service/domain/", "channel-service/channel_service.h"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      // The whole of a channel service, which the simulator runs too.
      {.files = {"channel-service/sync/", "channel-service/channel"},
       .includes = {"common/base/", "common/storage/", "common/customer/", "common/replication/",
                    "comptoir/", "channel-service/domain/", "channel-service/sync/",
                    "channel-service/channel"},
       .grpc = kNone,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      {.files = {"channel-service/service/"},
       .includes = {"common/", "comptoir/", "google/rpc/", "channel-service/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kNone,
       .time = kNone},
      {.files = {"channel-service/"},
       .includes = {"common/", "comptoir/", "google/rpc/", "grpc/", "channel-service/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = kAll,
       .time = kAll},
      {.files = {"cli/"},
       .includes = {"common/base/", "common/rpc/", "comptoir/", "google/rpc/", "grpc/", "cli/"},
       .grpc = kAll,
       .rocksdb = kNone,
       .threads = {"cli/main."},
       .time = {"cli/main."}},
      // Outside the product: they measure it, and what it is measured against.
      {.files = {"bench/"},
       .includes = {"bench/", "common/base/", "comptoir/", "cli/import/"},
       .grpc = {"bench/load/", "bench/floors/"},
       .rocksdb = {"bench/floors/"},
       .threads = {"bench/load/", "bench/floors/", "bench/peers/", "bench/slow_disk/"},
       .time = {"bench/load/", "bench/floors/", "bench/peers/", "bench/measure/"}},
  };
  return *layers;
}

bool StartsWithAny(std::string_view text, const Prefixes& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool IsGrpc(std::string_view header) {
  return header.starts_with("grpc/") || header.starts_with("grpcpp/") ||
         header.ends_with(".grpc.pb.h");
}

// The generated messages of packages below grpc/ aren't gRPC itself.
bool IsGrpcMessage(std::string_view header) {
  return header.starts_with("grpc/") && header.ends_with(".pb.h") &&
         !header.ends_with(".grpc.pb.h");
}

// Headers with which threads are started, stopped or put to sleep. Waiting for a lock is not among
// them: common/base/mutex.h may be included everywhere.
bool IsThreads(std::string_view header) {
  static constexpr std::string_view kHeaders[] = {"thread",
                                                  "future",
                                                  "condition_variable",
                                                  "mutex",
                                                  "shared_mutex",
                                                  "semaphore",
                                                  "latch",
                                                  "stop_token",
                                                  "barrier",
                                                  "pthread.h",
                                                  "common/base/loop.h"};
  return std::find(std::begin(kHeaders), std::end(kHeaders), header) != std::end(kHeaders) ||
         header.starts_with("absl/synchronization/");
}

// Headers with which the time of the machine is read.
bool IsTime(std::string_view header) {
  static constexpr std::string_view kHeaders[] = {"chrono", "ctime", "time.h", "sys/time.h",
                                                  "absl/time/clock.h"};
  return std::find(std::begin(kHeaders), std::end(kHeaders), header) != std::end(kHeaders);
}

// Calls that could come in through somebody else's header.
constexpr std::string_view kThreadWords[] = {"std::this_thread", "std::thread", "std::jthread",
                                             "std::async",       "usleep(",     "nanosleep(",
                                             "absl::SleepFor("};
constexpr std::string_view kTimeWords[] = {"absl::Now(", "SystemClock", "steady_clock::now(",
                                           "system_clock::now(", "std::time("};

// ThreadSanitizer sees no absl::Mutex, clang no std::mutex.
constexpr std::string_view kForeignMutexes[] = {
    "absl::Mutex",       "absl::CondVar",           "std::mutex",
    "std::shared_mutex", "std::condition_variable", "std::recursive_mutex"};

struct Include {
  std::string header;
  bool is_quoted;
};

std::optional<Include> ParseInclude(std::string_view line) {
  const size_t start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos || !line.substr(start).starts_with("#")) return std::nullopt;
  const size_t keyword = line.find_first_not_of(" \t", start + 1);
  if (keyword == std::string_view::npos || !line.substr(keyword).starts_with("include")) {
    return std::nullopt;
  }
  const size_t open = line.find_first_of("<\"", keyword);
  if (open == std::string_view::npos) return std::nullopt;
  const bool is_quoted = line[open] == '"';
  const size_t close = line.find(is_quoted ? '"' : '>', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Include{std::string(line.substr(open + 1, close - open - 1)), is_quoted};
}

// Our own headers are included by their path from the root, in quotes, like generated ones.
bool IsOurs(const Include& include) {
  static const Prefixes kOurs = {"common/", "hq-service/", "channel-service/", "cli/",
                                 "bench/",  "tests/",      "comptoir/",        "google/rpc/"};
  return StartsWithAny(include.header, kOurs) || IsGrpcMessage(include.header) ||
         (include.is_quoted && include.header.find('/') == std::string::npos);
}

void CheckInclude(std::string_view path, const Layer& layer, const Include& include,
                  std::vector<std::string>& violations) {
  const std::string file(path);
  const std::string& header = include.header;
  if (header.starts_with("rocksdb/")) {
    if (!StartsWithAny(path, layer.rocksdb))
      violations.push_back(file + " uses RocksDB: " + header);
    return;
  }
  if (IsGrpc(header) && !IsGrpcMessage(header) && !StartsWithAny(path, layer.grpc)) {
    violations.push_back(file + " uses gRPC: " + header);
  }
  if (IsThreads(header) && !StartsWithAny(path, layer.threads)) {
    violations.push_back(file + " uses threads: " + header);
  }
  if (IsTime(header) && !StartsWithAny(path, layer.time)) {
    violations.push_back(file + " uses real time: " + header);
  }
  if (IsOurs(include) && !StartsWithAny(header, layer.includes)) {
    violations.push_back(file + " includes what its layer may not: " + header);
  }
}

}  // namespace

std::vector<std::string> LayerViolations(std::string_view path, std::string_view text) {
  std::vector<std::string> violations;
  const auto layer = std::find_if(Layers().begin(), Layers().end(), [&](const Layer& candidate) {
    return StartsWithAny(path, candidate.files);
  });
  if (layer == Layers().end()) return violations;

  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (const auto include = ParseInclude(line)) CheckInclude(path, *layer, *include, violations);
  }

  const std::string code = WithoutComments(text);
  const std::string file(path);
  const auto check_words = [&](const auto& words, const std::string& complaint) {
    for (const std::string_view word : words) {
      if (code.find(word) != std::string::npos) {
        violations.push_back(file + complaint + std::string(word));
      }
    }
  };
  if (!StartsWithAny(path, layer->threads)) check_words(kThreadWords, " uses threads: ");
  if (!StartsWithAny(path, layer->time)) check_words(kTimeWords, " uses real time: ");
  if (!path.starts_with("common/base/mutex.")) {
    check_words(kForeignMutexes, " must use common/base/mutex.h, not ");
  }
  return violations;
}

std::string IncludeGuard(std::string_view path) {
  std::string guard = "COMPTOIR_";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    guard.push_back(std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_');
  }
  return guard + "_";
}

std::string WithoutComments(std::string_view text) {
  std::string code;
  size_t i = 0;
  // Skips to behind `end`, keeping the line breaks.
  const auto skip = [&](std::string_view end, bool escapes) {
    while (i < text.size() && !text.substr(i).starts_with(end)) {
      if (text[i] == '\n') code.push_back('\n');
      i += escapes && text[i] == '\\' ? 2 : 1;
    }
    i = std::min(i + end.size(), text.size());
  };
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("//")) {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (rest.starts_with("/*")) {
      i += 2;
      skip("*/", false);
    } else if (rest.starts_with("R\"")) {
      const size_t open = rest.find('(');
      if (open == std::string_view::npos) return code;
      const std::string end = ")" + std::string(rest.substr(2, open - 2)) + "\"";
      i += open + 1;
      skip(end, false);
      code.append("\"\"");
    } else if (rest[0] == '"') {
      ++i;
      skip("\"", true);
      code.append("\"\"");
    } else if (rest[0] == '\'' &&
               (code.empty() || std::isalnum(static_cast<unsigned char>(code.back())) == 0)) {
      ++i;  // a character; between digits it only groups them
      skip("'", true);
      code.append("''");
    } else {
      code.push_back(rest[0]);
      ++i;
    }
  }
  return code;
}

}  // namespace comptoir
