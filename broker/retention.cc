#include "broker/retention.h"

#include "base/json.h"
#include "broker/audit.h"

#include <fmt/format.h>

#include <array>
#include <simdjson.h>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kCasesAtOnce = 32;
constexpr std::size_t kAuditRowsAtOnce = 1'000;
constexpr std::string_view kLast = "retention/last";

std::string day(Instant at) {
    return to_string(china_date(at));
}

/// The numbers of a report under their names.
template <class Report, class Visit>
void each_number(Report& report, Visit visit) {
    visit("bodies_cases", report.bodies.cases);
    visit("bodies", report.bodies.bodies);
    visit("bodies_bytes", report.bodies.bytes);
    visit("metadata_cases", report.metadata.cases);
    visit("documents", report.documents);
    visit("audit_rows", report.audit_rows);
    visit("held", report.held);
    visit("given_back", report.given_back);
}
template <class Report, class Visit>
void each_time(Report& report, Visit visit) {
    visit("at", report.at);
    visit("bodies_before", report.bodies_before);
    visit("metadata_before", report.metadata_before);
    visit("evidence_before", report.evidence_before);
}

}  // namespace

Text aged_text(Instant aged_at) {
    return {
        fmt::format("报文、申请内容和可识别个人的检索项已于 {} 按保存期限清除；摘要与时间线仍在",
                    day(aged_at)),
        fmt::format("messages, application and what identifies a person aged out on {} by "
                    "retention; digests and the timeline remain",
                    day(aged_at))};
}

Status check_not_aged(const StoredCase& one) {
    if (!one.aged_at) return {};
    const Text text = aged_text(*one.aged_at);
    return fail(Errc::Conflict, "{} | {}", text.zh, text.en);
}

std::string to_json(const AgeingReport& report) {
    JsonWriter json;
    json.begin_object().field("v", 1).field("whole", report.is_whole);
    each_time(report, [&](std::string_view name, Instant at) {
        json.field(name, std::int64_t{at.time_since_epoch().count()});
    });
    each_number(report,
                [&](std::string_view name, std::uint64_t number) { json.field(name, number); });
    json.end_object();
    return json.take();
}

Result<AgeingReport> ageing_report_from_json(std::string_view text) {
    AgeingReport out;
    simdjson::dom::parser parser;
    simdjson::dom::object json;
    bool good = parser.parse(text.data(), text.size()).get(json) == simdjson::SUCCESS;
    good = good && json["whole"].get(out.is_whole) == simdjson::SUCCESS;
    each_time(out, [&](std::string_view name, Instant& at) {
        std::int64_t number = 0;
        good = good && json[name].get(number) == simdjson::SUCCESS;
        at = Instant{Duration{number}};
    });
    each_number(out, [&](std::string_view name, std::uint64_t& number) {
        const auto error = json[name].get(number);
        // Reports of before did not count what this version does.
        good = good && (error == simdjson::SUCCESS || error == simdjson::NO_SUCH_FIELD);
    });
    if (!good) return fail(Errc::Corruption, "the report of an ageing run cannot be read");
    return out;
}

Result<std::optional<AgeingReport>> last_ageing(Store& store) {
    LQ_TRY(const auto documents, store.kept(std::string(kLast)));
    const auto found = documents.find(std::string(kLast));
    if (found == documents.end()) return std::optional<AgeingReport>();
    LQ_TRY(const AgeingReport report, ageing_report_from_json(found->second));
    return std::optional(report);
}

Result<std::map<std::string, std::string>> held_cases(Store& store) {
    LQ_TRY(const auto documents, store.kept(std::string(kHoldDocument)));
    std::map<std::string, std::string> out;
    for (const auto& [name, why] : documents) {
        if (!why.empty()) out.emplace(name.substr(kHoldDocument.size()), why);
    }
    return out;
}

Result<std::optional<Instant>> hold_case(Store& store,
                                         const std::string& number,
                                         const std::string& why,
                                         AuditEntry entry) {
    const auto missing = [] { return fail(Errc::NotFound, "there is no such case"); };
    LQ_TRY(const auto id, store.find_case_id(number));
    if (!id) return missing();
    LQ_CHECK(store.keep(std::string(kHoldDocument) + number, why, std::span(&entry, 1)));
    // Looked at once it is held: a run that took its bodies before that is seen.
    LQ_TRY(const auto stored, store.find_case(*id));
    if (!stored) return missing();
    return stored->aged_at;
}

AgeingRun::AgeingRun(Basis basis, Instant now) : basis_(std::move(basis)) {
    report_.at = now;
    report_.bodies_before = now - basis_.ages.bodies;
    report_.metadata_before = now - basis_.ages.metadata;
    report_.evidence_before = now - basis_.ages.evidence;
}

Result<bool> AgeingRun::step() {
    Result<bool> more = true;
    switch (stage_) {
        case Stage::Bodies:
            more = age(Ageing::Bodies, report_.bodies_before, report_.bodies);
            break;
        case Stage::Metadata:
            more = age(Ageing::Metadata, report_.metadata_before, report_.metadata);
            break;
        case Stage::Documents: more = age_documents(); break;
        case Stage::Audit: more = age_audit(); break;
        case Stage::Done: return false;
    }
    if (!more) return more;
    if (!*more) {
        stage_ = static_cast<Stage>(static_cast<unsigned>(stage_) + 1);
        after_.reset();
    }
    report_.is_whole = stage_ == Stage::Done;
    return stage_ != Stage::Done;
}

Result<bool> AgeingRun::age(Ageing what, Instant before, Expired& gone) {
    LQ_TRY(const auto due,
           basis_.store.ageing(
               {.what = what, .decided_before = before, .after = after_, .limit = kCasesAtOnce}));
    if (due.empty()) return false;
    LQ_TRY(const auto by_operators, held_cases(basis_.store));
    Expiry expiry{.what = what, .now = report_.at, .decided_before = before, .cases = {}};
    std::uint64_t held = 0;
    for (const AgeingCase& one : due) {
        if (basis_.held.contains(one.number) || by_operators.contains(one.number)) {
            ++held;
            continue;
        }
        expiry.cases.push_back({one.id});
        if (what == Ageing::Metadata) continue;
        LQ_TRY(expiry.cases.back().terms_kept, terms_kept(one.id));
    }
    if (!expiry.cases.empty()) {
        LQ_CHECK(begin());
        LQ_TRY(const Expired more, basis_.store.expire(expiry));
        gone += more;
    }
    report_.held += held;
    after_ = {due.back().decided_at, due.back().id};
    return true;
}

/// What is true of the case, and the numbers of its messages.
Result<std::vector<std::uint64_t>> AgeingRun::terms_kept(const CaseId& id) {
    LQ_TRY(const auto stored, basis_.store.find_case(id));
    if (!stored) return std::vector<std::uint64_t>();
    std::vector<std::uint64_t> out = fact_terms(stored->state);
    if (basis_.key == nullptr) return out;
    LQ_TRY(const auto messages, basis_.store.messages(id));
    for (const InboundMessage& one : messages) {
        out.push_back(basis_.key->number(normal_number(to_string(one.id))));
    }
    return out;
}

/// One that was changed since it was found stays: the next run looks at what it is now.
Result<bool> AgeingRun::age_documents() {
    if (!basis_.documents) return false;
    LQ_TRY(const OldDocuments old, basis_.documents(report_.evidence_before, after_document_));
    for (const auto& one : old.going) {
        LQ_CHECK(begin());
        const Status gone = basis_.store.forget(one);
        if (!gone && gone.error().code != Errc::Conflict) return gone.error();
        if (gone) ++report_.documents;
    }
    after_document_ = old.after;
    return !after_document_.empty();
}

Result<bool> AgeingRun::age_audit() {
    LQ_TRY(const std::uint64_t rows,
           basis_.store.expire_audit(report_.evidence_before, kAuditRowsAtOnce,
                                     entry(std::string(kAuditExpired), {})));
    report_.audit_rows += rows;
    return rows == kAuditRowsAtOnce;
}

AuditEntry AgeingRun::entry(std::string action, std::string subject) const {
    return audit_done(report_.at, basis_.node, std::move(action), std::move(subject));
}

/// On record before anything goes: a run that is cut has at least this.
Status AgeingRun::begin() {
    if (begun_) return {};
    LQ_CHECK(basis_.store.audit(
        entry("retention.begin",
              fmt::format("bodies<{} metadata<{} evidence<{}", day(report_.bodies_before),
                          day(report_.metadata_before), day(report_.evidence_before)))));
    begun_ = true;
    return {};
}

Status AgeingRun::finish(std::uint64_t given_back) {
    report_.given_back = given_back;
    const AuditEntry done =
        entry("retention.end",
              fmt::format("bodies<{} cases={} bodies={} bytes={} metadata<{} cases={} evidence<{} "
                          "documents={} rows={} held={} given_back={}",
                          day(report_.bodies_before), report_.bodies.cases, report_.bodies.bodies,
                          report_.bodies.bytes, day(report_.metadata_before),
                          report_.metadata.cases, day(report_.evidence_before), report_.documents,
                          report_.audit_rows, report_.held, given_back));
    return basis_.store.keep(std::string(kLast), to_json(report_),
                             std::span(&done, begun_ ? 1 : 0));
}

}  // namespace luqiao::broker
