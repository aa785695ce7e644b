#include "app/operator_retention.h"

#include "app/json_word.h"
#include "base/json.h"
#include "broker/audit.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

using broker::Ageing;
using broker::AgeQuery;

constexpr std::size_t kAgedPage = 500;
constexpr std::uint64_t kCasesCountedMost = 100'000;
/// Runs come every six hours; what is later than this waits for something else.
constexpr Duration kBehind{2 * kDay};

struct Due {
    std::uint64_t cases = 0;  ///< or documents
    std::uint64_t held = 0;
    std::optional<Instant> oldest;  ///< decided then
};

Result<Due> count_due(const RetentionDesk& desk,
                      const std::set<std::string>& held,
                      Ageing what,
                      Instant before) {
    Due out;
    AgeQuery query{.what = what, .decided_before = before, .after = {}, .limit = kAgedPage};
    for (;;) {
        LQ_TRY(const auto page, desk.store.ageing(query));
        for (const broker::AgeingCase& one : page) {
            const bool is_held = held.contains(one.number);
            ++(is_held ? out.held : out.cases);
            if (!is_held && !out.oldest) out.oldest = one.decided_at;
        }
        if (page.size() < kAgedPage || out.cases + out.held >= kCasesCountedMost) return out;
        query.after = {page.back().decided_at, page.back().id};
    }
}

Result<Due> count_old_documents(const RetentionDesk& desk) {
    Due out;
    if (!desk.rules.documents) return out;
    std::string after;
    do {
        LQ_TRY(const auto old, desk.rules.documents(desk.now - desk.rules.ages.evidence, after));
        out.cases += old.going.size();
        out.held += old.held;
        after = old.after;
    } while (!after.empty() && out.cases + out.held < kCasesCountedMost);
    return out;
}

void write_due(JsonWriter& json, std::string_view name, const Due& due, Instant before) {
    json.key(name)
        .begin_object()
        .field("decided_before", to_rfc3339(before))
        .field("cases", due.cases)
        .field("held", due.held);
    if (due.oldest) json.field("oldest", to_rfc3339(*due.oldest));
    json.end_object();
}

Status write_plan(JsonWriter& json, const RetentionDesk& desk) {
    LQ_TRY(const auto held, desk.rules.held());
    const broker::RetentionAges& ages = desk.rules.ages;
    json.key("due").begin_object();
    for (const auto& [name, what, before] :
         {std::tuple("bodies", Ageing::Bodies, desk.now - ages.bodies),
          std::tuple("metadata", Ageing::Metadata, desk.now - ages.metadata)}) {
        LQ_TRY(const Due due, count_due(desk, held, what, before));
        write_due(json, name, due, before);
    }
    LQ_TRY(const Due due, count_old_documents(desk));
    json.key("documents")
        .begin_object()
        .field("before", to_rfc3339(desk.now - ages.evidence))
        .field("documents", due.cases)
        .field("held", due.held)
        .end_object();
    json.end_object();
    return {};
}

void write_last(JsonWriter& json, const broker::AgeingReport& last) {
    json.key("last")
        .begin_object()
        .field("at", to_rfc3339(last.at))
        .field("whole", last.is_whole)
        .field("bodies_of_cases", last.bodies.cases)
        .field("bodies", last.bodies.bodies)
        .field("bytes", last.bodies.bytes)
        .field("cases", last.metadata.cases)
        .field("documents", last.documents)
        .field("audit_rows", last.audit_rows)
        .field("held", last.held)
        .field("given_back", last.given_back)
        .end_object();
}

/// None: nothing for days.
Result<std::optional<Instant>> behind_since(const RetentionDesk& desk) {
    LQ_TRY(const auto due,
           desk.store.ageing({.what = Ageing::Bodies,
                              .decided_before = desk.now - desk.rules.ages.bodies - kBehind,
                              .after = {},
                              .limit = kAgedPage}));
    if (due.empty()) return std::optional<Instant>();
    LQ_TRY(const auto held, desk.rules.held());
    for (const broker::AgeingCase& one : due) {
        if (!held.contains(one.number)) {
            return std::optional(one.decided_at + desk.rules.ages.bodies);
        }
    }
    return std::optional<Instant>();
}

}  // namespace

Result<std::optional<broker::Condition>> ageing_behind(const RetentionDesk& desk) {
    LQ_TRY(const auto since, behind_since(desk));
    if (!since) return std::optional<broker::Condition>();
    const std::string day = luqiao::to_string(china_date(*since));
    return std::optional(broker::Condition{
        "retention_behind",
        false,
        {{"since", to_rfc3339(*since)}},
        {fmt::format("清理滞后：{} 起应按保存期限清除的报文仍在，见 luqiao retention plan 和日志",
                     day),
         fmt::format("retention is behind: bodies are here that should have gone on {}; see luqiao "
                     "retention plan and the log",
                     day)}});
}

Result<std::string> show_retention(const RetentionDesk& desk, std::string_view path) {
    const std::string_view rest = path.substr(kRetention.size());
    if (!rest.empty() && rest != "/plan") return fail(Errc::NotFound, "there is no such path");
    const broker::RetentionAges& ages = desk.rules.ages;
    JsonWriter json;
    json.begin_object().key("days").begin_object();
    for (const auto& [name, age] :
         {std::pair("bodies", ages.bodies), std::pair("attachments", ages.attachments),
          std::pair("metadata", ages.metadata), std::pair("evidence", ages.evidence)}) {
        json.field(name, std::int64_t{age / kDay});
    }
    json.end_object();
    LQ_TRY(const auto last, broker::last_ageing(desk.store));
    if (last) write_last(json, *last);
    LQ_TRY(const auto behind, behind_since(desk));
    if (behind) json.field("behind_since", to_rfc3339(*behind));
    LQ_TRY(const broker::AuditHead start, desk.store.audit_start());
    json.field("audit_from_row", start.number + 1);
    LQ_TRY(const auto held, broker::held_cases(desk.store));
    json.key("holds").begin_array();
    for (const auto& [number, why] : held) {
        json.begin_object().field("case_number", number).field("why", why).end_object();
    }
    json.end_array();
    if (!rest.empty()) LQ_CHECK(write_plan(json, desk));
    json.end_object();
    return json.take();
}

Result<std::string> change_retention(const RetentionDesk& desk,
                                     std::string_view path,
                                     std::string_view body) {
    const std::string_view verb = path.substr(kRetention.size());
    const bool is_hold = verb == "/hold";
    if (!is_hold && verb != "/release") return fail(Errc::NotFound, "there is no such path");
    const auto order = nlohmann::json::parse(body, nullptr, false);
    if (!order.is_object()) return fail(Errc::ParseFailed, "an order is a JSON object");
    const std::string number = word_of(order, "number");
    const std::string actor = word_of(order, "actor");
    const std::string reason = word_of(order, "reason");
    if (actor.empty() || reason.empty()) {
        return fail(Errc::MissingRequired, "it needs who does it and why");
    }
    const broker::AuditEntry entry = broker::audit_done(
        desk.now, actor, is_hold ? "retention.hold" : "retention.release", number + " " + reason);
    const std::string why = fmt::format("{} {} {}", to_rfc3339(desk.now), actor, reason);
    LQ_TRY(const auto aged_at,
           broker::hold_case(desk.store, number, is_hold ? why : std::string(), entry));
    JsonWriter json;
    json.begin_object().field("case_number", number).field("held", is_hold);
    if (is_hold && aged_at) {
        const Text gone = broker::aged_text(*aged_at);
        json.field("aged_at", to_rfc3339(*aged_at));
        json.key("gone").begin_object();
        json.field("zh", gone.zh + "；只留存其余部分");
        json.field("en", gone.en + "; only these are held").end_object();
    }
    json.end_object();
    return json.take();
}

}  // namespace luqiao::app
