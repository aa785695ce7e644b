#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// One `code(table.system)` of a row, executed over every row of its table.
class TableUse {
public:
    TableUse(const RowContext& row, std::size_t call)
        : row_(row),
          at_(row.chain.at[call]),
          table_(*row.chain.calls[call].arguments.table),
          system_(row.chain.calls[call].arguments.system),
          system_name_(table_.systems()[system_]) {}

    void run() {
        if (writes(row_.rule.arrow)) written();
        if (reads(row_.rule.arrow)) {
            ambiguous();
            expired();
        }
        if (writes(row_.rule.arrow) && reads(row_.rule.arrow)) merged();
    }

private:
    /// Canonical codes that the system has no code for: the author says what shall happen.
    void written() {
        if (row_.syntax.clauses.unmapped) return;
        std::vector<std::string_view> missing;
        for (const CodeTable::Row& one : table_.rows()) {
            if (one.codes[system_].empty() && !one.valid_to) missing.push_back(one.codes[0]);
        }
        if (missing.empty()) return;
        const std::string codes = listed(missing);
        Diagnostic out{"M130",
                       Severity::Warning,
                       at_,
                       {fmt::format("代码表{}的{}列缺少{}个代码：{}", table_.name(), system_name_,
                                    missing.size(), codes),
                        fmt::format("column {} of {} has no code for {} of its rows: {}",
                                    system_name_, table_.name(), missing.size(), codes)},
                       {}};
        out.fix = {
            {"补全该列，或加上 ; unmapped reject", "fill the column, or add: ; unmapped reject"},
            {add_clause(row_.syntax, "unmapped reject")}};
        row_.report.add(std::move(out));
    }

    /// A code that two rows have on the same day: reading it would be a guess.
    void ambiguous() {
        const auto& all = table_.conflicts();
        const auto is_mine = [&](const CodeTable::Conflict& one) { return one.system == system_; };
        const auto first = std::find_if(all.begin(), all.end(), is_mine);
        if (first == all.end()) return;
        const auto count = std::count_if(all.begin(), all.end(), is_mine);
        const std::string more = count > 1 ? fmt::format("（共{}处）", count) : "";
        const std::string more_en = count > 1 ? fmt::format(", {} such codes", count) : "";
        Diagnostic out{
            "M130",
            Severity::Error,
            at_,
            {fmt::format("代码表{}的{} → 规范代码不是一对一", table_.name(), system_name_),
             fmt::format("{}.{} does not give one canonical code for each code", table_.name(),
                         system_name_)},
            {}};
        out.cause = {fmt::format("\"{}\" 同时属于两行{}", first->code, more),
                     fmt::format("\"{}\" stands in two rows{}", first->code, more_en)};
        out.related = {{first->first, {}}, {first->second, {}}};
        out.fix = {
            {fmt::format("在其中一行的 prefer 列写 {}（或 *），或改用 ->（只发送）", system_name_),
             fmt::format("put {} (or *) in column prefer of one row, or write -> (send only)",
                         system_name_)},
            {},
            false};
        if (first->prefer) out.fix.edits.push_back({*first->prefer, system_name_});
        row_.report.add(std::move(out));
    }

    /// Without a date every code is good for ever.
    void expired() {
        if (row_.scope.has_as_of) return;
        std::vector<std::string_view> ended;
        for (const CodeTable::Row& one : table_.rows()) {
            if (one.valid_to && !one.codes[system_].empty()) ended.push_back(one.codes[0]);
        }
        if (ended.empty()) return;
        const std::string codes = listed(ended);
        row_.report.warning(
            "M130", at_,
            {fmt::format("映射没有 asof，代码表{}中已失效的代码也会被接受：{}", table_.name(),
                         codes),
             fmt::format("without asof, codes of {} that have ended are accepted: {}",
                         table_.name(), codes)},
            Text{"在文件头加上 asof 和一个日期字段", "add asof and a date field to the head"});
    }

    /// Canonical codes that are written as a code which reads back as another one.
    void merged() {
        if (row_.syntax.clauses.lossy_ok) return;
        std::vector<std::string_view> other;
        for (const CodeTable::Row& one : table_.rows()) {
            const std::string& code = one.codes[system_];
            if (code.empty() || one.valid_to) continue;
            const CodeTable::Row* back = table_.decode(system_, code);
            if (back != nullptr && back->codes[0] != one.codes[0]) other.push_back(one.codes[0]);
        }
        if (other.empty() || !table_.conflicts().empty()) return;
        const std::string codes = listed(other);
        row_.report.note(
            "M130", at_,
            {fmt::format("这些代码写出后读回来是另一个代码（prefer）：{}", codes),
             fmt::format("these codes are written, and read back as another (prefer): {}", codes)});
    }

    const RowContext& row_;
    const Position& at_;
    const CodeTable& table_;
    std::size_t system_;
    const std::string& system_name_;
};

}  // namespace

void check_tables(const RowContext& row) {
    for (std::size_t index = 0; index < row.chain.calls.size(); ++index) {
        const CodecArguments& arguments = row.chain.calls[index].arguments;
        if (arguments.table != nullptr && arguments.system != 0) TableUse(row, index).run();
    }
}

}  // namespace luqiao::mapping
