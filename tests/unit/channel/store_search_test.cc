#include "common/base/status.h"
#include "common/customer/search/search_memory.h"
#include "common/storage/record_io.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreSearchTest : public ChannelTest {
 protected:
  Reply<SearchCustomersResponse> Search(const std::string& query, customer::v1::SearchScope scope,
                                        int page_size = 0, const CallContext& call = {}) {
    SearchCustomersRequest request;
    request.set_query(query);
    request.set_scope(scope);
    request.set_page_size(page_size);
    Reply<SearchCustomersResponse> reply;
    service_->SearchCustomers(request, call, reply.done());
    Run();
    return reply;
  }

  // What HQ answers: synced customers of these names.
  static HqAnswer<SearchCustomersResponse> AtHq(const std::vector<std::string>& names) {
    HqAnswer<SearchCustomersResponse> answer;
    for (const std::string& name : names) {
      auto& customer = *answer.value.add_results()->mutable_customer();
      customer.set_name("customers/" + name);
      customer.set_display_name(name);
      customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    }
    answer.value.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
    return answer;
  }

  static std::vector<std::string> Names(const SearchCustomersResponse& response) {
    std::vector<std::string> names;
    for (const auto& result : response.results()) names.push_back(result.customer().display_name());
    return names;
  }
};

// This store is the default: nobody asks HQ.
TEST_F(StoreSearchTest, ThisStoreAsksNobody) {
  PROVES("V4");
  OpenReady();
  const auto reply = Search("ada", customer::v1::SEARCH_SCOPE_UNSPECIFIED);
  ASSERT_THAT(*reply, IsOk());
  EXPECT_EQ(reply.value().scope(), customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_EQ(reply.value().reason(), "");
  EXPECT_THAT(reply.value().results(), IsEmpty());
}

// HQ's answer, and before it what is pending here and HQ cannot know yet.
TEST_F(StoreSearchTest, AllStoresIsHqAndWhatIsPendingHere) {
  PROVES("V4");
  asynchronous_ = true;
  OpenReady();
  CreatePending(ACustomer().Named("Ada", "Pending"));
  const auto reply = Search("ada", customer::v1::SEARCH_SCOPE_ALL_STORES);
  EXPECT_FALSE(reply.answered());
  EXPECT_EQ(hq_.searches.request().query(), "ada");
  EXPECT_NE(hq_.searches.request().channel(), "");
  hq_.searches.Answer(AtHq({"Ada Elsewhere", "Ada Here"}));
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_EQ(reply.value().scope(), customer::v1::SEARCH_SCOPE_ALL_STORES);
  EXPECT_THAT(Names(reply.value()), ElementsAre("Ada Pending", "Ada Elsewhere", "Ada Here"));
  EXPECT_EQ(reply.value().reason(), "");
  EXPECT_FALSE(reply.value().truncated());
}

// A page stays a page.
TEST_F(StoreSearchTest, APageIsNotOverfull) {
  asynchronous_ = true;
  OpenReady();
  CreatePending(ACustomer().Named("Ada", "Pending"));
  const auto reply = Search("ada", customer::v1::SEARCH_SCOPE_ALL_STORES, /*page_size=*/2);
  hq_.searches.Answer(AtHq({"Ada Elsewhere", "Ada Here"}));
  Run();
  EXPECT_THAT(reply.value().results(), SizeIs(2));
  EXPECT_TRUE(reply.value().truncated());
}

// A POS mustn't see which way its answer was made.
TEST_F(StoreSearchTest, WhatLiesReadyIsWhatTheStoreAnswers) {
  PROVES("V4", "S3");
  OpenReady();
  CreateSynced(ACustomer().Named("Ada", "Synced"), "C-00000001");
  asynchronous_ = true;
  Configure();
  CreatePending(ACustomer().Named("Ada", "Pending"));
  SearchCustomersRequest request;
  request.set_query("ada");
  const CallContext call = {.language = "sv"};
  const auto ready = service_->StoredSearch(request, call);
  ASSERT_TRUE(ready.has_value());
  SearchCustomersResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(*ready));
  ASSERT_THAT(parsed.results(), SizeIs(2));
  const auto reply = Search("ada", customer::v1::SEARCH_SCOPE_THIS_STORE, /*page_size=*/0, call);
  EXPECT_EQ(SerializeDeterministically(parsed), SerializeDeterministically(reply.value()));

  // HQ has to be asked, or the caller told what is wrong.
  request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  EXPECT_EQ(service_->StoredSearch(request, call), std::nullopt);
  request.set_scope(customer::v1::SEARCH_SCOPE_THIS_STORE);
  request.set_query("");
  EXPECT_EQ(service_->StoredSearch(request, call), std::nullopt);
}

// Who brings the call answers it only where that keeps it from nothing else.
TEST_F(StoreSearchTest, WordsAreQuicklyFoundInMemoryWhileNobodyCommits) {
  SearchMemory memory({}, clock_, logger_);
  search_memory_ = &memory;
  committer_options_.observer = &memory;
  asynchronous_ = true;
  OpenReady();
  const auto is_quick = [&](const std::string& query) {
    SearchCustomersRequest request;
    request.set_query(query);
    return service_->IsQuickSearch(request);
  };
  EXPECT_FALSE(is_quick("ada")) << "the memory isn't loaded";
  memory.Load(database_, nullptr);
  CreatePending(ACustomer().Named("Ada", "Pending"));
  EXPECT_FALSE(is_quick("ada"));
  clock_.Advance(SearchMemory::kQuietAfter);
  EXPECT_FALSE(is_quick("ada")) << "somebody has to take in what was committed";
  Search("ada", customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_TRUE(is_quick("ada"));
  EXPECT_TRUE(is_quick("northpoint 3337"));
  // In the index, perhaps with some hundred seeks.
  for (const std::string query : {"ada@example.com", "ada24", "555-0147", "C-00000001", ""}) {
    EXPECT_FALSE(is_quick(query)) << query;
  }
  SearchCustomersRequest request;
  request.set_query("ada");
  request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  EXPECT_FALSE(service_->IsQuickSearch(request));
  request.set_scope(customer::v1::SEARCH_SCOPE_THIS_STORE);
  request.set_field("email");
  EXPECT_FALSE(service_->IsQuickSearch(request));

  CreatePending(ACustomer().Named("Ada", "Next"));
  EXPECT_FALSE(is_quick("ada"));
}

// HQ cannot be reached, or doesn't answer: the store answers and says so.
TEST_F(StoreSearchTest, WithoutHqTheStoreAnswers) {
  PROVES("V4");
  asynchronous_ = true;
  OpenOffline();
  CreatePending(ACustomer().Named("Ada", "Pending"));
  const auto offline = Search("ada", customer::v1::SEARCH_SCOPE_ALL_STORES);
  ASSERT_THAT(*offline, IsOk());
  EXPECT_EQ(offline.value().scope(), customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_EQ(offline.value().reason(), "HQ_UNREACHABLE");
  EXPECT_THAT(Names(offline.value()), ElementsAre("Ada Pending"));
}

TEST_F(StoreSearchTest, WithoutHqsAnswerTheStoreAnswers) {
  PROVES("V4");
  OpenReady();
  const auto unanswered = Search("ada", customer::v1::SEARCH_SCOPE_ALL_STORES);
  hq_.searches.Answer(absl::DeadlineExceededError("no answer in time"));
  Run();
  ASSERT_THAT(*unanswered, IsOk());
  EXPECT_EQ(unanswered.value().scope(), customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_EQ(unanswered.value().reason(), "HQ_UNREACHABLE");
}

TEST_F(StoreSearchTest, RefusalsAreReturned) {
  OpenReady();
  EXPECT_THAT(*Search("", customer::v1::SEARCH_SCOPE_ALL_STORES),
              HasViolation("query", "REQUIRED"));
  SearchCustomersRequest by_planet;
  by_planet.set_query("ada");
  by_planet.set_field("planet");
  Reply<SearchCustomersResponse> reply;
  service_->SearchCustomers(by_planet, {}, reply.done());
  Run();
  EXPECT_THAT(*reply, HasViolation("field", "VALUE_UNKNOWN"));
  EXPECT_THAT(*Search("ada", static_cast<customer::v1::SearchScope>(9)),
              HasViolation("scope", "VALUE_UNKNOWN"));
  const auto refused = Search("ada", customer::v1::SEARCH_SCOPE_ALL_STORES);
  hq_.searches.Answer(MakeError(Reason::kPermissionDenied, "No."));
  Run();
  EXPECT_THAT(*refused, HasReason(Reason::kPermissionDenied));
}

}  // namespace
}  // namespace comptoir::channel
