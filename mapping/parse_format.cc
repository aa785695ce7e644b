#include "mapping/parse_format.h"

#include "mapping/block_reader.h"
#include "mapping/parse_form.h"
#include "mapping/parse_format_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace luqiao::mapping {
namespace {

/// Where the lines of one level go.
struct Level {
    WireScope* scope;
    std::set<std::string, std::less<>>* names;
    std::string prefix;                 ///< "SQR."
    std::vector<std::string> segments;  ///< of the groups around
    std::vector<std::int16_t> thrift_path;
    bool in_list = false;
    bool in_group = false;
    std::size_t optional_group = WireField::kNoGroup;
    std::size_t depth = 1;
    Position opener;
};

class FormatParser : private BlockReader {
public:
    using BlockReader::BlockReader;

    std::optional<Format> run() {
        if (!header()) return std::nullopt;
        declarations();
        Level root{&out_.root_scope,    &names_, "", {}, {}, false, false,
                   WireField::kNoGroup, 1,       at_};
        body(root);
        if (key_) out_.key = key_->text;
        if (!is_cut_off()) check_format(out_, key_, report_);
        return std::move(out_);
    }

    [[nodiscard]] const Position& at() const { return at_; }

private:
    bool header() {
        std::optional<Cursor> line = first_line("format", "format PARTY.MESSAGE v1");
        if (!line) return false;
        Cursor& cursor = *line;
        const auto name = cursor.expect_dotted_name({"格式名称", "the format's name"});
        if (!name) return false;
        const std::optional<int> version = cursor.expect_version();
        if (!version || !cursor.expect_end()) return false;
        at_ = cursor.whole();
        out_.name = *name;
        out_.version = *version;
        out_.label = cursor.line().label;
        return true;
    }

    void declarations() {
        bool has_kind = false;
        for (; index_ < lines_.size(); ++index_) {
            Cursor cursor(lines_[index_], report_);
            const bool is_kind = cursor.peek().is_word("kind");
            if (!parse_declaration(cursor, out_, key_)) break;
            has_kind = has_kind || is_kind;
        }
        check_declarations(out_, has_kind, at_, report_);
    }

    void body(const Level& level) {
        block({level.depth, level.opener}, [&](Cursor& cursor) {
            if (cursor.take_word("group")) {
                group(cursor, level);
            } else if (cursor.take_word("list")) {
                list(cursor, level);
            } else {
                field(cursor, level);
            }
        });
    }

    std::optional<std::string> new_name(Cursor& cursor, const Level& level, const Text& what) {
        std::string prefix;
        if (out_.kind == FormatKind::Xml) cursor.take_prefix(prefix);
        Token token = cursor.peek();
        if ((token.kind != TokenKind::Word && token.kind != TokenKind::String) ||
            token.text.empty() || token.text.find('.') != std::string::npos) {
            cursor.fail(what, token.text.find('.') == std::string::npos
                                  ? ""
                                  : "a name has no dot: NAME text @ \"a.b\"");
            return std::nullopt;
        }
        cursor.next();
        token.text = prefix + token.text;
        if (!level.names->insert(level.prefix + token.text).second) {
            report_.error("M104", cursor.at(token),
                          {fmt::format("{}{}已经声明过", level.prefix, token.text),
                           fmt::format("{}{} is declared twice", level.prefix, token.text)});
            return std::nullopt;
        }
        return token.text;
    }

    void misfit(const Position& at, Text message, Fix fix = {}) {
        report_.error("M106", at, std::move(message), std::move(fix));
    }

    /// The address after `@`, or the default one.
    std::optional<Address> address(Cursor& cursor, const std::string& name) {
        if (cursor.take_symbol("@")) return parse_address(cursor);
        Address out;
        out.at = cursor.whole();
        out.segments = {name};
        return out;
    }

    /// The Thrift field id of `address`; 0 and M106 when it is none.
    std::int16_t thrift_id(const Address& address) {
        if (address.number && *address.number >= 1 && *address.number <= 32767 &&
            address.width == 0) {
            return static_cast<std::int16_t>(*address.number);
        }
        misfit(address.at, {"thrift 字段要写编号 1..32767", "a thrift field has an id of 1..32767"},
               "@ 3");
        return 0;
    }

    void group(Cursor& cursor, const Level& level) {
        Level inner = level;
        inner.opener = cursor.whole();
        ++inner.depth;
        inner.in_group = true;
        const auto name = new_name(cursor, level, {"组名", "the group's name"});
        inner.prefix += name.value_or("?") + ".";
        if (name && cursor.take_symbol("?")) {
            inner.optional_group = level.scope->groups.size();
            level.scope->groups.push_back({inner.prefix});
        }
        const std::optional<Address> place = name ? address(cursor, *name) : std::nullopt;
        if (place && cursor.expect_end()) enter(*place, level, inner);
        if (!too_deep(cursor, level.depth)) body(inner);
    }

    void enter(const Address& place, const Level& level, Level& inner) {
        if (out_.kind == FormatKind::Thrift) {
            inner.thrift_path.push_back(thrift_id(place));
            return;
        }
        if (place.number || place.is_self || place.is_attribute) {
            misfit(place.at, {"组的地址应为名称", "the address of a group is a name"});
        }
        if (out_.kind == FormatKind::Table && (level.in_group || level.in_list)) {
            misfit(inner.opener, {"表不能嵌套", "tables do not nest"});
        }
        inner.segments.insert(inner.segments.end(), place.segments.begin(), place.segments.end());
    }

    void list(Cursor& cursor, const Level& level) {
        WireList list;
        list.at = cursor.whole();
        const auto name = new_name(cursor, level, {"列表名", "the list's name"});
        const std::optional<Address> place = name ? address(cursor, *name) : std::nullopt;
        if (place) list.items_max = list_max(cursor, list.at);
        if (level.in_list) {
            report_.error("M100", list.at, {"列表不能嵌套列表", "a list does not hold a list"});
        }
        if (out_.kind == FormatKind::Table && level.in_group) {
            misfit(list.at, {"表不能嵌套", "tables do not nest"});
        }
        if (place) put_list(*place, level, list);
        if (too_deep(cursor, level.depth)) return;
        std::set<std::string, std::less<>> names;
        Level inner{&list.scope,         &names,          "",     {}, {}, true, false,
                    WireField::kNoGroup, level.depth + 1, list.at};
        body(inner);
        if (!name || level.in_list) return;
        list.path = level.prefix + *name;
        level.scope->lists.push_back(std::move(list));
    }

    void put_list(const Address& place, const Level& level, WireList& list) {
        list.thrift_path = level.thrift_path;
        if (out_.kind == FormatKind::Thrift) {
            list.thrift_id = thrift_id(place);
            return;
        }
        if (place.number || place.is_self || place.is_attribute) {
            misfit(place.at, {"列表的地址应为名称", "the address of a list is a name"});
        }
        list.segments = level.segments;
        list.segments.insert(list.segments.end(), place.segments.begin(), place.segments.end());
    }

    void field(Cursor& cursor, const Level& level) {
        if (!may_have_field(cursor)) return;
        WireField field;
        field.at = cursor.whole();
        field.label = cursor.line().label;
        const auto name =
            new_name(cursor, level, {"字段、group、list 或 end", "a field, group, list or end"});
        if (!name) return;
        field.path = level.prefix + *name;
        field.group = level.optional_group;
        const auto type = parse_wire_type(cursor, out_.kind);
        if (!type) return;
        field.type = *type;
        field.required = cursor.take_symbol("!");
        if (cursor.take_word("bytes")) {
            const auto bytes = cursor.expect_size({"字节数", "the number of bytes"}, kFileSizeMax);
            if (!bytes) return;
            field.bytes_max = *bytes;
        }
        const std::optional<Address> place = address(cursor, *name);
        if (!place) return;
        if (!cursor.at_end()) cursor.fail({"! bytes @ 或行尾", "! bytes @ or the end of the line"});
        put_field(*place, level, field);
        level.scope->fields.push_back(std::move(field));
    }

    void put_field(const Address& place, const Level& level, WireField& field) {
        field.is_self = place.is_self;
        field.is_attribute = place.is_attribute;
        switch (out_.kind) {
            case FormatKind::Json:
            case FormatKind::Xml: put_element(place, level, field); return;
            case FormatKind::Thrift:
                field.thrift_path = level.thrift_path;
                if (place.is_self && level.in_list && !level.in_group) return;
                field.thrift_id = thrift_id(place);
                return;
            case FormatKind::Table: put_column(place, level, field); return;
            case FormatKind::Fixed: put_bytes(place, field); return;
            case FormatKind::Csv: put_title(place, level, field); return;
        }
    }

    void put_element(const Address& place, const Level& level, WireField& field) {
        const bool is_xml = out_.kind == FormatKind::Xml;
        if (place.number || (place.is_attribute && !is_xml)) {
            misfit(place.at, {"该格式的地址应为名称", "the address is a name in this format"});
        }
        if (place.is_self && !level.in_list && !(is_xml && level.in_group)) {
            misfit(place.at, {"self 只能用在列表中", "self is for items of a list"});
        }
        field.segments = level.segments;
        field.segments.insert(field.segments.end(), place.segments.begin(), place.segments.end());
    }

    void put_column(const Address& place, const Level& level, WireField& field) {
        if (place.number || place.is_self || place.is_attribute || place.segments.size() != 1) {
            misfit(place.at, {"地址应为列名", "the address is the name of a column"});
            return;
        }
        if (!level.in_group && !level.in_list) {
            misfit(place.at, {"表格式的字段要写在 group（表）中",
                              "a field of a table format stands in a group, its table"});
        }
        field.segments = level.segments;
        field.segments.push_back(place.segments[0]);
    }

    void put_bytes(const Address& place, WireField& field) {
        if (!place.number || place.width == 0) {
            misfit(place.at, {"定长字段要写 @ 偏移+字节数", "a fixed field has @ offset+bytes"},
                   "@ 12+8");
            return;
        }
        field.offset = *place.number;
        field.width = place.width;
        if (field.offset + field.width > out_.record_bytes && out_.record_bytes > 0) {
            misfit(place.at, {fmt::format("超出记录长度{}字节", out_.record_bytes),
                              fmt::format("beyond the record's {} bytes", out_.record_bytes)});
        }
    }

    void put_title(const Address& place, const Level& level, WireField& field) {
        field.offset = level.scope->fields.size();
        if (out_.has_header && !place.number && place.segments.size() == 1) {
            field.segments = place.segments;
            return;
        }
        if (place.number && *place.number >= 1 && place.width == 0 && !out_.has_header) {
            field.offset = *place.number - 1;
            return;
        }
        const bool is_default = !place.number && place.at.column == field.at.column;
        if (is_default) return;
        misfit(place.at, {"csv 字段的地址为列号；有 header 时为标题",
                          "the address in csv is a column number, or with header a title"});
    }

    std::set<std::string, std::less<>> names_;
    std::optional<PathSyntax> key_;
    Position at_;
    Format out_;
};

}  // namespace

std::optional<Format> parse_format(const SourceFile& source, Report& report) {
    const std::vector<Line> lines = lex(report, source.text);
    if (lines.empty() && report.has_errors()) return std::nullopt;
    FormatParser parser(lines, report);
    std::optional<Format> out = parser.run();
    if (out && out->name != stem(source.path)) {
        report.error("M105", parser.at(),
                     {fmt::format("名称{}与文件名不一致", out->name),
                      fmt::format("the name {} differs from the file's", out->name)},
                     as_file(report, parser.at(), out->name));
    }
    return out;
}

}  // namespace luqiao::mapping
