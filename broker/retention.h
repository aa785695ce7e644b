// broker/retention.h - how long what is kept, and a run that takes away what is older.
//
// A run goes through bodies, then cases, then documents of the broker's own and rows of the audit
// (broker/ageing.h), each in small transactions, so that whoever writes meanwhile waits for one of
// them at most. It can be cut anywhere: the next one goes on. docs/adr/0026-retention.md
#pragma once

#include "base/result.h"
#include "base/text.h"
#include "broker/search.h"
#include "broker/store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// Ages of [retention]: bodies, attachments and metadata count from the decision (办结) of the
/// case, evidence from its own time.
struct RetentionAges {
    Duration bodies{365LL * 86'400'000};
    Duration attachments{365LL * 86'400'000};
    Duration metadata{1'096LL * 86'400'000};
    Duration evidence{1'096LL * 86'400'000};
    bool operator==(const RetentionAges&) const = default;
};

/// @errors Conflict: its bodies are gone, nothing can be sent or said of it any more
Status check_not_aged(const StoredCase& one);
/// "报文已于 2026-12-01 按保存期限清除…"
Text aged_text(Instant aged_at);

/// What a look at kept documents (manifests, compared days, plans) found, some of them at a time.
struct OldDocuments {
    /// The documents (name, value) of each that may go: they go together or not at all.
    std::vector<std::map<std::string, std::string>> going;
    std::uint64_t held = 0;  ///< old enough, and may not go
    std::string after;       ///< where the next look goes on; empty: that was all
};
/// Looks at those behind `after` that are evidence of a time before `before`. Reads alone.
using FindOldDocuments =
    std::function<Result<OldDocuments>(Instant before, const std::string& after)>;

/// What one run took away.
struct AgeingReport {
    Instant at{};
    Instant bodies_before{}, metadata_before{}, evidence_before{};
    Expired bodies, metadata;
    std::uint64_t documents = 0;  ///< manifests, compared days, plans
    std::uint64_t audit_rows = 0;
    std::uint64_t held = 0;        ///< cases that were old enough and may not go
    std::uint64_t given_back = 0;  ///< bytes
    bool is_whole = false;         ///< it went through everything
    bool operator==(const AgeingReport&) const = default;
};
std::string to_json(const AgeingReport& report);
/// @errors Corruption
Result<AgeingReport> ageing_report_from_json(std::string_view text);
/// What the newest run of any node did; none: there was none.
Result<std::optional<AgeingReport>> last_ageing(Store& store);

/// Before the number of a case: who holds it and why; empty once it is released.
inline constexpr std::string_view kHoldDocument = "retention/hold/";
/// Numbers of cases that an operator holds (legal hold), with why.
Result<std::map<std::string, std::string>> held_cases(Store& store);
/// Holds a case, or releases it: `why` empty. @return since when its bodies are gone: only the rest
/// is held  @errors NotFound: there is no such case
Result<std::optional<Instant>> hold_case(Store& store,
                                         const std::string& number,
                                         const std::string& why,
                                         AuditEntry entry);

class AgeingRun {
public:
    struct Basis {
        Store& store;
        const SearchKey* key = nullptr;  ///< of the terms of message ids
        RetentionAges ages;
        std::string node;  ///< who does it, for the audit
        /// Numbers of cases that may not go, beside those that an operator holds: these are asked
        /// for before each transaction, a run of hours takes nothing that is held meanwhile.
        std::set<std::string> held;
        FindOldDocuments documents = {};  ///< none: all stay
    };
    AgeingRun(Basis basis, Instant now);

    /// One transaction, or some of one document each. @return false: nothing more is old enough
    /// @errors those of the store; the run can go on after a while
    Result<bool> step();
    /// Keeps the report, and a row of the audit when something went. @param given_back bytes
    Status finish(std::uint64_t given_back);
    [[nodiscard]] const AgeingReport& report() const { return report_; }

private:
    Result<bool> age(Ageing what, Instant before, Expired& gone);
    Result<bool> age_documents();
    Result<bool> age_audit();
    Status begin();
    Result<std::vector<std::uint64_t>> terms_kept(const CaseId& id);
    [[nodiscard]] AuditEntry entry(std::string action, std::string subject) const;

    const Basis basis_;
    AgeingReport report_;
    enum class Stage : std::uint8_t { Bodies, Metadata, Documents, Audit, Done };
    Stage stage_ = Stage::Bodies;
    std::optional<std::pair<Instant, CaseId>> after_;
    std::string after_document_;
    bool begun_ = false;  ///< the audit says so
};

}  // namespace luqiao::broker
