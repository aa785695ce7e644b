// A party gives its manifest of a day, or asks for ours about it, signed as its messages are.
#include "base/json.h"
#include "broker/pipeline.h"
#include "broker/recon_books.h"

#include <algorithm>
#include <cstdlib>

namespace luqiao::broker {
namespace {

/// A time stamp that authenticated: milliseconds since 1970.
Instant signed_at(const Proof& proof) {
    return Instant{Duration{std::strtoll(proof.timestamp.c_str(), nullptr, 10)}};
}

Error refused_manifest(const std::vector<FieldProblem>& findings) {
    const auto& catalogue = error_catalogue();
    const auto found = std::find_if(catalogue.begin(), catalogue.end(), [&](const ErrorInfo& one) {
        return one.id == findings.front().code;
    });
    return fail(found == catalogue.end() ? Errc::ParseFailed : found->code,
                "{} finding(s); each is listed under errors", findings.size());
}

}  // namespace

Result<ManifestAsked> Pipeline::asked_of(const ManifestCall& call, Instant now) {
    Arrival question;
    question.proof = call.proof;
    question.body = call.body;
    LQ_TRY(auto known, identify(question, now));
    std::string& party = known.party;
    if (realms_.current()->party(party) == nullptr) {
        return fail(Errc::Forbidden, "{} is no party here", party);
    }
    LQ_TRY(const Date day, parse_date(call.day));
    const auto of = parse_manifest_of(call.of);
    if (!of) return fail(Errc::BadValue, "of is received or sent");
    return ManifestAsked{std::move(party), day, *of};
}

std::variant<std::string, Problem> Pipeline::take_manifest(const ManifestCall& call) {
    const Instant now = world_.now();
    const std::string bundle = realms_.current()->bundle->hash();
    if (draining_) return problem(fail(Errc::Unavailable, "this node is shutting down"), bundle);
    if (space_.look(now).is_low()) {
        Problem full = problem(fail(Errc::StoreFull, "the disk is below its reserve"), bundle);
        full.retry_after = kRetryWhenLow;
        return full;
    }
    const auto asked = asked_of(call, now);
    const auto refuse_with = [&](const std::string& party, Problem out) {
        audit_refusal(party, out.code, "manifest " + out.trace_id);
        return out;
    };
    if (!asked) return refuse_with({}, problem(asked.error(), bundle));
    if (china_midnight(asked->day) > now) {
        return refuse_with(asked->party,
                           problem(fail(Errc::BadValue, "the day has not begun"), bundle));
    }
    const Status newer = check_newer(store_, *asked, signed_at(call.proof));
    if (!newer) return refuse_with(asked->party, problem(newer.error(), bundle));
    std::vector<FieldProblem> findings;
    auto manifest = read_manifest(call.body, *asked, findings);
    if (!manifest) {
        Problem out = problem(refused_manifest(findings), bundle);
        out.errors = std::move(findings);
        return refuse_with(asked->party, std::move(out));
    }
    const ManifestTotals said = totals(manifest->entries);
    const Status kept = keep_manifest(
        store_, {*std::move(manifest), now, "http", signed_at(call.proof)}, asked->party);
    if (!kept) return problem(kept.error(), bundle);
    JsonWriter json;
    json.begin_object()
        .field("party", asked->party)
        .field("day", to_string(asked->day))
        .field("of", to_string(asked->of))
        .field("count", said.count)
        .field("sm3", said.sm3)
        .field("at", to_rfc3339(now))
        .end_object();
    return json.take();
}

std::variant<std::string, Problem> Pipeline::manifest(const ManifestCall& call) {
    const std::string bundle = realms_.current()->bundle->hash();
    const auto asked = asked_of(call, world_.now());
    if (!asked) return problem(asked.error(), bundle);
    const auto ours = our_manifest(store_, *asked);
    if (!ours) return problem(ours.error(), bundle);
    return to_json(*ours);
}

}  // namespace luqiao::broker
