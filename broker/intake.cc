// The way in: who is it, may they, what does it say. Runs on the inlet's thread and keeps nothing.
#include "broker/attachments.h"
#include "broker/audit.h"
#include "broker/pipeline.h"
#include "broker/status_report.h"
#include "broker/unit_builder.h"
#include "mapping/translator.h"
#include "security/digest.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};

/// The code of the whole message: that of its first rejecting issue.
Errc leading_code(const mapping::Issues& issues) {
    const auto found =
        std::find_if(issues.list.begin(), issues.list.end(),
                     [](const mapping::Issue& one) { return one.severity == Severity::Error; });
    return found == issues.list.end() ? Errc::Internal : found->code;
}

const SubmitRight* right_to(const Party& party, std::string_view map) {
    const auto found = std::find_if(party.submit.begin(), party.submit.end(),
                                    [map](const SubmitRight& right) { return right.map == map; });
    return found == party.submit.end() ? nullptr : &*found;
}

std::string dedup_key(const Arrival& arrival,
                      const std::string& natural_key,
                      const std::string& digest) {
    if (!arrival.idempotency_key.empty()) return "key:" + arrival.idempotency_key;
    if (!natural_key.empty()) return "natural:" + arrival.format + ":" + natural_key;
    return "sm3:" + arrival.format + ":" + digest;
}

}  // namespace

Problem Pipeline::problem(const Error& error, const std::string& bundle) const {
    Problem out;
    out.code = error.code;
    out.detail = {std::string(info(error.code).title_zh), error.message};
    if (!error.where.empty()) out.detail.en += " (" + error.where + ")";
    out.bundle = bundle;
    out.at = world_.now();
    out.trace_id = to_string(make_id<MessageId>(out.at, world_.entropy));
    if (info(error.code).disposition == Disposition::Retry) out.retry_after = kRetryAfter;
    return out;
}

/// Without a proof nothing was signed, and no digest is known.
Result<security::Authenticated> Pipeline::identify(const Arrival& arrival, Instant now) {
    if (!arrival.proof) {
        if (arrival.party.empty()) return fail(Errc::Unauthenticated, "the request names no party");
        return security::Authenticated{arrival.party, {}};
    }
    const Proof& proof = *arrival.proof;
    const security::Claim claim{
        {proof.method, proof.path, proof.query, proof.timestamp, proof.nonce,
         proof.signed_body.empty() ? arrival.body : proof.signed_body, proof.body_sm3},
        proof.app_key,
        proof.signature};
    return identities_.authenticate(claim, now);
}

void Pipeline::audit_refusal(const std::string& party, Errc code, std::string subject) {
    AuditEntry entry{.at = world_.now(),
                     .actor = party.empty() ? "unknown" : party,
                     .action = "refuse",
                     .outcome = std::string(info(code).id),
                     .subject = std::move(subject),
                     .number = 0,
                     .hash = {}};
    inbox_.offer(
        TurnWork{Refusal{std::move(entry)}});  // full: the sender is told 429 by others already
}

void Pipeline::refuse(const Refused& what, const Error& error) {
    Problem out = problem(error, what.bundle);
    audit_refusal(what.party, error.code, what.arrival.format + " " + out.trace_id);
    what.done(std::move(out));
}

Result<std::vector<std::uint64_t>> Pipeline::claim(const std::string& party,
                                                   const SubmitRight& right,
                                                   const mapping::Program& program,
                                                   mapping::Decoded& decoded) {
    if (right.attachments.empty()) return std::vector<std::uint64_t>{};
    if (options_.blobs == nullptr || options_.search == nullptr) {
        return fail(Errc::Unavailable, "this node keeps no attachments");
    }
    return claim_attachments({*options_.blobs, *options_.search, party, program, right.attachments},
                             decoded.record, decoded.issues);
}

Result<std::string> Pipeline::caller(const Proof& proof) {
    Arrival question;
    question.proof = proof;
    LQ_TRY(auto known, identify(question, world_.now()));
    return std::move(known.party);
}

Problem Pipeline::refusal(const std::string& party,
                          const Error& error,
                          const std::string& subject) {
    Problem out = problem(error);
    audit_refusal(party, error.code, subject + " " + out.trace_id);
    return out;
}

bool Pipeline::note(const std::string& party, std::string action, std::string subject) {
    return inbox_.offer(
        TurnWork{Refusal{audit_done(world_.now(), party, std::move(action), std::move(subject))}});
}

void Pipeline::accept(Arrival arrival, std::function<void(Answer)> done) {
    const Instant now = world_.now();
    const std::shared_ptr<const Realm> realm = realms_.current();
    const std::string& bundle = realm->bundle->hash();
    if (draining_) {
        return done(problem(fail(Errc::Unavailable, "this node is shutting down"), bundle));
    }
    // Before anything else: what is refused for want of room leaves no row in the audit.
    if (space_.look(now).is_low()) {
        Problem full = problem(fail(Errc::StoreFull, "the disk is below its reserve"), bundle);
        full.retry_after = kRetryWhenLow;
        return done(std::move(full));
    }
    if (clock_jump()) {  // receipts, limits and signatures would bear a wrong time
        Problem out = problem(fail(Errc::Unavailable, "this node's clock has jumped"), bundle);
        out.retry_after = kRetryWhenLow;
        return done(std::move(out));
    }
    const auto identified = identify(arrival, now);
    const std::string code = identified ? identified->party : std::string();
    const Refused refused{arrival, code, bundle, done};
    if (!identified) return refuse(refused, identified.error());
    const Party* party = realm->party(code);
    const mapping::Program* program = realm->bundle->find(arrival.format);
    const SubmitRight* right = party == nullptr ? nullptr : right_to(*party, arrival.format);
    if (program == nullptr) {
        return refuse(refused, fail(Errc::UnknownFormat, "there is no format of this name"));
    }
    if (right == nullptr) {
        return refuse(refused, fail(Errc::Forbidden, "{} may not submit {}", code, arrival.format));
    }

    mapping::Decoded decoded = mapping::decode(*program, arrival.body);
    auto attached = claim(code, *right, *program, decoded);
    if (!attached) return refuse(refused, attached.error());
    if (decoded.issues.rejected()) return refuse_issues(refused, decoded.issues);

    const bool is_signed_whole =
        arrival.proof && arrival.proof->signed_body.empty() && arrival.proof->body_sm3.empty();
    Incoming incoming;
    incoming.meaning = right->meaning;
    incoming.message = {
        .id = make_id<MessageId>(now, world_.entropy),
        .case_id = make_id<CaseId>(now, world_.entropy),
        .party = code,
        .format = arrival.format,
        .dedup_key = {},
        .sm3 = is_signed_whole ? identified->body_sm3 : security::sm3_hex(arrival.body),
        .nonce = arrival.proof ? arrival.proof->nonce : std::string{},
        .bundle = bundle,
        .body = {},
        .at = now};
    incoming.message.dedup_key = dedup_key(arrival, decoded.natural_key, incoming.message.sm3);
    incoming.message.body = std::move(arrival.body);
    if (const Service* service = realm->service_of_form(decoded.record.form().name)) {
        incoming.terms = terms_of(incoming.message.id, service->search, decoded.record);
    }
    incoming.attached = *std::move(attached);
    incoming.realm = realm;
    incoming.record = std::make_shared<mapping::Record>(std::move(decoded.record));
    incoming.validate_only = arrival.validate_only;
    incoming.done = done;
    const std::size_t bytes = incoming.message.body.size();
    if (!inbox_.offer(TurnWork{std::move(incoming)}, bytes)) {
        const Error full = fail(Errc::Overloaded, "{} messages are waiting", inbox_.size());
        done(problem(full, bundle));
    }
}

std::vector<std::uint64_t> Pipeline::terms_of(const MessageId& id,
                                              const SearchRules& rules,
                                              const mapping::Record& said) const {
    if (options_.search == nullptr) return {};
    auto out = record_terms(rules, said, *options_.search);
    out.push_back(options_.search->number(normal_number(to_string(id))));
    return out;
}

void Pipeline::refuse_issues(const Refused& what, const mapping::Issues& issues) {
    const Errc code = leading_code(issues);
    Problem out = problem(
        fail(code, "{} finding(s); each is listed under errors", issues.list.size()), what.bundle);
    for (const mapping::Issue& issue : issues.list) out.errors.push_back(to_field_problem(issue));
    audit_refusal(what.party, code, what.arrival.format + " " + out.trace_id);
    what.done(std::move(out));
}

std::variant<std::string, Problem> Pipeline::progress(const Proof& proof,
                                                      const std::string& case_number) {
    const std::shared_ptr<const Realm> realm = realms_.current();
    const auto party = caller(proof);
    if (!party) return problem(party.error(), realm->bundle->hash());
    const auto answer = [&]() -> Result<std::string> {
        LQ_TRY(const auto id, store_.find_case_id(case_number));
        // A case of others is "not found": its existence is nobody's business.
        const auto hidden = [] {
            return fail(Errc::NotFound, "there is no such case for this party");
        };
        if (!id) return hidden();
        LQ_TRY(const auto stored, store_.find_case(*id));
        if (!stored || !may_see(*realm, *party, stored->state)) return hidden();
        LQ_TRY(const auto timeline, store_.timeline(*id));
        return public_status(*realm, stored->state, timeline);
    }();
    if (!answer) return problem(answer.error(), realm->bundle->hash());
    return *answer;
}

}  // namespace luqiao::broker
