// Runs, settlements and statements as JSON.
#include "app/json_word.h"
#include "app/recon.h"
#include "base/text_json.h"

#include <nlohmann/json.hpp>

#include <array>

namespace luqiao::app {
namespace {

using broker::Difference;
using broker::DifferenceKind;
using broker::DifferenceState;

constexpr std::array kKinds{DifferenceKind::OursOnly, DifferenceKind::TheirsOnly,
                            DifferenceKind::Unequal};

std::string hex_of(const std::optional<security::Sm3>& digest) {
    return digest ? broker::to_hex(*digest) : std::string();
}

void write_totals(JsonWriter& json, std::string_view name, const broker::ManifestTotals& totals) {
    json.key(name)
        .begin_object()
        .field("count", totals.count)
        .field("sm3", totals.sm3)
        .end_object();
}

void write_difference(JsonWriter& json, const ReconDifference& one) {
    const Difference& what = one.what;
    json.begin_object().field("class", to_string(what.kind));
    write_text(json, "class_text", label(what.kind));
    json.field("key", broker::to_hex(what.key))
        .field("ours", hex_of(what.ours))
        .field("theirs", hex_of(what.theirs))
        .field("delivery", what.delivery ? to_string(*what.delivery) : std::string())
        .field("case_number", one.case_number)
        .field("map", one.map);
    if (what.at != Instant{}) json.field("at", to_rfc3339(what.at));
    json.field("state", to_string(one.state));
    write_text(json, "state_text", label(one.state));
    if (one.settlement) json.key("settlement").raw(to_json(*one.settlement));
    json.end_object();
}

void write_findings(JsonWriter& json, const ReconRun& run) {
    json.key("findings").begin_array();
    for (const broker::FieldProblem& one : run.findings) {
        json.begin_object()
            .field("code", one.code)
            .field("place", one.pointer)
            .field("rule", one.rule)
            .field("expected", one.expected)
            .field("got_masked", one.got_masked);
        write_text(json, "message", one.message);
        json.end_object();
    }
    json.end_array();
}

/// What a run and a statement both say.
void write_comparison(JsonWriter& json, const ReconRun& run) {
    write_totals(json, "ours", run.ours);
    write_totals(json, "theirs", run.theirs);
    json.field("source", run.source)
        .field("given_at", to_rfc3339(run.given_at))
        .field("matched", run.matched)
        .field("without_digest", run.without)
        .field("in_transit", run.in_transit)
        .field("found", run.found)
        .field("left_out", run.left_out())
        .key("classes")
        .begin_object();
    for (const DifferenceKind kind : kKinds) json.field(to_string(kind), run.count(kind));
    json.end_object().field("balanced", run.is_balanced()).key("differences").begin_array();
    for (const ReconDifference& one : run.differences) write_difference(json, one);
    json.end_array();
}

std::uint64_t number_kept(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

broker::ManifestTotals totals_of(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_object()) return {};
    return {number_kept(*found, "count"), word_of(*found, "sm3")};
}

Error damaged(std::string_view what) {
    return fail(Errc::Corruption, "a kept reconciliation has no {}", what);
}

Result<ReconDifference> difference_of(const nlohmann::json& object) {
    ReconDifference out;
    const auto kind = broker::parse_difference_kind(word_of(object, "class"));
    if (!kind) return damaged("class");
    out.what.kind = *kind;
    LQ_TRY(out.what.key, broker::sm3_from_hex(word_of(object, "key")));
    const auto digest = [&](const char* name) {
        const auto sm3 = broker::sm3_from_hex(word_of(object, name));
        return sm3 ? std::optional(*sm3) : std::nullopt;
    };
    out.what.ours = digest("ours");
    out.what.theirs = digest("theirs");
    if (const auto id = parse_id<DeliveryId>(word_of(object, "delivery"))) out.what.delivery = *id;
    if (const auto at = parse_rfc3339(word_of(object, "at"))) out.what.at = *at;
    out.case_number = word_of(object, "case_number");
    out.map = word_of(object, "map");
    return out;
}

}  // namespace

std::string to_json(const ReconRun& run) {
    JsonWriter json;
    json.begin_object()
        .field("party", run.asked.party)
        .field("day", to_string(run.asked.day))
        .field("of", to_string(run.asked.of))
        .field("made_at", to_rfc3339(run.made_at))
        .field("actor", run.actor);
    if (run.findings.empty()) {
        write_comparison(json, run);
    } else {
        write_findings(json, run);
    }
    json.end_object();
    return json.take();
}

Result<ReconRun> run_from_json(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return damaged("object");
    ReconRun run;
    run.asked.party = word_of(json, "party");
    LQ_TRY(run.asked.day, parse_date(word_of(json, "day")));
    const auto of = broker::parse_manifest_of(word_of(json, "of"));
    if (!of) return damaged("direction");
    run.asked.of = *of;
    LQ_TRY(run.made_at, parse_rfc3339(word_of(json, "made_at")));
    LQ_TRY(run.given_at, parse_rfc3339(word_of(json, "given_at")));
    run.actor = word_of(json, "actor");
    run.ours = totals_of(json, "ours");
    run.theirs = totals_of(json, "theirs");
    run.source = word_of(json, "source");
    run.matched = number_kept(json, "matched");
    run.without = number_kept(json, "without_digest");
    run.in_transit = number_kept(json, "in_transit");
    run.found = number_kept(json, "found");
    const auto differences = json.find("differences");
    if (differences == json.end() || !differences->is_array()) return damaged("list");
    for (const auto& one : *differences) {
        LQ_TRY(auto difference, difference_of(one));
        run.differences.push_back(std::move(difference));
    }
    return run;
}

std::string to_json(const Settlement& settlement) {
    JsonWriter json;
    json.begin_object()
        .field("state", to_string(settlement.state))
        .field("actor", settlement.actor)
        .field("reason", settlement.reason)
        .field("at", to_rfc3339(settlement.at))
        .end_object();
    return json.take();
}

Result<Settlement> settlement_from_json(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const auto state =
        json.is_object() ? broker::parse_difference_state(word_of(json, "state")) : std::nullopt;
    if (!state) return damaged("state");
    LQ_TRY(const Instant at, parse_rfc3339(word_of(json, "at")));
    return Settlement{*state, word_of(json, "actor"), word_of(json, "reason"), at};
}

std::string statement_text(const ReconRun& run,
                           const broker::Party& party,
                           std::string_view node,
                           Instant now) {
    JsonWriter json;
    json.begin_object().field("kind", "reconciliation statement");
    write_text(json, "title", {"平账单", "reconciliation statement"});
    json.field("party", run.asked.party);
    write_text(json, "party_name", party.label);
    json.field("day", to_string(run.asked.day))
        .field("of", to_string(run.asked.of))
        .field("node", node)
        .field("issued_at", to_rfc3339(now))
        .field("compared_at", to_rfc3339(run.made_at))
        .field("compared_by", run.actor);
    write_comparison(json, run);
    json.end_object();
    return json.take();
}

}  // namespace luqiao::app
