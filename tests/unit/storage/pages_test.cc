#include "common/storage/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/memory_database.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Keys = std::vector<std::string>;

// Rows a1 to a3, b1 and c1 to c3.
class PagesTest : public testing::Test {
 protected:
  PagesTest() {
    for (const char* key : {"a1", "a2", "a3", "b1", "c1", "c2", "c3"}) {
      transaction_->Put(Table::kIndex, key, "");
    }
  }

  // The keys of all pages of a list, one after the other.
  std::vector<Keys> Pages(const Keys& prefixes, int32_t page_size, bool reverse = false) const {
    std::vector<Keys> pages;
    std::string token;
    do {
      const auto page = ReadPage(*transaction_, Table::kIndex, prefixes,
                                 {.page_size = page_size, .page_token = token, .reverse = reverse});
      COMPTOIR_CHECK_OK(page);
      Keys& keys = pages.emplace_back();
      for (const auto& [key, value] : page->rows) keys.push_back(key);
      token = page->next_page_token;
    } while (!token.empty());
    return pages;
  }

  absl::StatusOr<Page> PageAfter(const Keys& prefixes, std::string_view token) const {
    return ReadPage(*transaction_, Table::kIndex, prefixes, {.page_size = 1, .page_token = token});
  }

  MemoryDatabase database_;
  std::unique_ptr<Transaction> transaction_ = database_.NewTransaction();
};

// A page that ends with a prefix or with the list is followed by neither an empty one nor a gap.
TEST_F(PagesTest, PrefixesAreReadOneAfterTheOther) {
  EXPECT_THAT(Pages({"a", "c"}, 2),
              ElementsAre(Keys{"a1", "a2"}, Keys{"a3", "c1"}, Keys{"c2", "c3"}));
  EXPECT_THAT(Pages({"c", "a"}, 3), ElementsAre(Keys{"c1", "c2", "c3"}, Keys{"a1", "a2", "a3"}));
  EXPECT_THAT(Pages({"a", "x"}, 3), ElementsAre(Keys{"a1", "a2", "a3"}));
  EXPECT_THAT(Pages({"x"}, 3), ElementsAre(IsEmpty()));
  EXPECT_THAT(Pages({""}, 0), ElementsAre(Keys{"a1", "a2", "a3", "b1", "c1", "c2", "c3"}));
}

TEST_F(PagesTest, TheLastRowsCanComeFirst) {
  EXPECT_THAT(Pages({"c"}, 2, /*reverse=*/true), ElementsAre(Keys{"c3", "c2"}, Keys{"c1"}));
  EXPECT_THAT(Pages({"a", "b"}, 2, /*reverse=*/true),
              ElementsAre(Keys{"a3", "a2"}, Keys{"a1", "b1"}));
}

// A token is of one list, and comes back as it was given.
TEST_F(PagesTest, AForeignTokenIsRefused) {
  const std::string token = PageAfter({"a", "b"}, "")->next_page_token;
  EXPECT_THAT(PageAfter({"a", "b"}, token), IsOk());
  for (const Keys& others : {Keys{"a"}, Keys{"b", "a"}, Keys{"c"}, Keys{""}}) {
    EXPECT_THAT(PageAfter(others, token), HasReason("INVALID_PAGE_TOKEN"));
  }
  for (const std::string& made_up :
       {std::string("x"), token + "A", token + "=", token.substr(1), std::string(5'000, 'A')}) {
    EXPECT_THAT(PageAfter({"a", "b"}, made_up), HasReason("INVALID_PAGE_TOKEN")) << made_up;
  }
}

// What isn't taken takes no room on a page: it looks on, over the end of a prefix too.
TEST_F(PagesTest, AFilteredPageLooksOnUntilItIsFull) {
  Keys taken;
  const auto take_first = [&](std::string_view key, std::string_view) {
    if (!key.ends_with('1')) return false;
    taken.emplace_back(key);
    return true;
  };
  const auto next =
      ReadFilteredPage(*transaction_, Table::kIndex, {"a", "b", "c"}, {.page_size = 2}, take_first);
  ASSERT_THAT(next, IsOk());
  EXPECT_THAT(taken, ElementsAre("a1", "b1"));
  EXPECT_THAT(ReadFilteredPage(*transaction_, Table::kIndex, {"a", "b", "c"},
                               {.page_size = 2, .page_token = *next}, take_first),
              IsOkAndHolds(""));
  EXPECT_THAT(taken, ElementsAre("a1", "b1", "c1"));
}

// A filter that nothing fits: each page looks at so many rows and says where to go on.
TEST_F(PagesTest, AFilteredPageLooksAtABoundedNumberOfRows) {
  size_t rows = 0;
  size_t pages = 0;
  std::string token;
  do {
    const auto next = ReadFilteredPage(
        *transaction_, Table::kIndex, {"a", "b", "c"}, {.page_token = token},
        [&](std::string_view, std::string_view) {
          ++rows;
          return false;
        },
        /*rows_max=*/3);
    ASSERT_THAT(next, IsOk());
    token = *next;
    ++pages;
    EXPECT_LE(rows, 3 * pages);
  } while (!token.empty());
  EXPECT_EQ(rows, 7u);
  EXPECT_EQ(pages, 3u);
}

// A row that cannot be read is told, not left out.
TEST_F(PagesTest, WhatFailsToTakeARowFailsThePage) {
  EXPECT_THAT(ReadFilteredPage(*transaction_, Table::kIndex, {"a"}, {},
                               [](std::string_view, std::string_view) -> absl::StatusOr<bool> {
                                 return MakeError(Reason::kStorageCorrupt, "planted");
                               }),
              HasReason("STORAGE_CORRUPT"));
}

TEST_F(PagesTest, PageSizesHaveALimit) {
  EXPECT_THAT(PageSizeOf(0), IsOkAndHolds(100u));
  EXPECT_THAT(PageSizeOf(1), IsOkAndHolds(1u));
  EXPECT_THAT(PageSizeOf(kPageSizeMax), IsOkAndHolds(1'000u));
  EXPECT_THAT(PageSizeOf(kPageSizeMax + 1), HasViolation("page_size", "OUT_OF_RANGE"));
  EXPECT_THAT(PageSizeOf(-1), HasViolation("page_size", "OUT_OF_RANGE"));
  EXPECT_THAT(PageSizeOf(0, 20, 50), IsOkAndHolds(20u));
  EXPECT_THAT(PageSizeOf(51, 20, 50), HasViolation("page_size", "OUT_OF_RANGE"));
}

}  // namespace
}  // namespace comptoir
