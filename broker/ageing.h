// broker/ageing.h - what a store gives up for age: first what says who the applicant is, long after
// it the case itself.
//
//   open --decided--> whole --Bodies--> aged --Metadata--> gone
//
//   Bodies    bytes of messages and deliveries, the application, and the terms that come of it; the
//             case, its messages and deliveries with their digests, and its timeline stay
//   Metadata  everything of the case; its dedup keys are free again
//
// An open case loses nothing, nor does one with a delivery that is not settled: that is what the
// query and the expiry themselves look at, whoever asks. docs/adr/0026-retention.md
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

enum class Ageing : std::uint8_t { Bodies, Metadata };

/// Cases that may lose `what`: one page in the order of decision and id.
struct AgeQuery {
    Ageing what = Ageing::Bodies;
    Instant decided_before{};  ///< decided earlier than this
    /// Only what comes after this one: the next page.
    std::optional<std::pair<Instant, CaseId>> after = std::nullopt;
    std::size_t limit = 32;
};

struct AgeingCase {
    CaseId id;
    std::string number;
    Instant decided_at{};
    bool operator==(const AgeingCase&) const = default;
};

/// A case and the terms that it can be found by afterwards; of Metadata: none.
struct ExpiringCase {
    CaseId id;
    std::vector<std::uint64_t> terms_kept = {};
};

/// What is to go, in one transaction. A case that is no longer as the query found it is left out.
struct Expiry {
    Ageing what = Ageing::Bodies;
    Instant now{};
    Instant decided_before{};
    std::vector<ExpiringCase> cases;
};

struct Expired {
    std::uint64_t cases = 0;
    std::uint64_t bodies = 0;  ///< of messages and deliveries
    std::uint64_t bytes = 0;   ///< of them and of the applications
    bool operator==(const Expired&) const = default;
    Expired& operator+=(const Expired& more) {
        cases += more.cases, bodies += more.bodies, bytes += more.bytes;
        return *this;
    }
};

/// A document that was to be forgotten is another by now. @return Conflict
inline Error document_changed() {
    return fail(Errc::Conflict, "a document is not what it was when it was to be forgotten");
}

/// What a store gave back to the file system.
struct GivenBack {
    std::uint64_t bytes = 0;
    std::uint64_t left = 0;  ///< freed bytes that it still holds, for what comes next
};

/// The line in the timeline of a case whose bodies went.
inline constexpr const char* kBodiesExpired = "retention.bodies";

}  // namespace luqiao::broker
