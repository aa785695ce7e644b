// mapping/code_table.h - one code table: one row per meaning, one column per code system.
#pragma once

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/time.h"
#include "mapping/code_index.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// codes/NAME.csv (RFC 4180, UTF-8, a BOM is tolerated; at most 8 MiB, 100 000 rows, 64 columns).
///
///     sex,gbt2261,mrz,label_zh,label_en,valid_from,valid_to,prefer
///     male,1,M,男,Male,,,
///     unknown,0|9,<|X,未知,Unknown,,,
///
/// The first column is the canonical code; further columns are code systems; the columns
/// `label_zh,label_en,valid_from,valid_to,prefer` are special. An empty cell: that system has no
/// code for this meaning. `0|9`: both are read, the first is written. When several rows have the
/// same code in a system, the row whose `prefer` names that system (space separated, or `*` for
/// all) is the one read; rows whose validity does not overlap need none: the date decides.
class CodeTable {
public:
    struct Row {
        std::vector<std::string> codes;  ///< one per column of `systems`: the code that is written
        Text label;
        std::optional<Date> valid_from;
        std::optional<Date> valid_to;  ///< last valid day
        std::string prefer;
        int line = 0;
    };

    /// Findings: M131 (CSV or header), M132 (canonical code missing or twice), M133 (bad date),
    /// M130 (a warning: a system's code in two rows and no `prefer`; it is an error where a row of
    /// a map reads the column).
    static std::optional<CodeTable> parse(std::string name,
                                          std::string_view csv,
                                          const std::string& file,
                                          Diagnostics& findings);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<std::string>& systems() const { return systems_; }
    [[nodiscard]] std::optional<std::size_t> system(std::string_view name) const;
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

    /// The row that a system's code means; nullptr when unmapped. With several rows: the one valid
    /// on `date`, of these the preferred one; when none is valid, the preferred one.
    [[nodiscard]] const Row* decode(std::size_t system,
                                    std::string_view code,
                                    std::optional<Date> date = std::nullopt) const;
    /// The row of a canonical code (never of an alternative spelling).
    [[nodiscard]] const Row* find(std::string_view canonical) const;
    /// The system's code of a canonical code; nullptr when that system has none.
    [[nodiscard]] const std::string* encode(std::size_t system, std::string_view canonical) const;

    /// A code that a system has in two rows on the same day, and no `prefer` says which is read.
    struct Conflict {
        std::size_t system = 0;
        std::string code;
        Position first;  ///< the cell in the earlier row
        Position second;
        std::optional<Position>
            prefer;  ///< the empty cell of the earlier row; none: no such column
    };
    [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

    static bool valid_on(const Row& row, Date date);

    /// Whether a system has exactly one code per meaning that has any, and one meaning per code:
    /// then `code(table.system)` is exact, else canonical.
    [[nodiscard]] bool is_one_to_one(std::size_t system) const { return one_to_one_[system]; }
    /// Whether any row has a first or last valid day.
    [[nodiscard]] bool has_dates() const { return has_dates_; }

private:
    using Codes = std::map<std::string, std::vector<std::uint32_t>, std::less<>>;
    void index(std::size_t system, const Codes& codes);

    std::string name_;
    std::vector<std::string> systems_;
    std::vector<Row> rows_;
    std::vector<CodeIndex> index_;  ///< per system
    std::vector<bool> one_to_one_;  ///< per system
    bool has_dates_ = false;
    std::vector<Conflict> conflicts_;
};

}  // namespace luqiao::mapping
