// `luqiao simulate PARTY`: the party's side of its protocols, around a SimulatedParty.
#include "adapters/http_server.h"
#include "adapters/soap.h"
#include "adapters/thrift.h"
#include "app/command_line.h"
#include "app/configuration.h"
#include "app/files.h"
#include "app/runtime.h"
#include "app/signals.h"
#include "app/simulated_manifest.h"
#include "app/simulated_party.h"
#include "app/submitter.h"
#include "base/log.h"
#include "security/keys.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <future>

namespace luqiao::app {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Setting& setting, std::string_view key, std::string fallback = {}) {
    const auto& table = std::get<Setting::Table>(setting.value);
    const auto found = table.find(key);
    const auto* text =
        found == table.end() ? nullptr : std::get_if<std::string>(&found->second.value);
    return text == nullptr ? fallback : *text;
}

std::int64_t number_of(const Setting& setting, std::string_view key) {
    const auto& table = std::get<Setting::Table>(setting.value);
    const auto found = table.find(key);
    const auto* number =
        found == table.end() ? nullptr : std::get_if<std::int64_t>(&found->second.value);
    return number == nullptr ? 0 : *number;
}

/// The port of "http://127.0.0.1:18101/path".
std::uint16_t port_of(const std::string& url) {
    const std::size_t colon = url.find(':', url.find("//"));
    std::uint16_t port = 0;
    if (colon != std::string::npos)
        std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
    return port;
}

/// Every map by which the broker writes to `party`.
std::vector<std::string> maps_to(const broker::Realm& realm, const std::string& party) {
    std::vector<std::string> out;
    const auto add = [&](const std::string& map) {
        if (!map.empty() && std::find(out.begin(), out.end(), map) == out.end()) out.push_back(map);
    };
    for (const auto& [code, versions] : realm.services) {
        for (const broker::Service& service : versions) {
            for (const broker::ItemRule& item : service.items) {
                if (item.party != party) continue;
                add(item.dispatch), add(item.supplement), add(item.withdraw);
            }
            for (const broker::Observer& observer : service.observers) {
                if (observer.party == party) add(observer.map);
            }
        }
    }
    return out;
}

/// Hands what a polled table or folder holds to the party.
class PartyIntake final : public broker::Intake {
public:
    /// @param collects  the party only collects rows; their one column is the message id
    PartyIntake(SimulatedParty& party, bool collects) : party_(party), collects_(collects) {}

    void accept(broker::Arrival arrival, std::function<void(broker::Answer)> done) override {
        if (collects_) {
            const auto row = nlohmann::json::parse(arrival.body, nullptr, false);
            if (row.is_object()) party_.collect(row.front().front().front().get<std::string>());
            return done(broker::Receipt{arrival.idempotency_key, {}, {}, system_now(), false, {}});
        }
        const auto taken = party_.receive(arrival.format, {}, arrival.body);
        if (taken)
            return done(broker::Receipt{arrival.idempotency_key, {}, {}, system_now(), false, {}});
        broker::Problem problem;
        problem.code = taken.error().code;
        problem.detail = {std::string(info(problem.code).title_zh), taken.error().message};
        problem.at = system_now();
        done(std::move(problem));
    }
    std::variant<std::string, broker::Problem> progress(const broker::Proof&,
                                                        const std::string&) override {
        return broker::Problem{};
    }

private:
    SimulatedParty& party_;
    const bool collects_;
};

/// How the party reaches the broker: by its own protocol, one outlet per format.
class WayBack {
public:
    WayBack(const Configuration& configuration,
            const broker::Party& party,
            const SimulateOptions& options)
        : configuration_(configuration), party_(party), options_(options) {}

    /// @param key  names the answer: every attempt carries the same id
    bool send(const std::string& format, const std::string& bytes, const std::string& key) {
        auto& outlet = outlets_[format];
        if (outlet == nullptr) {
            auto made = make(format);
            if (!made) {
                log::write(log::Level::Error, "simulated.outlet",
                           {{"message", made.error().message}});
                return false;
            }
            outlet = *std::move(made);
        }
        std::promise<Result<broker::Reply>> promise;
        broker::Outgoing message{.id = id_of(key),
                                 .format = format,
                                 .body = bytes,
                                 .case_number = {},
                                 .attempt = 1,
                                 .bundle = {}};
        outlet->send(std::move(message), [&promise](Result<broker::Reply> reply) {
            promise.set_value(std::move(reply));
        });
        const auto reply = promise.get_future().get();
        if (!reply) {
            log::write(log::Level::Warning, "simulated.send",
                       {{"format", format},
                        {"code", info(reply.error().code).id},
                        {"message", reply.error().message}});
            return false;
        }
        return adapter() != "thrift" || is_good_receipt(reply->body);
    }

private:
    [[nodiscard]] std::string adapter() const {
        if (party_.receive) return text_of(*party_.receive, "adapter");
        const std::string push = party_.push ? text_of(*party_.push, "adapter") : "http";
        return push == "soap" || push == "thrift" ? push : "http";
    }

    Result<std::unique_ptr<broker::Outlet>> make(const std::string& format) {
        const std::string kind = adapter();
        Pairs pairs{{"adapter", kind}};
        if (kind == "http")
            pairs.emplace_back("url", options_.broker_url + "/v1/messages/" + format);
        if (kind == "soap") {
            pairs.emplace_back("url", options_.broker_url + "/v1/soap/" + format);
            pairs.emplace_back("operation", "Submit");
            pairs.emplace_back("namespace", text_of(*party_.push, "namespace"));
            pairs.emplace_back("charset", text_of(*party_.push, "charset", "utf-8"));
        }
        if (kind == "table") {
            pairs.emplace_back("database", text_of(*party_.receive, "database"));
            pairs.emplace_back("create_script", text_of(*party_.receive, "create_script"));
        }
        if (kind == "file") pairs.emplace_back("folder", text_of(*party_.receive, "folder"));
        const adapters::AdapterKind* found = adapters::find_adapter(kind);
        if (found == nullptr) return fail(Errc::NotFound, "there is no adapter {}", kind);
        Setting setting = make_setting(pairs);
        if (kind == "file")
            std::get<Setting::Table>(setting.value)["create_folder"] = Setting{true, {}};
        if (kind == "thrift") {
            auto& table = std::get<Setting::Table>(setting.value);
            table["host"] = Setting{std::string("127.0.0.1"), {}};
            table["port"] = Setting{std::int64_t{options_.broker_thrift_port}, {}};
        }
        return make_outlet(*found, setting, configuration_, party_);
    }

    std::string id_of(const std::string& key) {
        std::string& id = ids_[key];
        if (id.empty()) id = to_string(make_id<MessageId>(system_now(), security::random_id_bytes));
        return id;
    }

    /// struct Receipt begins with field 1, a string: "0" when the broker keeps the message.
    static bool is_good_receipt(std::string_view body) {
        constexpr std::string_view kCodeZero(
            "\x0B\x00\x01\x00\x00\x00\x01"
            "0",
            8);
        return body.starts_with(kCodeZero);
    }

    const Configuration& configuration_;
    const broker::Party& party_;
    const SimulateOptions& options_;
    std::map<std::string, std::unique_ptr<broker::Outlet>> outlets_;
    std::map<std::string, std::string> ids_;  ///< message ids by key
};

/// The receiving side of the party's protocol.
class Doors {
public:
    Doors(const Configuration& configuration, const broker::Party& party, SimulatedParty& simulated)
        : configuration_(configuration),
          party_(party),
          simulated_(simulated),
          intake_(simulated, party.kind == broker::PartyKind::Registry) {}
    Doors(const Doors&) = delete;
    Doors& operator=(const Doors&) = delete;
    ~Doors() {
        for (const auto& inlet : inlets_) inlet->stop();
        if (http_) http_->stop();
        if (thrift_) thrift_->stop();
    }

    Status open() {
        const std::string adapter = text_of(*party_.push, "adapter");
        maps_ = maps_to(*configuration_.realm, party_.code);
        if (adapter == "http" || adapter == "soap") return open_http(adapter == "soap");
        if (adapter == "thrift") return open_thrift();
        if (adapter == "table" || adapter == "file") return open_polled(adapter);
        return fail(Errc::InvalidArgument, "{} cannot be simulated", adapter);
    }

private:
    adapters::HttpResponse answer(const adapters::HttpRequest& request,
                                  const std::string& document) {
        const std::string format(request.headers.get("X-Format"));
        const auto reply =
            simulated_.receive(format, std::string(request.headers.get("X-Message-Id")), document);
        if (reply) return {200, {}, *reply, "application/json"};
        return {reply.error().code == Errc::Unavailable ? 503 : 400, {}, {}, {}};
    }

    adapters::HttpResponse answer_soap(const adapters::HttpRequest& request) {
        const auto content = adapters::read_soap(request.body, request.headers.get("Content-Type"));
        if (!content || !content->message) return {400, {}, {}, {}};
        adapters::HttpResponse response = answer(request, content->message->document);
        if (response.status != 200) return response;
        const adapters::SoapCall call{content->message->operation + "Response",
                                      content->message->ns, "return", content->message->charset};
        response.body = adapters::wrap_soap(call, response.body);
        response.content_type = content->message->charset == adapters::Charset::Utf8
                                    ? "text/xml; charset=utf-8"
                                    : "text/xml; charset=gb18030";
        return response;
    }

    Status open_http(bool soap) {
        adapters::HttpServerOptions options;
        options.port = port_of(text_of(*party_.push, "url"));
        http_ = std::make_unique<adapters::HttpServer>(
            options,
            [this, soap](const adapters::HttpRequest& request, const adapters::HttpDone& done) {
                done(soap ? answer_soap(request) : answer(request, request.body));
            });
        LQ_CHECK(http_->start());
        return {};
    }

    Status open_thrift() {
        adapters::ThriftServerOptions options;
        options.port = static_cast<int>(number_of(*party_.push, "port"));
        LQ_TRY(thrift_,
               adapters::ThriftServer::start(
                   options, [this](adapters::ThriftCall call,
                                   const std::function<void(adapters::ThriftAnswer)>& done) {
                       auto reply = simulated_.receive(call.header.format, call.header.message_id,
                                                       call.body);
                       if (reply) return done(*std::move(reply));
                       broker::Problem problem;
                       problem.code = reply.error().code;
                       done(std::move(problem));
                   }));
        return {};
    }

    /// One polled inlet per map: tables by the map's first table, folders by the push folder.
    Status open_polled(const std::string& adapter) {
        for (const std::string& map : maps_) {
            Pairs pairs{
                {"adapter", adapter}, {"format", map}, {"poll", "50ms"}, {"retry", "200ms"}};
            if (adapter == "table") {
                const mapping::Program* program = configuration_.realm->bundle->find(map);
                pairs.emplace_back("database", text_of(*party_.push, "database"));
                pairs.emplace_back("create_script", text_of(*party_.push, "create_script"));
                pairs.emplace_back("table",
                                   program->format->root_scope.fields.front().segments.front());
                pairs.emplace_back("flag_column",
                                   text_of(*party_.push, "flag_column", "SYNC_FLAG"));
                pairs.emplace_back("id_column", "RECEIPT_ID");
            } else {
                pairs.emplace_back("folder", text_of(*party_.push, "folder"));
            }
            const adapters::AdapterKind& kind = *adapters::find_adapter(adapter);
            Setting setting = make_setting(pairs);
            if (adapter == "table") {
                std::get<Setting::Table>(setting.value)["columns"] = columns_of(map);
            }
            if (adapter == "file")
                std::get<Setting::Table>(setting.value)["create_folder"] = Setting{true, {}};
            Diagnostics findings;
            const Section section = Section::check(kind.inlet_spec, setting, findings);
            if (findings.has_errors())
                return fail(Errc::InvalidArgument, "{}", findings.list().front().message.en);
            LQ_TRY(auto inlet, kind.make_inlet({.section = section,
                                                .party = party_.code,
                                                .base_folder = configuration_.server->data,
                                                .signer = {},
                                                .intake = &intake_}));
            LQ_CHECK(inlet->start());
            inlets_.push_back(std::move(inlet));
        }
        return {};
    }

    /// The business columns of the map's first table; the others steer the exchange.
    [[nodiscard]] Setting columns_of(const std::string& map) const {
        const auto& fields = configuration_.realm->bundle->find(map)->format->root_scope.fields;
        Setting::Array out;
        if (party_.kind == broker::PartyKind::Registry) {
            out.push_back({text_of(*party_.push, "id_column", "MSGID"), {}});
            return {std::move(out), {}};
        }
        for (const mapping::WireField& field : fields) {
            if (field.segments.front() == fields.front().segments.front())
                out.push_back({field.segments.back(), {}});
        }
        return {std::move(out), {}};
    }

    const Configuration& configuration_;
    const broker::Party& party_;
    SimulatedParty& simulated_;
    PartyIntake intake_;
    std::vector<std::string> maps_;
    std::unique_ptr<adapters::HttpServer> http_;
    std::unique_ptr<adapters::ThriftServer> thrift_;
    std::vector<std::unique_ptr<broker::Inlet>> inlets_;
};

Result<Behaviour> behaviour_of(const SimulateOptions& options) {
    Behaviour out;
    out.seed = options.seed;
    if (options.mood == "correcting") out.correction_percent = 90;
    if (options.mood == "refusing") out.refused_percent = 90;
    if (options.mood == "slow") out.think = Duration{400};
    out.answers_twice = options.mood == "twice";
    if (options.mood == "down") {
        LQ_TRY(out.down_after, parse_duration(options.down_after));
        LQ_TRY(out.down_for, parse_duration(options.down_for));
    }
    return out;
}

int failed(const Error& error) {
    fmt::print(stderr, "{} {} {}\n", info(error.code).id, error.message, error.where);
    return kCannotReach;
}

}  // namespace

int simulate_command(const SimulateOptions& options) {
    const Signals signals;
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    const broker::Party* party = configuration.realm->party(options.party);
    if (configuration.findings.has_errors() || party == nullptr || !party->push) {
        fmt::print(stderr,
                   "没有可模拟的单位 {}，或配置有错误 | no such party to simulate, or the "
                   "configuration has errors\n",
                   options.party);
        return kBadUsage;
    }
    if (!options.manifest.empty()) {
        const Status given = give_simulated_manifest(configuration, *party, options);
        return given ? kDone : failed(given.error());
    }
    const auto behaviour = behaviour_of(options);
    if (!behaviour) return failed(behaviour.error());
    WayBack way_back(configuration, *party, options);
    SimulatedParty simulated(
        configuration.realm, *party, *behaviour, options.journal,
        [&](const std::string& format, const std::string& bytes, const std::string& key) {
            return way_back.send(format, bytes, key);
        });
    Doors doors(configuration, *party, simulated);
    if (const Status opened = doors.open(); !opened) return failed(opened.error());
    if (!options.ready.empty()) {
        if (const Status written = write_file(options.ready, "ready\n"); !written)
            return failed(written.error());
    }
    signals.wait();
    return kDone;
}

}  // namespace luqiao::app
