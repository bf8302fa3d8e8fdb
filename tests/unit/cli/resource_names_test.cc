#include "cli/resource_names.h"

#include <gtest/gtest.h>

namespace comptoir::cli {
namespace {

TEST(ResourceNames, AreMadeOfWhatPeopleWrite) {
  const std::string uuid = "6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6";
  EXPECT_EQ(CustomerNameOf(uuid), "customers/" + uuid);
  EXPECT_EQ(CustomerNameOf("6F1C3A52-8D0E-4B7A-9C35-2E41D7A0B9F6"), "customers/" + uuid);
  EXPECT_EQ(CustomerNameOf("customers/" + uuid), "customers/" + uuid);
  EXPECT_EQ(CustomerNameOf("C-00000042"), "accountNumbers/C-00000042");
  EXPECT_EQ(CustomerNameOf("accountNumbers/7"), "accountNumbers/7");
  EXPECT_EQ(AddressParentOf("-"), "customers/-");
  EXPECT_EQ(AddressParentOf(uuid), "customers/" + uuid);
  EXPECT_EQ(NameIn("channels", "001"), "channels/001");
  EXPECT_EQ(NameIn("channels", "channels/001"), "channels/001");
  EXPECT_EQ(NameIn("channels", ""), "");
  EXPECT_EQ(IdOf("customers/1/addresses/2"), "2");
  EXPECT_EQ(IdOf("2"), "2");
  EXPECT_EQ(CustomerIdOf("customers/" + uuid)->ToString(), uuid);
  EXPECT_EQ(CustomerIdOf("customers/" + uuid + "/addresses/x")->ToString(), uuid);
  EXPECT_EQ(CustomerIdOf("customers/7"), std::nullopt);
  EXPECT_EQ(CustomerIdOf("channels/" + uuid), std::nullopt);
}

}  // namespace
}  // namespace comptoir::cli
