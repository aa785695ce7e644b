#include "app/redrive_select.h"

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::StoredDelivery;

constexpr std::size_t kSelectPage = 200;
constexpr std::size_t kCasePage = 50;
constexpr std::uint64_t kSelectedMost = 100'000;

bool fits(const Selection& selection, const StoredDelivery& one) {
    const auto is = [](const std::string& asked, const std::string& got) {
        return asked.empty() || asked == got;
    };
    const bool in_time =
        one.due_at < selection.before || selection.from == broker::DeliveryState::Waiting;
    return one.state == selection.from && in_time && is(selection.party, one.party) &&
           is(selection.map, one.map) && is(selection.cause, one.cause);
}

/// A store that does not say since when a delivery is so says the start of time: it fits.
Result<Page> look_at_one(broker::Store& store, const Selection& selection, const Cursor& cursor) {
    Page page{.deliveries = {}, .last_case = {}, .is_last = true};
    LQ_TRY(const auto id, parse_id<DeliveryId>(selection.delivery));
    LQ_TRY(auto found, store.find_delivery(id));
    const bool is_left = found && fits(selection, *found) && !cursor.after;
    if (is_left) page.deliveries.push_back(*std::move(found));
    return page;
}

Result<Page> look_at_group(broker::Store& store, const Selection& selection, const Cursor& cursor) {
    Page page;
    LQ_TRY(page.deliveries, store.failures({.state = selection.from,
                                            .party = selection.party,
                                            .map = selection.map,
                                            .cause = selection.cause,
                                            .after = cursor.after,
                                            .limit = kSelectPage}));
    page.is_last = page.deliveries.size() < kSelectPage;
    if (selection.from == broker::DeliveryState::Waiting) return page;
    // In the order of their times: what came later is behind all that fits.
    const auto end =
        std::find_if(page.deliveries.begin(), page.deliveries.end(),
                     [&](const StoredDelivery& one) { return one.due_at >= selection.before; });
    page.is_last = page.is_last || end != page.deliveries.end();
    page.deliveries.erase(end, page.deliveries.end());
    return page;
}

Result<Page> look_at_cases(broker::Store& store, const Selection& selection, const Cursor& cursor) {
    Page page;
    broker::CaseQuery query = *selection.cases;
    query.before = cursor.before;
    query.limit = kCasePage;
    LQ_TRY(const auto cases, store.search(query));
    page.is_last = cases.size() < kCasePage;
    for (const broker::FoundCase& found : cases) {
        page.last_case = found.id;
        if (!selection.case_number.empty() && found.number != selection.case_number) continue;
        if (!selection.service.empty()) {
            LQ_TRY(const auto stored, store.find_case(found.id));
            if (!stored || stored->state.service != selection.service) continue;
        }
        LQ_TRY(auto deliveries, store.deliveries(found.id));
        for (StoredDelivery& one : deliveries) {
            if (fits(selection, one) && !cursor.taken.contains(one.id)) {
                page.deliveries.push_back(std::move(one));
            }
        }
    }
    return page;
}

}  // namespace

Result<Page> look(broker::Store& store, const Selection& selection, const Cursor& cursor) {
    if (!selection.delivery.empty()) return look_at_one(store, selection, cursor);
    return selection.cases ? look_at_cases(store, selection, cursor)
                           : look_at_group(store, selection, cursor);
}

Result<bool> is_left(broker::Store& store,
                     const Selection& selection,
                     const StoredDelivery& delivery) {
    if (selection.from != broker::DeliveryState::Waiting) return true;
    LQ_TRY(const auto stored, store.find_case(delivery.case_id));
    const broker::Delivery* one = stored ? stored->state.find(delivery.id) : nullptr;
    return one != nullptr && (!one->failing_since || *one->failing_since < selection.before);
}

void take(Cursor& cursor, const StoredDelivery& delivery) {
    cursor.after = {delivery.due_at, delivery.id};
    cursor.taken.insert(delivery.id);
}

void finish(Cursor& cursor, const Page& page) {
    if (page.last_case) cursor.before = page.last_case;
    cursor.taken.clear();
}

Result<std::uint64_t> count(broker::Store& store, const Selection& selection) {
    std::uint64_t total = 0;
    Cursor cursor;
    for (;;) {
        LQ_TRY(const Page page, look(store, selection, cursor));
        total += page.deliveries.size();
        if (total > kSelectedMost) {
            return fail(Errc::LimitExceeded, "more than {} deliveries: narrow the question",
                        kSelectedMost);
        }
        for (const StoredDelivery& one : page.deliveries) take(cursor, one);
        if (page.is_last) return total;
        finish(cursor, page);
    }
}

}  // namespace luqiao::app
