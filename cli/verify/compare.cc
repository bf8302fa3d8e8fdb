#include "cli/verify/compare.h"

#include <utility>

#include "common/base/check.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/message_differencer.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::LoyaltyCard;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// The same bytes for the same content: maps in order of their keys, the length before it all.
std::string CanonicalBytes(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    coded.WriteVarint64(message.ByteSizeLong());
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

class PathReporter : public MessageDifferencer::Reporter {
 public:
  using Path = std::vector<MessageDifferencer::SpecificField>;

  void ReportAdded(const Message&, const Message&, const Path& path) override { Add(path); }
  void ReportDeleted(const Message&, const Message&, const Path& path) override { Add(path); }
  // A message that differs is reported after what differs in it.
  void ReportModified(const Message&, const Message&, const Path& path) override {
    const auto* field = path.empty() ? nullptr : path.back().field;
    if (field != nullptr && field->message_type() == nullptr) Add(path);
  }

  std::vector<std::string> paths() && { return std::move(paths_); }

 private:
  void Add(const Path& path) {
    std::string text;
    for (const auto& step : path) {
      if (step.field == nullptr) continue;
      absl::StrAppend(&text, text.empty() ? "" : ".", step.field->name());
      if (step.field->is_repeated() && !step.field->is_map()) {
        absl::StrAppend(&text, "[", step.index, "]");
      }
    }
    paths_.push_back(std::move(text));
  }

  std::vector<std::string> paths_;
};

}  // namespace

Customer Canonical(const Customer& customer) {
  Customer canonical = customer;
  canonical.clear_account_number_text();
  canonical.clear_addresses();
  canonical.clear_warnings();
  return canonical;
}

Address Canonical(const Address& address) {
  Address canonical = address;
  canonical.clear_pending();
  canonical.clear_warnings();
  return canonical;
}

LoyaltyCard Canonical(const LoyaltyCard& card) { return card; }

std::vector<std::string> DifferentFields(const Message& a, const Message& b) {
  MessageDifferencer differencer;
  PathReporter reporter;
  differencer.ReportDifferencesTo(&reporter);
  differencer.Compare(a, b);
  return std::move(reporter).paths();
}

ContentComparison::ContentComparison(size_t services, size_t differences_max)
    : differences_max_(differences_max),
      contents_(services),
      digests_(services),
      digests_at_hq_(services) {}

void ContentComparison::Add(Difference difference) {
  ++difference_count_;
  if (differences_.size() < differences_max_) differences_.push_back(std::move(difference));
}

template <typename Record>
void ContentComparison::Compare(const std::string& name, const std::vector<const Record*>& records,
                                const Services& at) {
  COMPTOIR_CHECK(records.size() == contents_.size());
  const std::string at_hq =
      records.front() == nullptr ? "" : CanonicalBytes(Canonical(*records.front()));
  std::optional<Record> reference;
  for (size_t i = 0; i < records.size(); ++i) {
    if (at[i]) digests_at_hq_[i].Update(at_hq);
    if (records[i] == nullptr) {
      if (at[i]) Add({.name = name, .field = "", .service = i});
      continue;
    }
    if (!at[i]) Add({.name = name, .field = "address_books", .service = i});
    const Record canonical = Canonical(*records[i]);
    digests_[i].Update(CanonicalBytes(canonical));
    if (!reference.has_value()) {
      reference = canonical;
      continue;
    }
    for (std::string& field : DifferentFields(*reference, canonical)) {
      Add({.name = name, .field = std::move(field), .service = i});
    }
  }
}

void ContentComparison::Visit(const std::string& name, const std::vector<const Customer*>& records,
                              const Services& at) {
  Compare(name, records, at);
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i] == nullptr) continue;
    ++contents_[i].customers;
    if (records[i]->state() == customer::v1::CUSTOMER_STATE_PENDING) ++contents_[i].pending;
  }
}

void ContentComparison::Visit(const std::string& name, const std::vector<const Address*>& records,
                              const Services& at) {
  Compare(name, records, at);
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i] != nullptr) ++contents_[i].addresses;
  }
}

void ContentComparison::Visit(const std::string& name,
                              const std::vector<const LoyaltyCard*>& records, const Services& at) {
  Compare(name, records, at);
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i] != nullptr) ++contents_[i].cards;
  }
}

std::vector<ServiceContent> ContentComparison::Finish() {
  for (size_t i = 0; i < contents_.size(); ++i) {
    contents_[i].digest = HexEncode(digests_[i].Finish());
    contents_[i].digest_at_hq = HexEncode(digests_at_hq_[i].Finish());
  }
  return std::move(contents_);
}

}  // namespace comptoir::cli
