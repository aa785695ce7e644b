#include "mapping/code_table.h"

#include <map>

#include "authoring/diff_list.h"

namespace luqiao::authoring {
namespace {

using mapping::CodeTable;

std::string day(const std::optional<Date>& date) {
    return date ? luqiao::to_string(*date) : "";
}

/// What one system's codes mean under both versions.
void diff_codes(const CodeTable& old,
                const CodeTable& now,
                const std::string& system,
                DiffList& out) {
    const std::size_t before = *old.system(system);
    const std::size_t after = *now.system(system);
    for (const CodeTable::Row& row : old.rows()) {
        const std::string& canonical = row.codes[0];
        const std::string& code = row.codes[before];
        if (code.empty() || now.find(canonical) == nullptr) continue;
        const CodeTable::Row* means = now.decode(after, code);
        const CodeTable::Row* meant = old.decode(before, code);
        const std::string target = fmt::format("{} \"{}\"", system, code);
        if (meant != nullptr && means == nullptr) {
            out.breaking({"code.removed", target, canonical},
                         {"该代码不再能读", "the code is no longer read"});
        } else if (meant != nullptr && means->codes[0] != meant->codes[0]) {
            out.breaking({"code.reassigned", target, meant->codes[0], means->codes[0]},
                         {"该代码改为另一含义", "the code means something else"});
        }
        const std::string* written = now.encode(after, canonical);
        if (written == nullptr || written->empty()) {
            out.breaking({"code.unwritten", fmt::format("{} {}", system, canonical), code},
                         {"该含义不再能写出", "this meaning can no longer be written"});
        } else if (*written != code) {
            const bool was_read = old.decode(before, *written) != nullptr;
            out.add(was_read ? DiffClass::Review : DiffClass::Breaking,
                    {"code.written", fmt::format("{} {}", system, canonical), code, *written},
                    {"该含义改用另一代码写出", "this meaning is written with another code"});
        }
    }
}

void diff_row(const CodeTable::Row& old, const CodeTable::Row& now, DiffList& out) {
    const std::string& canonical = old.codes[0];
    const std::string before = day(old.valid_from) + ".." + day(old.valid_to);
    const std::string after = day(now.valid_from) + ".." + day(now.valid_to);
    if (before != after) {
        const bool is_shorter =
            now.valid_from.value_or(Date::min()) > old.valid_from.value_or(Date::min()) ||
            now.valid_to.value_or(Date::max()) < old.valid_to.value_or(Date::max());
        out.add(is_shorter ? DiffClass::Review : DiffClass::Safe,
                {"code.validity", canonical, before, after},
                is_shorter ? Text{"有效期缩短", "it is valid for a shorter time"}
                           : Text{"有效期延长", "it is valid for longer"});
    }
    if (old.prefer != now.prefer) {
        out.review({"code.prefer", canonical, old.prefer, now.prefer},
                   {"一码多义时的取舍改变", "another row is preferred for a shared code"});
    }
    if (old.label != now.label) {
        out.safe({"code.label", canonical, old.label.zh, now.label.zh},
                 {"名称改变", "another label"});
    }
}

std::map<std::string, const CodeTable::Row*> table_rows(const CodeTable& table) {
    std::map<std::string, const CodeTable::Row*> out;
    for (const CodeTable::Row& row : table.rows()) out[row.codes[0]] = &row;
    return out;
}

void diff_table(const CodeTable& old, const CodeTable& now, DiffList& out) {
    pair_up(
        table_rows(old), table_rows(now),
        [&](const std::string& code, const CodeTable::Row* row) {
            out.breaking({"code.row_removed", code, row->label.zh},
                         {"规范代码删除，已有数据失去含义", "existing data lose their meaning"});
        },
        [&](const std::string& code, const CodeTable::Row* row) {
            out.safe({"code.row_added", code, {}, row->label.zh},
                     {"新的规范代码", "a canonical code is new"});
        },
        [&](const std::string&, const CodeTable::Row* left, const CodeTable::Row* right) {
            diff_row(*left, *right, out);
        });
    for (std::size_t at = 1; at < old.systems().size(); ++at) {
        const std::string& system = old.systems()[at];
        if (now.system(system)) {
            diff_codes(old, now, system, out);
        } else {
            out.breaking({"table.system_removed", system},
                         {"代码体系删除", "a code system is gone"});
        }
    }
    for (std::size_t at = 1; at < now.systems().size(); ++at) {
        if (old.system(now.systems()[at])) continue;
        out.safe({"table.system_added", now.systems()[at]},
                 {"新的代码体系", "a code system is new"});
    }
}

std::map<std::string, const CodeTable*> tables_of(const mapping::Bundle& bundle) {
    std::map<std::string, const CodeTable*> out;
    for (const auto& [name, program] : bundle.programs()) {
        for (const CodeTable* table : program.tables) out[table->name()] = table;
    }
    return out;
}

}  // namespace

void diff_tables(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out) {
    pair_up_files(tables_of(before), tables_of(after), {"codes", "table", {"代码表", "code table"}},
                  out,
                  [&](const CodeTable& old, const CodeTable& now) { diff_table(old, now, out); });
}

}  // namespace luqiao::authoring
