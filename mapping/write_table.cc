#include "base/json.h"
#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

void append_name(std::string& out, std::string_view name) {
    out += '"';
    append_json_escaped(out, name);
    out += "\":";
}

/// A column that has no value is left out: NULL.
void write_row(std::string& out, const PathNode& table, const WireRow& row) {
    char before = '{';
    for (const PathNode& column : table.children) {
        if (column.leaf == nullptr || !row.slots[column.field].has_value()) continue;
        out += before;
        before = ',';
        append_name(out, column.name);
        out += '"';
        append_json_escaped(out, row.slots[column.field].text());
        out += '"';
    }
    if (before == '{') out += '{';
    out += '}';
}

}  // namespace

/// The text stays UTF-8: the driver converts; only the lengths were counted in the table's charset.
Status write_table(const Plan& plan,
                   const Format& /*format*/,
                   const WireRow& root,
                   std::string& out) {
    char before = '{';
    for (const PathNode& table : plan.root.children) {
        const bool is_child = table.items != nullptr;
        if (is_child && root.lists[table.list].count == 0) continue;
        out += before;
        before = ',';
        append_name(out, table.name);
        out += '[';
        if (is_child) {
            const WireItems& items = root.lists[table.list];
            for (std::size_t item = 0; item < items.count; ++item) {
                if (item > 0) out += ',';
                write_row(out, table, items.rows[item]);
            }
        } else {
            write_row(out, table, root);
        }
        out += ']';
    }
    if (before == '{') out += '{';
    out += '}';
    return {};
}

}  // namespace luqiao::mapping
