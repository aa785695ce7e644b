// tests/integration/reload_fixture.h - a node on a copy of the shipped conf/ that a test may
// change.
#pragma once

#include "app/reload.h"
#include "app/service_versions.h"
#include "broker/store_memory.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"
#include "tests/places.h"

#include <fstream>
#include <future>
#include <sstream>

namespace luqiao::integration {

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
    /// Of the one service, whichever it ships with.
    [[nodiscard]] int service_version() const {
        constexpr std::string_view kLine = "\nversion = ";
        const std::string all = text(kService);
        return std::stoi(all.substr(all.find(kLine) + kLine.size()));
    }
    void raise_version() const {
        replace_line(kService, "version", fmt::format("version = {}", service_version() + 1));
    }

    static constexpr const char* kService = "services/foreigner_work.toml";

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

    /// 受理 of the only item of a case, as the department says it.
    broker::Answer accept_item(const std::string& case_number) {
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
        pipeline_->accept(std::move(arrival),
                          [&](broker::Answer given) { answer = std::move(given); });
        turns();
        return *answer;
    }
    std::string decision_due(const std::string& case_number) {
        const auto stored = *store_->find_case(**store_->find_case_id(case_number));
        return to_string(stored->state.items.front().decision.due->date);
    }

    Conf conf_;
    const Instant now_ = at("2025-10-13T09:00:00+08:00");
    app::Configuration started_;
    std::unique_ptr<broker::Store> store_ = broker::make_memory_store();
    security::Identities identities_;
    HoldingOutlet sti_;
    std::unique_ptr<broker::Pipeline> pipeline_;
    std::unique_ptr<app::Reloader> reloader_;
};

}  // namespace luqiao::integration
