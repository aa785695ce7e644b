#include "mapping/parse_form.h"

#include "mapping/block_reader.h"
#include "mapping/parse_expression.h"
#include "mapping/parse_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace luqiao::mapping {
namespace {

bool is_field_name(std::string_view word) {
    return !word.empty() && word[0] >= 'a' && word[0] <= 'z' &&
           std::all_of(word.begin(), word.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::optional<Privacy> find_privacy(std::string_view word) {
    if (word == "C0") return Privacy::C0;
    if (word == "C1") return Privacy::C1;
    if (word == "C2") return Privacy::C2;
    if (word == "C3") return Privacy::C3;
    return std::nullopt;
}

class FormParser : private BlockReader {
public:
    using BlockReader::BlockReader;

    std::optional<FormSyntax> run() {
        if (!header()) return std::nullopt;
        body({&out_.form.root, &names_, "", false, 1, out_.at});
        return std::move(out_);
    }

private:
    /// Where the lines of one level go.
    struct Level {
        Scope* scope;
        std::set<std::string, std::less<>>* names;
        std::string prefix;  ///< "applicant."
        bool in_list;
        std::size_t depth;
        Position opener;
    };

    bool header() {
        std::optional<Cursor> line = first_line("form", "form NAME v1");
        if (!line) return false;
        Cursor& cursor = *line;
        const std::optional<std::string> name = cursor.expect_word({"表单名称", "the form's name"});
        if (!name) return false;
        const std::optional<int> version = cursor.expect_version();
        if (!version || !cursor.expect_end()) return false;
        out_.at = cursor.whole();
        out_.form.name = *name;
        out_.form.version = *version;
        out_.form.label = cursor.line().label;
        return true;
    }

    void body(const Level& level) {
        block({level.depth, level.opener}, [&](Cursor& cursor) { statement(cursor, level); });
    }

    void statement(Cursor& cursor, const Level& level) {
        if (cursor.take_word("group")) {
            group(cursor, level);
        } else if (cursor.take_word("list")) {
            list(cursor, level);
        } else if (cursor.take_word("check")) {
            if (level.depth > 1) {
                report_.error("M100", cursor.whole(),
                              {"check 只能写在最外层", "a check stands outside groups and lists"});
                return;
            }
            if (std::optional<CheckSyntax> check = parse_check(cursor)) {
                out_.checks.push_back(std::move(*check));
            }
        } else {
            field(cursor, level);
        }
    }

    /// A name that is new on this level; its full path.
    std::optional<std::string> new_name(Cursor& cursor, const Level& level, const Text& what) {
        const Token token = cursor.peek();
        const std::optional<std::string> name = cursor.expect_word(what);
        if (!name) return std::nullopt;
        if (!is_field_name(*name)) {
            report_.error(
                "M100", cursor.at(token),
                {"名称只能用小写字母、数字和下划线，并以字母开头",
                 "a name has lower-case letters, digits and _, and begins with a letter"});
            return std::nullopt;
        }
        std::string path = level.prefix + *name;
        if (!level.names->insert(path).second) {
            report_.error("M104", cursor.at(token),
                          {fmt::format("{}已经声明过", path), path + " is declared twice"});
            return std::nullopt;
        }
        return path;
    }

    void group(Cursor& cursor, const Level& level) {
        const auto path = new_name(cursor, level, {"组名", "the group's name"});
        if (path) cursor.expect_end();
        if (too_deep(cursor, level.depth)) return;
        body({level.scope, level.names, path.value_or(level.prefix + "?") + ".", level.in_list,
              level.depth + 1, cursor.whole()});
    }

    void list(Cursor& cursor, const Level& level) {
        List list;
        list.at = cursor.whole();
        list.label = cursor.line().label;
        const auto path = new_name(cursor, level, {"列表名", "the list's name"});
        bool good = path.has_value();
        std::optional<Token> key;
        if (good && cursor.take_word("key")) {
            key = cursor.peek();
            good = cursor.expect_word({"键字段", "the key field"}).has_value();
        }
        if (good) list.items_max = list_max(cursor, list.at);
        if (too_deep(cursor, level.depth)) return;
        if (level.in_list) {
            report_.error("M100", list.at, {"列表不能嵌套列表", "a list does not hold a list"});
        }
        std::set<std::string, std::less<>> names;
        body({&list.scope, &names, "", true, level.depth + 1, list.at});
        if (key && !find_field(list.scope, key->text)) {
            report_.error("M101", cursor.at(*key),
                          {fmt::format("列表中没有字段{}", key->text),
                           fmt::format("the list has no field {}", key->text)});
        }
        if (key) list.key = key->text;
        if (!path || level.in_list) return;
        list.path = *path;
        level.scope->lists.push_back(std::move(list));
    }

    void field(Cursor& cursor, const Level& level) {
        if (!may_have_field(cursor)) return;
        Field field;
        field.at = cursor.whole();
        field.label = cursor.line().label;
        const auto path =
            new_name(cursor, level,
                     {"字段、group、list、check 或 end", "a field, group, list, check or end"});
        if (!path) return;
        field.path = *path;
        const std::optional<Type> type = parse_type(cursor);
        if (!type) return;
        field.type = *type;
        field.privacy = default_privacy(type->kind);
        if (cursor.take_symbol("!")) {
            field.required = true;
        } else {
            cursor.take_symbol("?");
        }
        if (const auto privacy = find_privacy(cursor.peek().text)) {
            field.privacy = *privacy;
            cursor.next();
        }
        if (!cursor.at_end()) {
            cursor.fail({"! ? C0 C1 C2 C3 或行尾", "! ? C0 C1 C2 C3 or the end of the line"});
        }
        level.scope->fields.push_back(std::move(field));
    }

    std::set<std::string, std::less<>> names_;
    FormSyntax out_;
};

}  // namespace

std::string_view stem(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
    return path.substr(0, path.rfind('.'));
}

Fix delete_line(const Report& report, int line) {
    // After another mistake the line may well be right, and its opener misspelt.
    return {{"删除这一行", "delete this line"}, {report.erase_line(line)}, !report.has_errors()};
}

Fix add_end(const Report& report) {
    const auto last = static_cast<int>(report.lines().size());
    return {{"在末尾补上 end", "add end"},
            {report.insert_line_behind(last, "end")},
            !report.has_errors()};
}

Fix as_file(const Report& report, const Position& header, const std::string& name) {
    const std::string wanted(stem(report.file()));
    const auto at = report.find(header.line, name);
    return at ? write_instead(*at, wanted) : Fix(Text{"写作 " + wanted, "write " + wanted});
}

std::optional<FormSyntax> parse_form(const SourceFile& source, Report& report) {
    const std::vector<Line> lines = lex(report, source.text);
    if (lines.empty() && report.has_errors()) return std::nullopt;
    std::optional<FormSyntax> out = FormParser(lines, report).run();
    if (out && out->form.name != stem(source.path)) {
        report.error("M105", out->at,
                     {fmt::format("名称{}与文件名不一致", out->form.name),
                      fmt::format("the name {} differs from the file's", out->form.name)},
                     as_file(report, out->at, out->form.name));
    }
    return out;
}

}  // namespace luqiao::mapping
