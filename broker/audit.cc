#include "broker/audit.h"

#include "security/digest.h"

#include <fmt/format.h>

#include <cstdlib>

namespace luqiao::broker {
namespace {

constexpr std::size_t kPageRows = 1'000;

void append_number(std::string& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(number >> shift)));
    }
}

void append_field(std::string& out, std::string_view field) {
    append_number(out, field.size());
    out.append(field);
}

}  // namespace

std::string audit_hash(std::string_view previous, const AuditEntry& entry) {
    std::string bytes(previous);
    append_number(bytes, entry.number);
    append_number(bytes, static_cast<std::uint64_t>(entry.at.time_since_epoch().count()));
    append_field(bytes, entry.actor);
    append_field(bytes, entry.action);
    append_field(bytes, entry.outcome);
    append_field(bytes, entry.subject);
    return security::sm3_hex(bytes);
}

Status verify_audit(std::span<const AuditEntry> entries, std::string_view previous) {
    if (entries.empty()) return {};
    std::string before(previous);
    // A chain from the start begins with row 1: rows cut off at the front are missed too.
    std::uint64_t number = previous == kAuditStart ? 1 : entries.front().number;
    for (const AuditEntry& entry : entries) {
        if (entry.number != number) {
            return fail(Errc::Corruption, "audit row {} is missing, row {} stands in its place",
                        number, entry.number);
        }
        if (entry.hash != audit_hash(before, entry)) {
            return fail(Errc::Corruption, "audit row {} is not what was written", number);
        }
        before = entry.hash;
        ++number;
    }
    return {};
}

std::string audit_expiry_subject(std::uint64_t first, const AuditHead& last) {
    return fmt::format("{}-{} {}", first, last.number, last.hash);
}

AuditHead audit_start_of(const std::string& text) {
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) return {};
    return {std::strtoull(text.c_str(), nullptr, 10), text.substr(space + 1)};
}

Result<std::uint64_t> verify_audit(Store& store) {
    LQ_TRY(const AuditHead start, store.audit_start());
    std::uint64_t checked = start.number;
    std::string before(start.number == 0 ? std::string(kAuditStart) : start.hash);
    std::string expired;
    for (;;) {
        LQ_TRY(const auto page, store.audit_after(checked, kPageRows));
        if (page.empty()) break;
        if (page.front().number != checked + 1) {
            return fail(Errc::Corruption, "audit row {} is missing", checked + 1);
        }
        LQ_CHECK(verify_audit(page, before));
        for (const AuditEntry& entry : page) {
            if (entry.action == kAuditExpired) expired = entry.subject;
        }
        before = page.back().hash;
        checked = page.back().number;
    }
    const std::string vouched = fmt::format("-{} {}", start.number, start.hash);
    if (start.number > 0 && !expired.ends_with(vouched)) {
        return fail(Errc::Corruption, "no row says that the audit up to row {} went for age",
                    start.number);
    }
    // Rows cut off at the end leave a whole chain: only the head kept apart can tell.
    LQ_TRY(const auto head, store.audit_head());
    if (head.number != checked || head.hash != before) {
        return fail(Errc::Corruption, "the audit ends at row {}, but row {} was written", checked,
                    head.number);
    }
    return checked;
}

}  // namespace luqiao::broker
