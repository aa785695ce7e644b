// mapping/code_table.h - one code table: one row per meaning, one column per code system.
#pragma once

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/time.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace luqiao::mapping {

/// codes/NAME.csv. The first column is the canonical code; further columns are code systems; the
/// columns `label_zh,label_en,valid_from,valid_to,prefer` are special. An empty cell: that system
/// has no code for this meaning. `prefer` names the systems (space separated, or `*`) for which
/// this row is the one written when several rows share a system's code, or chosen when read.
class CodeTable {
public:
    struct Row {
        std::vector<std::string> codes;  ///< one per column of `systems`
        Text label;
        std::optional<Date> valid_from;
        std::optional<Date> valid_to;  ///< last valid day
        std::string prefer;
        int line = 0;
    };

    /// Findings: M131 (CSV or header), M132 (canonical code missing or twice), M133 (bad date),
    /// M130 (a system's code in two rows and no `prefer`).
    static std::optional<CodeTable> parse(std::string name,
                                          std::string_view csv,
                                          const std::string& file,
                                          Diagnostics& findings);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<std::string>& systems() const { return systems_; }
    [[nodiscard]] std::optional<std::size_t> system(std::string_view name) const;
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

    /// The row that a system's code means; nullptr when unmapped.
    [[nodiscard]] const Row* decode(std::size_t system, std::string_view code) const;
    /// The row of a canonical code.
    [[nodiscard]] const Row* find(std::string_view canonical) const { return decode(0, canonical); }
    /// The system's code of a canonical code; nullptr when that system has none.
    [[nodiscard]] const std::string* encode(std::size_t system, std::string_view canonical) const;

    static bool valid_on(const Row& row, Date date);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

    std::string name_;
    std::vector<std::string> systems_;
    std::vector<Row> rows_;
    std::vector<Index> index_;  ///< per system: code -> row
};

}  // namespace luqiao::mapping
