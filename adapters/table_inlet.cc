#include "adapters/polling.h"
#include "adapters/table.h"
#include "adapters/table_kind.h"
#include "base/json.h"
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace luqiao::adapters {
namespace {

struct TableInletSettings {
    std::string party;
    std::string table;
    std::string format;
    std::vector<std::string> columns;
    std::string key_column;
    std::string version_column;
    Duration lease{};
    Duration retry{};
    std::string flag;
    std::string lease_column;
    std::string time;
    std::string id;
    std::string case_number;
    std::string error_code;
    std::string error_text;
};

/// The columns of the table by their part, spelled as the catalogue does; "" when there is none.
struct Layout {
    std::string table;
    std::vector<std::string> keys = {};
    std::vector<std::string> business = {};
    std::string version;
    std::string flag;
    std::string lease;
    std::string time;
    std::string id;
    std::string case_number;
    std::string error_code;
    std::string error_text;
};

struct Claim {
    SqlRow key;
    std::int64_t lease = 0;  ///< our mark on the row; another value means it is not ours any more
};

std::int64_t now_ms() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now())
        .time_since_epoch()
        .count();
}

std::string as_text(const SqlValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return {};
}

Result<Layout> resolve(const TableInletSettings& settings,
                       std::string table,
                       const std::vector<SqlColumn>& columns) {
    const auto name = [&](const std::string& wanted) {
        const SqlColumn* found = find_column(columns, wanted);
        return found == nullptr ? std::string{} : found->name;
    };
    Layout out{.table = std::move(table),
               .version = name(settings.version_column),
               .flag = name(settings.flag),
               .lease = name(settings.lease_column),
               .time = name(settings.time),
               .id = name(settings.id),
               .case_number = name(settings.case_number),
               .error_code = name(settings.error_code),
               .error_text = name(settings.error_text)};
    const auto need = [&](const std::string& found, std::string_view wanted) -> Status {
        if (!found.empty()) return {};
        return fail(Errc::NotFound, R"(table "{}" has no column "{}")", out.table, wanted);
    };
    LQ_CHECK(need(out.flag, settings.flag));
    LQ_CHECK(need(out.lease, settings.lease_column));
    if (!settings.version_column.empty()) LQ_CHECK(need(out.version, settings.version_column));

    std::map<int, const SqlColumn*> primary;
    for (const SqlColumn& column : columns) {
        if (column.key_position > 0) primary[column.key_position] = &column;
    }
    if (!settings.key_column.empty()) {
        LQ_CHECK(need(name(settings.key_column), settings.key_column));
        out.keys = {name(settings.key_column)};
    } else {
        for (const auto& [position, column] : primary) out.keys.push_back(column->name);
    }
    for (const std::string& wanted : settings.columns) {
        LQ_CHECK(need(name(wanted), wanted));
        out.business.push_back(name(wanted));
    }
    if (!settings.columns.empty()) return out;
    const bool technical_key = primary.size() == 1 && primary.begin()->second->is_integer;
    const std::string left_out[] = {
        out.flag,        out.lease,
        out.time,        out.id,
        out.case_number, out.error_code,
        out.error_text,  technical_key ? primary.begin()->second->name : std::string{}};
    for (const SqlColumn& column : columns) {
        if (std::find(std::begin(left_out), std::end(left_out), column.name) ==
            std::end(left_out)) {
            out.business.push_back(column.name);
        }
    }
    return out;
}

class TableSource final : public Source {
public:
    TableSource(TableDatabase database, TableInletSettings settings)
        : database_(std::move(database)), settings_(std::move(settings)) {}

    Result<Haul> take(std::size_t room) override {
        Result<Haul> haul = claim(room);
        if (!haul) database_.drop();
        return haul;
    }

    Status settle(std::vector<Answered>& answers) override {
        Status written = write_back(answers);
        if (!written) {
            database_.drop();
            return written;
        }
        for (const Answered& one : answers) claims_.erase(one.key);
        answers.clear();
        return {};
    }

private:
    Result<TableSession*> open() {
        const std::string tables[] = {settings_.table};
        return database_.session(tables);
    }

    Result<Layout> layout(TableSession& session) const {
        LQ_TRY(std::string name, session.table_name(settings_.table));
        if (name.empty()) {
            return fail(Errc::NotFound, "the exchange database has no table \"{}\"",
                        settings_.table);
        }
        LQ_TRY(const auto columns, session.columns(name));
        LQ_TRY(Layout out, resolve(settings_, std::move(name), columns));
        if (out.keys.empty()) out.keys = {std::string(session.row_key())};
        return out;
    }

    /// `"A" = ? AND "B" = ?`
    static std::string key_condition(const Layout& at) {
        std::string out;
        for (const std::string& key : at.keys) {
            out += fmt::format("{}{} = ?", out.empty() ? "" : " AND ", quoted_identifier(key));
        }
        return out;
    }

    /// New rows and lapsed claims, oldest first. The flag and the lease decide, never a time stamp:
    /// a row whose transaction commits late is still seen.
    static std::string select(const Layout& at) {
        std::string keys;
        for (const std::string& key : at.keys) {
            keys += fmt::format("{}{}", keys.empty() ? "" : ",", quoted_identifier(key));
        }
        std::string wanted = keys;
        if (!at.version.empty()) wanted += "," + quoted_identifier(at.version);
        for (const std::string& column : at.business) wanted += "," + quoted_identifier(column);
        return fmt::format(
            "SELECT {} FROM {} WHERE ({} IS NULL OR {} IN ('0','','P')) AND COALESCE({},0) <= ? "
            "ORDER BY {}{} LIMIT ?",
            wanted, quoted_identifier(at.table), quoted_identifier(at.flag),
            quoted_identifier(at.flag), quoted_identifier(at.lease),
            at.time.empty() ? "" : quoted_identifier(at.time) + ",", keys);
    }

    Result<Haul> claim(std::size_t room) {
        LQ_TRY(TableSession* const session, open());
        LQ_TRY(Transaction transaction, Transaction::begin(*session));
        LQ_TRY(const Layout at, layout(*session));
        const std::int64_t now = now_ms();
        const SqlValue limits[] = {now, static_cast<std::int64_t>(room)};
        LQ_TRY(const auto rows, session->query(select(at), limits));
        const std::int64_t lease = now + std::max<std::int64_t>(settings_.lease.count(), 1);
        Haul haul{.messages = {}, .more = rows.size() == room};
        std::map<std::string, Claim> taken;
        for (const SqlRow& row : rows) {
            const Claim mine{SqlRow(row.begin(), row.begin() + signed_size(at.keys)), lease};
            LQ_CHECK(mark(*session, at, mine));
            const std::string key = row_name(at, row);
            taken.emplace(key, mine);
            if (!claims_.contains(key)) {
                haul.messages.push_back({key, arrival(at, key, row)});
            }
        }
        LQ_CHECK(transaction.commit());
        for (auto& [key, mine] : taken) claims_.insert_or_assign(key, std::move(mine));
        return haul;
    }

    static std::ptrdiff_t signed_size(const std::vector<std::string>& list) {
        return static_cast<std::ptrdiff_t>(list.size());
    }

    static Status mark(TableSession& session, const Layout& at, const Claim& mine) {
        std::vector<SqlValue> values{std::string("P"), mine.lease};
        values.insert(values.end(), mine.key.begin(), mine.key.end());
        LQ_TRY([[maybe_unused]] const auto changed,
               session.execute(fmt::format("UPDATE {} SET {} = ?, {} = ? WHERE {}",
                                           quoted_identifier(at.table), quoted_identifier(at.flag),
                                           quoted_identifier(at.lease), key_condition(at)),
                               values));
        return {};
    }

    /// "HRSS_RESULT:17", with the version behind it when the table has one.
    static std::string row_name(const Layout& at, const SqlRow& row) {
        std::string out = at.table;
        const std::size_t parts = at.keys.size() + (at.version.empty() ? 0 : 1);
        for (std::size_t index = 0; index < parts; ++index) out += ":" + as_text(row[index]);
        return out;
    }

    broker::Arrival arrival(const Layout& at, const std::string& key, const SqlRow& row) const {
        JsonWriter json;
        json.begin_object().key(at.table).begin_array().begin_object();
        const std::size_t first = row.size() - at.business.size();
        for (std::size_t index = 0; index < at.business.size(); ++index) {
            const SqlValue& value = row[first + index];
            if (std::holds_alternative<std::monostate>(value)) continue;
            // Bytes that are no text make the message unreadable, so that the reader refuses it.
            const bool bytes = std::holds_alternative<SqlBytes>(value);
            json.key(at.business[index]);
            bytes ? json.raw("\"\xFF\"") : json.value(as_text(value));
        }
        json.end_object().end_array().end_object();
        broker::Arrival out;
        out.format = settings_.format;
        out.body = json.take();
        out.media_type = "application/json";
        out.idempotency_key = key;
        out.party = settings_.party;
        out.source = "table " + at.table;
        return out;
    }

    Status write_back(const std::vector<Answered>& answers) {
        LQ_TRY(TableSession* const session, open());
        LQ_TRY(Transaction transaction, Transaction::begin(*session));
        LQ_TRY(const Layout at, layout(*session));
        for (const Answered& one : answers) {
            const auto found = claims_.find(one.key);
            if (found == claims_.end()) continue;
            LQ_TRY(const bool ours, write_one(*session, at, found->second, one.answer));
            if (!ours) {
                // Taken up by another node or changed by the department: they go on with it.
                log::write(log::Level::Info, "table.claim_lost", {{"table", at.table}});
            }
        }
        return transaction.commit();
    }

    Result<bool> write_one(TableSession& session,
                           const Layout& at,
                           const Claim& mine,
                           const broker::Answer& answer) const {
        std::string changes;
        std::vector<SqlValue> values;
        const auto set = [&](const std::string& column, SqlValue value) {
            if (column.empty()) return;
            changes +=
                fmt::format("{}{} = ?", changes.empty() ? "" : ", ", quoted_identifier(column));
            values.push_back(std::move(value));
        };
        if (const auto* receipt = std::get_if<broker::Receipt>(&answer)) {
            set(at.flag, "1");
            set(at.lease, std::monostate{});
            set(at.id, receipt->message_id);
            set(at.case_number, receipt->case_number);
            set(at.error_code, std::monostate{});
            set(at.error_text, std::monostate{});
        } else {
            const auto& problem = std::get<broker::Problem>(answer);
            const bool passing = is_passing(problem);
            const Duration rest =
                problem.retry_after ? Duration(*problem.retry_after) : settings_.retry;
            set(at.flag, passing ? "0" : "E");
            set(at.lease, passing ? SqlValue(now_ms() + rest.count()) : std::monostate{});
            set(at.error_code, problem_id(problem));
            set(at.error_text, problem_text(problem));
        }
        values.insert(values.end(), mine.key.begin(), mine.key.end());
        values.emplace_back(std::string("P"));
        values.emplace_back(mine.lease);
        LQ_TRY(const std::int64_t changed,
               session.execute(fmt::format("UPDATE {} SET {} WHERE {} AND {} = ? AND {} = ?",
                                           quoted_identifier(at.table), changes, key_condition(at),
                                           quoted_identifier(at.flag), quoted_identifier(at.lease)),
                               values));
        return changed > 0;
    }

    TableDatabase database_;
    TableInletSettings settings_;
    std::map<std::string, Claim> claims_;  ///< handed over and not yet written back
};

}  // namespace

Spec table_inlet_spec() {
    using enum SettingKind;
    return {
        .name = "receive.table",
        .summary = "Reads new rows of a department's table and writes the outcome into them.",
        .fields = {{"adapter", Text, "table"},
                   {"database", Path, "SQLite file of the exchange database"},
                   {"create_script", Path, "SQL that creates missing tables; empty: none", ""},
                   {"busy_timeout", Time, "how long a locked database is waited for", "2s"},
                   {"table", Text, "the table to read"},
                   {"format", Text, "the message format of a row"},
                   {"columns", List, "columns to submit; none: all business columns", ""},
                   {"key_column", Text, "names a row; empty: the primary key", ""},
                   {"version_column", Text, "changes when a row is used again", ""},
                   {"poll", Time, "how often to look", "2s"},
                   {"lease", Time, "after which a claim lapses", "5m"},
                   {"retry", Time, "how long a row rests after a passing problem", "10s"},
                   {"batch", Integer, "rows claimed and not yet answered", "20"},
                   {"flag_column", Text, "0 new, P claimed, 1 accepted, E refused", "SYNC_FLAG"},
                   {"lease_column", Text, "integer: end of the claim", "LEASE_UNTIL"},
                   {"time_column", Text, "orders the rows when it exists", "MAKETIME"},
                   {"id_column", Text, "gets the message id when it exists", "MSGID"},
                   {"case_column", Text, "gets the case number when it exists", "CASENO"},
                   {"error_code_column", Text, "gets the code when it exists", "ERR_CODE"},
                   {"error_text_column", Text, "gets the reason when it exists", "ERR_TEXT"}},
        .example = R"(adapter = "table"
database = "hrss/front.db"
table = "HRSS_RESULT"
format = "hrss.result"
)"};
}

Result<std::unique_ptr<broker::Inlet>> make_table_inlet(const Making& making) {
    const Section& section = making.section;
    if (making.intake == nullptr) return fail(Errc::InvalidArgument, "an inlet needs an intake");
    if (section.integer("batch") < 1) {
        return fail(Errc::InvalidArgument, "batch must be at least 1");
    }
    const std::string script = section.text("create_script");
    TableDatabase database({.file = making.base_folder / section.text("database"),
                            .busy_timeout = section.time("busy_timeout")},
                           script.empty() ? std::filesystem::path{} : making.base_folder / script);
    TableInletSettings settings{.party = making.party,
                                .table = section.text("table"),
                                .format = section.text("format"),
                                .columns = section.list("columns"),
                                .key_column = section.text("key_column"),
                                .version_column = section.text("version_column"),
                                .lease = section.time("lease"),
                                .retry = section.time("retry"),
                                .flag = section.text("flag_column"),
                                .lease_column = section.text("lease_column"),
                                .time = section.text("time_column"),
                                .id = section.text("id_column"),
                                .case_number = section.text("case_column"),
                                .error_code = section.text("error_code_column"),
                                .error_text = section.text("error_text_column")};
    return std::unique_ptr<broker::Inlet>(std::make_unique<PollingInlet>(
        std::make_unique<TableSource>(std::move(database), std::move(settings)), *making.intake,
        PollingInlet::Options{.name = "table " + making.party,
                              .poll = section.time("poll"),
                              .batch = static_cast<std::size_t>(section.integer("batch"))}));
}

}  // namespace luqiao::adapters
