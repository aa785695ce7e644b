#include "broker/recon.h"

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::array kKinds{DifferenceKind::OursOnly, DifferenceKind::TheirsOnly,
                            DifferenceKind::Unequal};
constexpr std::array kStates{DifferenceState::Open, DifferenceState::Redriven,
                             DifferenceState::Held, DifferenceState::Accepted,
                             DifferenceState::Settled};
constexpr Duration kOrderTaken{60'000};  ///< an order waits for a turn, never for long

std::string_view view(const security::Sm3& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

const ManifestEntry* find(std::span<const ManifestEntry> entries, const security::Sm3& key) {
    const auto at = std::lower_bound(
        entries.begin(), entries.end(), key,
        [](const ManifestEntry& one, const security::Sm3& wanted) { return one.key < wanted; });
    return at == entries.end() || at->key != key ? nullptr : &*at;
}

Difference ours_only(const ManifestEntry& ours) {
    return {DifferenceKind::OursOnly,
            ours.key,
            ours.digest,
            std::nullopt,
            ours.delivery,
            ours.at,
            ours.case_id};
}

Difference theirs_only(const ManifestEntry& theirs) {
    return {DifferenceKind::TheirsOnly,
            theirs.key,
            std::nullopt,
            theirs.digest,
            theirs.delivery,
            theirs.at};
}

bool are_unequal(const ManifestEntry& ours, const ManifestEntry& theirs) {
    return ours.digest && theirs.digest && *ours.digest != *theirs.digest;
}

Difference unequal(const ManifestEntry& ours, const ManifestEntry& theirs) {
    return {DifferenceKind::Unequal,
            ours.key,
            ours.digest,
            theirs.digest,
            ours.delivery ? ours.delivery : theirs.delivery,
            std::max(ours.at, theirs.at),
            ours.case_id ? ours.case_id : theirs.case_id};
}

/// Goes through both lists at once: each key once, with what either side has of it.
template <class Meet>
void walk(std::span<const ManifestEntry> ours, std::span<const ManifestEntry> theirs, Meet meet) {
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < ours.size() || b < theirs.size()) {
        const bool has_ours =
            a < ours.size() && (b == theirs.size() || ours[a].key <= theirs[b].key);
        const bool has_theirs =
            b < theirs.size() && (a == ours.size() || theirs[b].key <= ours[a].key);
        meet(has_ours ? &ours[a] : nullptr, has_theirs ? &theirs[b] : nullptr);
        if (has_ours) ++a;
        if (has_theirs) ++b;
    }
}

/// One comparison of a day in the making.
class DayComparison {
public:
    explicit DayComparison(const DayView& view)
        : view_(view),
          begins_(china_midnight(view.day)),
          ends_(china_midnight(view.day + std::chrono::days(1))) {}

    void meet(const ManifestEntry* ours, const ManifestEntry* theirs) {
        if (ours == nullptr) {
            if (theirs != nullptr) ours = find(view_.ours_near, theirs->key);
        } else if (theirs == nullptr) {
            theirs = beside_midnight(*ours);
            if (theirs == nullptr && is_last(*ours) && !view_.knows_after) {
                ++out_.in_transit;
                return;
            }
        }
        judge(ours, theirs);
    }

    Comparison take() { return std::move(out_); }

private:
    void judge(const ManifestEntry* ours, const ManifestEntry* theirs) {
        if (ours == nullptr || theirs == nullptr) {
            if (ours != nullptr) out_.differences.push_back(ours_only(*ours));
            if (theirs != nullptr) out_.differences.push_back(theirs_only(*theirs));
            return;
        }
        if (are_unequal(*ours, *theirs)) {
            return out_.differences.push_back(unequal(*ours, *theirs));
        }
        ++out_.matched;
        if (!ours->digest || !theirs->digest) ++out_.without;
    }

    [[nodiscard]] bool is_last(const ManifestEntry& ours) const {
        return ours.at >= ends_ - view_.grace;
    }
    [[nodiscard]] const ManifestEntry* beside_midnight(const ManifestEntry& ours) const {
        const ManifestEntry* found = nullptr;
        if (ours.at < begins_ + view_.grace) found = find(view_.theirs_before, ours.key);
        if (found == nullptr && is_last(ours)) found = find(view_.theirs_after, ours.key);
        return found;
    }

    const DayView& view_;
    const Instant begins_, ends_;
    Comparison out_;
};

template <class Enum, std::size_t N>
std::optional<Enum> parse(std::string_view word, const std::array<Enum, N>& all) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](Enum one) { return to_string(one) == word; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string_view to_string(ManifestOf of) {
    switch (of) {
        case ManifestOf::Received: return "received";
        case ManifestOf::Sent: return "sent";
    }
    return "";
}

std::optional<ManifestOf> parse_manifest_of(std::string_view word) {
    return parse(word, std::array{ManifestOf::Received, ManifestOf::Sent});
}

std::string_view to_string(DifferenceKind kind) {
    switch (kind) {
        case DifferenceKind::OursOnly: return "ours_only";
        case DifferenceKind::TheirsOnly: return "theirs_only";
        case DifferenceKind::Unequal: return "unequal";
    }
    return "";
}

std::optional<DifferenceKind> parse_difference_kind(std::string_view word) {
    return parse(word, kKinds);
}

Text label(DifferenceKind kind) {
    switch (kind) {
        case DifferenceKind::OursOnly: return {"我有他无", "ours only"};
        case DifferenceKind::TheirsOnly: return {"他有我无", "theirs only"};
        case DifferenceKind::Unequal: return {"不一致", "unequal"};
    }
    return {};
}

std::string_view to_string(DifferenceState state) {
    switch (state) {
        case DifferenceState::Open: return "open";
        case DifferenceState::Redriven: return "redriven";
        case DifferenceState::Held: return "held";
        case DifferenceState::Accepted: return "accepted";
        case DifferenceState::Settled: return "settled";
    }
    return "";
}

std::optional<DifferenceState> parse_difference_state(std::string_view word) {
    return parse(word, kStates);
}

Text label(DifferenceState state) {
    switch (state) {
        case DifferenceState::Open: return {"待处理", "open"};
        case DifferenceState::Redriven: return {"补推中", "sent again"};
        case DifferenceState::Held: return {"挂起", "held"};
        case DifferenceState::Accepted: return {"认可", "accepted"};
        case DifferenceState::Settled: return {"已平", "settled"};
    }
    return {};
}

std::optional<security::Sm3> sort(std::vector<ManifestEntry>& entries) {
    std::sort(entries.begin(), entries.end(),
              [](const ManifestEntry& a, const ManifestEntry& b) { return a.key < b.key; });
    const auto twice = std::adjacent_find(
        entries.begin(), entries.end(),
        [](const ManifestEntry& a, const ManifestEntry& b) { return a.key == b.key; });
    return twice == entries.end() ? std::nullopt : std::optional(twice->key);
}

ManifestTotals totals(std::span<const ManifestEntry> entries) {
    std::string bytes;
    bytes.reserve(entries.size() * 2 * sizeof(security::Sm3));
    for (const ManifestEntry& one : entries) {
        bytes += view(one.key);
        bytes += view(one.digest.value_or(security::Sm3{}));
    }
    return {entries.size(), security::sm3_hex(bytes)};
}

std::vector<Difference> compare(std::span<const ManifestEntry> ours,
                                std::span<const ManifestEntry> theirs) {
    std::vector<Difference> out;
    walk(ours, theirs, [&](const ManifestEntry* a, const ManifestEntry* b) {
        if (a != nullptr && b != nullptr) {
            if (are_unequal(*a, *b)) out.push_back(unequal(*a, *b));
        } else if (a != nullptr) {
            out.push_back(ours_only(*a));
        } else if (b != nullptr) {
            out.push_back(theirs_only(*b));
        }
    });
    return out;
}

Comparison compare_day(const DayView& view) {
    DayComparison comparison(view);
    walk(view.ours, view.theirs, [&](const ManifestEntry* ours, const ManifestEntry* theirs) {
        comparison.meet(ours, theirs);
    });
    return comparison.take();
}

Status may_settle(DifferenceState from, DifferenceState to, DifferenceKind kind, ManifestOf of) {
    const bool is_unsettled = from == DifferenceState::Open || from == DifferenceState::Held;
    if (!is_unsettled || to == from || to == DifferenceState::Open ||
        to == DifferenceState::Settled) {
        return fail(Errc::Conflict, "a difference that is {} cannot become {}", to_string(from),
                    to_string(to));
    }
    if (to != DifferenceState::Redriven) return {};
    if (of == ManifestOf::Sent || kind == DifferenceKind::TheirsOnly) {
        return fail(Errc::Conflict,
                    "only what we sent can be sent again: hold this difference, or accept it");
    }
    return {};
}

DifferenceState state_of_resent(const Resent& what, Instant now) {
    const auto since_the_order = [&](DifferenceState then) {
        if (what.since >= what.ordered_at) return then;
        return now > what.ordered_at + kOrderTaken ? DifferenceState::Open
                                                   : DifferenceState::Redriven;
    };
    switch (what.state) {
        case DeliveryState::Delivered:
        case DeliveryState::Answered: return since_the_order(DifferenceState::Settled);
        case DeliveryState::Dead:
        case DeliveryState::Shelved: return since_the_order(DifferenceState::Open);
        case DeliveryState::Queued:
        case DeliveryState::Pending:
        case DeliveryState::Leased:
        case DeliveryState::Waiting:
        case DeliveryState::Unknown: return DifferenceState::Redriven;
    }
    return DifferenceState::Open;
}

}  // namespace luqiao::broker
