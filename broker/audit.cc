#include "broker/audit.h"

#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kPageRows = 1'000;
constexpr std::size_t kHashDigits = 64;

char to_lower(char letter) {
    return letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

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

AuditEntry audit_done(Instant at, std::string actor, std::string action, std::string subject) {
    return {.at = at,
            .actor = std::move(actor),
            .action = std::move(action),
            .outcome = "ok",
            .subject = std::move(subject),
            .number = 0,
            .hash = {}};
}

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

std::string to_anchor(const AuditHead& head) {
    return fmt::format("{}:{}", head.number, head.hash);
}

Result<AuditHead> parse_anchor(std::string_view text) {
    AuditHead out;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    const bool has_hash = failure == std::errc{} && text.substr(digits).size() == kHashDigits + 1 &&
                          text[digits] == ':';
    if (has_hash) out.hash = text.substr(digits + 1);
    for (char& digit : out.hash) digit = to_lower(digit);
    const bool is_hex = out.hash.find_first_not_of("0123456789abcdef") == out.hash.npos;
    if (out.number == 0 || !has_hash || !is_hex) {
        return fail(Errc::InvalidArgument,
                    "an anchor is ROW:HASH, the number of a row and its {} hexadecimal digits",
                    kHashDigits);
    }
    return out;
}

AuditHead audit_start_of(const std::string& text) {
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) return {};
    return {std::strtoull(text.c_str(), nullptr, 10), text.substr(space + 1)};
}

namespace {

std::string hash_of(const AuditHead& head) {
    return head.number == 0 ? std::string(kAuditStart) : head.hash;
}

void end(AuditCheck& check, AuditFault fault, std::uint64_t row) {
    check.fault = fault;
    check.fault_row = row;
    check.is_over = true;
}

/// Against the last row that was looked at.
void look_at_anchor(AuditCheck& check) {
    if (!check.anchor || check.anchor->number != check.checked.number) return;
    if (check.anchor->hash != check.checked.hash) {
        return end(check, AuditFault::Rewritten, check.anchor->number);
    }
    check.anchor_state = AnchorState::Met;
}

/// The start is read before the head: the row that vouches for it is not behind the head then.
/// An anchor that was met before its row went stays so.
Status begin(Store& store, AuditCheck& check) {
    AuditCheck fresh;
    fresh.anchor = check.anchor;
    fresh.anchor_state = check.anchor_state;
    check = std::move(fresh);
    LQ_TRY(check.aged, store.audit_start());
    LQ_TRY(check.head, store.audit_head());
    check.checked = {check.aged.number, hash_of(check.aged)};
    check.is_begun = true;
    if (!check.anchor || check.anchor_state == AnchorState::Met) return {};
    if (check.anchor->number < check.aged.number) check.anchor_state = AnchorState::Aged;
    look_at_anchor(check);
    return {};
}

void look_at(AuditCheck& check, const AuditEntry& entry) {
    const std::uint64_t expected = check.checked.number + 1;
    if (entry.number != expected) return end(check, AuditFault::Missing, expected);
    if (entry.hash != audit_hash(check.checked.hash, entry)) {
        return end(check, AuditFault::Changed, expected);
    }
    if (entry.action == kAuditExpired) {
        const std::string vouched = fmt::format("-{} {}", check.aged.number, check.aged.hash);
        check.vouched_by = entry.subject.ends_with(vouched) ? entry.number : 0;
    }
    if (!check.first_at) check.first_at = entry.at;
    check.last_at = entry.at;
    check.checked = {entry.number, entry.hash};
    look_at_anchor(check);
}

/// All rows up to the head follow one another.
Status finish(Store& store, AuditCheck& check) {
    // Only the head, which is kept apart, tells that rows were cut off at the end or put there.
    if (check.head.number > 0 && check.checked.hash != check.head.hash) {
        end(check, AuditFault::Changed, check.head.number);
        return {};
    }
    LQ_TRY(const auto more, store.audit_after(check.head.number, 1));
    LQ_TRY(const AuditHead now, store.audit_head());
    if (!more.empty() && more.front().number > now.number) {
        end(check, AuditFault::Surplus, more.front().number);
        return {};
    }
    if (check.anchor && check.anchor->number > check.head.number) {
        end(check, AuditFault::Cut, check.head.number + 1);
        return {};
    }
    const bool is_vouched = check.aged.number == 0 || check.vouched_by > 0;
    end(check, is_vouched ? AuditFault::None : AuditFault::Unvouched,
        is_vouched ? 0 : check.aged.number);
    return {};
}

}  // namespace

Text fault_text(const AuditCheck& check) {
    const std::uint64_t row = check.fault_row;
    switch (check.fault) {
        case AuditFault::None: return {};
        case AuditFault::Changed:
            return {fmt::format("审计第 {} 行不是当初写下的内容", row),
                    fmt::format("audit row {} is not what was written", row)};
        case AuditFault::Missing:
            return {fmt::format("审计缺第 {} 行", row),
                    fmt::format("audit row {} is missing", row)};
        case AuditFault::Cut: {
            const std::uint64_t last =
                std::max(check.head.number, check.anchor ? check.anchor->number : 0);
            return {fmt::format("审计自第 {} 行起被截去，应到第 {} 行", row, last),
                    fmt::format("the audit ends before row {}, but row {} was written", row, last)};
        }
        case AuditFault::Surplus:
            return {fmt::format("审计第 {} 行在最新一行之后，不是本系统写的", row),
                    fmt::format("audit row {} is behind the newest one that was written", row)};
        case AuditFault::Unvouched:
            return {fmt::format("没有一行说明审计第 {} 行及以前是按保存期限清除的", row),
                    fmt::format("no row says that the audit up to row {} went for age", row)};
        case AuditFault::Rewritten:
            return {
                fmt::format("审计第 {} 行的杂凑值与抄存的不符：到该行为止的审计被整个重写过", row),
                fmt::format("audit row {} has another hash than was written down: the audit up "
                            "to it was written anew",
                            row)};
    }
    return {};
}

Result<AuditCheck> check_audit(Store& store, AuditCheck check, std::size_t rows_max) {
    if (!check.is_begun) LQ_CHECK(begin(store, check));
    for (std::size_t rows = 0; !check.is_over && rows < rows_max; rows += kPageRows) {
        if (check.checked.number >= check.head.number) {
            LQ_CHECK(finish(store, check));
            break;
        }
        const std::uint64_t next = check.checked.number + 1;
        LQ_TRY(const auto page, store.audit_after(check.checked.number, kPageRows));
        if (page.empty() || page.front().number != next) {
            LQ_TRY(const AuditHead start, store.audit_start());
            if (start.number >= next) {  // they went for age meanwhile
                LQ_CHECK(begin(store, check));
                continue;
            }
        }
        if (page.empty()) end(check, AuditFault::Cut, next);
        for (const AuditEntry& entry : page) {
            if (check.is_over || check.checked.number == check.head.number) break;
            look_at(check, entry);
        }
    }
    return check;
}

Result<std::uint64_t> verify_audit(Store& store) {
    AuditCheck check;
    while (!check.is_over) {
        LQ_TRY(check, check_audit(store, std::move(check), kPageRows));
    }
    if (!check.is_whole()) return fail(Errc::Corruption, "{}", fault_text(check).en);
    return check.checked.number;
}

}  // namespace luqiao::broker
