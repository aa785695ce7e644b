#include "broker/recon.h"

#include "broker/recon_manifest.h"

#include <gmock/gmock.h>
#include <map>
#include <rapidcheck.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Date kDay = *parse_date("2025-10-13");
constexpr Duration kGrace{600'000};

ManifestEntry entry(std::string_view key,
                    std::string_view bytes,
                    std::string_view at = "12:00:00") {
    return {.key = security::sm3(key),
            .digest = bytes.empty() ? std::nullopt : std::optional(security::sm3(bytes)),
            .delivery = std::nullopt,
            .at = *parse_rfc3339(fmt::format("2025-10-13T{}+08:00", at))};
}

std::vector<ManifestEntry> sorted(std::vector<ManifestEntry> entries) {
    EXPECT_FALSE(sort(entries));
    return entries;
}

/// Kind and key, in the order of the letters the keys were made of.
std::map<std::string, DifferenceKind> kinds(const std::vector<Difference>& differences,
                                            std::string_view letters = "abcdefgh") {
    std::map<std::string, DifferenceKind> out;
    for (const Difference& one : differences) {
        for (const char letter : letters) {
            const std::string key(1, letter);
            if (one.key == security::sm3(key)) out[key] = one.kind;
        }
    }
    EXPECT_EQ(out.size(), differences.size());
    return out;
}

using Kinds = std::map<std::string, DifferenceKind>;

TEST(Compare, FindsEachOfTheThreeClasses) {
    const auto ours = sorted({entry("a", "1"), entry("b", "2"), entry("c", "3"), entry("d", "4")});
    const auto theirs =
        sorted({entry("a", "1"), entry("c", "changed"), entry("d", ""), entry("e", "5")});
    const auto found = compare(ours, theirs);
    EXPECT_EQ(kinds(found), (Kinds{{"b", DifferenceKind::OursOnly},
                                   {"c", DifferenceKind::Unequal},
                                   {"e", DifferenceKind::TheirsOnly}}));
    EXPECT_THAT(compare(ours, ours), IsEmpty());
    EXPECT_THAT(compare({}, {}), IsEmpty());
    EXPECT_EQ(compare(ours, {}).size(), 4U);
}

/// A list of some of 40 keys, with one of three contents or none.
rc::Gen<std::vector<ManifestEntry>> lists() {
    return rc::gen::map(
        rc::gen::container<std::map<int, int>>(rc::gen::inRange(0, 40), rc::gen::inRange(0, 4)),
        [](const std::map<int, int>& drawn) {
            std::vector<ManifestEntry> out;
            for (const auto& [key, content] : drawn) {
                out.push_back(entry(std::to_string(key),
                                    content == 0 ? std::string() : std::to_string(content)));
            }
            (void)sort(out);
            return out;
        });
}

Difference mirrored(Difference one) {
    if (one.kind == DifferenceKind::OursOnly) {
        one.kind = DifferenceKind::TheirsOnly;
    } else if (one.kind == DifferenceKind::TheirsOnly) {
        one.kind = DifferenceKind::OursOnly;
    }
    std::swap(one.ours, one.theirs);
    return one;
}

TEST(Compare, IsTheSameFromBothSidesAndFindsWhatWasPlanted) {
    EXPECT_TRUE(rc::check("symmetric, sorted, each key once", [] {
        const auto a = *lists();
        const auto b = *lists();
        auto there = compare(a, b);
        const auto back = compare(b, a);
        RC_ASSERT(std::is_sorted(there.begin(), there.end(),
                                 [](const auto& x, const auto& y) { return x.key < y.key; }));
        for (Difference& one : there) one = mirrored(one);
        RC_ASSERT(there == back);
    }));
    EXPECT_TRUE(rc::check("nothing differs from itself", [] {
        const auto a = *lists();
        RC_ASSERT(compare(a, a).empty());
    }));
    EXPECT_TRUE(rc::check("what is lost, altered or added is found, and nothing else", [] {
        auto ours = *lists();
        RC_PRE(ours.size() >= 2U);
        auto theirs = ours;
        const auto lost = *rc::gen::inRange<std::size_t>(0, theirs.size());
        const security::Sm3 lost_key = theirs[lost].key;
        theirs.erase(theirs.begin() + static_cast<std::ptrdiff_t>(lost));
        const auto altered = *rc::gen::inRange<std::size_t>(0, theirs.size());
        const bool said = theirs[altered].digest.has_value();
        const security::Sm3 altered_key = theirs[altered].key;
        if (said) theirs[altered].digest = security::sm3("altered");
        theirs.push_back(entry("added", "x"));
        (void)sort(theirs);
        const auto found = compare(ours, theirs);
        RC_ASSERT(found.size() == (said ? 3U : 2U));
        for (const Difference& one : found) {
            const auto expected = one.key == lost_key      ? DifferenceKind::OursOnly
                                  : one.key == altered_key ? DifferenceKind::Unequal
                                                           : DifferenceKind::TheirsOnly;
            RC_ASSERT(one.kind == expected);
        }
    }));
}

TEST(Totals, ChangeWithEveryKeyAndDigest) {
    const auto base = sorted({entry("a", "1"), entry("b", "2")});
    EXPECT_EQ(totals(base), totals(sorted({entry("b", "2"), entry("a", "1")})));
    EXPECT_NE(totals(base).sm3, totals(sorted({entry("a", "1"), entry("b", "3")})).sm3);
    EXPECT_NE(totals(base).sm3, totals(sorted({entry("a", "1"), entry("c", "2")})).sm3);
    EXPECT_EQ(totals({}).count, 0U);
}

TEST(Sort, NamesAKeyThatStandsTwice) {
    std::vector<ManifestEntry> twice{entry("a", "1"), entry("b", "2"), entry("a", "3")};
    EXPECT_EQ(sort(twice), security::sm3("a"));
}

TEST(CompareDay, LooksForWhatIsNearMidnightInTheNeighbouringDays) {
    // a, b: just before midnight; c: just behind the first; d: at noon; e: ours of the day before.
    const auto ours = sorted({entry("a", "1", "23:59:59"), entry("b", "2", "23:55:00"),
                              entry("c", "3", "00:00:01"), entry("d", "4")});
    const auto near = sorted({entry("e", "5"), entry("f", "6")});
    const auto theirs = sorted({entry("e", "5"), entry("f", "changed")});
    const auto before = sorted({entry("c", "3"), entry("d", "4")});
    DayView view{.day = kDay,
                 .grace = kGrace,
                 .ours = ours,
                 .theirs = theirs,
                 .ours_near = near,
                 .theirs_before = before,
                 .theirs_after = {},
                 .knows_after = false};
    const auto early = compare_day(view);
    EXPECT_EQ(kinds(early.differences),
              (Kinds{{"d", DifferenceKind::OursOnly}, {"f", DifferenceKind::Unequal}}))
        << "noon is not near midnight, whatever the day before says";
    EXPECT_EQ(early.in_transit, 2U);
    EXPECT_EQ(early.matched, 2U);

    const auto after = sorted({entry("a", "1")});
    view.theirs_after = after;
    view.knows_after = true;
    const auto late = compare_day(view);
    EXPECT_EQ(kinds(late.differences), (Kinds{{"b", DifferenceKind::OursOnly},
                                              {"d", DifferenceKind::OursOnly},
                                              {"f", DifferenceKind::Unequal}}));
    EXPECT_EQ(late.in_transit, 0U);
    EXPECT_EQ(late.matched, 3U);
}

TEST(CompareDay, CountsWhatIsComparedByKeyAlone) {
    const auto ours = sorted({entry("a", "1"), entry("b", "2")});
    const auto theirs = sorted({entry("a", ""), entry("b", "2")});
    const auto found = compare_day({.day = kDay,
                                    .grace = kGrace,
                                    .ours = ours,
                                    .theirs = theirs,
                                    .ours_near = {},
                                    .theirs_before = {},
                                    .theirs_after = {}});
    EXPECT_THAT(found.differences, IsEmpty());
    EXPECT_EQ(found.matched, 2U);
    EXPECT_EQ(found.without, 1U);
}

TEST(MaySettle, FollowsTheLifeOfADifference) {
    using enum DifferenceState;
    using enum DifferenceKind;
    const struct {
        const char* name;
        DifferenceState from, to;
        DifferenceKind kind;
        ManifestOf of;
        bool may;
    } table[] = {
        {"send again", Open, Redriven, OursOnly, ManifestOf::Received, true},
        {"send again what was altered", Held, Redriven, Unequal, ManifestOf::Received, true},
        {"we have nothing to send", Open, Redriven, TheirsOnly, ManifestOf::Received, false},
        {"the party sends its own", Open, Redriven, OursOnly, ManifestOf::Sent, false},
        {"hold", Open, Held, TheirsOnly, ManifestOf::Sent, true},
        {"accept what was held", Held, Accepted, TheirsOnly, ManifestOf::Received, true},
        {"hold again", Held, Held, OursOnly, ManifestOf::Received, false},
        {"accepted is final", Accepted, Held, OursOnly, ManifestOf::Received, false},
        {"settled is final", Settled, Redriven, OursOnly, ManifestOf::Received, false},
        {"under way", Redriven, Accepted, OursOnly, ManifestOf::Received, false},
        {"nobody says settled", Open, Settled, OursOnly, ManifestOf::Received, false},
    };
    for (const auto& row : table) {
        EXPECT_EQ(bool(may_settle(row.from, row.to, row.kind, row.of)), row.may) << row.name;
    }
}

TEST(StateOfResent, IsSettledOnlyByAnArrivalAfterTheOrder) {
    const Instant order = *parse_rfc3339("2025-10-14T10:00:00+08:00");
    const auto state = [&](DeliveryState now_in, int since, int later) {
        using std::chrono::seconds;
        return state_of_resent({order, now_in, order + seconds(since)}, order + seconds(later));
    };
    EXPECT_EQ(state(DeliveryState::Answered, -3600, 5), DifferenceState::Redriven)
        << "the turn has not taken the order yet";
    EXPECT_EQ(state(DeliveryState::Answered, -3600, 61), DifferenceState::Open)
        << "the order died with its node";
    EXPECT_EQ(state(DeliveryState::Delivered, 0, 0), DifferenceState::Settled);
    EXPECT_EQ(state(DeliveryState::Waiting, 900, 61), DifferenceState::Redriven);
    EXPECT_EQ(state(DeliveryState::Dead, 30, 40), DifferenceState::Open);
    EXPECT_EQ(state(DeliveryState::Dead, -3600, 5), DifferenceState::Redriven)
        << "given up before this order, which the turn has not taken yet";
    EXPECT_EQ(state(DeliveryState::Dead, -3600, 61), DifferenceState::Open);
}

}  // namespace
}  // namespace luqiao::broker
