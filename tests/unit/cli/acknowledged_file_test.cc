#include "cli/import/acknowledged_file.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

TEST(AcknowledgedFile, AppendsAcrossRuns) {
  TempDir folder;
  const std::string path = folder.File("acknowledged");
  customer::v1::Customer customer;
  customer.set_name("customers/6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6");
  customer.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  {
    const auto file = AcknowledgedFile::Open(path);
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT((*file)->Append(7, customer), IsOk());
    EXPECT_EQ(ReadFile(path), "7,6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6,PENDING\n");  // seen at once
    EXPECT_THAT((*file)->SyncIfDue(absl::FromUnixSeconds(0)), IsOk());
  }
  const auto file = AcknowledgedFile::Open(path);
  ASSERT_THAT(file, IsOk());
  customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  ASSERT_THAT((*file)->Append(8, customer), IsOk());
  ASSERT_THAT((*file)->Sync(), IsOk());

  EXPECT_EQ(ReadFile(path),
            "7,6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6,PENDING\n"
            "8,6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6,SYNCED\n");
}

TEST(AcknowledgedFile, SaysWhatCannotBeWritten) {
  EXPECT_FALSE(AcknowledgedFile::Open("/nonexistent/acknowledged").ok());
}

}  // namespace
}  // namespace comptoir::cli
