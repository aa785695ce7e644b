#include "mapping/code_table.h"

#include "mapping/table_csv.h"

#include <algorithm>
#include <array>
#include <set>

namespace luqiao::mapping {
namespace {

constexpr std::array<std::string_view, 5> kSpecial{"label_zh", "label_en", "valid_from", "valid_to",
                                                   "prefer"};
constexpr char kAlternative = '|';

bool is_name(std::string_view text) {
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

bool prefers(const CodeTable::Row& row, std::string_view system) {
    if (row.prefer.empty()) return false;
    for (const std::string_view word : split(row.prefer, ' ')) {
        if (word == "*" || word == system) return true;
    }
    return false;
}

bool overlap(const CodeTable::Row& a, const CodeTable::Row& b) {
    const bool a_ends_first = a.valid_to && b.valid_from && *a.valid_to < *b.valid_from;
    const bool b_ends_first = b.valid_to && a.valid_from && *b.valid_to < *a.valid_from;
    return !a_ends_first && !b_ends_first;
}

/// Reads one file; findings carry the place of the cell.
class TableReader {
public:
    TableReader(std::string_view csv, const std::string& file, Diagnostics& findings)
        : file_(file), findings_(findings), lines_(luqiao::split(csv, '\n')) {}

    /// Where each column of the file goes: a system by number, or a special column.
    struct Columns {
        std::vector<std::string> systems;
        std::vector<std::size_t> system_at;  ///< per system: its column
        std::array<std::size_t, kSpecial.size()> special_at{};

        Columns() { special_at.fill(std::string::npos); }
    };

    std::optional<Columns> header(const std::vector<Cell>& cells) {
        Columns columns;
        bool is_fine = true;
        std::set<std::string_view> seen;
        for (std::size_t index = 0; index < cells.size(); ++index) {
            const Cell& cell = cells[index];
            if (!is_name(cell.text)) {
                add("M131", cell,
                    {"列名应为小写字母、数字和下划线",
                     "a column name has lower-case letters, digits and underscores"});
                is_fine = false;
                continue;
            }
            if (!seen.insert(cell.text).second) {
                add("M131", cell, {"列名重复", "this column name occurs twice"});
                is_fine = false;
            }
            const auto* special = std::find(kSpecial.begin(), kSpecial.end(), cell.text);
            if (special != kSpecial.end()) {
                columns.special_at.at(static_cast<std::size_t>(special - kSpecial.begin())) = index;
            } else {
                columns.systems.push_back(cell.text);
                columns.system_at.push_back(index);
            }
        }
        if (is_fine && (columns.system_at.empty() || columns.system_at[0] != 0)) {
            add("M131", cells[0],
                {"第一列应为规范代码", "the first column holds the canonical codes"});
            is_fine = false;
        }
        if (!is_fine) return std::nullopt;
        return columns;
    }

    CodeTable::Row row(const std::vector<Cell>& cells, const Columns& columns) {
        CodeTable::Row out;
        out.line = cells[0].line;
        const auto cell = [&](std::size_t special) -> const Cell* {
            const std::size_t at = columns.special_at.at(special);
            return at == std::string::npos ? nullptr : &cells[at];
        };
        if (cell(0) != nullptr) out.label.zh = cell(0)->text;
        if (cell(1) != nullptr) out.label.en = cell(1)->text;
        out.valid_from = date(cell(2));
        out.valid_to = date(cell(3));
        if (out.valid_from && out.valid_to && *out.valid_to < *out.valid_from) {
            add("M133", *cell(3), {"失效日期早于生效日期", "valid_to is before valid_from"});
        }
        if (cell(4) != nullptr) out.prefer = preferred(*cell(4), columns.systems);
        for (const std::size_t at : columns.system_at) {
            out.codes.emplace_back(
                std::string_view(cells[at].text).substr(0, cells[at].text.find(kAlternative)));
        }
        return out;
    }

    /// All codes of a cell, the written one first. A finding for each that nobody could mean.
    std::vector<std::string_view> codes(const Cell& cell) {
        std::vector<std::string_view> out;
        if (cell.text.empty()) return out;
        for (const std::string_view code : luqiao::split(cell.text, kAlternative)) {
            if (code.empty() || luqiao::trimmed(code).size() != code.size()) {
                add("M131", cell,
                    {"代码为空或首尾有空格", "a code is empty or has blanks around it"});
                continue;
            }
            if (std::find(out.begin(), out.end(), code) == out.end()) out.push_back(code);
        }
        return out;
    }

    void add(std::string code, const Cell& cell, Text message, Fix fix = {}) {
        add({std::move(code), Severity::Error, {}, std::move(message), {}, std::move(fix)}, cell);
    }

    /// A finding about `cell`: its place and line are put in.
    void add(Diagnostic finding, const Cell& cell) {
        const auto line = static_cast<std::size_t>(cell.line);
        std::string_view excerpt = line <= lines_.size() ? lines_[line - 1] : std::string_view{};
        if (excerpt.ends_with('\r')) excerpt.remove_suffix(1);
        finding.at = at(cell);
        finding.excerpt = std::string(excerpt);
        findings_.add(std::move(finding));
    }

    [[nodiscard]] Position at(const Cell& cell) const {
        const auto length = static_cast<int>(std::max<std::size_t>(1, code_points(cell.text)));
        return {file_, cell.line, cell.column, length};
    }

private:
    std::optional<Date> date(const Cell* cell) {
        if (cell == nullptr || cell->text.empty()) return std::nullopt;
        const Result<Date> parsed = parse_date(cell->text);
        if (parsed) return *parsed;
        add("M133", *cell, {"日期应为 yyyy-MM-dd 且存在", "a date is an existing yyyy-MM-dd"});
        return std::nullopt;
    }

    /// The column that was meant, as an edit of the cell.
    Fix as_name(const Cell& cell, std::string_view word, std::string_view meant) const {
        if (meant.empty()) return {};
        return cell.text == word ? write_instead(at(cell), std::string(meant))
                                 : Fix(std::string(meant));
    }

    std::string preferred(const Cell& cell, const std::vector<std::string>& systems) {
        if (cell.text.empty()) return {};
        for (const std::string_view word : luqiao::split(cell.text, ' ')) {
            if (word == "*" || std::find(systems.begin(), systems.end(), word) != systems.end()) {
                continue;
            }
            const std::vector<std::string_view> names(systems.begin(), systems.end());
            add("M131", cell,
                {"prefer 中没有这个代码体系", "prefer names a system this table lacks"},
                as_name(cell, word, nearest(word, names)));
        }
        return cell.text;
    }

    const std::string& file_;
    Diagnostics& findings_;
    std::vector<std::string_view> lines_;
};

/// Judges codes that several rows have in one system.
struct Shared {
    const std::vector<CodeTable::Row>& table;
    const std::string& system;
    std::size_t number;  ///< of the system
    std::size_t column;  ///< 0: the canonical codes, which nobody shares
    std::size_t prefer;  ///< the column of that name; npos: there is none
    const std::vector<const std::vector<Cell>*>& source;  ///< the cells of each row
    std::vector<CodeTable::Conflict>& conflicts;

    /// Puts the preferred of `rows` first. Findings: M130, M132.
    void settle(const std::string& code,
                std::vector<std::uint32_t>& rows,
                TableReader& reader) const {
        std::stable_partition(rows.begin(), rows.end(),
                              [&](std::uint32_t row) { return prefers(table[row], system); });
        for (std::size_t index = 1; index < rows.size(); ++index) {
            const Cell& cell = (*source[rows[index]])[column];
            if (column == 0) {
                reader.add("M132", cell, {"规范代码重复", "the canonical code occurs twice"});
                continue;
            }
            const auto rival = rival_of(rows, index);
            if (rival) reader.add(conflict(code, *rival, rows[index], reader), cell);
        }
    }

    /// Keeps it for the maps that read the column; a warning for the table itself.
    Diagnostic conflict(const std::string& code,
                        std::size_t first,
                        std::size_t second,
                        const TableReader& reader) const {
        CodeTable::Conflict found{number, code, reader.at((*source[first])[column]),
                                  reader.at((*source[second])[column]), std::nullopt};
        Diagnostic out{"M130",
                       Severity::Warning,
                       {},
                       {fmt::format("{} 的代码 \"{}\" 同时属于第 {} 行和第 {} 行", system, code,
                                    table[first].line, table[second].line),
                        fmt::format("code \"{}\" of {} belongs to line {} and to line {}", code,
                                    system, table[first].line, table[second].line)},
                       {}};
        out.related = {{found.first, {"先出现的一行", "the earlier row"}}};
        out.fix = {{fmt::format("在其中一行的 prefer 列写 {}（或 *）", system),
                    fmt::format("write {} (or *) in column prefer of one of them", system)},
                   {},
                   false};
        if (prefer != std::string::npos && (*source[first])[prefer].text.empty()) {
            found.prefer = reader.at((*source[first])[prefer]);
            found.prefer->length = 0;
            out.fix.edits.push_back({*found.prefer, system});
        }
        conflicts.push_back(std::move(found));
        return out;
    }

    /// An earlier row that rows[index] cannot be told from on some day.
    [[nodiscard]] std::optional<std::size_t> rival_of(const std::vector<std::uint32_t>& rows,
                                                      std::size_t index) const {
        constexpr std::size_t kCompared = 64;  // keeps a hostile table linear
        const CodeTable::Row& row = table[rows[index]];
        if (prefers(table[rows[0]], system) && !prefers(row, system)) return std::nullopt;
        for (std::size_t earlier = 0; earlier < std::min(index, kCompared); ++earlier) {
            const CodeTable::Row& other = table[rows[earlier]];
            if (overlap(row, other)) return rows[earlier];
        }
        return std::nullopt;
    }
};

}  // namespace

std::optional<CodeTable> CodeTable::parse(std::string name,
                                          std::string_view csv,
                                          const std::string& file,
                                          Diagnostics& findings) {
    Diagnostics own;
    const std::vector<std::vector<Cell>> lines = read_table_csv(csv, file, own);
    findings.append(own);
    if (own.has_errors()) return std::nullopt;
    TableReader reader(csv, file, findings);
    if (lines.size() < 2) {
        reader.add("M131", {{}, 1, 1}, {"代码表没有内容", "the table has no rows"});
        return std::nullopt;
    }
    const auto columns = reader.header(lines[0]);
    if (!columns) return std::nullopt;

    CodeTable table;
    table.name_ = std::move(name);
    table.systems_ = columns->systems;
    std::vector<Codes> codes_of(table.systems_.size());
    std::vector<const std::vector<Cell>*> source;  // the line of each row
    for (std::size_t line = 1; line < lines.size(); ++line) {
        const std::vector<Cell>& cells = lines[line];
        if (cells.size() != lines[0].size()) {
            reader.add("M131", cells[0],
                       {"单元格数与表头不一致", "another number of cells than the header"});
            continue;
        }
        if (cells[0].text.empty()) {
            reader.add("M132", cells[0], {"缺少规范代码", "the canonical code is missing"});
            continue;
        }
        for (std::size_t system = 0; system < table.systems_.size(); ++system) {
            for (const std::string_view code : reader.codes(cells[columns->system_at[system]])) {
                codes_of[system][std::string(code)].push_back(
                    static_cast<std::uint32_t>(table.rows_.size()));
            }
        }
        table.rows_.push_back(reader.row(cells, *columns));
        table.has_dates_ |= table.rows_.back().valid_from || table.rows_.back().valid_to;
        source.push_back(&cells);
    }
    for (std::size_t system = 0; system < table.systems_.size(); ++system) {
        const Shared shared{table.rows_,
                            table.systems_[system],
                            system,
                            columns->system_at[system],
                            columns->special_at[4],
                            source,
                            table.conflicts_};
        for (auto& [code, rows] : codes_of[system]) {
            if (rows.size() > 1) shared.settle(code, rows, reader);
        }
        table.index(system, codes_of[system]);
    }
    return table;
}

std::optional<std::size_t> CodeTable::system(std::string_view name) const {
    const auto found = std::find(systems_.begin(), systems_.end(), name);
    if (found == systems_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - systems_.begin());
}

const CodeTable::Row* CodeTable::decode(std::size_t system,
                                        std::string_view code,
                                        std::optional<Date> date) const {
    const std::span<const std::uint32_t> rows = index_[system].find(code);
    if (rows.empty()) return nullptr;
    if (date && rows.size() > 1) {
        for (const std::uint32_t row : rows) {
            if (valid_on(rows_[row], *date)) return &rows_[row];
        }
    }
    return &rows_[rows[0]];
}

const CodeTable::Row* CodeTable::find(std::string_view canonical) const {
    const Row* const row = decode(0, canonical);
    return row != nullptr && row->codes[0] == canonical ? row : nullptr;
}

const std::string* CodeTable::encode(std::size_t system, std::string_view canonical) const {
    const Row* const row = find(canonical);
    if (row == nullptr || row->codes[system].empty()) return nullptr;
    return &row->codes[system];
}

bool CodeTable::valid_on(const Row& row, Date date) {
    return (!row.valid_from || *row.valid_from <= date) && (!row.valid_to || date <= *row.valid_to);
}

void CodeTable::index(std::size_t system, const Codes& codes) {
    CodeIndex index;
    for (const auto& [code, rows] : codes) index.add(code, rows);
    index_.push_back(std::move(index));
    const auto written = std::count_if(rows_.begin(), rows_.end(), [system](const Row& row) {
        return !row.codes[system].empty();
    });
    one_to_one_.push_back(static_cast<std::size_t>(written) == codes.size() &&
                          std::all_of(codes.begin(), codes.end(),
                                      [](const auto& entry) { return entry.second.size() == 1; }));
}

}  // namespace luqiao::mapping
