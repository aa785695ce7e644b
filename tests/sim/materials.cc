#include "tests/sim/materials.h"

#include "app/configuration.h"
#include "app/people.h"
#include "app/process.h"
#include "mapping/translator.h"
#include "tests/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace luqiao::sim {
namespace {

constexpr std::size_t kPeople = 48;

app::Configuration load(const std::filesystem::path& folder,
                        const std::vector<app::ServiceSource>& kept = {}) {
    app::Configuration configuration = app::load_configuration(folder, {}, kept);
    for (const Diagnostic& one : configuration.findings.list()) {
        if (one.severity == Severity::Error) fmt::print(stderr, "{}\n", render(one));
    }
    if (configuration.findings.has_errors()) std::abort();
    return configuration;
}

void replace(std::string& text, std::string_view old, std::string_view now) {
    const std::size_t at = text.find(old);
    if (at == std::string::npos) std::abort();
    text.replace(at, old.size(), now);
}

/// In the next version social insurance waits for the work permit.
void edit_service(const std::filesystem::path& file, int version) {
    std::string text = *app::read_file(file);
    replace(text, fmt::format("\nversion = {}\n", version),
            fmt::format("\nversion = {}\n", version + 1));
    constexpr std::string_view kInsurance = "withdraw = \"hrss.withdraw\"\n";
    replace(text, kInsurance,
            std::string(kInsurance) + "after = [\"permit\"]\nevidence = \"permit.number\"\n");
    std::ofstream(file, std::ios::trunc) << text;
}

/// The same rules with a remark more: another bundle, as after an edit that changes little; and
/// those with the next version of the service.
void load_realms(Materials& out) {
    const auto folder = app::TemporaryFolder::create("luqiao-sim");
    if (!folder) std::abort();
    const std::filesystem::path shipped = places::source() + "/conf";
    const std::filesystem::path conf = folder->path() / "conf";
    std::filesystem::copy(shipped, conf, std::filesystem::copy_options::recursive);
    std::ofstream(conf / "maps" / "sti.apply.map", std::ios::app) << "\n# edited\n";
    const app::Configuration now = load(shipped);
    out.realms = {now.realm, load(conf).realm};
    if (out.realms[0]->bundle->hash() == out.realms[1]->bundle->hash()) std::abort();
    const app::ServiceSource& service = now.services.front();
    edit_service(conf / "services" / (service.code + ".toml"), service.version);
    const app::Configuration next = load(conf, {service});
    out.versions = {load(shipped, next.services).realm, next.realm, now.realm};
}

std::string encode_or_abort(const mapping::Program& program, const mapping::Record& record) {
    mapping::Encoded encoded = mapping::encode(program, record);
    for (const mapping::Issue& one : encoded.issues.list) {
        if (encoded.issues.rejected()) fmt::print(stderr, "{}\n", mapping::to_json(one));
    }
    if (encoded.issues.rejected()) std::abort();
    return std::move(encoded.bytes);
}

void add_people(Materials& out, const std::string& channel) {
    const mapping::Program* program =
        out.realm().bundle->find(map_for(*out.realm().party(channel), "application"));
    const Instant now = *parse_rfc3339("2025-10-13T09:00:00+08:00");
    for (std::size_t index = 0; index < kPeople; ++index) {
        const mapping::Record record =
            app::invent_application(program->form, channel, 17, index, now);
        const auto& fields = record.form().root.fields;
        for (std::size_t slot = 0; slot < fields.size(); ++slot) {
            const std::string& path = fields[slot].path;
            const auto& value = record.root().slots[slot];
            const bool named = path.ends_with("document_no") || path.ends_with(".surname");
            if (!named || !value.has_value() || value.text().size() < 7) continue;
            out.persons.emplace_back(value.text());
        }
        out.applications[channel].push_back(encode_or_abort(*program, record));
    }
}

Materials make() {
    Materials out;
    load_realms(out);
    for (const auto& [code, party] : out.realm().parties) {
        if (!map_for(party, "application").empty()) {
            out.channels.push_back(code);
            add_people(out, code);
        }
        const mapping::Program* reply = out.realm().bundle->find(party.reply_map);
        if (reply == nullptr) continue;
        mapping::Record record(reply->form);
        app::set_fields(record, {{"reply.ok", "true"}, {"reply.code", "0"}});
        out.yes[code] = mapping::encode(*reply, record).bytes;
    }
    if (out.persons.empty()) std::abort();  // the check for them would look for nothing
    return out;
}

}  // namespace

const Materials& materials() {
    static const Materials made = make();
    return made;
}

const broker::Service& service_of(const broker::Case& one) {
    const broker::Service* found =
        materials().versions.front()->service(one.service, one.service_version);
    if (found == nullptr) std::abort();
    return *found;
}

std::string map_for(const broker::Party& party, std::string_view meaning) {
    const auto found = std::find_if(
        party.submit.begin(), party.submit.end(),
        [meaning](const broker::SubmitRight& right) { return right.meaning == meaning; });
    return found == party.submit.end() ? std::string() : found->map;
}

std::string answer_bytes(const broker::Party& party,
                         const std::string& map,
                         const std::string& serial,
                         const std::string& state,
                         Instant now) {
    const mapping::Program* program = materials().realm().bundle->find(map);
    mapping::Record record(program->form);
    const Instant second = std::chrono::floor<std::chrono::seconds>(now);
    app::set_fields(record, {{"item.serial", serial},
                             {"item.state", state},
                             {"item.occurred_at", to_rfc3339(second)},
                             {"item.department_no", "D" + app::invent_number(serial, 10)}});
    if (state == "granted") app::invent_result(record, party.code, serial, second);
    if (state == "withdrawn") {
        app::set_fields(record, {{"reason.code", "withdrawn"}, {"reason.text", "申请人撤回"}});
    } else if (state != "granted" && state != "accepted") {
        app::set_fields(record, {{"reason.code", "materials_incomplete"},
                                 {"reason.text", "请按要求补充或更正材料"},
                                 {"reason.remedy", "可在60日内申请行政复议"}});
    }
    const mapping::Encoded encoded = mapping::encode(*program, record);
    return encoded.issues.rejected() ? std::string() : encoded.bytes;
}

std::string supplement_bytes(const std::string& map,
                             const std::string& case_number,
                             const std::string& serial,
                             Instant now) {
    const mapping::Program* program = materials().realm().bundle->find(map);
    const mapping::Record record = app::invent_supplement(program->form, case_number, serial, now);
    return encode_or_abort(*program, record);
}

std::string withdrawal_bytes(const std::string& map,
                             const std::string& case_number,
                             const std::string& serial,
                             Instant now) {
    const mapping::Program* program = materials().realm().bundle->find(map);
    mapping::Record record(program->form);
    const Instant second = std::chrono::floor<std::chrono::seconds>(now);
    app::set_fields(record, {{"message.id", fmt::format("W-{}{}", case_number, serial)},
                             {"message.sent_at", to_rfc3339(second)},
                             {"case.number", case_number},
                             {"reason.text", "改签合同"}});
    if (!serial.empty()) app::set_fields(record, {{"item.serial", serial}});
    return encode_or_abort(*program, record);
}

}  // namespace luqiao::sim
