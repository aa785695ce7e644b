#include "mapping/parse_type.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace luqiao::mapping {
namespace {

/// All kinds in the order of TypeKind.
constexpr std::size_t kKinds = static_cast<std::size_t>(TypeKind::Blob) + 1;

std::optional<TypeKind> find_kind(std::string_view word) {
    for (std::size_t index = 0; index < kKinds; ++index) {
        const auto kind = static_cast<TypeKind>(index);
        if (to_string(kind) == word) return kind;
    }
    return std::nullopt;
}

std::optional<Repertoire> find_repertoire(std::string_view word) {
    if (word == "gb18030") return Repertoire::Any;
    for (std::size_t index = 0; index <= static_cast<std::size_t>(Repertoire::Any); ++index) {
        const auto repertoire = static_cast<Repertoire>(index);
        if (to_string(repertoire) == word) return repertoire;
    }
    return std::nullopt;
}

Fix nearest_kind(std::string_view word) {
    std::vector<std::string_view> names{"money"};
    for (std::size_t index = 0; index < kKinds; ++index) {
        names.push_back(to_string(static_cast<TypeKind>(index)));
    }
    const std::string_view best = nearest(word, names);
    if (best.empty()) return {};
    return Text{fmt::format("写作 {}", best), fmt::format("write {}", best)};
}

bool parse_text(Cursor& cursor, Type& type) {
    if (!cursor.expect_symbol("(")) return false;
    const auto size =
        cursor.expect_size({"最多字符数", "the largest number of characters"}, kTextSizeMax);
    if (!size) return false;
    type.size_max = static_cast<std::int64_t>(*size);
    if (cursor.take_symbol(",")) {
        const std::optional<Repertoire> repertoire = find_repertoire(cursor.peek().text);
        if (!repertoire) {
            cursor.fail({"字符集 digit ascii latin gb2312 gbk any",
                         "one of digit ascii latin gb2312 gbk any"});
            return false;
        }
        type.repertoire = *repertoire;
        cursor.next();
    }
    return cursor.expect_symbol(")");
}

std::optional<std::int64_t> parse_bound(Cursor& cursor) {
    const Token& token = cursor.peek();
    std::int64_t value = 0;
    const char* const end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(token.text.data(), end, value);
    if (token.kind != TokenKind::Number || stop != end || error != std::errc{}) {
        cursor.fail({"整数", "a whole number"});
        return std::nullopt;
    }
    cursor.next();
    return value;
}

bool parse_int(Cursor& cursor, Type& type) {
    if (!cursor.take_symbol("(")) return true;
    const std::optional<std::int64_t> low = parse_bound(cursor);
    if (!low || !cursor.expect_symbol("..")) return false;
    const std::size_t at = cursor.index();
    const std::optional<std::int64_t> high = parse_bound(cursor);
    if (!high) return false;
    type.low = *low;
    type.high = *high;
    if (type.low > type.high) {
        cursor.report().error("M100", cursor.since(at),
                              {"下限大于上限", "the lower bound is above the upper one"});
        return false;
    }
    return cursor.expect_symbol(")");
}

bool parse_decimal(Cursor& cursor, Type& type) {
    if (!cursor.expect_symbol("(")) return false;
    const auto precision =
        cursor.expect_size({"总位数", "the number of digits"}, kDecimalDigitsMax);
    if (!precision || !cursor.expect_symbol(",")) return false;
    const auto scale = cursor.expect_size({"小数位数", "the digits after the point"}, *precision);
    if (!scale) return false;
    type.precision = static_cast<int>(*precision);
    type.scale = static_cast<int>(*scale);
    if (*precision == 0) {
        cursor.fail({"至少一位", "at least one digit"});
        return false;
    }
    return cursor.expect_symbol(")");
}

bool parse_code(Cursor& cursor, Type& type) {
    if (!cursor.expect_symbol("(")) return false;
    const std::optional<std::string> table = cursor.expect_word({"代码表名", "a code table"});
    if (!table) return false;
    type.table = *table;
    return cursor.expect_symbol(")");
}

bool parse_hex(Cursor& cursor, Type& type) {
    if (!cursor.expect_symbol("(")) return false;
    const auto size = cursor.expect_size({"字节数", "the number of bytes"}, kHexSizeMax);
    if (!size) return false;
    type.size_max = static_cast<std::int64_t>(*size);
    return cursor.expect_symbol(")");
}

/// Money is a decimal of 14 digits, 2 after the point; only yuan is known.
bool parse_money(Cursor& cursor, Type& type) {
    type.precision = 14;
    type.scale = 2;
    if (!cursor.expect_symbol("(")) return false;
    if (!cursor.take_word("CNY")) {
        cursor.fail({"币种CNY", "the currency CNY"});
        return false;
    }
    type.currency = "CNY";
    return cursor.expect_symbol(")");
}

bool parse_arguments(Cursor& cursor, Type& type) {
    if (type.kind == TypeKind::Text) return parse_text(cursor, type);
    if (type.kind == TypeKind::Code) return parse_code(cursor, type);
    if (type.kind == TypeKind::Int) return parse_int(cursor, type);
    if (type.kind == TypeKind::Decimal) return parse_decimal(cursor, type);
    if (type.kind == TypeKind::Hex) return parse_hex(cursor, type);
    return true;
}

}  // namespace

std::optional<Type> parse_type(Cursor& cursor) {
    Type type;
    const std::string word = cursor.peek().text;
    const bool is_word = cursor.peek().kind == TokenKind::Word;
    if (is_word && word == "money") {
        type.kind = TypeKind::Decimal;
        cursor.next();
        if (!parse_money(cursor, type)) return std::nullopt;
        return type;
    }
    const std::optional<TypeKind> kind = is_word ? find_kind(word) : std::nullopt;
    if (!kind) {
        cursor.fail({"字段类型", "the type of the field"}, nearest_kind(word));
        return std::nullopt;
    }
    cursor.next();
    type.kind = *kind;
    if (!parse_arguments(cursor, type)) return std::nullopt;
    return type;
}

Privacy default_privacy(TypeKind kind) {
    switch (kind) {
        case TypeKind::CnId:
        case TypeKind::Passport:
        case TypeKind::Mrz:
        case TypeKind::Frid: return Privacy::C3;
        case TypeKind::Email:
        case TypeKind::Phone: return Privacy::C2;
        case TypeKind::Text:
        case TypeKind::Code:
        case TypeKind::Bool:
        case TypeKind::Int:
        case TypeKind::Decimal:
        case TypeKind::Date:
        case TypeKind::Month:
        case TypeKind::Year:
        case TypeKind::Time:
        case TypeKind::DateTime:
        case TypeKind::Hex:
        case TypeKind::Url:
        case TypeKind::Region:
        case TypeKind::Postcode:
        case TypeKind::Uscc:
        case TypeKind::Blob: return Privacy::C1;
    }
    return Privacy::C1;
}

}  // namespace luqiao::mapping
