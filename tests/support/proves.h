// Ties a test to the rules that it proves: docs/features.md is made from this.

#ifndef COMPTOIR_TESTS_SUPPORT_PROVES_H_
#define COMPTOIR_TESTS_SUPPORT_PROVES_H_

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace comptoir {

// "C3,C4".
inline std::string JoinedRules(std::initializer_list<const char*> rules) {
  std::string joined;
  for (const char* rule : rules) {
    if (!joined.empty()) joined += ',';
    joined += rule;
  }
  return joined;
}

}  // namespace comptoir

// Once at the beginning of a test: PROVES("C3", "C4"). Ends up as property "rules" in the report.
#define PROVES(...) ::testing::Test::RecordProperty("rules", ::comptoir::JoinedRules({__VA_ARGS__}))

#endif  // COMPTOIR_TESTS_SUPPORT_PROVES_H_
