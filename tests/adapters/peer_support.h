// tests/adapters/peer_support.h - a folder that ends with the test, settings from text, an intake
// and answers that can be waited for.
#pragma once

#include "adapters/polling.h"
#include "adapters/registry.h"
#include "base/settings.h"
#include "broker/ports.h"
#include "tests/temporary_folder.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::adapters {

using tests::TemporaryFolder;

inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
}

/// `toml` checked against `spec`; any finding fails the test.
inline Section section_of(const Spec& spec, const std::string& toml) {
    Diagnostics findings;
    const auto document = parse_toml(toml, "test.toml", findings);
    Section section =
        Section::check(spec, document.value_or(Setting{Setting::Table{}, {}}), findings);
    for (const Diagnostic& finding : findings.list()) ADD_FAILURE() << render(finding);
    return section;
}

inline std::unique_ptr<broker::Outlet> make_outlet(const AdapterKind& kind,
                                                   const std::string& toml,
                                                   const std::filesystem::path& base,
                                                   Signer signer = {}) {
    const Section section = section_of(kind.outlet_spec, toml);
    auto made = kind.make_outlet(Making{
        .section = section, .party = "title", .base_folder = base, .signer = std::move(signer)});
    if (!made) ADD_FAILURE() << made.error().message;
    return made ? *std::move(made) : nullptr;
}

inline std::unique_ptr<broker::Inlet> make_inlet(const AdapterKind& kind,
                                                 const std::string& toml,
                                                 const std::filesystem::path& base,
                                                 broker::Intake& intake) {
    const Section section = section_of(kind.inlet_spec, toml);
    auto made = kind.make_inlet(Making{
        .section = section, .party = "hrss", .base_folder = base, .signer = {}, .intake = &intake});
    if (!made) ADD_FAILURE() << made.error().message;
    return made ? *std::move(made) : nullptr;
}

/// Sends and waits for the one answer.
inline Result<broker::Reply> send(broker::Outlet& outlet, broker::Outgoing message) {
    struct Slot {
        std::mutex mutex;
        std::condition_variable come;
        std::optional<Result<broker::Reply>> result;
    };
    const auto slot = std::make_shared<Slot>();
    outlet.send(std::move(message), [slot](Result<broker::Reply> result) {
        const std::scoped_lock lock(slot->mutex);
        if (slot->result) ADD_FAILURE() << "done was called twice";
        slot->result.emplace(std::move(result));
        slot->come.notify_all();
    });
    std::unique_lock lock(slot->mutex);
    slot->come.wait(lock, [&] { return slot->result.has_value(); });
    return *slot->result;
}

inline broker::Outgoing outgoing(std::string id, std::string format, std::string body) {
    return {.id = std::move(id),
            .format = std::move(format),
            .body = std::move(body),
            .case_number = "370200-1",
            .attempt = 1,
            .bundle = "b-1"};
}

inline broker::Problem problem(Errc code, std::string zh) {
    broker::Problem out;
    out.code = code;
    out.detail = {std::move(zh), "english"};
    return out;
}

/// Answers each arrival by a function and keeps what arrived.
class ScriptedIntake final : public broker::Intake {
public:
    using Script = std::function<broker::Answer(const broker::Arrival&)>;
    explicit ScriptedIntake(Script script = accept_all()) : script_(std::move(script)) {}

    static Script accept_all() {
        return [count = 0](const broker::Arrival& arrival) mutable {
            broker::Receipt receipt;
            receipt.message_id = "m-" + std::to_string(++count);
            receipt.case_number = "case of " + arrival.idempotency_key;
            receipt.sm3 = "00ff";
            receipt.bundle = "b-1";
            return broker::Answer(receipt);
        };
    }

    void set_script(Script script) {
        const std::scoped_lock lock(mutex_);
        script_ = std::move(script);
    }

    void accept(broker::Arrival arrival, std::function<void(broker::Answer)> done) override {
        broker::Answer answer;
        {
            const std::scoped_lock lock(mutex_);
            answer = script_(arrival);
            arrivals_.push_back(std::move(arrival));
        }
        done(std::move(answer));
    }

    std::variant<std::string, broker::Problem> progress(const broker::Proof&,
                                                        const std::string&) override {
        return problem(Errc::NotFound, "没有");
    }

    std::vector<broker::Arrival> arrivals() {
        const std::scoped_lock lock(mutex_);
        return arrivals_;
    }

private:
    std::mutex mutex_;
    Script script_;
    std::vector<broker::Arrival> arrivals_;
};

/// Polls once, whatever the inlet is.
inline void poll_now(broker::Inlet& inlet) {
    auto* polling = dynamic_cast<PollingInlet*>(&inlet);
    ASSERT_NE(polling, nullptr);
    polling->poll_now();
}

}  // namespace luqiao::adapters
