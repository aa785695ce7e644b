// What waits too long is given up, and nothing of it is kept.
#include "broker/store_postgres.h"
#include "tests/broker/store_postgres_place.h"

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using Kind = UnitOutcome::Kind;

/// A store with one case that does not wait long, beside somebody who can hold locks.
class PostgresTimeout : public testing::Test {
protected:
    void SetUp() override {
        const auto store = open(place_);
        ASSERT_THAT(kinds(store->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
        PostgresOptions options = place_.options();
        options.statement_timeout = Duration{200};
        auto opened = open_postgres_store(options);
        ASSERT_TRUE(opened) << opened.error().message;
        impatient_ = *std::move(opened);
    }

    PostgresPlace place_;
    std::unique_ptr<Store> impatient_;
    PgConnection other_{place_.options(), {}};
};

TEST_F(PostgresTimeout, UndoesAnAttemptThatALockHeldUp) {
    ASSERT_TRUE(other_.execute("BEGIN; SELECT 1 FROM luqiao.cases FOR UPDATE"))
        << other_.sqlstate();
    const Unit next = follow_up(1, 1);
    const auto outcomes = impatient_->commit(std::span(&next, 1));
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().code, Errc::StoreBusy);
    other_.close();
    EXPECT_THAT(kinds(impatient_->commit(std::span(&next, 1))), ElementsAre(Kind::Committed));
}

TEST_F(PostgresTimeout, GivesUpASearchThatTakesTooLong) {
    ASSERT_TRUE(other_.execute("BEGIN; LOCK TABLE luqiao.cases IN ACCESS EXCLUSIVE MODE"))
        << other_.sqlstate();
    const auto found = impatient_->search({.terms = {}, .looks_most = 1'000});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::LimitExceeded) << "somebody waits for it";
    EXPECT_EQ(impatient_->search({}).error().code, Errc::StoreBusy) << "tried again";
    other_.close();
    const auto again = impatient_->search({});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->size(), 1U);
}

}  // namespace
}  // namespace luqiao::broker
