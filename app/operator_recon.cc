#include "app/operator_recon.h"

#include "app/json_word.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

struct Place {
    broker::ManifestAsked asked;
    std::string verb;
};

/// Behind kReconPath: "/{party}/{day}/{of}" and perhaps a verb.
Result<Place> place_of(std::string_view path) {
    const auto parts = split(path.substr(kReconPath.size()), '/');
    if (parts.size() < 4 || parts.size() > 5) {
        return fail(Errc::NotFound, "there is no such path");
    }
    LQ_TRY(const Date day, parse_date(parts[2]));
    const auto of = broker::parse_manifest_of(parts[3]);
    if (!of) return fail(Errc::InvalidArgument, "a manifest is of received or sent messages");
    return Place{{std::string(parts[1]), day, *of},
                 parts.size() == 5 ? std::string(parts[4]) : std::string()};
}

Result<std::string> as_text(const Result<ReconRun>& run) {
    if (!run) return run.error();
    return to_json(*run);
}

Result<SettleOrder> order_of(const nlohmann::json& json, const Signature& by) {
    SettleOrder order;
    const auto to = broker::parse_difference_state(word_of(json, "to"));
    if (!to) return fail(Errc::InvalidArgument, "to is redriven, held or accepted");
    order.to = *to;
    order.key = word_of(json, "key");
    const std::string kind = word_of(json, "class");
    order.kind = broker::parse_difference_kind(kind);
    if (!kind.empty() && !order.kind) {
        return fail(Errc::InvalidArgument, "a class is ours_only, theirs_only or unequal");
    }
    const auto dry_run = json.find("dry_run");
    order.dry_run = dry_run != json.end() && dry_run->is_boolean() && dry_run->get<bool>();
    order.by = by;
    return order;
}

Result<std::string> list(Reconciler& reconciler, Date in_month) {
    const std::chrono::year_month_day day = in_month;
    LQ_TRY(const auto runs, reconciler.runs(day.year() / day.month(), reconciler.now()));
    JsonWriter json;
    json.begin_object().key("runs").begin_array();
    for (const ReconRun& run : runs) {
        json.begin_object()
            .field("party", run.asked.party)
            .field("day", to_string(run.asked.day))
            .field("of", to_string(run.asked.of))
            .field("made_at", to_rfc3339(run.made_at))
            .field("matched", run.matched)
            .field("found", run.found)
            .field("open", run.count(broker::DifferenceState::Open))
            .field("held", run.count(broker::DifferenceState::Held))
            .field("balanced", run.is_balanced())
            .end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace

Result<std::string> show_recon(Reconciler& reconciler, std::string_view path) {
    const auto parts = split(path.substr(kReconPath.size()), '/');
    if (parts.size() <= 2) {
        const Date today = china_date(reconciler.now());
        LQ_TRY(const Date day,
               parts.size() < 2 ? Result<Date>(today) : parse_date(fmt::format("{}-01", parts[1])));
        return list(reconciler, day);
    }
    LQ_TRY(const Place place, place_of(path));
    if (!place.verb.empty()) return fail(Errc::NotFound, "there is no such path");
    return as_text(reconciler.show(place.asked, reconciler.now()));
}

Result<std::string> change_recon(Reconciler& reconciler,
                                 std::string_view path,
                                 std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return fail(Errc::ParseFailed, "the body is no JSON object");
    LQ_TRY(const Place place, place_of(path));
    const Signature by{word_of(json, "actor"), word_of(json, "reason")};
    const Instant now = reconciler.now();
    if (place.verb == "run") return as_text(reconciler.run(place.asked, by, now));
    if (place.verb == "give") {
        LQ_TRY(const GivenOurs given, reconciler.give(place.asked, by, now));
        return to_json(given);
    }
    if (place.verb == "statement") return reconciler.statement(place.asked, by, now);
    if (place.verb != "settle") return fail(Errc::NotFound, "there is no such path");
    LQ_TRY(const SettleOrder order, order_of(json, by));
    return as_text(reconciler.settle(place.asked, order, now));
}

}  // namespace luqiao::app
