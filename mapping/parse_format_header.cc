#include "mapping/parse_format_header.h"

#include "mapping/parse_map.h"
#include "mapping/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

constexpr Words<FormatKind, 6> kFormatKinds{{{"json", FormatKind::Json},
                                             {"xml", FormatKind::Xml},
                                             {"csv", FormatKind::Csv},
                                             {"fixed", FormatKind::Fixed},
                                             {"table", FormatKind::Table},
                                             {"thrift", FormatKind::Thrift}}};
constexpr Words<Charset, 3> kCharsets{
    {{"utf-8", Charset::Utf8}, {"gb18030", Charset::Gb18030}, {"gbk", Charset::Gbk}}};
constexpr Words<Empty, 3> kEmpties{
    {{"absent", Empty::Absent}, {"cleared", Empty::Cleared}, {"value", Empty::Value}}};
constexpr Words<Empty, 2> kNulls{{{"absent", Empty::Absent}, {"cleared", Empty::Cleared}}};
constexpr Words<bool, 2> kUnknowns{{{"reject", true}, {"ignore", false}}};
constexpr Words<WireType, 7> kWireTypes{{{"text", WireType::Text},
                                         {"int", WireType::Int},
                                         {"number", WireType::Number},
                                         {"bool", WireType::Bool},
                                         {"i32", WireType::I32},
                                         {"i64", WireType::I64},
                                         {"double", WireType::Double}}};

template <class T, std::size_t N>
bool take_one_of(Cursor& cursor, const Words<T, N>& words, T& out) {
    std::string list;
    for (const auto& [word, value] : words) {
        if (cursor.take_word(word)) {
            out = value;
            return true;
        }
        list += (list.empty() ? "" : " ") + std::string(word);
    }
    cursor.fail({fmt::format("{} 之一", list), fmt::format("one of {}", list)});
    return false;
}

bool parse_limit(Cursor& cursor, Format& format) {
    const bool is_depth = cursor.peek(1).is_word("deep");
    const auto first =
        cursor.expect_size({"数字", "a number"}, is_depth ? kMessageDepthMax : kMessageSizeMax);
    if (!first) return false;
    if (cursor.take_word("deep")) {
        format.depth_max = *first;
        return true;
    }
    if (!cursor.take_word("bytes")) {
        cursor.fail({"bytes 或 deep", "bytes or deep"}, "limit 1048576 bytes 32 deep");
        return false;
    }
    format.size_max = *first;
    if (cursor.at_end()) return true;
    const auto deep = cursor.expect_size({"层数", "the number of levels"}, kMessageDepthMax);
    if (!deep) return false;
    format.depth_max = *deep;
    if (cursor.take_word("deep")) return true;
    cursor.fail({"deep", "deep"}, "limit 1048576 bytes 32 deep");
    return false;
}

bool parse_record(Cursor& cursor, Format& format) {
    const auto size =
        cursor.expect_size({"每条记录的字节数", "the bytes of a record"}, kRecordSizeMax);
    if (!size) return false;
    format.record_bytes = *size;
    format.crlf = cursor.take_word("crlf");
    return true;
}

bool parse_delimiter(Cursor& cursor, Format& format) {
    const Token token = cursor.peek();
    const auto text = cursor.expect_string({"分隔符字符串", "the delimiter as a string"});
    if (!text) return false;
    const bool is_sign = text->size() == 1 && static_cast<unsigned char>((*text)[0]) < 0x80 &&
                         (*text)[0] != '"' && (*text)[0] != '\n';
    if (!is_sign) {
        cursor.report().error("M106", cursor.at(token),
                              {"分隔符必须是一个ASCII字符", "the delimiter is one ASCII character"},
                              R"(delimiter ",")");
        return false;
    }
    format.delimiter = (*text)[0];
    return true;
}

bool parse_ns(Cursor& cursor, Format& format) {
    std::vector<NamespaceSyntax> others;
    for (const Namespace& one : format.namespaces) {
        others.push_back({one.prefix.empty() ? "default" : one.prefix, one.uri, {}});
    }
    auto one = parse_namespace(cursor, others);
    if (!one) return false;
    format.namespaces.push_back({one->prefix == "default" ? std::string{} : one->prefix, one->uri});
    return true;
}

bool parse_root(Cursor& cursor, Format& format) {
    format.root.clear();
    cursor.take_prefix(format.root);
    const Token token = cursor.peek();
    if (token.kind != TokenKind::Word && token.kind != TokenKind::String) {
        cursor.fail({"根元素名", "the name of the document element"});
        return false;
    }
    format.root += cursor.next().text;
    return true;
}

bool parse_value(Cursor& cursor,
                 std::string_view word,
                 Format& format,
                 std::optional<PathSyntax>& key) {
    if (word == "kind") return take_one_of(cursor, kFormatKinds, format.kind);
    if (word == "charset") return take_one_of(cursor, kCharsets, format.charset);
    if (word == "empty") return take_one_of(cursor, kEmpties, format.empty);
    if (word == "null") return take_one_of(cursor, kNulls, format.null);
    if (word == "unknown") return take_one_of(cursor, kUnknowns, format.refuse_unknown);
    if (word == "limit") return parse_limit(cursor, format);
    if (word == "record") return parse_record(cursor, format);
    if (word == "delimiter") return parse_delimiter(cursor, format);
    if (word == "root") return parse_root(cursor, format);
    if (word == "ns") return parse_ns(cursor, format);
    if (word == "header") format.has_header = true;
    if (word == "crlf") format.crlf = true;
    if (word == "key") key = cursor.expect_path();
    return !cursor.failed();
}

}  // namespace

bool parse_declaration(Cursor& cursor, Format& format, std::optional<PathSyntax>& key) {
    static constexpr std::array<std::string_view, 13> declarations{
        "kind",      "charset", "empty",  "null", "unknown", "limit", "record",
        "delimiter", "root",    "header", "crlf", "key",     "ns"};
    const Token& first = cursor.peek();
    if (first.kind != TokenKind::Word ||
        std::find(declarations.begin(), declarations.end(), first.text) == declarations.end()) {
        return false;
    }
    const std::string word = cursor.next().text;
    if (parse_value(cursor, word, format, key)) cursor.expect_end();
    return true;
}

void check_declarations(const Format& format, bool has_kind, const Position& at, Report& report) {
    const auto lacks = [&](std::string_view word, Fix fix) {
        report.error("M106", at,
                     {fmt::format("缺少声明 {}", word), fmt::format("{} is not declared", word)},
                     std::move(fix));
    };
    if (!has_kind) {
        lacks("kind", "kind json");
        return;
    }
    if (format.kind == FormatKind::Xml && format.root.empty()) lacks("root", "root DATA");
    if (format.kind == FormatKind::Fixed && format.record_bytes == 0) lacks("record", "record 240");
    const bool is_utf8_only = format.kind == FormatKind::Json || format.kind == FormatKind::Thrift;
    if (is_utf8_only && format.charset != Charset::Utf8) {
        report.error("M106", at,
                     {fmt::format("{}格式只能用utf-8", to_string(format.kind)),
                      fmt::format("a {} format is always utf-8", to_string(format.kind))},
                     "charset utf-8");
    }
    const auto only = [&](bool is_used, std::string_view word, FormatKind kind) {
        if (!is_used || format.kind == kind) return;
        report.error("M106", at,
                     {fmt::format("{}只用于{}格式", word, to_string(kind)),
                      fmt::format("{} is for {} formats only", word, to_string(kind))});
    };
    only(!format.root.empty(), "root", FormatKind::Xml);
    only(!format.namespaces.empty(), "ns", FormatKind::Xml);
    only(format.record_bytes != 0, "record", FormatKind::Fixed);
    only(format.has_header, "header", FormatKind::Csv);
    only(format.delimiter != ',', "delimiter", FormatKind::Csv);
}

std::optional<Address> parse_address(Cursor& cursor) {
    Address out;
    const std::size_t first = cursor.index();
    if (cursor.peek().kind == TokenKind::Number) {
        out.number = cursor.expect_size({"位置", "the place"}, kPlaceMax);
        if (!out.number) return std::nullopt;
        if (cursor.take_symbol("+")) {
            const auto width = cursor.expect_size({"字节数", "the number of bytes"}, kPlaceMax);
            if (!width) return std::nullopt;
            out.width = *width;
        }
        out.at = cursor.since(first);
        return out;
    }
    const bool is_alone = !cursor.peek(1).is_symbol(".");
    if (is_alone && cursor.take_word("self")) {
        out.is_self = true;
        out.at = cursor.since(first);
        return out;
    }
    const TokenKind after = cursor.peek(1).kind;
    if ((after == TokenKind::Word || after == TokenKind::String) && cursor.take_word("attribute")) {
        out.is_attribute = true;
    }
    do {
        if (out.segments.size() == kSegmentsMax) {
            cursor.over_limit(cursor.at(cursor.peek()), kSegmentsMax,
                              {"段的地址", "segments in an address"});
            return std::nullopt;
        }
        std::string prefix;
        cursor.take_prefix(prefix);
        const TokenKind kind = cursor.peek().kind;
        if (kind != TokenKind::Word && kind != TokenKind::String) {
            cursor.fail({"地址（名称、字符串、attribute 名称、self 或数字）",
                         "an address (name, string, attribute NAME, self or number)"});
            return std::nullopt;
        }
        out.segments.push_back(prefix + cursor.next().text);
    } while (cursor.take_symbol("."));
    out.at = cursor.since(first);
    return out;
}

std::optional<WireType> parse_wire_type(Cursor& cursor, FormatKind kind) {
    const Token token = cursor.peek();
    WireType type = WireType::Text;
    if (!take_one_of(cursor, kWireTypes, type)) return std::nullopt;
    const bool is_sized =
        type == WireType::I32 || type == WireType::I64 || type == WireType::Double;
    const bool is_json = type == WireType::Int || type == WireType::Number;
    const bool fits = type == WireType::Text || (kind == FormatKind::Json && !is_sized) ||
                      (kind == FormatKind::Thrift && !is_json);
    if (!fits) {
        cursor.report().error(
            "M106", cursor.at(token),
            {fmt::format("{}格式没有类型{}", to_string(kind), token.text),
             fmt::format("a {} format has no type {}", to_string(kind), token.text)},
            kind == FormatKind::Json     ? "text, int, number or bool"
            : kind == FormatKind::Thrift ? "text, bool, i32, i64 or double"
                                         : "text");
    }
    return type;
}

}  // namespace luqiao::mapping
