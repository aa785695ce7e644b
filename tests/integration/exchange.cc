#include "tests/integration/exchange.h"

#include "tests/places.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>

namespace luqiao::integration {

const app::Configuration& shipped() {
    static const app::Configuration configuration =
        app::load_configuration(places::source() + "/conf", {});
    return configuration;
}

void RecordingOutlet::send(broker::Outgoing message,
                           std::function<void(Result<broker::Reply>)> done) {
    sent.push_back(message);
    if (is_slow) return slow_.push_back(std::move(done));
    if (failing && !takes_what_fails) return done(fail(*failing, "told to fail"));
    const bool known = std::any_of(accepted.begin(), accepted.end(),
                                   [&](const auto& one) { return one.id == message.id; });
    if (known) {
        ++repeated;
    } else {
        accepted.push_back(std::move(message));
    }
    if (is_silent) return;
    if (failing) return done(fail(*failing, "told to fail"));
    const mapping::Program* program = shipped().realm->bundle->find(party_.reply_map);
    if (program == nullptr) return done(broker::Reply{});
    mapping::Record record(program->form);
    app::set_fields(record,
                    {{"reply.ok", reply_ok ? "true" : "false"}, {"reply.code", reply_code}});
    done(broker::Reply{mapping::encode(*program, record).bytes});
}

void RecordingOutlet::end_slow(Errc how) {
    for (const auto& done : std::exchange(slow_, {})) done(fail(how, "told to fail"));
}

void RecordingOutlet::ask(broker::Outgoing message,
                          std::function<void(Result<broker::Holding>)> done) {
    asked.push_back(message.id);
    if (is_silent) return done(fail(Errc::Timeout, "told to be silent"));
    const bool known = std::any_of(accepted.begin(), accepted.end(),
                                   [&](const auto& one) { return one.id == message.id; });
    done(known ? broker::Holding::Held : broker::Holding::Missing);
}

std::unique_ptr<broker::Store> open_store(StoreKind kind,
                                          const std::filesystem::path& file,
                                          const std::string& database) {
    broker::PostgresOptions shared;
    shared.durability = broker::PostgresOptions::Durability::Single;
    if (kind == StoreKind::Postgres) shared.url = tests::PostgresServer::shared().url(database);
    auto store = kind == StoreKind::Sqlite ? broker::open_sqlite_store(file.string())
                                           : broker::open_postgres_store(shared);
    if (!store) {
        fmt::print(stderr, "{}\n", store.error().message);
        std::abort();
    }
    return *std::move(store);
}

std::string make_database(StoreKind kind) {
    return kind == StoreKind::Postgres ? tests::PostgresServer::shared().make_database()
                                       : std::string();
}

Exchange::Exchange(std::string_view start, StoreKind kind)
    : kind_(kind),
      database_(make_database(kind)),
      folder_(*app::TemporaryFolder::create("luqiao-test")),
      now_(at(start)) {
    for (const Diagnostic& one : shipped().findings.list()) {
        if (one.severity == Severity::Error) ADD_FAILURE() << render(one);
    }
    for (const auto& [code, party] : shipped().realm->parties) {
        outlets_[code] = std::make_unique<RecordingOutlet>(party);
    }
    open();
}

Exchange::~Exchange() = default;

void Exchange::open() {
    store_ = open_store(kind_, folder_.path() / "luqiao.db", database_);
    broker::World world{[this] { return now_; },
                        [this] {
                            std::array<std::uint8_t, 16> out{};
                            for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
                            return out;
                        },
                        [] {}, [this]() -> Result<std::uint64_t> { return free_bytes_; }};
    if (holds_ends_) {
        world.aside = [this](std::function<void()> end) { ends_.push_back(std::move(end)); };
    }
    broker::PipelineOptions options = options_;
    options.search = std::make_shared<broker::SearchKey>("the search key of all scenario tests");
    pipeline_ =
        std::make_unique<broker::Pipeline>(shipped().realm, *store_, identities_, world, options);
    for (const auto& [code, outlet] : outlets_) pipeline_->attach(code, *outlet);
}

void Exchange::settle() {
    for (int round = 0; round < 1'000; ++round) {
        const auto next = pipeline_->turn(now_);
        ASSERT_TRUE(next) << next.error().message;
        const bool due = *next && **next <= now_;
        if (!due && pipeline_->waiting() == 0) return;
    }
    ADD_FAILURE() << "the broker does not come to rest";
}

void Exchange::pass(std::chrono::minutes duration, std::chrono::minutes step) {
    const Instant end = now_ + duration;
    while (now_ < end) {
        now_ = std::min(end, now_ + step);
        settle();
    }
}

void Exchange::hold_turn_ends() {
    holds_ends_ = true;
    restart();
}

void Exchange::end_turns() {
    for (auto ends = std::exchange(ends_, {}); const auto& end : ends) end();
}

void Exchange::restart(broker::PipelineOptions options) {
    options_ = std::move(options);
    restart();
}

void Exchange::restart() {
    ends_.clear();
    pipeline_.reset();
    store_.reset();
    open();
}

std::vector<mapping::Record> Exchange::received(const std::string& code,
                                                const std::string& map) const {
    const mapping::Program* program = shipped().realm->bundle->find(map);
    std::vector<mapping::Record> out;
    for (const broker::Outgoing& message : outlets_.at(code)->accepted) {
        if (message.format != map) continue;
        mapping::Decoded decoded = mapping::decode(*program, message.body);
        for (const mapping::Issue& issue : decoded.issues.list)
            ADD_FAILURE() << map << " " << mapping::to_json(issue);
        out.push_back(std::move(decoded.record));
    }
    return out;
}

std::vector<std::string> Exchange::progress_of(const std::string& code,
                                               const std::string& serial) const {
    std::vector<std::string> out;
    for (const mapping::Record& record : received(code, code + ".progress")) {
        if (record.text("item.serial") == serial) out.emplace_back(record.text("item.state"));
        if (record.text("item.serial").empty() && record.text("case.number") == serial)
            out.emplace_back(record.text("case.event"));
    }
    return out;
}

mapping::Record Exchange::application(const std::string& channel,
                                      const std::vector<std::string>& items) const {
    static std::size_t running = 0;
    const auto form = shipped().realm->bundle->form("application");
    mapping::Record record = app::invent_application(form, channel, 3, ++running, now_);
    auto& list = record.root().lists[*form->find_list("case.items")];
    list.clear();
    for (const std::string& one : items) app::add_item(record, "case.items", {{"code", one}});
    return record;
}

std::string Exchange::bytes(const std::string& map, const mapping::Record& record) const {
    const mapping::Encoded encoded = mapping::encode(*shipped().realm->bundle->find(map), record);
    for (const mapping::Issue& issue : encoded.issues.list)
        ADD_FAILURE() << map << " " << mapping::to_json(issue);
    return encoded.bytes;
}

namespace {

broker::Arrival arrival_of(const std::string& party, const std::string& map, std::string body) {
    broker::Arrival out;
    out.party = party;
    out.format = map;
    out.body = std::move(body);
    return out;
}

}  // namespace

broker::Answer Exchange::submit_bytes(const std::string& party,
                                      const std::string& map,
                                      std::string body) {
    return hand_in(arrival_of(party, map, std::move(body)));
}

Exchange::Told Exchange::offer(const std::string& party, const std::string& map, std::string body) {
    return offer(arrival_of(party, map, std::move(body)));
}

Exchange::Told Exchange::offer(broker::Arrival arrival) {
    auto told = std::make_shared<std::optional<broker::Answer>>();
    pipeline_->accept(std::move(arrival),
                      [told](broker::Answer given) { *told = std::move(given); });
    return told;
}

broker::Answer Exchange::hand_in(broker::Arrival arrival) {
    const std::string map = arrival.format;
    const Told told = offer(std::move(arrival));
    settle();
    if (!*told) {
        ADD_FAILURE() << "no answer to " << map;
        return broker::Problem{};
    }
    return **told;
}

broker::Answer Exchange::submit(const std::string& channel, const mapping::Record& record) {
    return submit_bytes(channel, channel + ".apply", bytes(channel + ".apply", record));
}

std::string Exchange::accepted(const std::string& channel, const mapping::Record& record) {
    return receipt(submit(channel, record)).case_number;
}

broker::Answer Exchange::answer(const std::string& party,
                                const std::string& serial,
                                const std::string& state,
                                app::FieldTexts more) {
    return submit_bytes(party, party + ".result",
                        answer_bytes(party, serial, state, std::move(more)));
}

std::string Exchange::answer_bytes(const std::string& party,
                                   const std::string& serial,
                                   const std::string& state,
                                   app::FieldTexts more) const {
    const std::string map = party + ".result";
    mapping::Record record(shipped().realm->bundle->find(map)->form);
    app::set_fields(
        record, {{"item.serial", serial},
                 {"item.state", state},
                 {"item.occurred_at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now_))},
                 {"item.department_no", "D0001"}});
    if (state != "accepted" && state != "granted") {
        app::set_fields(record, {{"reason.code", "materials_incomplete"},
                                 {"reason.text", "材料不齐"},
                                 {"reason.remedy", "可在60日内申请行政复议"}});
    }
    app::set_fields(record, more);
    return bytes(map, record);
}

broker::Case Exchange::find(const std::string& number) const {
    const auto id = store_->find_case_id(number);
    if (!id || !*id) {
        ADD_FAILURE() << "no case " << number;
        return {};
    }
    return (*store_->find_case(**id))->state;
}

const broker::Item Exchange::item(const std::string& number, const std::string& code) const {
    for (const broker::Item& one : find(number).items) {
        if (one.code == code) return one;
    }
    ADD_FAILURE() << "case " << number << " has no item " << code;
    return {};
}

std::string Exchange::state(const std::string& number, const std::string& code) const {
    return std::string(broker::to_string(item(number, code).state));
}

std::vector<std::string> Exchange::alerts(const std::string& number) const {
    const auto kept = store_->alerts(**store_->find_case_id(number));
    std::vector<std::string> out;
    for (const broker::Alert& alert : *kept) out.push_back(alert.code);
    return out;
}

broker::Receipt receipt(const broker::Answer& answer) {
    if (const auto* given = std::get_if<broker::Receipt>(&answer)) return *given;
    const auto& refused = std::get<broker::Problem>(answer);
    ADD_FAILURE() << "refused: " << info(refused.code).id << " " << refused.detail.en;
    for (const broker::FieldProblem& one : refused.errors) {
        ADD_FAILURE() << one.code << " " << one.pointer << " " << one.message.en << " expected "
                      << one.expected;
    }
    return {};
}

broker::Problem problem(const broker::Answer& answer) {
    if (const auto* given = std::get_if<broker::Problem>(&answer)) return *given;
    ADD_FAILURE() << "accepted, but it should have been refused";
    return {};
}

bool has_finding(const broker::Problem& problem, std::string_view code, std::string_view place) {
    return std::any_of(problem.errors.begin(), problem.errors.end(),
                       [&](const broker::FieldProblem& one) {
                           return one.code == code && one.pointer.find(place) != std::string::npos;
                       });
}

}  // namespace luqiao::integration
