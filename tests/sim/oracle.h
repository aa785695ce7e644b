// tests/sim/oracle.h - what must hold, whatever happens: it sees every write, send, arrival and
// answer of a run, keeps its own account, and compares.
#pragma once

#include "broker/ports.h"
#include "broker/store.h"
#include "tests/sim/plan.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::sim {

/// One message of a party on its way in.
struct Submission {
    std::string party;
    std::string map;
    std::string body;
    std::string key;
    std::string meaning;
    std::string about = {};  ///< of an answer the serial; of a withdrawal that or the case number
    std::string state = {};  ///< of an answer
};

/// What a node is just now; a restart is another life.
struct Holder {
    std::size_t node = 0;
    std::uint64_t life = 0;
    bool operator==(const Holder&) const = default;
};

class Oracle {
public:
    Oracle(const Plan& plan, broker::Store& disk) : plan_(plan), disk_(disk) {}

    // ---- the way in --------------------------------------------------------------------------
    void submitted(const Submission& what);
    /// A live node told the sender so.
    void answered(const Submission& what, const broker::Answer& answer);

    // ---- the store ---------------------------------------------------------------------------
    void leased(const Holder& by,
                const std::vector<broker::StoredDelivery>& rows,
                Instant now,
                Instant until,
                Instant time);
    /// @param now  as `by` sees it  @param time  as it is
    void committed(const Holder& by, const broker::Unit& unit, Instant now, Instant time);
    void died(const Holder& who);

    // ---- the way out -------------------------------------------------------------------------
    void sent(const std::string& party, const broker::Outgoing& message);
    /// The outlet calls back to a live node about attempt `attempt`.
    void told(const std::string& id, std::uint32_t attempt);
    /// By attempt `attempt` the party surely got nothing.
    void told_unsent(const std::string& id, std::uint32_t attempt) {
        sent_[id].open.erase(attempt);
    }
    /// The party was asked by attempt `attempt`, and does not have it.
    void told_missing(const std::string& id, std::uint32_t attempt);
    [[nodiscard]] bool holds(const std::string& id) const {
        const auto found = sent_.find(id);
        return found != sent_.end() && found->second.arrived;
    }
    /// The message is at the party. @return whether it is there for the first time
    bool arrived(const std::string& party, const broker::Outgoing& message);

    // ---- the end (oracle_end.cc)
    // -----------------------------------------------------------------------------
    /// Everything acknowledged is there, rows and cases agree, no person is named where none may.
    void check_all();
    /// After the faults have stopped: nothing waits any more, but behind dead letters and lies.
    void check_rest(Instant now, const std::set<std::string>& lied);

    void violated(std::string what) {
        if (violations_.size() < 20) violations_.push_back(std::move(what));
    }
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] const std::set<CaseId>& cases() const { return cases_; }
    [[nodiscard]] std::size_t acknowledged() const { return acked_.size(); }
    [[nodiscard]] std::size_t arrivals() const { return arrivals_; }
    [[nodiscard]] std::size_t repeated() const { return repeated_; }
    [[nodiscard]] bool is_redriven(const DeliveryId& id) const { return allowed_.contains(id); }
    /// An operator orders that what the department says of an item is its decision.
    void accepting(const std::string& serial, broker::ItemState state) {
        accepting_.insert({serial, state});
    }
    /// A live node told him that it is.
    void accepted_by_order(const std::string& serial) { accepted_items_.insert(serial); }
    /// A live node told an operator that the plan is kept.
    void planned(const std::string& id) { plans_.insert(id); }
    [[nodiscard]] std::size_t redriven() const { return redriven_; }
    [[nodiscard]] std::size_t withdrawn() const { return withdrawn_; }
    [[nodiscard]] std::size_t held_by_dead() const { return held_by_dead_; }
    /// A text that somebody outside may read names nobody.
    void check_text(std::string_view where, std::string_view text);

private:
    struct Lease {
        Holder by;
        Instant until{};
        Instant taken{};  ///< as it was, whatever the node's clock
        std::uint32_t attempt = 0;
    };
    struct Sent {
        std::string body;
        std::set<std::uint32_t> attempts;
        std::set<std::uint32_t> told;
        std::set<std::uint32_t> open;  ///< attempts that may have reached the party, as far as told
        bool arrived = false;
    };
    using Key = std::pair<std::string, std::string>;

    template <class... Values>
    void expect(bool holds, fmt::format_string<Values...> text, Values&&... values) {
        if (!holds) violated(fmt::format(text, std::forward<Values>(values)...));
    }
    void check_receipt(const Submission& what, const broker::Receipt& receipt);
    void check_kept(const Key& key, const broker::Receipt& receipt);
    void check_change(const Holder& by,
                      const broker::DeliveryChange& change,
                      Instant now,
                      Instant time);
    void check_time_limit(const broker::DeliveryChange& change, Instant now);
    void check_items(const broker::Unit& unit);
    /// 第十五条, by the definition that the case began with.
    void check_gate(const broker::Case& one,
                    const broker::Delivery& delivery,
                    std::uint32_t attempt);
    /// Whether an operator's order moves the item beyond a decision, or one that follows from it.
    [[nodiscard]] bool is_accepted(const broker::Unit& unit, const broker::Item& item) const;
    /// What is leased while a permit is revoked, or another answer accepted, may still go, once.
    void take_revocations(const broker::Unit& unit);
    /// What an operator sends again counts anew, and goes though nobody knows.
    void take_orders(const broker::Unit& unit);
    void take_order(const broker::Unit& unit, const broker::DeliveryChange& change);
    void check_case(const broker::Case& one);
    void check_settled(const broker::Case& one,
                       const broker::Delivery& delivery,
                       const std::set<std::string>& lied);
    void check_withdrawals(const broker::Case& one, bool is_pure);
    [[nodiscard]] bool is_asked_back(const std::string& serial) const;
    [[nodiscard]] bool is_department_told(const broker::Case& one, std::size_t index) const;
    std::optional<broker::Case> case_of(const std::string& number);

    const Plan& plan_;
    broker::Store& disk_;
    std::map<Key, broker::Receipt> acked_;
    std::set<Key> accepted_;                       ///< with a receipt that is the first
    std::map<Key, std::set<std::string>> bodies_;  ///< digests that were sent under the key
    std::map<DeliveryId, Lease> leases_;
    std::map<std::string, Sent> sent_;
    std::map<std::pair<std::string, std::string>, std::uint32_t> lines_;  ///< case, party: newest
    std::set<CaseId> cases_;
    std::vector<std::string> violations_;
    std::size_t arrivals_ = 0;
    std::size_t repeated_ = 0;
    std::map<std::string, broker::ItemState> items_;            ///< by serial, as committed last
    std::set<std::string> asked_back_;                          ///< cases and items, by a channel
    std::set<std::string> taken_back_;                          ///< of them those with a receipt
    std::set<std::pair<std::string, broker::ItemState>> said_;  ///< by departments, of items
    std::set<std::string> by_hand_;  ///< items whose department somebody tells of a withdrawal
    std::map<DeliveryId, Instant> failing_;                ///< since when
    std::set<std::pair<DeliveryId, std::uint32_t>> last_;  ///< attempts leased at a revocation
    std::set<CaseId> revoked_;  ///< cases with an item that was, or with an answer accepted
    std::set<std::pair<std::string, broker::ItemState>> accepting_;  ///< items
    std::set<std::string> accepted_items_;                           ///< serials
    std::size_t withdrawn_ = 0;
    std::size_t held_by_dead_ = 0;
    std::size_t redriven_ = 0;
    std::set<std::string> plans_;
    std::set<DeliveryId> standing_;  ///< dead, or of unknown outcome: an operator says
    std::map<DeliveryId, std::uint32_t> tried_;
    std::map<DeliveryId, std::uint32_t> counted_from_;  ///< attempts before the last order
    std::map<DeliveryId, std::uint32_t> allowed_;  ///< attempts, once an operator has sent it again
};

}  // namespace luqiao::sim
