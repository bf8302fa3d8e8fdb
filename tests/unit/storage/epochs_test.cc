#include "common/storage/epochs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/storage/key_codec.h"
#include "common/storage/memory_database.h"
#include "common/storage/meta_keys.h"
#include "tests/support/matchers.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using replication::v1::Epoch;
using replication::v1::Position;

// A log's owner: starts, and gives sequences.
class Owner {
 public:
  explicit Owner(uint64_t seed) : random_(seed) {}

  // Begins the epoch after the last sequence given.
  Epoch Start() {
    const auto transaction = database_.NewTransaction();
    const auto last = LastSequence(*transaction);
    COMPTOIR_CHECK_OK(last);
    auto epoch = BeginEpoch(*transaction, random_, Sequence(last->value() + 1));
    COMPTOIR_CHECK_OK(epoch);
    COMPTOIR_CHECK_OK(database_.Commit(*transaction));
    return *epoch;
  }

  // Gives `count` sequences; the last one.
  Sequence Give(int count) {
    const auto transaction = database_.NewTransaction();
    Sequence last;
    for (int i = 0; i < count; ++i) {
      const auto next = NextSequence(*transaction);
      COMPTOIR_CHECK_OK(next);
      last = *next;
    }
    COMPTOIR_CHECK_OK(database_.Commit(*transaction));
    return last;
  }

  Sequence Last() const {
    const auto last = LastSequence(database_.latest());
    COMPTOIR_CHECK_OK(last);
    return *last;
  }

  absl::StatusOr<bool> Knows(const Position& position) const {
    return IsOwnPosition(database_.latest(), position, Last());
  }

  MemoryDatabase& database() { return database_; }

 private:
  MemoryDatabase database_;
  SeededRandom random_;
};

Position At(const Epoch& epoch, uint64_t sequence) {
  return MakePosition(epoch, Sequence(sequence));
}

// Sequences begin at 1, follow each other, and go on after a commit; an abandoned transaction gives
// its own back. (invariant 5)
TEST(SequenceTest, CountsUpFromOne) {
  Owner owner(1);
  EXPECT_EQ(owner.Last(), Sequence(0));
  EXPECT_EQ(owner.Give(3), Sequence(3));
  const auto abandoned = owner.database().NewTransaction();
  EXPECT_THAT(NextSequence(*abandoned), IsOkAndHolds(Sequence(4)));
  EXPECT_THAT(LastSequence(*abandoned), IsOkAndHolds(Sequence(4)));
  EXPECT_EQ(owner.Last(), Sequence(3));
  EXPECT_EQ(owner.Give(1), Sequence(4));
}

// Damage is said, not guessed around.
TEST(SequenceTest, UnreadableIsCorrupt) {
  MemoryDatabase database;
  const auto transaction = database.NewTransaction();
  transaction->Put(Table::kMeta, meta_keys::kSequence, "123");
  EXPECT_THAT(LastSequence(*transaction), HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(NextSequence(*transaction), HasReason("STORAGE_CORRUPT"));
}

// Each start begins the next epoch, under a new random id; the last one is in force.
TEST(EpochTest, EachStartBeginsOne) {
  Owner owner(1);
  const Epoch first = owner.Start();
  EXPECT_EQ(first.counter(), 1u);
  EXPECT_EQ(first.first_sequence(), 1u);
  owner.Give(10);
  const Epoch second = owner.Start();
  EXPECT_EQ(second.counter(), 2u);
  EXPECT_EQ(second.first_sequence(), 11u);
  EXPECT_NE(first.id(), second.id());
  const auto current = CurrentEpoch(owner.database().latest());
  ASSERT_THAT(current, IsOk());
  EXPECT_EQ(current->id(), second.id());
}

// More starts than one byte can count: the newest epoch is still found.
TEST(EpochTest, ManyStarts) {
  Owner owner(1);
  Epoch epoch;
  for (int i = 0; i < 300; ++i) epoch = owner.Start();
  EXPECT_EQ(epoch.counter(), 300u);
  EXPECT_THAT(owner.Knows(At(epoch, 0)), IsOkAndHolds(true));
}

// A service that never started has no epoch, and one that cannot be read is corrupt.
TEST(EpochTest, MissingOrUnreadableIsCorrupt) {
  MemoryDatabase database;
  EXPECT_THAT(CurrentEpoch(database.latest()), HasReason("STORAGE_CORRUPT"));
  const auto transaction = database.NewTransaction();
  transaction->Put(Table::kMeta, KeyWriter().Rest(meta_keys::kEpochPrefix).Fixed64(1).key(),
                   "not an epoch");
  EXPECT_THAT(CurrentEpoch(*transaction), HasReason("STORAGE_CORRUPT"));
}

// A reader that has read nothing is at home everywhere, also where nothing was ever started.
TEST(PositionTest, ZeroIsEverybodys) {
  Owner owner(1);
  EXPECT_THAT(owner.Knows(Position()), IsOkAndHolds(true));
  owner.Start();
  EXPECT_THAT(owner.Knows(Position()), IsOkAndHolds(true));
}

// Every position up to an epoch's end is its owner's, none beyond.
TEST(PositionTest, KnownUpToTheEpochsEnd) {
  Owner owner(1);
  const Epoch first = owner.Start();
  owner.Give(10);
  EXPECT_THAT(owner.Knows(At(first, 10)), IsOkAndHolds(true));
  EXPECT_THAT(owner.Knows(At(first, 11)), IsOkAndHolds(false));

  const Epoch second = owner.Start();
  owner.Give(10);
  EXPECT_THAT(owner.Knows(At(first, 10)), IsOkAndHolds(true));
  EXPECT_THAT(owner.Knows(At(first, 11)), IsOkAndHolds(false));
  EXPECT_THAT(owner.Knows(At(second, 11)), IsOkAndHolds(true));
  EXPECT_THAT(owner.Knows(At(second, 20)), IsOkAndHolds(true));
  EXPECT_THAT(owner.Knows(At(second, 21)), IsOkAndHolds(false));
  // Read during the second epoch, written during the first.
  EXPECT_THAT(owner.Knows(At(second, 5)), IsOkAndHolds(true));
}

// An epoch that nobody began here, or that another began under the same number, is unknown.
TEST(PositionTest, UnknownEpoch) {
  Owner owner(1);
  Epoch epoch = owner.Start();
  owner.Give(10);
  Position position = At(epoch, 5);
  position.set_epoch_counter(2);
  EXPECT_THAT(owner.Knows(position), IsOkAndHolds(false));
  position = At(epoch, 5);
  position.set_epoch_id(epoch.id() + 1);
  EXPECT_THAT(owner.Knows(position), IsOkAndHolds(false));
  position = Position();
  position.set_sequence(1);
  EXPECT_THAT(owner.Knows(position), IsOkAndHolds(false));
}

// The owner's database is lost and an older backup put back. Readers that were further than the
// backup are told so, at once and after the restored one has given the same numbers again; readers
// that were not go on. (P13)
TEST(PositionTest, ARestoredDatabaseHasDivergedFromItsReaders) {
  Owner owner(1);
  const Epoch first = owner.Start();
  owner.Give(10);
  const auto backup = owner.database().Copy();
  owner.Give(10);

  owner.database().Restore(backup);
  const Epoch second = owner.Start();
  EXPECT_THAT(owner.Knows(At(first, 20)), IsOkAndHolds(false));
  EXPECT_THAT(owner.Knows(At(first, 10)), IsOkAndHolds(true));
  owner.Give(50);
  EXPECT_THAT(owner.Knows(At(first, 20)), IsOkAndHolds(false));
  EXPECT_THAT(owner.Knows(At(first, 10)), IsOkAndHolds(true));
  EXPECT_THAT(owner.Knows(At(second, 60)), IsOkAndHolds(true));
}

// A database is copied and both run: each knows what was before, neither knows what the other gave
// since.
TEST(PositionTest, ACopyDivergesWithItsNextStart) {
  Owner original(1);
  const Epoch common = original.Start();
  original.Give(10);
  Owner copy(2);
  copy.database().Restore(original.database().Copy());

  const Epoch original_epoch = original.Start();
  const Epoch copy_epoch = copy.Start();
  ASSERT_EQ(original_epoch.counter(), copy_epoch.counter());
  original.Give(5);
  copy.Give(5);
  for (const Owner* owner : {&original, &copy}) {
    EXPECT_THAT(owner->Knows(At(common, 10)), IsOkAndHolds(true));
  }
  EXPECT_THAT(original.Knows(At(copy_epoch, 12)), IsOkAndHolds(false));
  EXPECT_THAT(copy.Knows(At(original_epoch, 12)), IsOkAndHolds(false));
}

// A wiped database knows nobody's position but the beginning.
TEST(PositionTest, AWipedDatabaseHasDiverged) {
  Owner owner(1);
  const Epoch epoch = owner.Start();
  owner.Give(10);
  owner.database().Restore({});
  owner.Start();
  EXPECT_THAT(owner.Knows(At(epoch, 1)), IsOkAndHolds(false));
  EXPECT_THAT(owner.Knows(Position()), IsOkAndHolds(true));
}

}  // namespace
}  // namespace comptoir
