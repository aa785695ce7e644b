// Settling what differs, and the signed statement.
#include "app/recon_day.h"
#include "broker/retention.h"

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::DifferenceState;
using broker::ManifestAsked;

constexpr std::size_t kKeyDigitsMin = 6;

Status check_signed(const Signature& by) {
    if (!by.actor.empty() && !by.reason.empty()) return {};
    return fail(Errc::MissingRequired, "it needs who does it and why");
}

/// In the order of their deliveries: those of one case go out as they went.
std::vector<ReconDifference*> meant_by(const SettleOrder& order, ReconRun& run) {
    std::vector<ReconDifference*> out;
    for (ReconDifference& one : run.differences) {
        const bool has_key = broker::to_hex(one.what.key).starts_with(order.key);
        if (has_key && (!order.kind || one.what.kind == *order.kind)) out.push_back(&one);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const ReconDifference* a, const ReconDifference* b) {
                         return a->what.delivery < b->what.delivery;
                     });
    return out;
}

}  // namespace

Status Reconciler::settle_one(const ReconRun& run,
                              const ReconDifference& one,
                              const SettleOrder& order,
                              Instant now) {
    std::optional<broker::StoredDelivery> delivery;
    if (order.to == DifferenceState::Redriven) {
        if (one.what.delivery) {
            LQ_TRY(delivery, store_.find_delivery(*one.what.delivery));
        }
        if (!delivery) return fail(Errc::Conflict, "there is no delivery of ours to send again");
        LQ_TRY(const auto stored, store_.find_case(delivery->case_id));
        if (stored) LQ_CHECK(broker::check_not_aged(*stored));
    }
    const std::string key = broker::to_hex(one.what.key);
    const auto entry = audit_of(run.asked, order.by, fmt::format("recon.{}", to_string(order.to)),
                                key.substr(0, 12), now);
    LQ_CHECK(store_.keep(broker::day_document(kSettledDocument, run.asked) + "/" + key,
                         to_json(Settlement{order.to, order.by.actor, order.by.reason, now}),
                         std::span(&entry, 1)));
    if (!delivery) return {};
    const std::string why = fmt::format("recon {}: {}", to_string(run.asked.day), order.by.reason);
    if (!pipeline_.command({delivery->case_id, broker::Redriven{delivery->id, why, true}})) {
        return fail(Errc::Overloaded, "too much waits to be sent: settle the rest again later");
    }
    return {};
}

Result<ReconRun> Reconciler::settle(const ManifestAsked& asked,
                                    const SettleOrder& order,
                                    Instant now) {
    LQ_CHECK(check_signed(order.by));
    if (!order.key.empty() && order.key.size() < kKeyDigitsMin) {
        return fail(Errc::InvalidArgument, "a key is named by {} digits or more", kKeyDigitsMin);
    }
    LQ_TRY(ReconRun run, show(asked, now));
    const auto meant = meant_by(order, run);
    if (meant.empty()) return fail(Errc::NotFound, "there is no such difference");
    std::optional<Error> refused;
    std::size_t done = 0;
    for (ReconDifference* one : meant) {
        const Status may = broker::may_settle(one->state, order.to, one->what.kind, asked.of);
        if (!may) {
            refused = may.error();
            continue;
        }
        ++done;
        if (order.dry_run) {
            one->state = order.to;
        } else {
            LQ_CHECK(settle_one(run, *one, order, now));
        }
    }
    if (done == 0) return *refused;
    if (order.dry_run) return run;
    if (order.to == DifferenceState::Redriven) pipeline_.wake();
    return show(asked, now);
}

Result<std::string> Reconciler::statement(const ManifestAsked& asked,
                                          const Signature& by,
                                          Instant now) {
    if (by.actor.empty()) return fail(Errc::MissingRequired, "it needs who does it");
    LQ_TRY(const ReconRun run, show(asked, now));
    const auto realm = pipeline_.realm();
    const broker::Party* party = realm->party(asked.party);
    if (party == nullptr) return no_party(asked);
    LQ_TRY(auto document, sign_statement(key_, statement_text(run, *party, pipeline_.node(), now)));
    LQ_CHECK(store_.audit(
        audit_of(asked, by, "recon.statement", run.is_balanced() ? "balanced" : "open", now)));
    return document;
}

}  // namespace luqiao::app
