// Commits that are under way while the next is written: seen by nobody before they are durable,
// told to nobody when they are not.
#include "tests/contract/store_contract.h"
#include "tests/postgres_server.h"

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

namespace luqiao::broker {
namespace {

using tests::PostgresServer;

/// A server whose commits wait for a standby that is gone.
class PostgresPostponed : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(primary_) << primary_.error().message;
        auto standby = (*primary_)->make_standby({});
        ASSERT_TRUE(standby) << standby.error().message;
        for (auto* node : {&one_, &two_}) {
            auto opened =
                open_postgres_store({.url = (*primary_)->url(), .password = {}, .node = {}});
            ASSERT_TRUE(opened) << opened.error().message;
            *node = *std::move(opened);
            (void)must((*node)->find_message("portal", "key-1"));  // connected while it still can
        }
        ASSERT_TRUE(one_->write_and_lease(std::vector{arrival(9)}, {}));
        ASSERT_TRUE(one_->flush());
        (*standby)->kill();
    }

    void let_go() {
        (void)(*primary_)->value("ALTER SYSTEM SET synchronous_standby_names = ''");
        (void)(*primary_)->value("SELECT pg_reload_conf()");
    }

    Result<std::unique_ptr<PostgresServer>> primary_ = PostgresServer::start("*");
    std::unique_ptr<Store> one_, two_;
};

TEST_F(PostgresPostponed, NobodySeesACommitBeforeItIsOnTheStandby) {
    const LeaseRequest request{at(5), at(65), "node-1", {{"sti", 9}}};
    const auto first = one_->write_and_lease(std::vector{arrival(1)}, request);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(must(first->leased).size(), 1U);
    const auto second = one_->write_and_lease(std::vector{arrival(2)}, {});
    ASSERT_TRUE(second) << "the next is written while the first waits: " << second.error().message;
    EXPECT_FALSE(must(two_->find_message("portal", "key-1"))) << "another node";
    EXPECT_EQ(must(one_->counts())["cases"], 1U) << "nor this one";
    EXPECT_THAT(must(two_->lapsed(at(99), "node-1")), testing::IsEmpty());
    std::atomic<int> flushed{0};
    std::thread ends([&] {
        for (int call = 0; call < 2; ++call) flushed += one_->flush() ? 1 : 0;
    });
    EXPECT_EQ(flushed, 0);
    let_go();
    ends.join();
    EXPECT_EQ(flushed, 2);
    EXPECT_TRUE(must(two_->find_message("portal", "key-1")));
    EXPECT_EQ(must(two_->lapsed(at(99), "node-1")).size(), 1U);
}

TEST_F(PostgresPostponed, ItsOwnReadersWaitForACommitThatTheyAskFor) {
    ASSERT_TRUE(one_->write_and_lease(std::vector{arrival(1)}, {}));
    std::thread later([&] { let_go(); });
    EXPECT_TRUE(must(one_->find_case(case_id(1))));
    later.join();
    EXPECT_TRUE(one_->flush());
}

TEST_F(PostgresPostponed, AFlushFailsWithTheServer) {
    ASSERT_TRUE(one_->write_and_lease(std::vector{arrival(1)}, {}));
    ASSERT_TRUE(one_->write_and_lease(std::vector{arrival(2)}, {}));
    (*primary_)->kill();
    for (int call = 0; call < 2; ++call) {
        const Status flushed = one_->flush();
        ASSERT_FALSE(flushed);
        EXPECT_EQ(flushed.error().code, Errc::StoreFailed) << "nobody knows";
    }
    EXPECT_FALSE(one_->write_and_lease(std::vector{arrival(3)}, {}));
}

}  // namespace
}  // namespace luqiao::broker
