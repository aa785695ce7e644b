// Ours of a day, put where the party looks for it.
#include "adapters/manifest_target.h"
#include "app/json_word.h"
#include "app/recon_day.h"
#include "base/json.h"

#include <nlohmann/json.hpp>

namespace luqiao::app {

std::string to_json(const GivenOurs& given) {
    JsonWriter json;
    json.begin_object()
        .field("at", to_rfc3339(given.at))
        .field("actor", given.actor)
        .field("count", given.totals.count)
        .field("sm3", given.totals.sm3)
        .end_object();
    return json.take();
}

Result<GivenOurs> given_ours_from_json(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const auto at = json.is_object() ? parse_rfc3339(word_of(json, "at"))
                                     : Result<Instant>(fail(Errc::ParseFailed, "no object"));
    const bool has_count =
        json.is_object() && json.contains("count") && json.at("count").is_number_unsigned();
    if (!at || !has_count) {
        return fail(Errc::Corruption, "what was given of a day cannot be read");
    }
    return GivenOurs{
        *at, word_of(json, "actor"), {json.at("count").get<std::uint64_t>(), word_of(json, "sm3")}};
}

/// Put there first: when the node dies in between it is put there once more.
Result<GivenOurs> Reconciler::give(const broker::ManifestAsked& asked,
                                   const Signature& by,
                                   Instant now) {
    if (by.actor.empty()) return fail(Errc::MissingRequired, "it needs who does it");
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return no_party(asked);
    const auto target = adapters::manifest_target(party->reconcile);
    if (!target) {
        return fail(Errc::NotFound,
                    "{} asks for our manifest over HTTP: it has no [reconcile.give]", asked.party);
    }
    LQ_CHECK(check_over(asked, now));
    LQ_TRY(const broker::Manifest ours, broker::our_manifest(store_, asked));
    LQ_CHECK(adapters::put_manifest(target->text("to"), *target, data_, manifest_wanted(asked),
                                    broker::to_csv(ours)));
    GivenOurs given{now, by.actor, broker::totals(ours.entries)};
    const auto entry =
        audit_of(asked, by, "recon.give",
                 fmt::format("{} {}", given.totals.count, given.totals.sm3.substr(0, 12)), now);
    LQ_CHECK(store_.keep(broker::day_document(kGivenDocument, asked), to_json(given),
                         std::span(&entry, 1)));
    return given;
}

Result<std::optional<GivenOurs>> Reconciler::given_ours(const broker::ManifestAsked& asked) {
    const std::string name = broker::day_document(kGivenDocument, asked);
    LQ_TRY(const auto documents, store_.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return std::optional<GivenOurs>();
    LQ_TRY(GivenOurs given, given_ours_from_json(found->second));
    return std::optional(std::move(given));
}

}  // namespace luqiao::app
