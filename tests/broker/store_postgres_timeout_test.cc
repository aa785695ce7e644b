// What waits too long is given up, and nothing of it is kept.
#include "broker/store_postgres.h"
#include "tests/broker/store_postgres_place.h"

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using Kind = UnitOutcome::Kind;

TEST(PostgresTimeout, UndoesAnAttemptThatALockHeldUp) {
    PostgresPlace place;
    const auto store = open(place);
    ASSERT_THAT(kinds(store->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    PostgresOptions options = place.options();
    options.statement_timeout = Duration{200};
    PgConnection other(options, {});
    ASSERT_TRUE(other.execute("BEGIN; SELECT 1 FROM luqiao.cases FOR UPDATE")) << other.sqlstate();
    auto held = open_postgres_store(options);
    ASSERT_TRUE(held);
    const Unit next = follow_up(1, 1);
    const auto outcomes = (*held)->commit(std::span(&next, 1));
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().code, Errc::StoreBusy);
    other.close();
    EXPECT_THAT(kinds((*held)->commit(std::span(&next, 1))), ElementsAre(Kind::Committed));
}

TEST(PostgresTimeout, GivesUpASearchThatTakesTooLong) {
    PostgresPlace place;
    const auto store = open(place);
    ASSERT_THAT(kinds(store->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    PostgresOptions options = place.options();
    options.statement_timeout = Duration{200};
    auto impatient = open_postgres_store(options);
    ASSERT_TRUE(impatient);
    PgConnection other(place.options(), {});
    ASSERT_TRUE(other.execute("BEGIN; LOCK TABLE luqiao.cases IN ACCESS EXCLUSIVE MODE"));
    const auto found = (*impatient)->search({.terms = {}, .looks_most = 1'000});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::LimitExceeded) << "somebody waits for it";
    EXPECT_EQ((*impatient)->search({}).error().code, Errc::StoreBusy) << "tried again";
    other.close();
    const auto again = (*impatient)->search({});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->size(), 1U);
}

}  // namespace
}  // namespace luqiao::broker
