#include "mapping/parse_expression.h"
#include "mapping/parse_map.h"

#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kFitMax = 1u << 20;

constexpr std::array<std::pair<std::string_view, OnBad>, 6> kActs{{
    {"reject", OnBad::Reject},
    {"flag", OnBad::Flag},
    {"skip", OnBad::Skip},
    {"keep", OnBad::Keep},
    {"drop", OnBad::Drop},
    {"default", OnBad::Default},
}};

bool parse_act(Cursor& cursor, std::optional<ActSyntax>& out) {
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
    cursor.fail({"reject flag skip keep drop 或 default 值",
                 "reject, flag, skip, keep, drop or default VALUE"});
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
        cursor.fail({"字符编码 utf-8 gb18030 gbk", "the charset: utf-8, gb18030 or gbk"});
        return false;
    }
    parsed.fit.cut = cursor.take_word("cut");
    if (!parsed.fit.cut && !cursor.take_word("reject")) {
        cursor.fail({"reject 或 cut", "reject or cut"});
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
    if (cursor.take_word("req")) return parse_required(cursor, out);
    if (cursor.take_word("default")) {
        out.fallback = cursor.expect_literal();
        return out.fallback.has_value();
    }
    if (cursor.take_word("fit")) return parse_fit(cursor, out.fit);
    if (cursor.take_word("lossy")) return parse_lossy(cursor, out);
    if (cursor.take_word("unmapped")) return parse_act(cursor, out.unmapped);
    if (cursor.take_word("bad")) return parse_act(cursor, out.bad);
    if (cursor.take_word("absent")) return parse_act(cursor, out.absent);
    if (cursor.take_word("eg")) return parse_examples(cursor, out.examples);
    if (cursor.peek().is_word("over")) {
        cursor.unsupported(cursor.at(cursor.peek()), "over", "fit N CHARSET reject");
        return false;
    }
    cursor.fail({"req default fit lossy unmapped bad absent 或 eg",
                 "req, default, fit, lossy, unmapped, bad, absent or eg"});
    return false;
}

bool parse_each_clause(Cursor& cursor, ClausesSyntax& out) {
    if (cursor.take_word("max")) {
        out.items_max = cursor.expect_size({"最多条数", "the largest number of items"}, kItemsMax);
        return out.items_max.has_value();
    }
    if (cursor.take_word("bad")) {
        if (!parse_act(cursor, out.bad)) return false;
        if (out.bad->act == OnBad::Drop || out.bad->act == OnBad::Reject) return true;
        cursor.report().error(
            "M100", out.bad->at,
            {"列表只能用 bad drop 或 bad reject", "a list has bad drop or bad reject only"});
        return true;
    }
    cursor.fail({"max 或 bad", "max or bad"});
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

bool parse_clauses(Cursor& cursor, bool is_each, ClausesSyntax& out) {
    while (cursor.take_symbol(";")) {
        const bool good = is_each ? parse_each_clause(cursor, out) : parse_row_clause(cursor, out);
        if (!good) return false;
    }
    return cursor.expect_end();
}

}  // namespace luqiao::mapping
