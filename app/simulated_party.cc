#include "app/simulated_party.h"

#include "app/people.h"
#include "app/runtime.h"
#include "base/json.h"
#include "base/log.h"
#include "mapping/translator.h"
#include "security/digest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr Duration kAskAgainAfter{100};

/// A number in 0..99 that depends on seed, serial and purpose alone.
unsigned draw(std::uint64_t seed, const std::string& serial, std::string_view purpose) {
    const auto digest = security::sm3(fmt::format("{}|{}|{}", seed, serial, purpose));
    return (digest[0] * 256u + digest[1]) % 100u;
}

/// A reason that the party's own code system has; empty when it has no code for any.
std::string reason_of(const mapping::Bundle& bundle, const std::string& party) {
    const mapping::CodeTable* table = bundle.table("reason");
    const auto system = table == nullptr ? std::nullopt : table->system(party);
    if (!system) return {};
    for (const mapping::CodeTable::Row& row : table->rows()) {
        if (!row.codes[*system].empty()) return row.codes.front();
    }
    return {};
}

std::string adapter_of(const Setting& push) {
    const auto& table = std::get<Setting::Table>(push.value);
    const auto found = table.find("adapter");
    const auto* text =
        found == table.end() ? nullptr : std::get_if<std::string>(&found->second.value);
    return text == nullptr ? std::string() : *text;
}

}  // namespace

SimulatedParty::SimulatedParty(std::shared_ptr<const broker::Realm> realm,
                               const broker::Party& party,
                               Behaviour behaviour,
                               const std::filesystem::path& journal,
                               SimulatedSend send)
    : realm_(std::move(realm)), party_(party), behaviour_(behaviour), send_(std::move(send)) {
    keeps_bytes_ = party_.push && adapter_of(*party_.push) != "table";
    take_up(journal);
    journal_.open(journal, std::ios::app);
    thread_ = std::thread([this] { run(); });
}

SimulatedParty::~SimulatedParty() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

bool SimulatedParty::down() const {
    const Instant first = first_message_;
    if (first == Instant{}) return false;
    const Duration age = system_now() - first;
    return behaviour_.down_for.count() > 0 && age >= behaviour_.down_after &&
           age < behaviour_.down_after + behaviour_.down_for;
}

const broker::SubmitRight* SimulatedParty::right(std::string_view meaning) const {
    const auto found =
        std::find_if(party_.submit.begin(), party_.submit.end(),
                     [meaning](const broker::SubmitRight& one) { return one.meaning == meaning; });
    return found == party_.submit.end() ? nullptr : &*found;
}

Result<std::string> SimulatedParty::receive(const std::string& format,
                                            const std::string& message_id,
                                            const std::string& bytes) {
    Instant never{};
    first_message_.compare_exchange_strong(never, system_now());
    if (down()) return fail(Errc::Unavailable, "{} is down", party_.code);
    const mapping::Program* program = realm_->bundle->find(format);
    if (program == nullptr) return fail(Errc::Refused, "{} does not know {}", party_.code, format);
    const mapping::Decoded decoded = mapping::decode(*program, bytes);
    for (const mapping::Issue& issue : decoded.issues.list) {
        log::write(
            log::Level::Warning, "simulated.issue",
            {{"party", party_.code}, {"format", format}, {"issue", mapping::to_json(issue)}});
    }
    if (decoded.issues.rejected()) return reply(false);
    const std::string said_id(decoded.record.text("message.id"));
    const std::string id = message_id.empty() ? said_id : message_id;
    const std::lock_guard lock(mutex_);
    digest_ = keeps_bytes_ ? security::sm3_hex(bytes) : std::string();
    if (!seen_.insert(id).second) {
        note("repeated", id, decoded.record.text("item.serial"), {});
    } else if (party_.kind == broker::PartyKind::Channel) {
        take_progress(decoded.record, id);
    } else {
        take_dispatch(decoded.record, id);
    }
    return reply(true);
}

void SimulatedParty::collect(const std::string& message_id) {
    const std::lock_guard lock(mutex_);
    note(seen_.insert(message_id).second ? "progress" : "repeated", message_id, {}, {});
}

void SimulatedParty::take_dispatch(const mapping::Record& said, const std::string& message_id) {
    const std::string serial(said.text("item.serial"));
    if (said.form().name == "withdrawal") {
        std::erase_if(planned_, [&](const Planned& one) { return one.serial == serial; });
        return plan(serial, {"withdrawn"});
    }
    const auto before = last_.find(serial);
    const bool again = before != last_.end() && before->second == "correction";
    note(again ? "supplement" : "received", message_id, serial, {});
    plan(serial, decide(serial, again));
}

void SimulatedParty::take_progress(const mapping::Record& said, const std::string& message_id) {
    const std::string serial(said.text("item.serial"));
    const std::string state(said.text("item.state"));
    note("progress", message_id, serial.empty() ? said.text("case.number") : serial, state);
    const bool ours = said.text("case.channel") == party_.code;
    if (state != "correction" || !ours || right("supplement") == nullptr) return;
    planned_.push_back({system_now() + behaviour_.think,
                        serial,
                        "supplement",
                        std::string(said.text("case.number")),
                        {},
                        {}});
    changed_.notify_one();
}

std::vector<std::string> SimulatedParty::decide(const std::string& serial, bool again) const {
    const auto chance = [&](std::string_view purpose) {
        return draw(behaviour_.seed, serial, purpose);
    };
    if (!again && chance("not_accepted") < behaviour_.not_accepted_percent) return {"not_accepted"};
    if (!again && chance("correction") < behaviour_.correction_percent) {
        return {"accepted", "correction"};
    }
    return {"accepted", chance("refused") < behaviour_.refused_percent ? "refused" : "granted"};
}

void SimulatedParty::plan(const std::string& serial, std::vector<std::string> states) {
    Instant at = system_now();
    for (std::string& state : states) {
        at += behaviour_.think;
        planned_.push_back({at, serial, std::move(state), {}, {}, {}});
    }
    changed_.notify_one();
}

std::string SimulatedParty::reply(bool ok) const {
    const mapping::Program* program = realm_->bundle->find(party_.reply_map);
    if (program == nullptr) return {};
    mapping::Record record(program->form);
    set_fields(record, {{"reply.ok", ok ? "true" : "false"}, {"reply.code", ok ? "0" : "1"}});
    mapping::Encoded encoded = mapping::encode(*program, record);
    for (const mapping::Issue& issue : encoded.issues.list) {
        log::write(log::Level::Error, "simulated.reply",
                   {{"party", party_.code}, {"issue", mapping::to_json(issue)}});
    }
    return std::move(encoded.bytes);
}

void SimulatedParty::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        // Answers about one item keep their order: only the first of each serial may go.
        const auto next =
            std::min_element(planned_.begin(), planned_.end(),
                             [](const Planned& a, const Planned& b) { return a.at < b.at; });
        if (next == planned_.end()) {
            changed_.wait(lock);
            continue;
        }
        if (const Instant due = next->at; due > system_now()) {
            changed_.wait_until(lock, due);  // a copy: the list may move meanwhile
            continue;
        }
        Planned planned = *next;
        planned_.erase(next);
        last_[planned.serial] = planned.state;  // it may arrive although nobody says so
        lock.unlock();
        const bool done = !down() && perform(planned);
        lock.lock();
        if (done) {
            note("answered", {}, planned.serial, planned.state);
            continue;
        }
        const Instant again = system_now() + kAskAgainAfter;
        for (Planned& later : planned_) {
            if (later.serial == planned.serial) {
                later.at = std::max(later.at, again + behaviour_.think);
            }
        }
        planned.at = again;
        planned_.push_back(std::move(planned));
    }
}

bool SimulatedParty::perform(Planned& planned) {
    if (planned.bytes.empty()) {
        auto bytes = planned.state == "supplement" ? write_supplement(planned, planned.format)
                                                   : write_answer(planned, planned.format);
        if (!bytes) {
            log::write(log::Level::Error, "simulated.unwritable",
                       {{"party", party_.code}, {"message", bytes.error().message}});
            return true;  // trying again would not help; the demo's counts will show it
        }
        planned.bytes = *std::move(bytes);
    }
    const std::string key =
        planned.serial + "-" + planned.state + "-" + security::sm3_hex(planned.bytes).substr(0, 16);
    if (!send_(planned.format, planned.bytes, key)) return false;
    if (behaviour_.answers_twice) send_(planned.format, planned.bytes, key);
    return true;
}

Result<std::string> SimulatedParty::write_answer(const Planned& planned,
                                                 std::string& format) const {
    const broker::SubmitRight* answer = right("answer");
    const mapping::Program* program =
        answer == nullptr ? nullptr : realm_->bundle->find(answer->map);
    if (program == nullptr) {
        return fail(Errc::UnknownFormat, "{} has no map for answers", party_.code);
    }
    const Instant now = std::chrono::floor<std::chrono::seconds>(system_now());
    mapping::Record record(program->form);
    set_fields(record, {{"item.serial", planned.serial},
                        {"item.state", planned.state},
                        {"item.occurred_at", to_rfc3339(now)},
                        {"item.department_no", "D" + invent_number(planned.serial, 10)}});
    if (planned.state == "granted") invent_result(record, party_.code, planned.serial, now);
    if (planned.state != "granted" && planned.state != "accepted") {
        set_fields(record, {{"reason.code", reason_of(*realm_->bundle, party_.code)},
                            {"reason.text", "请按要求补充或更正材料"},
                            {"reason.remedy", "可在60日内申请行政复议"}});
    }
    mapping::Encoded encoded = mapping::encode(*program, record);
    if (encoded.issues.rejected()) {
        return fail(Errc::NotEncodable, "{}: {}", answer->map,
                    mapping::to_json(encoded.issues.list.front()));
    }
    format = answer->map;
    return std::move(encoded.bytes);
}

Result<std::string> SimulatedParty::write_supplement(const Planned& planned,
                                                     std::string& format) const {
    const broker::SubmitRight* supplement = right("supplement");
    const mapping::Program* program = realm_->bundle->find(supplement->map);
    if (program == nullptr) {
        return fail(Errc::UnknownFormat, "{} has no map for supplements", party_.code);
    }
    const mapping::Record record =
        invent_supplement(program->form, planned.case_number, planned.serial, system_now());
    mapping::Encoded encoded = mapping::encode(*program, record);
    if (encoded.issues.rejected()) {
        return fail(Errc::NotEncodable, "{}: {}", supplement->map,
                    mapping::to_json(encoded.issues.list.front()));
    }
    format = supplement->map;
    return std::move(encoded.bytes);
}

void SimulatedParty::note(std::string_view kind,
                          std::string_view id,
                          std::string_view serial,
                          std::string_view state) {
    JsonWriter json;
    json.begin_object()
        .field("kind", kind)
        .field("id", id)
        .field("serial", serial)
        .field("state", state)
        .field("at", to_rfc3339(system_now()))
        .field("sm3", kind == "answered" ? std::string() : digest_)
        .end_object();
    journal_ << json.text() << std::endl;  // one line whole, before anything is answered
}

void SimulatedParty::take_up(const std::filesystem::path& journal) {
    std::ifstream file(journal);
    std::string line;
    std::map<std::string, bool> open;  // serial -> it was a supplement
    while (std::getline(file, line)) {
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        if (!entry.is_object()) continue;  // the last line of a killed process
        const std::string kind = entry.value("kind", "");
        const std::string serial = entry.value("serial", "");
        if (kind != "answered") seen_.insert(entry.value("id", ""));
        if (kind == "received" || kind == "supplement") open[serial] = kind == "supplement";
        if (kind == "answered") {
            last_[serial] = entry.value("state", "");
            if (last_[serial] != "accepted") open.erase(serial);
        }
    }
    for (const auto& [serial, again] : open) {
        std::vector<std::string> states = decide(serial, again);
        if (last_.contains(serial) && last_[serial] == "accepted") states.erase(states.begin());
        plan(serial, std::move(states));
    }
}

}  // namespace luqiao::app
