// Searches among many messages in a SQLite store: p50 and p99 by kind of question.
//
//     search_bench FOLDER [messages]     100,000 messages for a quick look; 10,000,000 for the
//     figure
//
// Rows are written past the store, in bulk and sorted, since only reading is measured; every term
// is made by broker/search.h. Two and a half messages a case. The data is deleted at the end.
#include "broker/search.h"
#include "broker/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <unordered_map>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kFirst = 1'672'531'200'000;  // 2023-01-01
constexpr std::int64_t kSpan = 3 * 365 * 86'400'000LL;
constexpr int kQuestions = 300;

[[noreturn]] void die(const std::string& why) {
    fmt::print(stderr, "{}\n", why);
    std::exit(3);
}

/// Invented people, as skewed as real ones: few names are common, most are rare.
class People {
public:
    struct Person {
        std::string document, channel_number, employer, latin, chinese;
    };

    /// The same person for the same number, always.
    static Person person(std::uint64_t number) {
        std::mt19937_64 random(number * 0x9e3779b97f4a7c15ULL + 1);
        Person out;
        out.document = fmt::format("E{:09}", random() % 1'000'000'000);
        out.channel_number = fmt::format("QD{:012}", number);
        out.employer = fmt::format("91370200MA{:08}", rank(random, 30'000));
        out.latin = word(rank(random, 20'000)) + " " + word(50'000 + rank(random, 3'000));
        if (random() % 3 == 0) out.latin += " " + word(50'000 + rank(random, 3'000));
        if (random() % 2 == 0) {
            out.chinese = character(rank(random, 300));
            for (std::uint64_t n = 1 + random() % 2; n > 0; --n) {
                out.chinese += character(300 + rank(random, 2'500));
            }
        }
        return out;
    }

private:
    /// Of `count` the first ones often (about 1/rank).
    static std::uint64_t rank(std::mt19937_64& random, std::uint64_t count) {
        const double u = static_cast<double>(random() >> 11U) * 0x1.0p-53;
        return static_cast<std::uint64_t>(std::pow(static_cast<double>(count), u)) - 1;
    }
    static std::string word(std::uint64_t number) {
        constexpr const char* kParts[]{"ba", "co",  "da", "fe", "gar", "hi",  "jo", "ka",
                                       "li", "mar", "ne", "pe", "ro",  "san", "ti", "vo"};
        std::string out;
        for (std::uint64_t rest = number * 2'654'435'761U % 1'048'576;
             out.size() < 5 || rest > 0;) {
            out += kParts[rest % 16];
            rest /= 16;
        }
        return out;
    }
    static std::string character(std::uint64_t number) {
        const auto code = static_cast<std::uint32_t>(0x4E00 + number * 7);
        return {static_cast<char>(0xE0 | (code >> 12U)),
                static_cast<char>(0x80 | ((code >> 6U) & 63U)),
                static_cast<char>(0x80 | (code & 63U))};
    }
};

class Filler {
public:
    Filler(const std::string& path, const SearchKey& key) : key_(key) {
        if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) die("cannot open " + path);
        run("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 0; "
            "PRAGMA journal_mode = OFF; DROP INDEX messages_at; BEGIN");
        case_ = prepare(
            "INSERT INTO cases (key, id, number, version, decided, created, state) "
            "VALUES (?, ?, ?, 2, ?, ?, '')");
        message_ = prepare(
            "INSERT INTO messages (id, case_key, party, format, dedup_key, sm3, nonce, "
            "bundle, at, body) VALUES (?, ?, 'portal', 'portal.apply', ?, '', '', '', ?, ?)");
        term_ = prepare("INSERT INTO terms VALUES (?, ?)");
    }

    void fill(std::uint64_t messages) {
        const std::uint64_t cases = messages * 2 / 5;
        const std::string body(200, 'x');
        std::uint64_t made = 0;
        for (std::uint64_t number = 1; number <= cases; ++number) {
            const std::int64_t at = time_of(number, cases);
            const std::string id = id_of(number);
            const Case one = state_of(number);
            sqlite3_bind_int64(case_, 1, static_cast<std::int64_t>(number));
            sqlite3_bind_blob(case_, 2, id.data(), 16, SQLITE_TRANSIENT);
            bind_text(case_, 3, fmt::format("FW{:016}", number));
            sqlite3_bind_int(case_, 4, one.decided() ? 1 : 0);
            sqlite3_bind_int64(case_, 5, at);
            step(case_);
            for (std::uint64_t n = 0; n < 2 + number % 2; ++n, ++made) {
                sqlite3_bind_blob(message_, 1, id.data(), 16, SQLITE_TRANSIENT);
                sqlite3_bind_int64(message_, 2, static_cast<std::int64_t>(number));
                bind_text(message_, 3, fmt::format("key:{}:{}", number, n));
                sqlite3_bind_int64(message_, 4, at);
                sqlite3_bind_blob(message_, 5, body.data(), 200, SQLITE_STATIC);
                step(message_);
            }
            take_terms(number, one);
        }
        write_terms();
        run("CREATE INDEX messages_at ON messages (at, party, nonce);"
            "COMMIT; PRAGMA journal_mode = WAL;");
        for (auto* one : {case_, message_, term_}) sqlite3_finalize(one);
        sqlite3_close(db_);
        fmt::print("{} messages, {} cases, {} terms\n", made, cases, terms_.size());
    }

    static std::int64_t time_of(std::uint64_t number, std::uint64_t cases) {
        return kFirst +
               static_cast<std::int64_t>(static_cast<double>(kSpan) * static_cast<double>(number) /
                                         static_cast<double>(cases));
    }

private:
    static std::string id_of(std::uint64_t number) {
        std::string out(16, '\0');
        for (std::size_t place = 0; place < 8; ++place) {
            out[place] = static_cast<char>(number >> (56 - 8 * place));
        }
        return out;
    }
    static Case state_of(std::uint64_t number) {
        Case one;
        one.channel = number % 3 == 0 ? "window" : "portal";
        Item item;
        item.state = number % 20 != 0    ? ItemState::Granted
                     : number % 200 == 0 ? ItemState::Correction
                                         : ItemState::Accepted;
        one.items = {item};
        for (const char* party : {"sti", number % 2 == 0 ? "psb" : "hrss"}) {
            Delivery delivery;
            delivery.party = party;
            delivery.state = number % 5'000 == 0 ? DeliveryState::Dead : DeliveryState::Delivered;
            one.deliveries.push_back(delivery);
        }
        return one;
    }

    void take_terms(std::uint64_t number, const Case& one) {
        const People::Person person = People::person(number);
        const auto add = [&](std::uint64_t term) {
            terms_.emplace_back(static_cast<std::int64_t>(term),
                                static_cast<std::uint32_t>(number));
        };
        for (const std::string* text : {&person.document, &person.channel_number}) {
            add(key_.number(normal_number(*text)));
        }
        add(known(person.employer, [&] { return key_.number(normal_number(person.employer)); }));
        auto parts = name_parts(person.latin + " " + person.chinese);
        for (const std::string& part : parts) add(known(part, [&] { return key_.name(part); }));
        for (const std::uint64_t term : fact_terms(one)) add(term);
    }
    std::uint64_t known(const std::string& text, const std::function<std::uint64_t()>& make) {
        const auto [found, is_new] = cache_.try_emplace(text, 0);
        if (is_new) found->second = make();
        return found->second;
    }
    void write_terms() {
        std::sort(terms_.begin(), terms_.end());
        for (const auto& [term, key] : terms_) {
            sqlite3_bind_int64(term_, 1, term);
            sqlite3_bind_int64(term_, 2, key);
            step(term_);
        }
    }

    void run(const char* sql) {
        char* why = nullptr;
        if (sqlite3_exec(db_, sql, nullptr, nullptr, &why) != SQLITE_OK) die(why);
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* out = nullptr;
        if (sqlite3_prepare_v2(db_, sql, -1, &out, nullptr) != SQLITE_OK) die(sqlite3_errmsg(db_));
        return out;
    }
    static void bind_text(sqlite3_stmt* sql, int place, const std::string& text) {
        sqlite3_bind_text(sql, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    void step(sqlite3_stmt* sql) {
        if (sqlite3_step(sql) != SQLITE_DONE) die(sqlite3_errmsg(db_));
        sqlite3_reset(sql);
    }

    const SearchKey& key_;
    sqlite3* db_ = nullptr;
    sqlite3_stmt* case_ = nullptr;
    sqlite3_stmt* message_ = nullptr;
    sqlite3_stmt* term_ = nullptr;
    std::vector<std::pair<std::int64_t, std::uint32_t>> terms_;
    std::unordered_map<std::string, std::uint64_t> cache_;
};

std::string first_characters(const std::string& text, std::size_t count) {
    return text.substr(0, count * 3);
}

struct Kind {
    const char* name;
    std::function<Question(const People::Person&, std::int64_t)> ask;
};

Question within_a_month(Question question, std::int64_t at) {
    question.from = Instant{Duration{at - 15 * 86'400'000LL}};
    question.until = Instant{Duration{at + 15 * 86'400'000LL}};
    return question;
}

const std::vector<Kind>& kinds() {
    using P = const People::Person&;
    static const std::vector<Kind> all{
        {"document number", [](P one, auto) { return Question{.number = one.document}; }},
        {"serial of the channel",
         [](P one, auto) { return Question{.number = one.channel_number}; }},
        {"credit code", [](P one, auto) { return Question{.number = one.employer}; }},
        {"number that nobody has",
         [](P one, auto) { return Question{.number = one.document + "0"}; }},
        {"name, 1 character",
         [](P one, auto) { return Question{.name = first_characters(one.chinese, 1)}; }},
        {"name, 2 characters",
         [](P one, auto) { return Question{.name = first_characters(one.chinese, 2)}; }},
        {"name, 3 characters",
         [](P one, auto) { return Question{.name = first_characters(one.chinese, 3)}; }},
        {"surname, Latin",
         [](P one, auto) { return Question{.name = one.latin.substr(0, one.latin.find(' '))}; }},
        {"whole name, Latin", [](P one, auto) { return Question{.name = one.latin}; }},
        {"first three letters",
         [](P one, auto) { return Question{.name = one.latin.substr(0, 3) + "*"}; }},
        {"party and state",
         [](P, auto) { return Question{.party = "psb", .state = "correction"}; }},
        {"failed", [](P, auto) { return Question{.state = "failed"}; }},
        {"one month", [](P, auto at) { return within_a_month({}, at); }},
        {"state in one month",
         [](P, auto at) { return within_a_month({.state = "correction"}, at); }},
        {"1 character, party, state, month",
         [](P one, auto at) {
             return within_a_month(
                 {.name = first_characters(one.chinese, 1), .party = "psb", .state = "decided"},
                 at);
         }},
        {"surname and state that is rare",
         [](P one, auto) {
             return Question{.name = one.latin.substr(0, one.latin.find(' ')), .state = "failed"};
         }},
    };
    return all;
}

void measure(Store& store, const SearchKey& key, std::uint64_t cases) {
    fmt::print("{:<34} {:>10} {:>10} {:>10} {:>8}\n", "question", "p50 ms", "p99 ms", "max ms",
               "found");
    for (const Kind& kind : kinds()) {
        std::mt19937_64 random(7);
        std::vector<double> took;
        std::size_t found = 0;
        while (took.size() < kQuestions) {
            const std::uint64_t number = 1 + random() % cases;
            const People::Person person = People::person(number);
            if (person.chinese.size() < 9) continue;
            const auto query = to_query(kind.ask(person, Filler::time_of(number, cases)), &key);
            if (!query) die(query.error().message);
            const auto begin = std::chrono::steady_clock::now();
            const auto page = store.search(*query);
            took.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                    .count());
            if (!page) die(page.error().message);
            found += page->size();
        }
        std::sort(took.begin(), took.end());
        fmt::print("{:<34} {:>10.2f} {:>10.2f} {:>10.2f} {:>8.1f}\n", kind.name,
                   took[kQuestions / 2], took[kQuestions * 99 / 100], took.back(),
                   static_cast<double>(found) / kQuestions);
    }
}

int run(const std::filesystem::path& folder, std::uint64_t messages) {
    const SearchKey key("the search key of the benchmark, 32+");
    const std::filesystem::path place = folder / "search_bench.data";
    std::filesystem::remove_all(place);
    std::filesystem::create_directories(place);
    const std::string path = (place / "search.db").string();
    if (const auto made = open_sqlite_store(path); !made) die(made.error().message);
    Filler(path, key).fill(messages);
    const auto store = open_sqlite_store(path);
    if (!store) die(store.error().message);
    fmt::print("{:.1f} GB\n", static_cast<double>(std::filesystem::file_size(path)) / 1e9);
    measure(**store, key, messages * 2 / 5);
    std::filesystem::remove_all(place);
    return 0;
}

}  // namespace
}  // namespace luqiao::broker

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "search_bench FOLDER [messages]\n");
        return 2;
    }
    return luqiao::broker::run(argv[1], argc > 2 ? std::stoull(argv[2]) : 100'000);
}
