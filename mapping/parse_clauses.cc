#include "mapping/parse_expression.h"
#include "mapping/parse_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

constexpr std::array<std::pair<std::string_view, OnBad>, 6> kActs{{
    {"reject", OnBad::Reject},
    {"flag", OnBad::Flag},
    {"skip", OnBad::Skip},
    {"keep", OnBad::Keep},
    {"drop", OnBad::Drop},
    {"default", OnBad::Default},
}};

/// A clause that is written a second time.
bool is_new(Cursor& cursor, bool is_set, std::string_view word) {
    if (!is_set) return true;
    cursor.report().error(
        "M104", cursor.since(cursor.index() - 1),
        {fmt::format("{}写了两次", word), fmt::format("{} is written twice", word)},
        Text{"只留其中一个", "keep one of them"});
    return false;
}

bool parse_act(Cursor& cursor, std::string_view clause, std::optional<ActSyntax>& out) {
    if (!is_new(cursor, out.has_value(), clause)) return false;
    const std::size_t first = cursor.index();
    for (const auto& [word, act] : kActs) {
        if (!cursor.take_word(word)) continue;
        ActSyntax parsed{act, std::nullopt, {}};
        if (act == OnBad::Default) {
            parsed.value = cursor.expect_literal();
            if (!parsed.value) return false;
        }
        parsed.at = cursor.since(first);
        out = std::move(parsed);
        return true;
    }
    cursor.fail_word({"reject flag skip keep drop 或 default 值",
                      "reject, flag, skip, keep, drop or default VALUE"},
                     {"reject", "flag", "skip", "keep", "drop", "default"});
    return false;
}

bool parse_fit(Cursor& cursor, std::optional<FitSyntax>& out) {
    const std::size_t first = cursor.index();
    FitSyntax parsed;
    const auto bytes = cursor.expect_size({"字节数", "the number of bytes"}, kFitMax);
    if (!bytes) return false;
    parsed.fit.bytes_max = *bytes;
    if (cursor.take_word("utf-8")) {
        parsed.fit.charset = Charset::Utf8;
    } else if (cursor.take_word("gb18030")) {
        parsed.fit.charset = Charset::Gb18030;
    } else if (cursor.take_word("gbk")) {
        parsed.fit.charset = Charset::Gbk;
    } else {
        cursor.fail_word({"字符编码 utf-8 gb18030 gbk", "the charset: utf-8, gb18030 or gbk"},
                         {"utf-8", "gb18030", "gbk"});
        return false;
    }
    parsed.fit.cut = cursor.take_word("cut");
    if (!parsed.fit.cut && !cursor.take_word("reject")) {
        cursor.fail_word({"reject 或 cut", "reject or cut"}, {"reject", "cut"});
        return false;
    }
    parsed.at = cursor.since(first);
    out = std::move(parsed);
    return true;
}

bool parse_examples(Cursor& cursor, std::vector<ExampleSyntax>& out) {
    do {
        const auto wire = cursor.expect_literal();
        if (!wire || !cursor.expect_symbol("=")) return false;
        const auto canonical = cursor.expect_literal();
        if (!canonical) return false;
        ExampleSyntax example{*wire, *canonical, ExampleSyntax::Gives::Value};
        if (canonical->value.kind == Literal::Kind::Word) {
            if (canonical->value.text == "bad") example.gives = ExampleSyntax::Gives::Bad;
            if (canonical->value.text == "absent") example.gives = ExampleSyntax::Gives::Absent;
        }
        out.push_back(std::move(example));
    } while (cursor.take_symbol(","));
    return true;
}

bool parse_required(Cursor& cursor, ClausesSyntax& out) {
    if (!cursor.take_word("when")) {
        out.required = true;
        return true;
    }
    out.required_when = parse_condition(cursor);
    return out.required_when.has_value();
}

bool parse_lossy(Cursor& cursor, ClausesSyntax& out) {
    if (!cursor.take_word("ok")) {
        cursor.fail({"ok 和理由", "ok and the reason"}, R"(lossy ok "why")");
        return false;
    }
    out.lossy_ok = true;
    return cursor.expect_string({"理由字符串", "the reason as a string"}).has_value();
}

bool parse_row_clause(Cursor& cursor, ClausesSyntax& out) {
    if (cursor.take_word("req")) {
        return is_new(cursor, out.required || out.required_when.has_value(), "req") &&
               parse_required(cursor, out);
    }
    if (cursor.take_word("default")) {
        if (!is_new(cursor, out.fallback.has_value(), "default")) return false;
        out.fallback = cursor.expect_literal();
        return out.fallback.has_value();
    }
    if (cursor.take_word("fit")) {
        return is_new(cursor, out.fit.has_value(), "fit") && parse_fit(cursor, out.fit);
    }
    if (cursor.take_word("lossy")) return parse_lossy(cursor, out);
    if (cursor.take_word("unmapped")) return parse_act(cursor, "unmapped", out.unmapped);
    if (cursor.take_word("bad")) return parse_act(cursor, "bad", out.bad);
    if (cursor.take_word("absent")) return parse_act(cursor, "absent", out.absent);
    if (cursor.take_word("over")) return parse_act(cursor, "over", out.over);
    if (cursor.take_word("eg")) return parse_examples(cursor, out.examples);
    cursor.fail_word({"req default fit lossy unmapped bad absent over 或 eg",
                      "req, default, fit, lossy, unmapped, bad, absent, over or eg"},
                     {"req", "default", "fit", "lossy", "unmapped", "bad", "absent", "over", "eg"});
    return false;
}

/// What a list can do with items that are bad or too many.
bool parse_list_act(Cursor& cursor, std::string_view clause, std::optional<ActSyntax>& out) {
    if (!parse_act(cursor, clause, out)) return false;
    if (out->act == OnBad::Drop || out->act == OnBad::Reject) return true;
    cursor.report().error("M100", out->at,
                          {fmt::format("列表只能用 {} drop 或 {} reject", clause, clause),
                           fmt::format("a list has {} drop or {} reject only", clause, clause)});
    return true;
}

bool parse_each_clause(Cursor& cursor, ClausesSyntax& out) {
    if (cursor.take_word("max")) {
        if (!is_new(cursor, out.items_max.has_value(), "max")) return false;
        out.items_max = cursor.expect_size({"最多条数", "the largest number of items"}, kItemsMax);
        return out.items_max.has_value();
    }
    if (cursor.take_word("bad")) return parse_list_act(cursor, "bad", out.bad);
    if (cursor.take_word("over")) return parse_list_act(cursor, "over", out.over);
    cursor.fail_word({"max bad 或 over", "max, bad or over"}, {"max", "bad", "over"});
    return false;
}

}  // namespace

std::optional<ChainSyntax> parse_chain(Cursor& cursor) {
    ChainSyntax out;
    const std::size_t start = cursor.index();
    do {
        CodecSyntax codec;
        const std::size_t first = cursor.index();
        const auto name = cursor.expect_word({"编解码名", "the name of a codec"});
        if (!name) return std::nullopt;
        codec.name = *name;
        if (cursor.take_symbol("(")) {
            codec.has_arguments = true;
            do {
                if (codec.arguments.size() == kLiteralsMax) {
                    cursor.over_limit(cursor.at(cursor.peek()), kLiteralsMax,
                                      {"个参数", "arguments"});
                    return std::nullopt;
                }
                auto literal = cursor.expect_literal();
                if (!literal) return std::nullopt;
                codec.arguments.push_back(std::move(*literal));
            } while (cursor.take_symbol(","));
            if (!cursor.expect_symbol(")")) return std::nullopt;
        }
        codec.at = cursor.since(first);
        out.codecs.push_back(std::move(codec));
    } while (cursor.take_symbol("|"));
    out.at = cursor.since(start);
    return out;
}

std::optional<NamespaceSyntax> parse_namespace(Cursor& cursor,
                                               const std::vector<NamespaceSyntax>& others) {
    const std::size_t first = cursor.index();
    NamespaceSyntax out;
    const auto prefix = cursor.expect_word({"前缀", "a prefix"});
    if (!prefix || !cursor.expect_symbol("=")) return std::nullopt;
    const auto uri = cursor.expect_string({"命名空间 URI 字符串", "the namespace as a string"});
    if (!uri) return std::nullopt;
    out = {*prefix, *uri, cursor.since(first)};
    if (!cursor.expect_end()) return std::nullopt;
    if (others.size() == kNamespacesMax) {
        cursor.over_limit(out.at, kNamespacesMax, {"个命名空间", "namespaces"});
        return std::nullopt;
    }
    if (uri->empty() || prefix->starts_with("xml")) {
        cursor.report().error("M100", out.at,
                              {"命名空间不能为空，前缀不能以 xml 开头",
                               "a namespace is not empty, a prefix does not begin with xml"});
        return std::nullopt;
    }
    const auto is_same = [&](const NamespaceSyntax& one) {
        return one.prefix == *prefix || one.uri == *uri;
    };
    if (std::any_of(others.begin(), others.end(), is_same)) {
        cursor.report().error(
            "M104", out.at,
            {"前缀或命名空间已经声明过", "the prefix or the namespace is declared already"});
        return std::nullopt;
    }
    return out;
}

bool parse_clauses(Cursor& cursor, bool is_each, ClausesSyntax& out) {
    while (cursor.take_symbol(";")) {
        const bool good = is_each ? parse_each_clause(cursor, out) : parse_row_clause(cursor, out);
        if (!good) return false;
    }
    return cursor.expect_end();
}

}  // namespace luqiao::mapping
