// One transaction at a time, on stable storage when it returns.
#include "broker/store_sqlite_batch.h"
#include "broker/unit_chain.h"

#include <utility>

namespace luqiao::broker {

/// Begins, lets `body` write, commits; with an error nothing is kept. Needs writing_.
Status SqliteStore::transaction(const std::function<Status(SqliteBatch&)>& body, Flush when) {
    if (broken_ || flush_->has_failed()) {
        broken_ = true;
        flush_->begin_mending();
        const Status mended = write_back(writer_);
        flush_->end_mending(mended.has_value());
        if (!mended) {
            return fail(mended.error().code,
                        "nothing is written after a failed flush until all is "
                        "on the disk again: {}",
                        mended.error().message);
        }
        broken_ = false;
    }
    const SqliteHeads before = heads_;
    Status done = sql_.begin.run();
    if (done) {
        SqliteBatch batch(writer_, sql_, heads_, recent_);
        done = body(batch);
        if (done) done = batch.finish();
        flush_->postpone(when == Flush::Later);
        if (done) done = sql_.commit.run();
        flush_->postpone(false);
    }
    if (done) {
        recent_.committed();
        return done;
    }
    recent_.rolled_back();
    // After a failed flush the kernel forgets what it could not write: trying again would lie.
    broken_ = writer_.lost_a_flush();
    if (writer_.in_transaction()) (void)sql_.rollback.run();
    heads_ = before;
    return done;
}

Result<Committed> SqliteStore::commit_and_lease(std::span<const Unit> units,
                                                const LeaseRequest& request) {
    return write(units, request, Flush::Now);
}

Result<Committed> SqliteStore::write_and_lease(std::span<const Unit> units,
                                               const LeaseRequest& request) {
    return write(units, request, Flush::Later);
}

Status SqliteStore::flush() {
    if (flush_->pay()) return {};
    return fail(Errc::StoreFailed, "the store's WAL cannot be flushed");
}

Result<Committed> SqliteStore::write(std::span<const Unit> units,
                                     const LeaseRequest& request,
                                     Flush when) {
    std::vector<UnitOutcome> outcomes;
    std::vector<StoredDelivery> leased;
    outcomes.reserve(units.size());
    const std::lock_guard lock(writing_);
    const SqliteBatch::Lease how{request.now, request.until, request.node, boot_};
    const Status done = transaction(
        [&](SqliteBatch& batch) -> Status {
            LQ_CHECK(batch.expect(how, request.capacity, units));
            UnitChain chain;
            for (const Unit& unit : units) {
                if (chain.is_broken_at(unit)) {
                    outcomes.push_back(outcome(UnitOutcome::Kind::Conflict));
                    continue;
                }
                LQ_TRY(auto written, batch.write(unit));
                chain.note(unit, written.kind);
                outcomes.push_back(std::move(written));
            }
            for (const auto& [party, most] : request.capacity) {
                if (most > 0) LQ_CHECK(batch.lease(party, most, leased));
            }
            return {};
        },
        when);
    if (!done) return done.error();
    return Committed{std::move(outcomes), std::move(leased)};
}

Result<std::vector<UnitOutcome>> SqliteStore::commit(std::span<const Unit> units) {
    if (units.empty()) return std::vector<UnitOutcome>();
    LQ_TRY(auto done, commit_and_lease(units, {}));
    return std::move(done.outcomes);
}

Result<std::vector<StoredDelivery>> SqliteStore::lease(
    Instant now,
    Instant until,
    const std::string& node,
    const std::map<std::string, std::size_t>& capacity) {
    LQ_TRY(auto done, commit_and_lease({}, {now, until, node, capacity}));
    return std::move(done.leased);
}

Status SqliteStore::keep(const std::string& name,
                         const std::string& value,
                         std::span<const AuditEntry> audit) {
    const std::lock_guard lock(writing_);
    return transaction([&](SqliteBatch& batch) -> Status {
        LQ_CHECK(batch.keep(name, value));
        return batch.append(audit);
    });
}

Status SqliteStore::audit(std::span<const AuditEntry> entries) {
    AuditCall mine{entries, false, {}};
    {
        const std::lock_guard guard(audit_calls_guard_);
        audit_calls_.push_back(&mine);
    }
    // Whoever comes to write first writes for all that wait: one flush for the lot.
    const std::lock_guard lock(writing_);
    if (mine.done) return mine.status;
    std::vector<AuditCall*> calls;
    {
        const std::lock_guard guard(audit_calls_guard_);
        calls.swap(audit_calls_);
    }
    Status status = transaction([&](SqliteBatch& batch) -> Status {
        for (const AuditCall* call : calls) LQ_CHECK(batch.append(call->entries));
        return {};
    });
    for (AuditCall* call : calls) {
        call->status = status;
        call->done = true;
    }
    return status;
}

}  // namespace luqiao::broker
