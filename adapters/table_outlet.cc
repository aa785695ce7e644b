#include "adapters/carrier.h"
#include "adapters/table.h"
#include "adapters/table_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace luqiao::adapters {
namespace {

struct Names {
    std::string id;
    std::string flag;
    std::string time;
};

/// A message's table, resolved against the catalogue.
struct TargetTable {
    const TableRows* rows = nullptr;
    std::string name;
    std::vector<SqlColumn> columns;
};

Error no_such(std::string_view what, std::string_view name, std::string where) {
    return fail(Errc::Refused, "the exchange database has no {} \"{}\"", what, name)
        .at(std::move(where));
}

class TableCarrier final : public Carrier {
public:
    TableCarrier(TableDatabase database, Names names)
        : database_(std::move(database)), names_(std::move(names)) {}

    Result<broker::Reply> carry(const broker::Outgoing& message) override {
        LQ_TRY(const auto tables, parse_table_rows(message.body));
        Status written = write(message.id, tables);
        if (written) return broker::Reply{};
        if (written.error().code != Errc::Refused) database_.drop();
        return std::move(written).error();
    }

    [[nodiscard]] bool can_look() const override { return true; }
    /// The rows of the message stand in its tables until the department deletes them: an id that is
    /// not there is told as missing, so a department that clears its tables is not to be queried.
    Result<broker::Holding> look(const broker::Outgoing& message) override {
        LQ_TRY(const auto tables, parse_table_rows(message.body));
        auto found = find(message.id, tables);
        if (found) return *found ? broker::Holding::Held : broker::Holding::Missing;
        database_.drop();
        return fail(Errc::Unavailable, "{}", found.error().message);
    }

private:
    Result<TableSession*> session_of(const std::vector<TableRows>& tables) {
        std::vector<std::string> wanted;
        wanted.reserve(tables.size());
        for (const TableRows& one : tables) wanted.push_back(one.table);
        return database_.session(wanted);
    }

    Result<bool> find(const std::string& id, const std::vector<TableRows>& tables) {
        LQ_TRY(TableSession* const session, session_of(tables));
        LQ_TRY(Transaction transaction, Transaction::begin(*session));
        LQ_TRY(const auto targets, resolve(*session, tables));
        return has_rows(*session, targets, id);
    }

    Status write(const std::string& id, const std::vector<TableRows>& tables) {
        LQ_TRY(TableSession* const session, session_of(tables));
        LQ_TRY(Transaction transaction, Transaction::begin(*session));
        LQ_TRY(const auto targets, resolve(*session, tables));
        LQ_TRY(const bool written_before, has_rows(*session, targets, id));
        if (written_before) return {};
        for (const TargetTable& target : targets) LQ_CHECK(insert(*session, target, id));
        return transaction.commit();
    }

    /// Every identifier of the message must be in the catalogue; nothing else reaches SQL text.
    Result<std::vector<TargetTable>> resolve(TableSession& session,
                                             const std::vector<TableRows>& tables) const {
        std::vector<TargetTable> targets;
        std::set<std::string> seen;
        for (const TableRows& rows : tables) {
            const std::string where = "/" + rows.table;
            LQ_TRY(const std::string name, session.table_name(rows.table));
            if (name.empty()) return no_such("table", rows.table, where);
            if (!seen.insert(name).second) {
                return fail(Errc::Refused, "table \"{}\" occurs twice", name).at(where);
            }
            LQ_TRY(auto columns, session.columns(name));
            if (find_column(columns, names_.id) == nullptr) {
                return no_such("column for the message id", names_.id, where);
            }
            for (std::size_t index = 0; index < rows.rows.size(); ++index) {
                for (const auto& [column, value] : rows.rows[index]) {
                    if (find_column(columns, column) != nullptr) continue;
                    return no_such("column", column, fmt::format("{}/{}/{}", where, index, column));
                }
            }
            targets.push_back({&rows, name, std::move(columns)});
        }
        return targets;
    }

    /// All rows of a message are committed together, so one row means all are there.
    Result<bool> has_rows(TableSession& session,
                          const std::vector<TargetTable>& targets,
                          const std::string& id) const {
        const SqlValue values[] = {id};
        for (const TargetTable& target : targets) {
            const std::string column = find_column(target.columns, names_.id)->name;
            LQ_TRY(const auto found,
                   session.query(
                       fmt::format("SELECT 1 FROM {} WHERE {} = ? LIMIT 1",
                                   quoted_identifier(target.name), quoted_identifier(column)),
                       values));
            if (!found.empty()) return true;
        }
        return false;
    }

    Status insert(TableSession& session, const TargetTable& target, const std::string& id) const {
        const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
        for (const TableRows::Row& given : target.rows->rows) {
            TableRows::Row row = given;
            std::erase_if(row, [&](const auto& cell) { return same_name(cell.first, names_.id); });
            row.emplace_back(names_.id, id);
            add_missing(target, row, names_.flag, "0");
            add_missing(target, row, names_.time, table_time(now));
            std::string columns;
            std::string marks;
            std::vector<SqlValue> values;
            for (auto& [column, value] : row) {
                const std::string_view comma = values.empty() ? "" : ",";
                columns += comma;
                columns += quoted_identifier(find_column(target.columns, column)->name);
                marks += comma;
                marks += '?';
                values.push_back(std::move(value));
            }
            LQ_TRY([[maybe_unused]] const auto changed,
                   session.execute(fmt::format("INSERT INTO {} ({}) VALUES ({})",
                                               quoted_identifier(target.name), columns, marks),
                                   values));
        }
        return {};
    }

    static void add_missing(const TargetTable& target,
                            TableRows::Row& row,
                            const std::string& column,
                            std::string value) {
        if (find_column(target.columns, column) == nullptr) return;
        const bool given = std::any_of(row.begin(), row.end(), [&](const auto& cell) {
            return same_name(cell.first, column);
        });
        if (!given) row.emplace_back(column, std::move(value));
    }

    TableDatabase database_;
    Names names_;
};

}  // namespace

Spec table_outlet_spec() {
    using enum SettingKind;
    return {.name = "push.table",
            .summary = "Inserts each message as rows of the department's exchange tables.",
            .fields = {{"adapter", Text, "table"},
                       {"database", Path, "SQLite file of the exchange database"},
                       {"create_script", Path, "SQL that creates missing tables; empty: none", ""},
                       {"busy_timeout", Time, "how long a locked database is waited for", "2s"},
                       {"queue", Integer, "messages that may wait", "1000"},
                       {"id_column", Text, "gets the delivery id; must exist", "MSGID"},
                       {"flag_column", Text, "gets '0' when it exists", "SYNC_FLAG"},
                       {"time_column", Text, "gets the time when it exists", "MAKETIME"}},
            .example = R"(adapter = "table"
database = "hrss/front.db"
create_script = "hrss/front.sql"
)"};
}

Result<std::unique_ptr<broker::Outlet>> make_table_outlet(const Making& making) {
    const Section& section = making.section;
    if (section.integer("queue") < 1) {
        return fail(Errc::InvalidArgument, "queue must be at least 1");
    }
    const std::string script = section.text("create_script");
    TableDatabase database({.file = making.base_folder / section.text("database"),
                            .busy_timeout = section.time("busy_timeout")},
                           script.empty() ? std::filesystem::path{} : making.base_folder / script);
    std::vector<std::unique_ptr<Carrier>> carriers;
    carriers.push_back(std::make_unique<TableCarrier>(
        std::move(database), Names{section.text("id_column"), section.text("flag_column"),
                                   section.text("time_column")}));
    return make_blocking_outlet(std::move(carriers),
                                static_cast<std::size_t>(section.integer("queue")));
}

}  // namespace luqiao::adapters
