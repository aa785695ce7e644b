#include "tests/broker/step_fixture.h"

#include "tests/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace luqiao::broker {
namespace {

constexpr std::string_view kService = R"(
code = "foreigner_work"
label_zh = "外国人来华工作一件事"
form = "application"
number_prefix = "FW"

[[item]]
code = "permit_issue"
group = "permit"
label_zh = "工作许可签发"
label_en = "work permit"
party = "sti"
dispatch = "sti.apply"
decide = "20wd"
[[item]]
code = "permit_extend"
group = "permit"
label_zh = "工作许可延期"
party = "sti"
dispatch = "sti.apply"
decide = "10wd"
[[item]]
code = "residence_issue"
group = "residence"
label_zh = "居留证件签发"
label_en = "residence permit"
party = "psb"
dispatch = "psb.residence_apply"
supplement = "psb.residence_more"
after = ["permit"]
evidence = "permit.number"
evidence_required = true
decide = "15d"
fee_allowed = true
[[item]]
code = "insurance_register"
group = "insurance"
label_zh = "社会保险登记"
party = "hrss"
dispatch = "hrss.insurance"
after = ["permit"]
decide = "5wd"
[[item]]
code = "title_review"
group = "title"
label_zh = "职称评审"
party = "title"
dispatch = "title.review"
[[item]]
code = "ecard_apply"
group = "ecard"
label_zh = "电子社保卡申领"
party = "essc"
dispatch = "essc.apply"
after = ["permit", "insurance"]
forward = "1wd"

[[observer]]
party = "portal"
map = "portal.progress"
[[observer]]
party = "mobile"
map = "mobile.progress"
[[observer]]
party = "window"
map = "window.progress"
only_own_cases = true
[[observer]]
party = "province"
map = "province.accept"
states = ["case.accepted"]
[[observer]]
party = "province"
map = "province.process"
states = ["held", "forwarding", "forwarded", "accepted", "correction"]
[[observer]]
party = "province"
map = "province.done"
states = ["granted", "refused", "not_accepted", "cancelled"]
)";

bool is_active(DeliveryState state) {
    switch (state) {
        case DeliveryState::Pending:
        case DeliveryState::Leased:
        case DeliveryState::Waiting:
        case DeliveryState::Unknown: return true;
        case DeliveryState::Queued:
        case DeliveryState::Delivered:
        case DeliveryState::Answered:
        case DeliveryState::Dead:
        case DeliveryState::Shelved: return false;
    }
    return false;
}

/// Order per party: settled ones first, then at most one active or dead head, then only queued or
/// dead ones.
void check_lines(const Case& one) {
    std::map<std::string, bool> headed;
    std::set<DeliveryId> ids;
    for (const Delivery& delivery : one.deliveries) {
        EXPECT_TRUE(ids.insert(delivery.id).second) << "a delivery id stands twice";
        bool& has_head = headed[delivery.party];
        if (has_head) {
            EXPECT_FALSE(is_active(delivery.state)) << delivery.party << " has two open deliveries";
        } else if (!is_settled(delivery.state)) {
            EXPECT_NE(delivery.state, DeliveryState::Queued)
                << delivery.party << " waits for nothing";
            has_head = true;
        }
    }
}

bool has_event(const Transition& after, std::string_view event, std::string_view serial) {
    return std::any_of(after.timeline.begin(), after.timeline.end(), [&](const TimelineEntry& one) {
        return one.event == event && one.item == serial;
    });
}

/// An item leaves Held, and its dispatch becomes due, only with a granted item in each group it
/// waits for, if the case has such a group.
void check_gates(const Case& before, const Transition& after, const Service& service) {
    const Case& one = after.next;
    for (std::size_t index = 0; index < one.items.size(); ++index) {
        const Item& item = one.items[index];
        const bool was_out = index < before.items.size() &&
                             before.items[index].state != ItemState::Held &&
                             before.items[index].state != ItemState::Cancelled;
        const bool has_arrived = item.state == ItemState::Forwarded;
        if (was_out || has_arrived || has_event(after, "answer.accepted", item.serial)) continue;
        if (item.state == ItemState::Held || item.state == ItemState::Cancelled) continue;
        if (item.state == ItemState::Withdrawn) continue;
        for (const std::string& group : service.find(item.code)->after) {
            int present = 0;
            int granted = 0;
            for (const Item& other : one.items) {
                if (service.find(other.code)->group != group) continue;
                ++present;
                granted += other.state == ItemState::Granted ? 1 : 0;
            }
            EXPECT_TRUE(present == 0 || granted > 0) << item.code << " went out before " << group;
        }
    }
    for (const Delivery& delivery : one.deliveries) {
        if (delivery.telling.kind == DeliveryKind::Progress) continue;
        if (delivery.state == DeliveryState::Shelved) continue;
        EXPECT_NE(one.items[*delivery.telling.item].state, ItemState::Held);
        EXPECT_NE(one.items[*delivery.telling.item].state, ItemState::Cancelled);
    }
}

void check_changes(const Case& before, const Transition& after) {
    EXPECT_EQ(after.created.size(), after.next.deliveries.size() - before.deliveries.size());
    for (const DeliveryId& id : after.created) {
        EXPECT_NE(after.next.find(id), nullptr);
        EXPECT_EQ(before.find(id), nullptr);
    }
    std::map<DeliveryId, DeliveryState> rows;
    for (const Delivery& one : before.deliveries) rows[one.id] = one.state;
    for (const DeliveryChange& change : after.changed) {
        ASSERT_NE(before.find(change.id), nullptr) << "a change of a row that does not exist";
        rows[change.id] = change.state;
    }
    for (const auto& [id, state] : rows)
        EXPECT_EQ(after.next.find(id)->state, state) << "rows and case disagree";
}

}  // namespace

Instant at(std::string_view rfc3339) {
    return *parse_rfc3339(rfc3339);
}

const Service& test_service() {
    static const Service parsed = [] {
        Diagnostics findings;
        const auto document = parse_toml(kService, "foreigner_work.toml", findings);
        auto service = parse_service(*document, findings);
        for (const Diagnostic& one : findings.list()) ADD_FAILURE() << render(one);
        return *std::move(service);
    }();
    return parsed;
}

const Calendar& test_calendar() {
    static const Calendar shipped = [] {
        Calendar calendar;
        Diagnostics findings;
        for (const int year : {2025, 2026}) {
            std::ifstream file(fmt::format("{}/conf/calendar/CN-{}.csv", places::source(), year));
            std::stringstream text;
            text << file.rdbuf();
            calendar.add_year(year, text.str(), "CN.csv", findings);
        }
        EXPECT_FALSE(findings.has_errors());
        return calendar;
    }();
    return shipped;
}

void check_invariants(const Case& before, const Transition& after, const Rules& rules) {
    if (after.refused) {
        EXPECT_EQ(after.next, before) << "a refused event changed the case";
        EXPECT_FALSE(after.refusal.zh.empty());
        EXPECT_FALSE(after.refusal.en.empty());
        EXPECT_TRUE(after.created.empty() && after.changed.empty() && after.timeline.empty() &&
                    after.alerts.empty());
        return;
    }
    check_lines(after.next);
    check_gates(before, after, rules.service);
    check_changes(before, after);
    for (std::size_t index = 0; index < before.items.size(); ++index) {
        const Item& item = before.items[index];
        const bool may_change = item.state == ItemState::Cancelled ||
                                has_event(after, "item.revoked", item.serial) ||
                                has_event(after, "answer.accepted", item.serial);
        if (!is_final(item.state) || may_change) continue;
        EXPECT_EQ(after.next.items[index].state, before.items[index].state)
            << "a final state changed";
    }
    const auto back = case_from_json(to_json(after.next));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, after.next);
}

Desk::Desk(std::string channel, std::string_view start) : now(at(start)) {
    one.id = *parse_id<CaseId>("0199c5a2-7b1e-7c3d-8f00-0123456789ab");
    one.number = "FW2025100900001";
    one.channel = std::move(channel);
}

Desk& Desk::take(const Event& event) {
    last = step(one, event, rules(), now);
    check_invariants(one, last, rules());
    one = last.next;
    return *this;
}

Desk& Desk::apply(std::vector<std::string> items, std::vector<std::string> evidence) {
    return take(Arrived{std::move(items), std::move(evidence)});
}

Desk& Desk::answer(std::string_view code, ItemState state, std::string reason) {
    return take(Answered{.party = service.find(code)->party,
                         .item_serial = item(code).serial,
                         .state = state,
                         .occurred_at = now,
                         .digest = fmt::format("digest-{}", ++digests_),
                         .reason_code = std::move(reason)});
}

Desk& Desk::answer_at(std::string_view code,
                      ItemState state,
                      std::string_view occurred,
                      std::string digest) {
    return take(Answered{.party = service.find(code)->party,
                         .item_serial = item(code).serial,
                         .state = state,
                         .occurred_at = at(occurred),
                         .digest = std::move(digest)});
}

Desk& Desk::deliver_all(std::string_view party) {
    while (const Delivery* delivery = open(party)) take(Delivered{delivery->id});
    return *this;
}

Desk& Desk::fail(std::string_view party, Errc code) {
    const Delivery* delivery = open(party);
    EXPECT_NE(delivery, nullptr);
    return take(DeliveryFailed{delivery->id, code});
}

Desk& Desk::on(std::string_view rfc3339) {
    now = at(rfc3339);
    return *this;
}

const Item& Desk::item(std::string_view code) const {
    const auto found = std::find_if(one.items.begin(), one.items.end(),
                                    [code](const Item& each) { return each.code == code; });
    if (found == one.items.end()) {
        ADD_FAILURE() << "the case has no item " << code;
        static const Item none;
        return none;
    }
    return *found;
}

const Delivery* Desk::open(std::string_view party) const {
    for (const Delivery& delivery : one.deliveries) {
        const bool may_go = is_active(delivery.state) && delivery.state != DeliveryState::Unknown;
        if (delivery.party == party && may_go) return &delivery;
    }
    return nullptr;
}

std::vector<std::string> Desk::told(std::string_view party) const {
    std::vector<std::string> out;
    for (const Delivery& delivery : one.deliveries) {
        if (delivery.party != party) continue;
        const Telling& telling = delivery.telling;
        out.push_back(telling.item ? fmt::format("{} {}", one.items[*telling.item].code,
                                                 to_string(telling.state))
                                   : "case " + telling.case_event);
    }
    return out;
}

std::vector<std::string> Desk::created_maps() const {
    std::vector<std::string> out;
    for (const DeliveryId& id : last.created) out.push_back(one.find(id)->map);
    return out;
}

std::vector<std::string> Desk::timeline_events() const {
    std::vector<std::string> out;
    for (const TimelineEntry& entry : last.timeline) out.push_back(entry.event);
    return out;
}

std::vector<std::string> Desk::alert_codes() const {
    std::vector<std::string> out;
    for (const Alert& alert : last.alerts) out.push_back(alert.code);
    return out;
}

}  // namespace luqiao::broker
