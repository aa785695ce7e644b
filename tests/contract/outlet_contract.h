// tests/contract/outlet_contract.h - what every Outlet promises, whatever its protocol. An adapter
// hands in its other side as an OutletPeer and instantiates the suite.
#pragma once

#include "broker/ports.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace luqiao::contract {

/// The receiving side of one protocol, real, on this machine.
class OutletPeer {
public:
    OutletPeer() = default;
    OutletPeer(const OutletPeer&) = delete;
    OutletPeer& operator=(const OutletPeer&) = delete;
    virtual ~OutletPeer() = default;

    /// A new outlet to this peer.
    virtual std::unique_ptr<broker::Outlet> outlet() = 0;
    /// Bytes that the peer takes; other bytes for each number.
    virtual std::string body(int number) = 0;
    /// What the peer holds, in the form of the bytes that were sent, by the message's id; what it
    /// took twice is there twice.
    virtual std::multimap<std::string, std::string> received() = 0;
    virtual void go_down() = 0;
    virtual void come_back() = 0;
};

using MakePeer = std::function<std::unique_ptr<OutletPeer>()>;

struct PeerCase {
    std::string name;
    MakePeer make;
};

/// Counts how often each send was answered; waits until all are.
class Answers {
public:
    std::function<void(Result<broker::Reply>)> slot() {
        const std::scoped_lock lock(mutex_);
        const std::size_t index = counts_.size();
        counts_.push_back(0);
        codes_.emplace_back();
        return [this, index](const Result<broker::Reply>& result) {
            const std::scoped_lock inner(mutex_);
            ++counts_[index];
            if (!result) codes_[index] = result.error().code;
            come_.notify_all();
        };
    }
    void wait() {
        std::unique_lock lock(mutex_);
        come_.wait(lock, [&] {
            for (const int count : counts_) {
                if (count == 0) return false;
            }
            return true;
        });
    }
    std::vector<int> counts() {
        const std::scoped_lock lock(mutex_);
        return counts_;
    }
    /// Without a value: delivered.
    std::vector<std::optional<Errc>> codes() {
        const std::scoped_lock lock(mutex_);
        return codes_;
    }

private:
    std::mutex mutex_;
    std::condition_variable come_;
    std::vector<int> counts_;
    std::vector<std::optional<Errc>> codes_;
};

class OutletContract : public testing::TestWithParam<PeerCase> {
protected:
    void SetUp() override {
        peer_ = GetParam().make();
        outlet_ = peer_->outlet();
    }
    void TearDown() override {
        if (outlet_) outlet_->stop();
    }

    static std::string id(int number) {
        // UUID version 7, made on 2025-10-09 in China
        return fmt::format("0199c5a2-7b1e-7c3d-8f00-{:012d}", number);
    }
    broker::Outgoing message(int number) {
        return {.id = id(number),
                .format = "title.review",
                .body = peer_->body(number),
                .case_number = "370200-1",
                .attempt = 1,
                .bundle = {}};
    }
    std::optional<Errc> deliver(int number) {
        Answers answers;
        outlet_->send(message(number), answers.slot());
        answers.wait();
        return answers.codes()[0];
    }

    /// none: it did not say.
    std::optional<broker::Holding> ask(int number) {
        std::promise<Result<broker::Holding>> said;
        outlet_->ask(message(number), [&said](Result<broker::Holding> answer) {
            said.set_value(std::move(answer));
        });
        const auto answer = said.get_future().get();
        return answer ? std::optional(*answer) : std::nullopt;
    }

    std::unique_ptr<OutletPeer> peer_;
    std::unique_ptr<broker::Outlet> outlet_;
};

TEST_P(OutletContract, SaysWhetherThePeerHoldsAMessageIfItCanBeAsked) {
    ASSERT_EQ(deliver(1), std::nullopt);
    if (!outlet_->can_be_asked()) {
        EXPECT_EQ(ask(1), std::nullopt);
        return;
    }
    EXPECT_EQ(ask(1), broker::Holding::Held);
    EXPECT_EQ(ask(2), broker::Holding::Missing);
    EXPECT_EQ(peer_->received().size(), 1U) << "a question changes nothing";
    peer_->go_down();
    EXPECT_EQ(ask(1), std::nullopt);
    peer_->come_back();
    EXPECT_EQ(ask(1), broker::Holding::Held);
}

TEST_P(OutletContract, DeliversExactlyTheBytes) {
    ASSERT_EQ(deliver(1), std::nullopt);
    ASSERT_EQ(deliver(2), std::nullopt);
    const std::multimap<std::string, std::string> expected{{id(1), peer_->body(1)},
                                                           {id(2), peer_->body(2)}};
    EXPECT_EQ(peer_->received(), expected);
}

TEST_P(OutletContract, TheSameIdTwiceHasOneEffect) {
    ASSERT_EQ(deliver(1), std::nullopt);
    ASSERT_EQ(deliver(1), std::nullopt);
    const std::multimap<std::string, std::string> expected{{id(1), peer_->body(1)}};
    EXPECT_EQ(peer_->received(), expected);
}

TEST_P(OutletContract, TheSameIdFromANewOutletHasOneEffect) {
    ASSERT_EQ(deliver(1), std::nullopt);
    outlet_->stop();
    outlet_ = peer_->outlet();
    ASSERT_EQ(deliver(1), std::nullopt);
    EXPECT_EQ(peer_->received().size(), 1U);
}

TEST_P(OutletContract, SaysUnavailableWhileThePeerIsDownAndDeliversWhenItIsBack) {
    ASSERT_EQ(deliver(1), std::nullopt);
    peer_->go_down();
    EXPECT_EQ(deliver(2), Errc::Unavailable);
    peer_->come_back();
    EXPECT_EQ(deliver(2), std::nullopt);
    EXPECT_EQ(peer_->received().count(id(2)), 1U);
    EXPECT_EQ(peer_->received().find(id(2))->second, peer_->body(2));
}

TEST_P(OutletContract, RefusesBytesThatAreNoMessage) {
    broker::Outgoing bad = message(1);
    bad.id = id(1) + "/../../escape";
    bad.body = "\x0F\xFF no message";
    Answers answers;
    outlet_->send(bad, answers.slot());
    answers.wait();
    EXPECT_EQ(answers.codes()[0], Errc::Refused);
    EXPECT_TRUE(peer_->received().empty());
    EXPECT_EQ(deliver(2), std::nullopt) << "a bad message must not stop the next one";
}

TEST_P(OutletContract, AnswersEverySendOnceEvenWhenItIsStopped) {
    constexpr int kMessages = 40;
    Answers answers;
    for (int number = 0; number < kMessages; ++number) {
        outlet_->send(message(number), answers.slot());
    }
    outlet_->stop();
    answers.wait();
    const std::vector<int> expected(kMessages, 1);
    EXPECT_EQ(answers.counts(), expected);
    std::size_t delivered = 0;
    for (const auto& code : answers.codes()) {
        if (!code) ++delivered;
        EXPECT_EQ(code.value_or(Errc::Unavailable), Errc::Unavailable);
    }
    EXPECT_EQ(peer_->received().size(), delivered) << "delivered is what the peer holds";
}

TEST_P(OutletContract, TakesNothingAfterItWasStopped) {
    outlet_->stop();
    outlet_->stop();
    EXPECT_EQ(deliver(1), Errc::Unavailable);
    EXPECT_TRUE(peer_->received().empty());
}

inline std::string peer_name(const testing::TestParamInfo<PeerCase>& info) {
    return info.param.name;
}

}  // namespace luqiao::contract
