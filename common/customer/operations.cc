#include "common/customer/operations.h"

#include <algorithm>
#include <array>

namespace comptoir {
namespace {

using replication::v1::Operation;

constexpr std::array<std::string_view, 4> kOperationKinds = {"create_customer", "create_address",
                                                             "edit_customer", "edit_address"};

}  // namespace

bool IsFinal(replication::v1::OperationState state) {
  return state == replication::v1::OPERATION_STATE_APPLIED ||
         state == replication::v1::OPERATION_STATE_DISCARDED;
}

std::string_view OperationKind(const Operation& operation) {
  switch (operation.kind_case()) {
    case Operation::kCreateCustomer:
      return kOperationKinds[0];
    case Operation::kCreateAddress:
      return kOperationKinds[1];
    case Operation::kEditCustomer:
      return kOperationKinds[2];
    case Operation::kEditAddress:
      return kOperationKinds[3];
    case Operation::KIND_NOT_SET:
      break;
  }
  return "";
}

bool IsOperationKind(std::string_view text) {
  return std::find(kOperationKinds.begin(), kOperationKinds.end(), text) != kOperationKinds.end();
}

}  // namespace comptoir
