// New rules while messages run: each message is whole under one bundle, and broken rules change
// nothing.
#include "security/digest.h"
#include "tests/integration/reload_fixture.h"

#include <atomic>
#include <set>
#include <thread>

namespace luqiao::integration {
namespace {

/// The second bundle reads one field of the portal's message and writes one of the department's in
/// its own way: bytes that were read by one and written by the other would show it.
constexpr const char* kReading = "maps/portal.apply.map";
constexpr const char* kWriting = "maps/sti.apply.map";

void write_second(const Conf& conf) {
    conf.replace_line(kReading, "permit_request.qualification",
                      "permit_request.qualification <- const(\"second\")");
    conf.replace_line(kWriting, "employer.industry", "const(\"second\") -> industry");
}

TEST_F(Reload, EveryMessageIsWholeUnderOneBundleWhileRulesAreSwapped) {
    const std::string first_reading = conf_.text(kReading);
    const std::string first_writing = conf_.text(kWriting);
    const std::string first = in_force();
    constexpr int kReloads = 8;
    std::vector<std::string> bodies;
    for (std::size_t index = 0; index < 16; ++index) bodies.push_back(application(index));

    std::atomic<bool> reloads_done{false};
    std::atomic<int> open_senders{2};
    std::set<std::string> bundles{first};
    std::thread operator_thread([&] {
        for (int round = 0; round < kReloads; ++round) {
            if (round % 2 == 0) {
                write_second(conf_);
            } else {
                conf_.write(kReading, first_reading);
                conf_.write(kWriting, first_writing);
            }
            const app::ReloadReport report = reload();
            EXPECT_TRUE(report.replaced);
            bundles.insert(report.bundle);
        }
        reloads_done = true;
    });
    const auto send = [&](std::vector<broker::Receipt>& receipts, std::size_t sender) {
        for (std::size_t index = 0; !reloads_done; ++index) {
            broker::Arrival arrival;
            std::promise<broker::Answer> promise;
            arrival.party = "portal";
            arrival.format = "portal.apply";
            arrival.idempotency_key = fmt::format("{}-{}", sender, index);
            arrival.body = bodies[index % bodies.size()];
            pipeline_->accept(std::move(arrival), [&promise](broker::Answer answer) {
                promise.set_value(std::move(answer));
            });
            receipts.push_back(receipt(promise.get_future().get()));
        }
        --open_senders;
    };
    std::vector<broker::Receipt> receipts;
    std::vector<broker::Receipt> others;
    std::thread sender([&] { send(receipts, 1); });
    std::thread other([&] { send(others, 2); });
    while (open_senders > 0) {
        const auto next = pipeline_->turn(now_);
        ASSERT_TRUE(next) << next.error().message;
        std::this_thread::yield();
    }
    operator_thread.join();
    sender.join();
    other.join();
    turns();

    receipts.insert(receipts.end(), others.begin(), others.end());
    ASSERT_EQ(bundles.size(), 2u);
    std::map<std::string, std::string> bundle_of_case;
    std::set<std::string> used;
    for (const broker::Receipt& one : receipts) {
        EXPECT_TRUE(bundles.contains(one.bundle)) << one.bundle;
        used.insert(one.bundle);
        bundle_of_case[one.case_number] = one.bundle;
        for (const broker::StoredDelivery& delivery : deliveries_of(one.case_number)) {
            if (delivery.map == "sti.apply") {
                EXPECT_EQ(delivery.bundle, one.bundle);
            }
        }
    }
    EXPECT_EQ(used, bundles) << "messages ran under both";
    ASSERT_EQ(sti_.sent.size(), receipts.size());
    for (const broker::Outgoing& one : sti_.sent) {
        EXPECT_EQ(one.bundle, bundle_of_case[one.case_number]);
        const bool is_first = one.bundle == first;
        EXPECT_THAT(one.body, HasSubstr(is_first ? R"("qualification":"工程师")"
                                                 : R"("qualification":"second")"));
        EXPECT_THAT(one.body,
                    HasSubstr(is_first ? R"("industry":"C38")" : R"("industry":"second")"));
    }
}

TEST_F(Reload, AReplyIsReadByTheRulesThatMadeTheMessage) {
    sti_.reply.reset();
    auto given = hand_in(application(0));
    turns();
    const broker::Receipt taken = receipt(given.get());
    ASSERT_EQ(sti_.open.size(), 1u);
    conf_.replace_line("maps/sti.reply.map", "reply.ok",
                       "reply.ok <-> code : bool(\"OK\", \"NO\") ; req ; bad default false");
    ASSERT_TRUE(reload().replaced);
    sti_.answer(R"({"code":"0000"})");
    turns();
    EXPECT_EQ(state_at_sti(taken.case_number), broker::DeliveryState::Delivered)
        << "0000 was good when the message was made";

    given = hand_in(application(1));
    turns();
    const broker::Receipt next = receipt(given.get());
    sti_.answer(R"({"code":"0000"})");
    turns();
    EXPECT_EQ(state_at_sti(next.case_number), broker::DeliveryState::Dead);
    EXPECT_NE(next.bundle, taken.bundle);
}

TEST_F(Reload, KeepsTheOldRulesWhenTheNewOnesAreBroken) {
    struct Row {
        const char* name;
        std::function<void(const Conf&)> harm;
        const char* code;
    };
    const std::vector<Row> table{
        {"a row that does not compile",
         [](const Conf& conf) {
             conf.replace_line(kWriting, "employer.name", "employer.nome <-> employerName ; req");
         },
         "M101"},
        {"a settings file that is none",
         [](const Conf& conf) { conf.write("parties/sti.toml", "code = \n"); }, "C100"},
        {"a party that cases may wait for",
         [](const Conf& conf) { std::filesystem::remove(conf.path() / "parties/mobile.toml"); },
         "C510"},
        {"a version in use that says something else",
         [](const Conf& conf) {
             conf.replace_line("services/foreigner_work.toml", "decide", "decide = \"9wd\"");
         },
         "C512"},
        {"a version that stands twice",
         [](const Conf& conf) {
             conf.write("services/again.toml", conf.text("services/foreigner_work.toml"));
         },
         "C513"},
    };
    const std::string before = in_force();
    for (const Row& row : table) {
        const Conf good;
        row.harm(conf_);
        const app::ReloadReport report = reload();
        EXPECT_FALSE(report.replaced) << row.name;
        EXPECT_EQ(report.bundle, before) << row.name;
        EXPECT_EQ(in_force(), before) << row.name;
        const auto& found = report.findings.list();
        EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                                [&](const Diagnostic& one) { return one.code == row.code; }))
            << row.name << to_json(report);
        EXPECT_THAT(to_json(report), HasSubstr(R"("replaced":false)"));
        std::filesystem::copy(good.path(), conf_.path(),
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::overwrite_existing);
        std::filesystem::remove(conf_.path() / "services/again.toml");
    }
    auto given = hand_in(application(0));
    turns();
    EXPECT_EQ(receipt(given.get()).bundle, before);
    EXPECT_TRUE(reload().replaced) << "mended, it is taken";
    const auto audit = *store_->audit_tail(10);
    EXPECT_EQ(std::count_if(audit.begin(), audit.end(),
                            [](const auto& one) { return one.action == "reload"; }),
              6);
}

TEST_F(Reload, SaysWhichSettingsNeedARestart) {
    conf_.replace_line("luqiao.toml", "node", "node = \"other\"");
    conf_.replace_line("parties/sti.toml", "url", "url = \"http://127.0.0.1:1/elsewhere\"");
    conf_.replace_line("parties/psb.toml", "app_key", "app_key = \"other\"");
    const app::ReloadReport report = reload();
    EXPECT_TRUE(report.replaced);
    EXPECT_THAT(report.needs_restart,
                testing::UnorderedElementsAre("luqiao.toml node", "parties/sti.toml push",
                                              "parties/psb.toml identity"));
    EXPECT_EQ(reload().needs_restart, report.needs_restart) << "until it is restarted";
}

TEST_F(Reload, RefusalsNameTheRulesThatJudged) {
    auto given = hand_in("{}");
    const broker::Problem refused = problem(given.get());
    EXPECT_EQ(refused.bundle, in_force());
    EXPECT_FALSE(refused.errors.empty());
}

TEST_F(Reload, TheHashCanBeMadeByHand) {
    std::map<std::string, std::string> digests;
    for (const char* folder : {"calendar", "codes", "formats", "forms", "maps", "services"}) {
        for (const auto& entry : std::filesystem::directory_iterator(conf_.path() / folder)) {
            const std::string name = std::string(folder) + "/" + entry.path().filename().string();
            digests[name] = security::sm3_hex(conf_.text(name));
        }
    }
    std::string lines;
    for (const auto& [name, digest] : digests) lines += digest + "  " + name + "\n";
    EXPECT_EQ(in_force(), security::sm3_hex(lines).substr(0, 32));
}

}  // namespace
}  // namespace luqiao::integration
