// A disk below its reserve, and an inbox that is full: refused loudly, before harm.
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;

std::uint64_t audited(Exchange& exchange) {
    return exchange.store().audit_head()->number;
}

TEST(DiskScenario, BelowTheReserveNothingIsTakenWhileDeliveriesGoOn) {
    Exchange exchange;
    exchange.restart({.disk_reserve = 1'000'000});
    RecordingOutlet& sti = exchange.party("sti");
    sti.failing = Errc::Unavailable;
    const std::string number =
        exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
    exchange.pass(1min, 1min);
    ASSERT_TRUE(sti.accepted.empty());

    exchange.set_free_bytes(999'999);
    exchange.pass(1min, 1min);
    const auto rows = audited(exchange);
    const broker::Problem refused =
        problem(exchange.submit("portal", exchange.application("portal", {"permit_issue"})));
    EXPECT_EQ(refused.code, Errc::StoreFull);
    EXPECT_EQ(info(refused.code).http_status, 503);
    EXPECT_EQ(refused.retry_after, std::chrono::seconds(30));
    EXPECT_TRUE(exchange.pipeline().space(exchange.now()).is_low());
    EXPECT_EQ(audited(exchange), rows) << "a refusal costs no space either";
    EXPECT_EQ(exchange.counts()["cases"], 1U);

    sti.failing.reset();
    exchange.pass(2h);
    EXPECT_EQ(sti.accepted.size(), 1U) << "what was accepted is delivered";
    EXPECT_EQ(exchange.find(number).number, number) << "and can be read";

    exchange.set_free_bytes(2'000'000);
    exchange.pass(1min, 1min);
    exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
}

TEST(DiskScenario, BodiesThatWaitAreBoundedInBytes) {
    Exchange exchange;
    exchange.restart({.inbox_bytes_max = 10'000});
    std::vector<broker::Answer> answers;
    std::size_t taken_bytes = 0;
    for (int i = 0; i < 50; ++i) {
        std::string body =
            exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
        const std::size_t size = body.size();
        broker::Arrival arrival;
        arrival.format = "portal.apply";
        arrival.party = "portal";
        arrival.body = std::move(body);
        const std::size_t before = answers.size();
        exchange.pipeline().accept(std::move(arrival), [&answers](broker::Answer answer) {
            answers.push_back(std::move(answer));
        });
        if (answers.size() == before) taken_bytes += size;
    }
    EXPECT_LE(taken_bytes, 10'000U);
    ASSERT_FALSE(answers.empty()) << "there was no room for fifty";
    for (const broker::Answer& answer : answers) {
        EXPECT_EQ(problem(answer).code, Errc::Overloaded);
        EXPECT_TRUE(problem(answer).retry_after);
    }
    exchange.settle();
    exchange.accepted("portal", exchange.application("portal", {"permit_issue"}));
}

}  // namespace
}  // namespace luqiao::integration
