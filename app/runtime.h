// app/runtime.h - one running node: store, pipeline, its turn thread, inlets and outlets.
#pragma once

#include "adapters/registry.h"
#include "app/attachment_folder.h"
#include "app/configuration.h"
#include "app/database_room.h"
#include "app/operator_api.h"
#include "app/reload.h"
#include "app/retention.h"
#include "app/turn_ends.h"
#include "broker/pipeline.h"
#include "broker/store.h"
#include "security/identity.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace luqiao::app {

/// Fills `identities` with every party's keys from the key folder.
/// @errors NotFound: a key file is missing  InvalidArgument: it is no key
Status load_identities(const Configuration& configuration, security::Identities& identities);

/// Signs what goes to (or comes from) `party` with its first key; empty when it has none we can
/// sign with.
Result<adapters::Signer> make_signer(const Configuration& configuration,
                                     const broker::Party& party);

Instant system_now();

class Runtime {
public:
    /// Opens the store, starts the outlets, the turn thread and then the inlets: what comes in
    /// finds everything running.
    /// @param trust_clock  even if it is apart from what the store has seen
    static Result<std::unique_ptr<Runtime>> start(const Configuration& configuration,
                                                  bool trust_clock = false);

    /// Stops in order: inlets, open sends, last turn, store. Returns when all is on stable storage.
    void stop();
    ~Runtime();

    [[nodiscard]] std::uint16_t http_port() const;
    broker::Store& store() { return *store_; }
    Reloader& reloader() { return *reloader_; }

private:
    explicit Runtime(const Configuration& configuration);
    Status open(bool trust_clock);
    Status check_clock();
    AgeingRules ageing_rules();
    Result<std::optional<Instant>> turn();
    void tell(const std::optional<broker::ClockJump>& jump) const;
    Status open_outlets();
    Status open_inlets();
    Status open_inlet(const adapters::AdapterKind& kind,
                      const Setting& setting,
                      const std::string& party);
    broker::World world();
    void loop();
    void listen(const std::stop_token& stop);
    void wake();

    const Configuration& configuration_;
    broker::TrustedTime time_;
    std::unique_ptr<broker::Store> store_;
    std::unique_ptr<DatabaseRoom> room_;    ///< nullptr: no database, or it is not watched
    std::unique_ptr<broker::Blobs> blobs_;  ///< nullptr: this node keeps no attachments
    security::Identities identities_;
    std::vector<std::unique_ptr<broker::Outlet>> outlets_;
    std::unique_ptr<broker::Pipeline> pipeline_;
    std::unique_ptr<broker::AttachmentDesk> attachments_;
    std::unique_ptr<Periodic> looker_;   ///< at the database's room
    std::unique_ptr<Periodic> sweeper_;  ///< of attachments
    std::vector<std::unique_ptr<broker::Inlet>> inlets_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<Redriver> redriver_;
    std::optional<Instant> plans_again_;  ///< of the turn's thread; none: no plan runs
    std::unique_ptr<Reconciler> reconciler_;
    std::unique_ptr<DailyRecon> daily_recon_;
    std::unique_ptr<Periodic> retention_;
    std::unique_ptr<OperatorApi> operator_api_;
    std::unique_ptr<Periodic> daily_;  ///< steps daily_recon_
    std::unique_ptr<TurnEnds> turn_ends_;
    std::thread thread_;
    std::jthread listener_;  ///< of a store that other nodes use too
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    bool stopping_ = false;
};

}  // namespace luqiao::app
