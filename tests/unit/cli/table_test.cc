#include "cli/table.h"

#include <gtest/gtest.h>

namespace comptoir::cli {
namespace {

TEST(DisplayWidth, CountsWhatATerminalShows) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("José"), 4u);
  EXPECT_EQ(DisplayWidth("Jose\xCC\x81"), 4u);  // a combining accent
  EXPECT_EQ(DisplayWidth("田中"), 4u);
  EXPECT_EQ(DisplayWidth("\xFF"), 1u);
}

// What a customer typed cannot clear an operator's screen.
TEST(Printable, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(Printable("Zoë"), "Zoë");
  EXPECT_EQ(Printable("a\x1b[2Jb\nc"),
            "a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD"
            "c");
  EXPECT_EQ(Printable("x\xE2\x80\xAEy"), "x\xEF\xBF\xBDy");  // right-to-left override
  EXPECT_EQ(Printable("\xC3"), "\xEF\xBF\xBD");
}

TEST(WithThousands, GroupsByThree) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(18148), "18,148");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
}

TEST(Table, AlignsByDisplayWidth) {
  Table table({"NAME", "COUNT", "CITY"});
  table.SetAlign(1, Table::Align::kRight);
  table.AddRow({"José", "7", "Zürich"});
  table.AddRow({"田中", "1,024"});

  EXPECT_EQ(table.ToString(),
            "NAME  COUNT  CITY\n"
            "José      7  Zürich\n"
            "田中  1,024\n");
}

TEST(Table, KnowsWhetherItIsEmpty) {
  Table table({"NAME"});
  EXPECT_TRUE(table.empty());
  table.AddRow({""});
  EXPECT_FALSE(table.empty());
}

TEST(Fields, LeavesBlanksOut) {
  EXPECT_EQ(Fields({{"name", "Ada"}, {"e-mail", ""}, {"phone", "1"}}), "name   Ada\nphone  1\n");
}

}  // namespace
}  // namespace comptoir::cli
