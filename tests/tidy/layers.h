#ifndef COMPTOIR_TESTS_TIDY_LAYERS_H_
#define COMPTOIR_TESTS_TIDY_LAYERS_H_

#include <string>
#include <string_view>
#include <vector>

namespace comptoir {

// The table of ARCHITECTURE.md: which folder may include what. Pure: texts in, sentences out.
//
// Returns what is wrong with a source file, one sentence each: includes of layers above or beside
// it, gRPC, RocksDB, threads or real time where they don't belong, and mutexes that aren't ours.
// `path` is relative to the repository. Files outside the layers (tests) may do anything.
std::vector<std::string> LayerViolations(std::string_view path, std::string_view text);

// Returns the include guard that the header at `path` must have.
std::string IncludeGuard(std::string_view path);

// Returns `text` without comments and without the contents of literals, line by line the same.
std::string WithoutComments(std::string_view text);

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_TIDY_LAYERS_H_
