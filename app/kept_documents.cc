#include "app/kept_documents.h"

#include "app/redrive.h"

#include <algorithm>
#include <array>

namespace luqiao::app {
namespace {

using broker::ManifestAsked;
using Documents = std::map<std::string, std::string>;

/// Documents looked at in one look, and bytes of those that may go: a manifest has up to 32 MiB.
constexpr std::size_t kDocumentPage = 64;
constexpr std::size_t kBytesMost = 4U << 20U;

class DocumentAges {
public:
    DocumentAges(Reconciler& reconciler, broker::Store& store, Instant before)
        : reconciler_(reconciler), store_(store), before_(before) {}

    Result<broker::OldDocuments> from(const std::string& after) {
        // The last kind whose names may come behind `after`.
        auto kind = std::find_if(kKinds.rbegin(), kKinds.rend(), [&](const Kind& one) {
                        return one.prefix <= after;
                    }).base();
        if (kind != kKinds.begin()) --kind;
        LQ_TRY(const auto names,
               store_.kept_names({std::string(kind->prefix), after, kDocumentPage}));
        for (const std::string& name : names) {
            LQ_CHECK((this->*kind->look)(name));
            out_.after = name;
            if (bytes_ >= kBytesMost) return std::move(out_);
        }
        if (names.size() == kDocumentPage) return std::move(out_);
        out_.after = std::next(kind) == kKinds.end() ? "" : std::next(kind)->prefix;
        return std::move(out_);
    }

private:
    struct Kind {
        std::string_view prefix;
        Status (DocumentAges::*look)(const std::string& name);
    };
    static const std::array<Kind, 5> kKinds;  ///< in the order of their names

    void take(Documents documents) {
        for (const auto& [name, value] : documents) bytes_ += value.size();
        out_.going.push_back(std::move(documents));
    }
    void take_or_hold(bool may_go, Documents documents) {
        if (may_go) return take(std::move(documents));
        ++out_.held;
    }

    /// Without reading it: nothing is given, or compared, before its day.
    [[nodiscard]] bool is_young(const ManifestAsked& asked) const {
        return china_midnight(asked.day) >= before_;
    }
    Result<bool> is_open(ManifestAsked asked, int days) {
        asked.day += std::chrono::days(days);
        const auto run = reconciler_.show(asked, reconciler_.now());
        if (run) return !run->is_balanced();
        if (run.error().code == Errc::NotFound) return false;
        return run.error();
    }

    Status manifest(const std::string& name) {
        const auto asked = broker::day_of_document(broker::kManifestDocument, name);
        if (!asked || is_young(*asked)) return {};
        LQ_TRY(Documents documents, store_.kept(name));
        if (!documents.contains(name)) return {};
        LQ_TRY(const broker::ManifestHead head, broker::manifest_head(documents[name]));
        if (head.at >= before_) return {};
        bool open = false;
        for (const int days : {-1, 0, 1}) {
            LQ_TRY(const bool one, is_open(*asked, days));
            open = open || one;
        }
        take_or_hold(!open, std::move(documents));
        return {};
    }

    Status given(const std::string& name) {
        const auto asked = broker::day_of_document(kGivenDocument, name);
        if (!asked || is_young(*asked)) return {};
        LQ_TRY(Documents documents, store_.kept(name));
        if (!documents.contains(name)) return {};
        LQ_TRY(const GivenOurs ours, given_ours_from_json(documents[name]));
        if (ours.at < before_) take(std::move(documents));
        return {};
    }

    Status day(const std::string& name) {
        const auto asked = broker::day_of_document(kRunDocument, name);
        if (!asked || is_young(*asked)) return {};
        // Read before it is judged: what is decided meanwhile is then another document.
        LQ_TRY(Documents documents, store_.kept(name));
        LQ_TRY(const Documents settled,
               store_.kept(broker::day_document(kSettledDocument, *asked) + "/"));
        documents.insert(settled.begin(), settled.end());
        const auto run = reconciler_.show(*asked, reconciler_.now());
        if (!run) return run.error().code == Errc::NotFound ? Status() : Status(run.error());
        Instant last = run->made_at;
        for (const ReconDifference& one : run->differences) {
            if (one.settlement) last = std::max(last, one.settlement->at);
        }
        if (last < before_) take_or_hold(run->is_balanced(), std::move(documents));
        return {};
    }

    Status plan(const std::string& name) {
        LQ_TRY(Documents documents, store_.kept(name));
        const auto found = documents.find(name);
        if (found == documents.end()) return {};
        LQ_TRY(RedrivePlan plan, plan_from_json(found->second));
        if (plan.made_at >= before_) return {};
        // A node that is gone for good ends nothing itself.
        LQ_TRY(const Documents order, obey_kept(plan, store_));
        documents.insert(order.begin(), order.end());
        if (!ended_before(plan, before_)) {
            if (!is_over(plan)) ++out_.held;
            return {};
        }
        LQ_TRY(const bool is_newest, is_newest_of_node(plan.id));
        if (!is_newest) take(std::move(documents));
        return {};
    }

    Result<bool> is_newest_of_node(const std::string& id) {
        if (newest_.empty()) LQ_CHECK(read_plans());
        return newest_[node_of(id)] <= plan_number(id);
    }
    /// "4f2c09" of "r3-4f2c09".
    static std::string node_of(const std::string& id) { return id.substr(id.find('-') + 1); }
    Status read_plans() {
        broker::DocumentQuery query{.prefix = std::string(kPlanDocument)};
        for (;;) {
            LQ_TRY(const auto names, store_.kept_names(query));
            for (const std::string& name : names) {
                const std::string id = name.substr(kPlanDocument.size());
                std::size_t& newest = newest_[node_of(id)];
                newest = std::max(newest, plan_number(id));
            }
            if (names.size() < query.limit) return {};
            query.after = names.back();
        }
    }

    Status hold(const std::string& name) {
        LQ_TRY(const Documents documents, store_.kept(name));
        const auto found = documents.find(name);
        if (found != documents.end() && found->second.empty()) take({{name, {}}});
        return {};
    }

    Reconciler& reconciler_;
    broker::Store& store_;
    const Instant before_;
    broker::OldDocuments out_;
    std::size_t bytes_ = 0;
    std::map<std::string, std::size_t> newest_;  ///< number of a node's newest plan
};

constexpr std::array<DocumentAges::Kind, 5> DocumentAges::kKinds{
    Kind{broker::kManifestDocument, &DocumentAges::manifest},
    Kind{kGivenDocument, &DocumentAges::given},
    Kind{kRunDocument, &DocumentAges::day},
    Kind{kPlanDocument, &DocumentAges::plan},
    Kind{broker::kHoldDocument, &DocumentAges::hold},
};

}  // namespace

Result<broker::OldDocuments> find_old_documents(Reconciler& reconciler,
                                                broker::Store& store,
                                                Instant before,
                                                const std::string& after) {
    return DocumentAges(reconciler, store, before).from(after);
}

}  // namespace luqiao::app
