#include "app/operator_audit.h"

#include "app/json_word.h"
#include "app/operator_looks.h"
#include "base/json.h"
#include "broker/audit.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

using broker::AuditCheck;
using broker::AuditHead;

/// One call is over in a second or two, also on a busy machine.
constexpr std::size_t kRowsAtOnce = 20'000;

std::string_view to_word(broker::AuditFault fault) {
    switch (fault) {
        case broker::AuditFault::None: return "none";
        case broker::AuditFault::Changed: return "changed";
        case broker::AuditFault::Missing: return "missing";
        case broker::AuditFault::Cut: return "cut";
        case broker::AuditFault::Surplus: return "surplus";
        case broker::AuditFault::Unvouched: return "unvouched";
        case broker::AuditFault::Rewritten: return "rewritten";
    }
    return "none";
}

std::string_view to_word(broker::AnchorState state) {
    switch (state) {
        case broker::AnchorState::None: return "none";
        case broker::AnchorState::Met: return "met";
        case broker::AnchorState::Aged: return "aged";
    }
    return "none";
}

void write_head(JsonWriter& json, std::string_view name, const AuditHead& head) {
    json.key(name).begin_object().field("row", head.number).field("hash", head.hash).end_object();
}

std::string to_json(const AuditCheck& check) {
    JsonWriter json;
    json.begin_object().field("over", check.is_over).field("whole", check.is_whole());
    json.field("rows", check.checked.number - check.aged.number);
    json.field("first_row", check.aged.number + 1);
    write_head(json, "checked", check.checked);
    write_head(json, "head", check.head);
    if (check.checked.number > 0) json.field("end", broker::to_anchor(check.checked));
    if (check.anchor) {
        json.key("anchor")
            .begin_object()
            .field("row", check.anchor->number)
            .field("hash", check.anchor->hash)
            .field("state", to_word(check.anchor_state))
            .end_object();
    }
    if (check.first_at) json.field("first_at", to_rfc3339(*check.first_at));
    if (check.last_at) json.field("last_at", to_rfc3339(*check.last_at));
    if (check.aged.number > 0) write_head(json, "aged", check.aged);
    if (check.vouched_by > 0) json.field("vouched_by", check.vouched_by);
    if (check.fault != broker::AuditFault::None) {
        const Text text = fault_text(check);
        json.key("fault").begin_object().field("kind", to_word(check.fault));
        json.field("code", info(Errc::Corruption).id).field("row", check.fault_row);
        json.key("message").begin_object().field("zh", text.zh).field("en", text.en).end_object();
        json.end_object();
    }
    json.end_object();
    return json.take();
}

Error no_check() {
    return fail(Errc::ParseFailed,
                R"(the body is {{}}, {{"anchor":"ROW:HASH"}} or the last answer)");
}

Result<std::uint64_t> number_sent(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return 0;
    if (!found->is_number_unsigned()) return no_check();
    return found->get<std::uint64_t>();
}

Result<AuditHead> head_of(const nlohmann::json& check, const char* name) {
    const auto found = check.find(name);
    if (found == check.end()) return AuditHead{};
    if (!found->is_object()) return no_check();
    LQ_TRY(const std::uint64_t number, number_sent(*found, "row"));
    return AuditHead{number, word_of(*found, "hash")};
}

Result<std::optional<Instant>> time_of(const nlohmann::json& check, const char* name) {
    const std::string text = word_of(check, name);
    if (text.empty()) return std::optional<Instant>();
    LQ_TRY(const Instant at, parse_rfc3339(text));
    return std::optional(at);
}

/// Of the first body a text, of an answer an object.
Status read_anchor(const nlohmann::json& json, AuditCheck& check) {
    const auto found = json.find("anchor");
    if (found == json.end()) return {};
    if (found->is_string()) {
        LQ_TRY(check.anchor, broker::parse_anchor(found->get<std::string>()));
        return {};
    }
    LQ_TRY(const AuditHead head, head_of(json, "anchor"));
    LQ_TRY(check.anchor, broker::parse_anchor(broker::to_anchor(head)));
    const std::string state = word_of(*found, "state");
    for (const auto one : {broker::AnchorState::Met, broker::AnchorState::Aged}) {
        if (state == to_word(one)) check.anchor_state = one;
    }
    return {};
}

Result<AuditCheck> check_of(std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return no_check();
    AuditCheck out;
    LQ_CHECK(read_anchor(json, out));
    if (json.size() == (out.anchor ? 1U : 0U)) return out;
    LQ_TRY(out.aged, head_of(json, "aged"));
    LQ_TRY(out.checked, head_of(json, "checked"));
    LQ_TRY(out.head, head_of(json, "head"));
    LQ_TRY(out.vouched_by, number_sent(json, "vouched_by"));
    LQ_TRY(out.first_at, time_of(json, "first_at"));
    LQ_TRY(out.last_at, time_of(json, "last_at"));
    if (out.checked.number < out.aged.number || out.checked.hash.empty()) return no_check();
    out.is_begun = true;
    return out;
}

}  // namespace

Result<std::string> verify_audit_on(const AuditDesk& desk, std::string_view body) {
    LQ_TRY(AuditCheck so_far, check_of(body));
    LQ_TRY(const AuditCheck check, broker::check_audit(desk.store, std::move(so_far), kRowsAtOnce));
    if (!check.is_over) return to_json(check);
    Look look{.actor = desk.actor,
              .action = "audit.verify",
              .subject = fmt::format("{}-{} {}", check.aged.number + 1, check.checked.number,
                                     check.checked.hash)};
    if (check.anchor) {
        look.subject +=
            fmt::format(" anchor {} {}", check.anchor->number, to_word(check.anchor_state));
    }
    if (check.fault != broker::AuditFault::None) {
        look.outcome = info(Errc::Corruption).id;
        look.subject += fmt::format(" {} {}", to_word(check.fault), check.fault_row);
    }
    return on_record(desk.store, look, desk.now, to_json(check));
}

}  // namespace luqiao::app
