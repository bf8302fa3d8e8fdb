// What both services say of an operation.

#include "common/customer/operations.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace comptoir {
namespace {

using replication::v1::Operation;

TEST(OperationsTest, NothingFollowsAppliedAndDiscarded) {
  std::set<std::string> final_states;
  for (int i = replication::v1::OperationState_MIN; i <= replication::v1::OperationState_MAX; ++i) {
    if (!replication::v1::OperationState_IsValid(i)) continue;
    const auto state = static_cast<replication::v1::OperationState>(i);
    if (IsFinal(state)) final_states.insert(replication::v1::OperationState_Name(state));
  }
  EXPECT_EQ(final_states,
            (std::set<std::string>{"OPERATION_STATE_APPLIED", "OPERATION_STATE_DISCARDED"}));
}

// A kind is called as the proto calls it.
TEST(OperationsTest, EveryKindHasItsName) {
  const auto& kinds = *Operation::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    Operation operation;
    operation.GetReflection()->MutableMessage(&operation, kinds.field(i));
    EXPECT_EQ(OperationKind(operation), kinds.field(i)->name());
    EXPECT_TRUE(IsOperationKind(kinds.field(i)->name()));
  }
  EXPECT_EQ(OperationKind(Operation()), "");
  EXPECT_FALSE(IsOperationKind(""));
}

}  // namespace
}  // namespace comptoir
