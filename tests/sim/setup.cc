#include "tests/sim/setup.h"

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "tests/sim/context.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

namespace {

// Gives an order and runs until it is carried out.
template <typename Response, typename Request>
void Order(Context& context, HqNode& hq, const Request& request) {
  bool answered = false;
  hq.service().Administer(request, CallContext(), [&](const absl::StatusOr<Response>& answer) {
    COMPTOIR_CHECK_OK(answer);
    answered = true;
  });
  while (!answered) COMPTOIR_CHECK(context.scheduler().Step());
}

void CreateProfile(Context& context, HqNode& hq, std::string_view name, bool async) {
  hq::v1::CreateProfileRequest request;
  request.mutable_profile()->set_name(std::string(name));
  request.mutable_profile()->set_create_customer_async(async);
  request.mutable_profile()->set_generate_loyalty_card_numbers(true);
  Order<hq::v1::Profile>(context, hq, request);
}

void CreateNumberSequence(Context& context, HqNode& hq, std::string_view name,
                          const std::string& format, uint64_t highest) {
  hq::v1::CreateNumberSequenceRequest request;
  hq::v1::NumberSequence& sequence = *request.mutable_number_sequence();
  sequence.set_name(std::string(name));
  sequence.set_format(format);
  sequence.set_lowest(1);
  sequence.set_highest(highest);
  sequence.set_next(1);
  Order<hq::v1::NumberSequence>(context, hq, request);
}

void ConfigureShared(Context& context, HqNode& hq) {
  hq::v1::ApplyConfigurationsRequest request;
  request.set_keep_others(true);
  auto& group = *request.mutable_chain()->add_configurations()->mutable_customer_group();
  group.set_name("customerGroups/retail");
  (*group.mutable_financial_dimensions())["CostCenter"] = "082";
  auto& defaults = *request.mutable_chain()->add_configurations()->mutable_default_customer();
  defaults.set_name(std::string(kDefaultCustomer));
  defaults.set_customer_group(group.name());
  defaults.set_language("it");
  request.mutable_chain()->add_configurations()->mutable_channel_database_group()->set_name(
      std::string(kFilteredGroup));
  auto& addresses = *request.mutable_chain()->add_configurations()->mutable_feature();
  addresses.set_name("features/F4");
  addresses.set_enabled(true);
  auto& secret = *request.mutable_chain()->add_configurations()->mutable_affiliation();
  secret.set_name(absl::StrCat("affiliations/", kHiddenAffiliation));
  secret.set_hidden(true);
  defaults.add_affiliations(secret.name());
  auto& size = *request.mutable_chain()->add_configurations()->mutable_attribute_type();
  size.set_name("attributeTypes/size");
  size.set_kind(hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER);
  size.set_lowest("20");
  size.set_highest("50");
  auto& shoe = *request.mutable_chain()->add_configurations()->mutable_attribute();
  shoe.set_name(absl::StrCat("attributes/", kAttribute));
  shoe.set_type(size.name());
  shoe.set_default_value("40");
  auto& body = *request.mutable_chain()->add_configurations()->mutable_attribute_group();
  body.set_name("attributeGroups/body");
  body.add_attributes(shoe.name());
  body.set_in_use(true);
  for (const char* book : kAddressBooks) {
    request.mutable_chain()->add_configurations()->mutable_address_book()->set_name(
        absl::StrCat("addressBooks/", book));
  }
  Order<hq::v1::ApplyConfigurationsResponse>(context, hq, request);
}

void CreateChannel(Context& context, HqNode& hq, const std::string& number,
                   std::string_view profile) {
  hq::v1::CreateChannelRequest request;
  hq::v1::Channel& channel = *request.mutable_channel();
  channel.set_name(absl::StrCat("channels/", number));
  channel.set_operating_unit(std::string(kOperatingUnit));
  channel.set_profile(std::string(profile));
  channel.set_currency("EUR");
  channel.set_language("fr");
  if (number == kChannels[1]) channel.set_channel_database_group(std::string(kFilteredGroup));
  Order<hq::v1::Channel>(context, hq, request);
}

MemoryDatabase::Content Configure() {
  Context context(/*seed=*/0, /*trace=*/nullptr);
  HqNode hq(context, hq::HqOptions(), [](Node&, const std::vector<RowChange>&) {});
  hq.Start();
  COMPTOIR_CHECK(hq.up());

  hq::v1::CreateOperatingUnitRequest unit;
  unit.mutable_operating_unit()->set_name(std::string(kOperatingUnit));
  unit.mutable_operating_unit()->mutable_address()->set_city("Lyon");
  unit.mutable_operating_unit()->mutable_address()->set_country("FR");
  Order<hq::v1::OperatingUnit>(context, hq, unit);

  CreateNumberSequence(context, hq, kNumberSequence, "C-########", 99'999'999);
  CreateNumberSequence(context, hq, kLoyaltyNumberSequence, "L-####", 9'999);
  CreateProfile(context, hq, kSyncProfile, false);
  CreateProfile(context, hq, kAsyncProfile, true);
  ConfigureShared(context, hq);
  CreateChannel(context, hq, kChannels[0], kSyncProfile);
  CreateChannel(context, hq, kChannels[1], kSyncProfile);
  CreateChannel(context, hq, kChannels[2], kAsyncProfile);
  return hq.database().disk().Copy();
}

}  // namespace

const MemoryDatabase::Content& ConfiguredHq() {
  static const auto* const content = new MemoryDatabase::Content(Configure());
  return *content;
}

std::vector<ServiceSetup> ServiceSetups() {
  return {{.id = "cs-1", .channels = {"100"}},
          {.id = "cs-2", .channels = {"100", "200", "300"}},
          {.id = "cs-3", .channels = {"300"}}};
}

}  // namespace comptoir::sim
