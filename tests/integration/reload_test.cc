// New rules while messages run: each message is whole under one bundle, and broken rules change
// nothing.
#include "app/reload.h"

#include "app/service_versions.h"
#include "broker/store_memory.h"
#include "security/digest.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"
#include "tests/places.h"

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <sstream>
#include <thread>

namespace luqiao::integration {
namespace {

using testing::HasSubstr;

/// A copy of the shipped conf/ that a test may change.
class Conf {
public:
    Conf() : folder_(*app::TemporaryFolder::create("luqiao-conf")) {
        std::filesystem::copy(places::source() + "/conf", path(),
                              std::filesystem::copy_options::recursive);
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "conf"; }
    [[nodiscard]] std::string text(const std::string& file) const {
        std::ifstream in(path() / file, std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return std::move(out).str();
    }
    void write(const std::string& file, const std::string& text) const {
        std::ofstream(path() / file, std::ios::binary) << text;
    }
    /// Replaces the line that begins with `start`.
    void replace_line(const std::string& file,
                      const std::string& start,
                      const std::string& with) const {
        std::string all = text(file);
        const std::size_t at = all.find("\n" + start) + 1;
        ASSERT_NE(at, 0u) << file << " has no line " << start;
        all.replace(at, all.find('\n', at) - at, with);
        write(file, all);
    }

private:
    app::TemporaryFolder folder_;
};

/// Keeps every message and answers when it is told to.
class HoldingOutlet final : public broker::Outlet {
public:
    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override {
        sent.push_back(std::move(message));
        open.push_back(std::move(done));
        if (reply) answer(*reply);
    }
    void stop() override {}
    void answer(const std::string& body) {
        for (const auto& done : std::exchange(open, {})) done(broker::Reply{body});
    }

    std::optional<std::string> reply = R"({"code":"0000"})";
    std::vector<broker::Outgoing> sent;
    std::vector<std::function<void(Result<broker::Reply>)>> open;
};

class Reload : public testing::Test {
protected:
    void SetUp() override { start(); }

    /// As a node does: what the store keeps of services counts.
    void start() {
        reloader_.reset();
        pipeline_.reset();
        started_ = app::load_configuration(conf_.path(), {});
        ASSERT_FALSE(started_.findings.has_errors());
        const auto realm = app::realm_at_start(started_, *store_);
        ASSERT_TRUE(realm) << realm.error().message;
        const broker::World world{[this] { return now_; }, security::random_id_bytes, [] {}};
        pipeline_ = std::make_unique<broker::Pipeline>(*realm, *store_, identities_, world,
                                                       broker::PipelineOptions{});
        pipeline_->attach("sti", sti_);
        reloader_ = std::make_unique<app::Reloader>(started_, *pipeline_, *store_);
    }

    app::ReloadReport reload() {
        auto report = reloader_->reload();
        EXPECT_TRUE(report) << report.error().message;
        return report ? *std::move(report) : app::ReloadReport{};
    }
    [[nodiscard]] std::string in_force() const { return pipeline_->realm()->bundle->hash(); }

    /// An application for a work permit as the portal sends it.
    std::string application(std::size_t index) const {
        const mapping::Program* program = started_.realm->bundle->find("portal.apply");
        mapping::Record record = app::invent_application(program->form, "portal", 5, index, now_);
        record.root().lists[*program->form->find_list("case.items")].clear();
        app::add_item(record, "case.items", {{"code", "permit_issue"}});
        app::set_fields(record,
                        {{"permit_request.qualification", "工程师"}, {"employer.industry", "C38"}});
        mapping::Encoded encoded = mapping::encode(*program, record);
        for (const mapping::Issue& one : encoded.issues.list) ADD_FAILURE() << to_json(one);
        return std::move(encoded.bytes);
    }
    /// Hands in from any thread; the turn is somebody else's.
    std::future<broker::Answer> hand_in(std::string body) {
        broker::Arrival arrival;
        arrival.party = "portal";
        arrival.format = "portal.apply";
        arrival.body = std::move(body);
        const auto promise = std::make_shared<std::promise<broker::Answer>>();
        pipeline_->accept(std::move(arrival), [promise](broker::Answer answer) {
            promise->set_value(std::move(answer));
        });
        return promise->get_future();
    }
    void turns() {
        for (int round = 0; round < 20; ++round) {
            const auto next = pipeline_->turn(now_);
            ASSERT_TRUE(next) << next.error().message;
        }
    }
    /// What became of the message to the department.
    broker::DeliveryState state_at_sti(const std::string& case_number) {
        for (const broker::StoredDelivery& one : deliveries_of(case_number)) {
            if (one.map == "sti.apply") return one.state;
        }
        ADD_FAILURE() << "nothing for the department";
        return {};
    }
    std::vector<broker::StoredDelivery> deliveries_of(const std::string& case_number) {
        return *store_->deliveries(**store_->find_case_id(case_number));
    }

    broker::Answer accept_item(const std::string& case_number);
    std::string decision_due(const std::string& case_number);

    Conf conf_;
    const Instant now_ = at("2025-10-13T09:00:00+08:00");
    app::Configuration started_;
    std::unique_ptr<broker::Store> store_ = broker::make_memory_store();
    security::Identities identities_;
    HoldingOutlet sti_;
    std::unique_ptr<broker::Pipeline> pipeline_;
    std::unique_ptr<app::Reloader> reloader_;
};

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

TEST_F(Reload, ANewVersionOfTheServiceIsForNewCasesAlone) {
    auto given = hand_in(application(0));
    turns();
    const broker::Receipt before = receipt(given.get());
    std::string wanted = application(1);
    const std::size_t at = wanted.find("\"0101\"");
    ASSERT_NE(at, std::string::npos);
    wanted.replace(at, 6, "\"0601\"");
    given = hand_in(wanted);
    turns();
    EXPECT_TRUE(has_finding(problem(given.get()), "E3001", "sxlb")) << "there is no such item yet";

    conf_.write("codes/item.csv",
                conf_.text("codes/item.csv") +
                    "medical_register,0601,MI_REGISTER,医保登记,371014009W00,"
                    "11370200000010102T1014009000100,医疗保险登记,,,12,,,医疗保险登记,"
                    "medical insurance registration\n");
    std::string service = conf_.text("services/foreigner_work.toml");
    service.replace(service.find("version = 1"), 11, "version = 2");
    service.insert(service.find("\n[[item]]") + 1,
                   "[[item]]\ncode = \"medical_register\"\ngroup = \"medical\"\n"
                   "label_zh = \"医疗保险登记\"\nlabel_en = \"Medical insurance\"\n"
                   "party = \"hrss\"\ndispatch = \"hrss.insurance\"\nforward = \"2wd\"\n\n");
    conf_.write("services/foreigner_work_2.toml", service);
    const app::ReloadReport report = reload();
    ASSERT_TRUE(report.replaced) << to_json(report);

    given = hand_in(wanted);
    turns();
    const auto find = [&](const broker::Receipt& one) {
        return (*store_->find_case(**store_->find_case_id(one.case_number)))->state;
    };
    const broker::Case fresh = find(receipt(given.get()));
    EXPECT_EQ(fresh.service_version, 2);
    ASSERT_EQ(fresh.items.size(), 1u);
    EXPECT_EQ(fresh.items.front().code, "medical_register");
    EXPECT_EQ(find(before).service_version, 1) << "it finishes on the version it began with";
    EXPECT_EQ(state_at_sti(before.case_number), broker::DeliveryState::Delivered);
}

/// Version 2 instead of version 1, in the same file, with another limit.
void raise_version(const Conf& conf) {
    conf.replace_line("services/foreigner_work.toml", "version", "version = 2");
    conf.replace_line("services/foreigner_work.toml", "decide", "decide = \"9wd\"");
}

/// 受理 of the only item of a case, as the department says it.
broker::Answer Reload::accept_item(const std::string& case_number) {
    const mapping::Program* program = pipeline_->realm()->bundle->find("sti.result");
    mapping::Record record(program->form);
    app::set_fields(record, {{"item.serial", case_number + "-01"},
                             {"item.state", "accepted"},
                             {"item.occurred_at", to_rfc3339(now_)},
                             {"item.department_no", "D0001"}});
    broker::Arrival arrival;
    arrival.party = "sti";
    arrival.format = "sti.result";
    arrival.body = mapping::encode(*program, record).bytes;
    std::optional<broker::Answer> answer;
    pipeline_->accept(std::move(arrival), [&](broker::Answer given) { answer = std::move(given); });
    turns();
    return *answer;
}

std::string Reload::decision_due(const std::string& case_number) {
    const auto stored = *store_->find_case(**store_->find_case_id(case_number));
    return to_string(stored->state.items.front().decision.due->date);
}

TEST_F(Reload, ACaseFinishesOnADefinitionThatConfHasNoMore) {
    auto given = hand_in(application(0));
    turns();
    const std::string before = receipt(given.get()).case_number;
    raise_version(conf_);
    const app::ReloadReport report = reload();
    ASSERT_TRUE(report.replaced) << to_json(report);
    given = hand_in(application(1));
    turns();
    const std::string after = receipt(given.get()).case_number;
    start();  // the process is another, the store the same
    receipt(accept_item(before));
    receipt(accept_item(after));
    EXPECT_EQ(decision_due(before), "2025-11-10") << "20 working days";
    EXPECT_EQ(decision_due(after), "2025-10-24") << "9 working days";
}

TEST_F(Reload, ADefinitionThatIsPutBackIsOfferedAgainAndTheNewerOneKept) {
    const std::string first = conf_.text("services/foreigner_work.toml");
    raise_version(conf_);
    ASSERT_TRUE(reload().replaced);
    auto given = hand_in(application(0));
    turns();
    const std::string on_second = receipt(given.get()).case_number;
    conf_.write("services/foreigner_work.toml", first);
    ASSERT_TRUE(reload().replaced);
    given = hand_in(application(1));
    turns();
    const std::string on_first = receipt(given.get()).case_number;
    receipt(accept_item(on_second));
    receipt(accept_item(on_first));
    EXPECT_EQ(decision_due(on_second), "2025-10-24");
    EXPECT_EQ(decision_due(on_first), "2025-11-10");
}

TEST_F(Reload, IsRefusedWhenACaseNeedsAMapThatIsGoneAndNotWhenNoneDoes) {
    auto given = hand_in(application(0));
    turns();
    const std::string number = receipt(given.get()).case_number;
    std::string service = conf_.text("services/foreigner_work.toml");
    service.replace(service.find("version = 1"), 11, "version = 2");
    for (std::size_t at = 0; (at = service.find("withdraw = ", at)) != std::string::npos;) {
        service.erase(at, service.find('\n', at) + 1 - at);
    }
    conf_.write("services/foreigner_work.toml", service);
    ASSERT_TRUE(reload().replaced);
    for (const char* file : {"maps/sti.withdraw.map", "formats/sti.withdraw.format"}) {
        std::filesystem::remove(conf_.path() / file);
    }
    const app::ReloadReport refused = reload();
    EXPECT_FALSE(refused.replaced);
    EXPECT_THAT(to_json(refused), HasSubstr("kept/foreigner_work@1.toml"));
    EXPECT_THAT(to_json(refused), HasSubstr("C505"));

    broker::Unit decided;
    decided.state = (*store_->find_case(**store_->find_case_id(number)))->state;
    decided.state.items.front().state = broker::ItemState::Granted;
    ASSERT_TRUE(store_->commit(std::span(&decided, 1)));
    const app::ReloadReport taken = reload();
    EXPECT_TRUE(taken.replaced) << to_json(taken);
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
