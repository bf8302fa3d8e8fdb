// Stories are told twice: all services in this process, and as real processes.

#ifndef COMPTOIR_TESTS_SUPPORT_CHAIN_STORY_H_
#define COMPTOIR_TESTS_SUPPORT_CHAIN_STORY_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/chain/chain.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir::testing {

class Story : public ::testing::TestWithParam<Chain::Harness> {};

inline std::string HarnessName(const ::testing::TestParamInfo<Chain::Harness>& info) {
  return info.param == Chain::Harness::kInProcess ? "InProcess" : "Processes";
}

#define COMPTOIR_TELL_STORIES(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(                                                                      \
      Stories, suite, ::testing::Values(Chain::Harness::kInProcess, Chain::Harness::kProcesses), \
      HarnessName)

// HQ and every store hold the same customers and addresses, field by field, etags included.
void ExpectAllEqual(Chain& chain);

// Switches a feature at HQ; in force in every store when this returns.
void SwitchFeature(Chain& chain, const std::string& feature, bool enabled);

// All the channel services that HQ knows have its last change of configuration.
bool InForceEverywhere(Chain& chain);

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_SUPPORT_CHAIN_STORY_H_
