#include "app/runtime.h"

#include "adapters/http_inlet.h"
#include "app/kept_documents.h"
#include "app/search_key.h"
#include "app/service_versions.h"
#include "base/log.h"
#include "security/digest.h"
#include "security/keys.h"

#include <chrono>
#include <ctime>

namespace luqiao::app {
namespace {

constexpr Duration kStoreRetry{1'000};
constexpr Duration kLongestRest{5'000};
/// One turn ends while the next is taken: what waited longer would only make turns smaller.
constexpr std::size_t kTurnEndsMax = 1;
constexpr int kLastTries = 5;  ///< of a node that stops while its store fails
constexpr Periodic::Pace kDailyReconPace{.first = Duration{1'000}, .every = Duration{60'000}};
constexpr Duration kListenStep{200};  ///< longest that the listener keeps a stop waiting

std::string_view adapter_name(const Setting& setting) {
    const auto& table = std::get<Setting::Table>(setting.value);
    const auto found = table.find("adapter");
    const auto* text =
        found == table.end() ? nullptr : std::get_if<std::string>(&found->second.value);
    return text == nullptr ? std::string_view{} : std::string_view(*text);
}

/// The settings were checked when the configuration was loaded; here they are only read again.
Section checked(const Spec& spec, const Setting& setting) {
    Diagnostics ignored;
    return Section::check(spec, setting, ignored);
}

/// Of this machine; the counting one goes on in its sleep.
broker::TrustedTime::Sources machine_clocks() {
    return {system_now, [] {
                timespec time{};
                ::clock_gettime(CLOCK_BOOTTIME, &time);
                return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                                            std::chrono::nanoseconds(time.tv_nsec));
            }};
}

}  // namespace

Instant system_now() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Status load_identities(const Configuration& configuration, security::Identities& identities) {
    for (const auto& [code, party] : configuration.realm->parties) {
        if (party.app_key.empty()) continue;
        std::vector<security::SigningKey> keys;
        for (const std::string& name : party.keys) {
            LQ_TRY(const std::string content, read_file(configuration.server->keys / name));
            LQ_TRY(auto key, security::read_signing_key(party.algorithm, content));
            keys.push_back(std::move(key));
        }
        identities.add(party.app_key, code, std::move(keys));
    }
    return {};
}

Result<adapters::Signer> make_signer(const Configuration& configuration,
                                     const broker::Party& party) {
    if (party.app_key.empty() || party.keys.empty() || party.algorithm != "hmac-sm3") {
        return adapters::Signer{};
    }
    LQ_TRY(const std::string secret, read_file(configuration.server->keys / party.keys.front()));
    LQ_TRY(auto made, security::read_signing_key(party.algorithm, secret));
    const auto key = std::make_shared<const security::SigningKey>(std::move(made));
    return adapters::Signer{[key, app_key = party.app_key](
                                std::string_view method, std::string_view path,
                                std::string_view query, std::string_view body) {
        broker::Proof proof{
            .method = std::string(method),
            .path = std::string(path),
            .query = std::string(query),
            .app_key = app_key,
            .timestamp = std::to_string(system_now().time_since_epoch().count()),
            .nonce = to_string(make_id<MessageId>(system_now(), security::random_id_bytes)),
            .signature = {},
            .signed_body = {}};
        auto signature =
            key->sign({proof.method, proof.path, proof.query, proof.timestamp, proof.nonce, body});
        if (signature) proof.signature = *std::move(signature);
        return proof;
    }};
}

Runtime::Runtime(const Configuration& configuration)
    : configuration_(configuration),
      time_(machine_clocks(), !configuration.server->store.is_shared()) {}

Runtime::~Runtime() {
    stop();
}

Result<std::unique_ptr<Runtime>> Runtime::start(const Configuration& configuration,
                                                bool trust_clock) {
    LQ_CHECK(security::self_test());
    std::unique_ptr<Runtime> runtime(new Runtime(configuration));
    LQ_CHECK(runtime->open(trust_clock));
    return runtime;
}

/// A clock that is behind the newest case, or apart from the store's, starts nothing.
Status Runtime::check_clock() {
    LQ_TRY(const auto newest,
           store_->search(
               {.terms = {}, .from = {}, .until = {}, .decided = {}, .before = {}, .limit = 1}));
    LQ_TRY(const auto elsewhere, store_->clock());
    const Status checked = broker::check_clock(
        time_.now(), newest.empty() ? std::nullopt : std::optional(newest.front().accepted_at),
        elsewhere);
    return checked ? checked
                   : Error(checked.error())
                         .at("校准时钟，或加 --trust-clock 启动 | set the clock right, or start "
                             "with --trust-clock");
}

broker::World Runtime::world() {
    broker::World out{[this] { return time_.now(); },
                      security::random_id_bytes,
                      [this] { wake(); },
                      {},
                      [this] { return time_.jump(); },
                      [this](std::function<void()> end) { turn_ends_->add(std::move(end)); }};
    const StoreSettings& store = configuration_.server->store;
    if (!store.is_shared()) {
        const std::string folder = std::filesystem::absolute(store.file).parent_path();
        out.free_bytes = [folder] { return broker::free_bytes(folder); };
    } else if (room_) {
        out.free_bytes = [this] { return room_->free(); };
    }
    return out;
}

Status Runtime::open(bool trust_clock) {
    const ServerSettings& server = *configuration_.server;
    std::error_code failure;
    std::filesystem::create_directories(server.data, failure);
    if (failure) return fail(Errc::StoreFailed, "{}", failure.message()).at(server.data.string());
    LQ_TRY(store_, open_store(server.store, server.node));
    LQ_TRY(room_, open_database_room(server.store));
    LQ_CHECK(load_identities(configuration_, identities_));
    LQ_TRY(const auto realm, realm_at_start(configuration_, *store_));

    if (!trust_clock) LQ_CHECK(check_clock());
    const Instant now = time_.now();
    LQ_TRY(const auto nonces, store_->nonces(now - 2 * security::Identities::kWindow));
    for (const std::string& one : nonces) {
        const std::size_t split = one.find('\n');
        identities_.remember(one.substr(0, split), one.substr(split + 1), now);
    }
    broker::PipelineOptions options;
    options.node = server.node;
    options.lease_time = server.lease_time;
    LQ_TRY(options.search, open_search_key(server.keys, *store_));
    options.disk_reserve = server.disk_reserve;
    LQ_TRY(blobs_, open_attachment_folder(server.attachments, server.data, server.disk_reserve,
                                          *store_, [this] { return time_.now(); }));
    options.blobs = blobs_.get();
    turn_ends_ = std::make_unique<TurnEnds>(kTurnEndsMax);
    pipeline_ = std::make_unique<broker::Pipeline>(realm, *store_, identities_, world(), options);
    looker_ = start_looking(room_.get(), *pipeline_);
    if (blobs_) {
        attachments_ = std::make_unique<broker::AttachmentDesk>(*pipeline_, *store_, *blobs_,
                                                                server.attachments.desk);
        sweeper_ = start_attachment_sweep(*attachments_, *pipeline_);
    }
    LQ_CHECK(open_outlets());
    reloader_ = std::make_unique<Reloader>(configuration_, *pipeline_, *store_);
    redriver_ = std::make_unique<Redriver>(*store_, *pipeline_);
    LQ_CHECK(redriver_->open());
    LQ_TRY(auto statement_key, open_statement_key(server.keys));
    reconciler_ =
        std::make_unique<Reconciler>(*store_, *pipeline_, server.data, std::move(statement_key));
    daily_recon_ = std::make_unique<DailyRecon>(*store_, *pipeline_, *reconciler_);
    LQ_TRY(operator_api_, OperatorApi::start(server.data, {*store_, *pipeline_, *reloader_,
                                                           *redriver_, *reconciler_, *daily_recon_,
                                                           ageing_rules(), attachments_.get()}));
    daily_ = std::make_unique<Periodic>(*pipeline_, kDailyReconPace,
                                        [this](Instant at, const std::stop_token& stop) {
                                            daily_recon_->step(at, stop);
                                            return Status();
                                        });
    retention_ = start_retention(*store_, *pipeline_, ageing_rules());
    thread_ = std::thread([this] { loop(); });
    if (store_->is_shared()) {
        listener_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
    }
    return open_inlets();
}

AgeingRules Runtime::ageing_rules() {
    const auto held = [this]() -> Result<std::set<std::string>> {
        LQ_TRY(auto out, reconciler_->open_cases(time_.now()));
        LQ_TRY(const auto by_operators, broker::held_cases(*store_));
        for (const auto& [number, why] : by_operators) out.insert(number);
        return out;
    };
    return {.ages = configuration_.server->retention,
            .held = held,
            .documents =
                [this](Instant before, const std::string& after) {
                    return find_old_documents(*reconciler_, *store_, before, after);
                },
            .forgotten = [this](Instant before) { redriver_->leave_out(before); }};
}

Status Runtime::open_outlets() {
    for (const auto& [code, party] : configuration_.realm->parties) {
        if (!party.push) continue;
        const adapters::AdapterKind* kind = adapters::find_adapter(adapter_name(*party.push));
        const Section section = checked(kind->outlet_spec, *party.push);
        LQ_TRY(auto signer, make_signer(configuration_, party));
        LQ_TRY(auto outlet, kind->make_outlet({.section = section,
                                               .party = code,
                                               .base_folder = configuration_.server->data,
                                               .signer = std::move(signer),
                                               .intake = nullptr}));
        pipeline_->attach(code, *outlet);
        outlets_.push_back(std::move(outlet));
    }
    return {};
}

Status Runtime::open_inlet(const adapters::AdapterKind& kind,
                           const Setting& setting,
                           const std::string& party) {
    const Section section = checked(kind.inlet_spec, setting);
    LQ_TRY(auto inlet, kind.make_inlet({.section = section,
                                        .party = party,
                                        .base_folder = configuration_.server->data,
                                        .signer = {},
                                        .intake = pipeline_.get(),
                                        .attachments = attachments_.get()}));
    LQ_CHECK(inlet->start());
    inlets_.push_back(std::move(inlet));
    return {};
}

Status Runtime::open_inlets() {
    for (const auto& [code, party] : configuration_.realm->parties) {
        if (!party.receive) continue;
        LQ_CHECK(open_inlet(*adapters::find_adapter(adapter_name(*party.receive)), *party.receive,
                            code));
    }
    if (!std::get<Setting::Table>(configuration_.server->thrift.value).empty()) {
        LQ_CHECK(open_inlet(adapters::thrift_adapter(), configuration_.server->thrift, {}));
    }
    return open_inlet(adapters::http_adapter(), configuration_.server->http, {});
}

std::uint16_t Runtime::http_port() const {
    for (const auto& inlet : inlets_) {
        if (const auto* http = dynamic_cast<const adapters::HttpInlet*>(inlet.get())) {
            return http->port();
        }
    }
    return 0;
}

void Runtime::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_one();
}

/// The pipeline's turn, and that of the plans. @return when to come back
Result<std::optional<Instant>> Runtime::turn() {
    LQ_TRY(auto next, pipeline_->turn(time_.now()));
    // Under load there is a turn for every few messages: plans are looked at when they asked to be.
    const Instant now = time_.now();
    if (!plans_again_ || now >= *plans_again_) {
        LQ_TRY(plans_again_, redriver_->step(now));
    }
    if (plans_again_) next = std::min(next.value_or(*plans_again_), *plans_again_);
    return next;
}

void Runtime::tell(const std::optional<broker::ClockJump>& jump) const {
    if (!jump) return log::write(log::Level::Info, "clock.trusted", {});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(jump->by).count();
    log::write(log::Level::Error, "clock.jumped",
               {{"code", info(Errc::Unavailable).id}, {"seconds", std::to_string(seconds)}});
}

void Runtime::loop() {
    bool is_stopping = false;
    bool is_doubted = false;
    int last_tries = kLastTries;
    for (;;) {
        const auto jump = time_.jump();
        if (jump.has_value() != is_doubted) tell(jump);
        is_doubted = jump.has_value();
        // What is under way when the node stops is still written, whatever the time.
        const auto next = is_doubted && !is_stopping
                              ? Result<std::optional<Instant>>(time_.now() + kStoreRetry)
                              : turn();
        if (!next) {
            log::write(log::Level::Error, "turn.failed",
                       {{"code", info(next.error().code).id}, {"message", next.error().message}});
        }
        std::unique_lock lock(mutex_);
        if (!next) {
            // Not for every message that comes meanwhile.
            changed_.wait_for(lock, kStoreRetry, [&] { return stopping_ && !is_stopping; });
        } else {
            const Duration rest = next->value_or(Instant::max()) - time_.now();
            // Never until a time of the wall: that may jump.
            changed_.wait_for(lock, std::clamp(rest, Duration{0}, kLongestRest),
                              [this] { return woken_ || stopping_; });
        }
        if (stopping_ && pipeline_->waiting() == 0) return;
        if (is_stopping && !next && --last_tries == 0) {
            // None of it was acknowledged: senders repeat it, and leases lapse.
            return log::write(log::Level::Error, "stop.unwritten",
                              {{"waiting", std::to_string(pipeline_->waiting())}});
        }
        is_stopping = stopping_;
        woken_ = false;
    }
}

/// A turn when another node left something that is due.
void Runtime::listen(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto told = store_->await_others(kListenStep);
        if (told && *told) wake();
        if (!told) (void)rest(stop, kStoreRetry);
    }
}

void Runtime::stop() {
    if (!thread_.joinable()) return;
    operator_api_.reset();
    daily_.reset();
    sweeper_.reset();
    looker_.reset();
    retention_.reset();
    listener_ = {};
    for (const auto& inlet : inlets_) inlet->stop();
    pipeline_->drain();
    for (const auto& outlet : outlets_) outlet->stop();
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    turn_ends_.reset();
}

}  // namespace luqiao::app
