#include "adapters/table.h"

#include "adapters/registry.h"
#include "adapters/table_kind.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <simdjson.h>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kTableBodyMax = 16u << 20;
constexpr std::size_t kTablesMax = 100;
constexpr std::size_t kRowsMax = 10'000;
constexpr std::size_t kColumnsMax = 500;
constexpr std::size_t kTableDepthMax = 8;
constexpr std::size_t kScriptMax = 1u << 20;

Error no_table_message(std::string_view expected, std::string where) {
    return fail(Errc::Refused, "not a table message: expected {}", expected).at(std::move(where));
}

/// Nothing: not a value of a row.
std::optional<SqlValue> parse_value(const simdjson::dom::element& element) {
    switch (element.type()) {
        case simdjson::dom::element_type::STRING:
            return SqlValue(std::string(std::string_view(element.get_string().value_unsafe())));
        case simdjson::dom::element_type::INT64:
            return SqlValue(element.get_int64().value_unsafe());
        case simdjson::dom::element_type::NULL_VALUE: return SqlValue(std::monostate{});
        case simdjson::dom::element_type::UINT64:
        case simdjson::dom::element_type::DOUBLE:
        case simdjson::dom::element_type::BOOL:
        case simdjson::dom::element_type::ARRAY:
        case simdjson::dom::element_type::OBJECT: break;
    }
    return std::nullopt;
}

Result<TableRows::Row> parse_row(const simdjson::dom::element& element, const std::string& where) {
    simdjson::dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
        return no_table_message("an object", where);
    }
    if (object.size() > kColumnsMax) return no_table_message("at most 500 columns", where);
    TableRows::Row row;
    for (const auto& [key, value] : object) {
        const std::string column(key);
        const bool twice = std::any_of(row.begin(), row.end(), [&](const auto& earlier) {
            return same_name(earlier.first, column);
        });
        auto content = parse_value(value);
        if (twice || !content) {
            return no_table_message(twice ? "each column once" : "a text, an integer or null",
                                    fmt::format("{}/{}", where, column));
        }
        row.emplace_back(column, *std::move(content));
    }
    return row;
}

}  // namespace

std::string quoted_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        out += c;
        if (c == '"') out += c;
    }
    return out + "\"";
}

bool same_name(std::string_view a, std::string_view b) {
    return equal_ignoring_case(a, b);
}

const SqlColumn* find_column(std::span<const SqlColumn> columns, std::string_view name) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const SqlColumn& column) {
        return same_name(column.name, name);
    });
    return found == columns.end() ? nullptr : &*found;
}

Result<Transaction> Transaction::begin(TableSession& session) {
    LQ_CHECK(session.begin());
    return Transaction(session);
}

Status Transaction::commit() {
    LQ_CHECK(session_->commit());  // when it fails, the destructor rolls back what is still open
    session_ = nullptr;
    return {};
}

Transaction::~Transaction() {
    if (session_ != nullptr) session_->rollback();
}

Result<TableSession*> TableDatabase::session(std::span<const std::string> tables) {
    if (session_ && !session_->is_current()) {
        session_.reset();
        script_ran_ = false;
    }
    if (!session_) {
        SqliteOptions options = options_;
        options.create = !script_.empty();
        LQ_TRY(session_, open_sqlite(options));
    }
    if (script_.empty() || script_ran_) return session_.get();
    for (const std::string& table : tables) {
        LQ_TRY(const std::string found, session_->table_name(table));
        if (found.empty()) {
            LQ_CHECK(run_script());
            break;
        }
    }
    return session_.get();
}

Status TableDatabase::run_script() {
    std::ifstream file(script_, std::ios::binary);
    std::string sql(kScriptMax + 1, '\0');
    file.read(sql.data(), static_cast<std::streamsize>(sql.size()));
    sql.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (file.bad() || sql.empty() || sql.size() > kScriptMax) {
        return fail(Errc::Unavailable,
                    "the script that creates the tables is missing, empty or over 1 MiB")
            .at(script_.string());
    }
    LQ_TRY(Transaction transaction, Transaction::begin(*session_));
    LQ_CHECK(session_->run_script(sql));
    LQ_CHECK(transaction.commit());
    script_ran_ = true;
    return {};
}

Result<std::vector<TableRows>> parse_table_rows(std::string_view json) {
    if (json.size() > kTableBodyMax) return no_table_message("at most 16 MiB", "");
    simdjson::dom::parser parser(kTableBodyMax + 1);
    if (parser.allocate(json.size(), kTableDepthMax) != simdjson::SUCCESS) {
        return fail(Errc::Unavailable, "no memory to read a table message");
    }
    simdjson::dom::object document;
    const simdjson::padded_string padded(json);
    if (parser.parse(padded).get_object().get(document) != simdjson::SUCCESS) {
        return no_table_message(R"({"TABLE":[{"COLUMN":"value"}]})", "");
    }
    std::vector<TableRows> out;
    std::size_t rows_total = 0;
    for (const auto& [key, value] : document) {
        TableRows& rows = out.emplace_back();
        rows.table = std::string(key);
        simdjson::dom::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) {
            return no_table_message("an array of rows", "/" + rows.table);
        }
        for (const auto& element : array) {
            const std::string where = fmt::format("/{}/{}", rows.table, rows.rows.size());
            if (++rows_total > kRowsMax) return no_table_message("at most 10,000 rows", where);
            LQ_TRY(auto row, parse_row(element, where));
            rows.rows.push_back(std::move(row));
        }
        if (out.size() > kTablesMax) {
            return no_table_message("at most 100 tables", "/" + rows.table);
        }
    }
    if (rows_total == 0) return no_table_message("at least one row", "");
    return out;
}

std::string table_time(Instant instant) {
    std::string text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(instant));
    text.resize(19);
    text[10] = ' ';
    return text;
}

const AdapterKind& table_adapter() {
    static const AdapterKind kind{.outlet_spec = table_outlet_spec(),
                                  .inlet_spec = table_inlet_spec(),
                                  .make_outlet = make_table_outlet,
                                  .make_inlet = make_table_inlet,
                                  .name = "table",
                                  .can_be_asked = [](const Section&) { return true; }};
    return kind;
}

}  // namespace luqiao::adapters
