// What people read of batch jobs is there in every language.

#include "hq-service/domain/job_texts.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/proves.h"

namespace comptoir::hq {
namespace {

TEST(JobTextsTest, EveryStateInEveryLanguage) {
  PROVES("P5");
  for (int state = v1::JobState_MIN; state <= v1::JobState_MAX; ++state) {
    if (!v1::JobState_IsValid(state) || state == v1::JOB_STATE_UNSPECIFIED) continue;
    for (const std::string_view language : kLanguages) {
      EXPECT_NE(JobStateText(static_cast<v1::JobState>(state), language), "")
          << v1::JobState_Name(static_cast<v1::JobState>(state)) << " in " << language;
    }
  }
}

TEST(JobTextsTest, EveryWarningInEveryLanguage) {
  PROVES("P11");
  for (const JobWarningText* warning :
       {&kJobManual, &kJobWithheld, &kJobCanceled, &kJobEnded, &kJobLate, &kJobWorkWaits}) {
    const std::set<std::string_view> distinct(warning->texts.begin(), warning->texts.end());
    EXPECT_EQ(distinct.size(), kLanguages.size()) << warning->reason;
    EXPECT_FALSE(distinct.contains("")) << warning->reason;
  }
}

}  // namespace
}  // namespace comptoir::hq
