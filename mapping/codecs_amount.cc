#include "mapping/codec_families.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {
namespace {

// Written as whole units of the smallest kind: exact, because no zeros or signs are needless.

CodecResult scaled_decode(std::string_view text, std::size_t scale, Arena& arena) {
    return with_point(text, {18, static_cast<int>(scale)}, NumberStyle::Canonical, arena);
}

CodecResult cents_decode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    return scaled_decode(text, 2, context.arena);
}

CodecResult cents_encode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    return without_point(text, {18, 2}, context.arena);
}

CodecResult scale_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    return scaled_decode(text, size_argument(arguments, 0), context.arena);
}

CodecResult scale_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    return without_point(text, {18, static_cast<int>(size_argument(arguments, 0))}, context.arena);
}

std::optional<Shape> shape_of_units(const Shape& /*canonical*/, const CodecArguments& /*unused*/) {
    return Shape{19, Repertoire::Ascii};
}

// --- rounding ----------------------------------------------------------------------------------

struct RoundingName {
    std::string_view name;
    Rounding rounding;
};
constexpr std::array kRoundings{
    RoundingName{"half_up", Rounding::HalfUp}, RoundingName{"half_even", Rounding::HalfEven},
    RoundingName{"down", Rounding::Down}, RoundingName{"up", Rounding::Up}};

/// The second argument; half_up when it was left out; nothing when it is unknown.
std::optional<Rounding> rounding_of(const CodecArguments& arguments) {
    if (arguments.literals.size() < 2) return Rounding::HalfUp;
    for (const RoundingName& one : kRoundings) {
        if (one.name == argument(arguments, 1)) return one.rounding;
    }
    return std::nullopt;
}

CodecResult round_number(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    return rounded(text, size_argument(arguments, 0),
                   rounding_of(arguments).value_or(Rounding::HalfUp), context.arena);
}

CodecResult round_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const CodecResult result = round_number(text, arguments, context);
    return result.state == SlotState::Value ? result : CodecResult::bad(Errc::NotEncodable);
}

Text check_round(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 0, 12); !fault.zh.empty()) return fault;
    if (rounding_of(arguments)) return {};
    return {"第二个参数为 half_up half_even down up 之一",
            "the second argument is half_up, half_even, down or up"};
}

// --- money -------------------------------------------------------------------------------------

/// Digits after the point by ISO 4217, and the signs that people write before and after an amount.
struct Currency {
    std::string_view code;
    int scale;
    std::array<std::string_view, 4> before;
    std::array<std::string_view, 2> after;
};
constexpr std::array kCurrencies{
    Currency{"CNY", 2, {"¥", "￥", "RMB", "人民币"}, {"元", "圆"}},
    Currency{"USD", 2, {"US$", "$", "美元", {}}, {"美元", {}}},
    Currency{"EUR", 2, {"€", "欧元", {}, {}}, {"€", "欧元"}},
    Currency{"GBP", 2, {"£", "英镑", {}, {}}, {"英镑", {}}},
    Currency{"HKD", 2, {"HK$", "港币", {}, {}}, {"港元", "港币"}},
    Currency{"JPY", 0, {"¥", "￥", "日元", {}}, {"日元", "円"}},
    Currency{"KRW", 0, {"₩", "韩元", {}, {}}, {"韩元", "원"}},
};

const Currency* currency_of(const CodecArguments& arguments) {
    const auto* const found =
        std::find_if(kCurrencies.begin(), kCurrencies.end(),
                     [&](const Currency& one) { return one.code == argument(arguments, 0); });
    return found == kCurrencies.end() ? nullptr : found;
}

/// Takes one sign or the code off an end, and the blanks about it.
std::string_view without_marks(std::string_view text, const Currency& currency) {
    text = luqiao::trimmed(text);
    const auto front = [&text](std::string_view mark) {
        if (mark.empty() || !text.starts_with(mark)) return false;
        text = luqiao::trimmed(text.substr(mark.size()));
        return true;
    };
    const auto back = [&text](std::string_view mark) {
        if (mark.empty() || !text.ends_with(mark)) return false;
        text = luqiao::trimmed(text.substr(0, text.size() - mark.size()));
        return true;
    };
    if (!front(currency.code)) std::any_of(currency.before.begin(), currency.before.end(), front);
    if (!back(currency.code)) std::any_of(currency.after.begin(), currency.after.end(), back);
    return text;
}

/// "32,000.00" without its commas; nothing when they do not stand before groups of three.
std::optional<std::string_view> ungrouped(std::string_view text, Arena& arena) {
    if (text.find(',') == std::string_view::npos) return text;
    const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    const std::size_t end = std::min(text.find('.'), text.size());
    char* const begin = arena.take(text.size());
    char* out = begin;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const bool is_place = index > sign && index < end && (end - index) % 4 == 0;
        const bool is_comma = text[index] == ',';
        if (is_comma != is_place) return std::nullopt;
        if (!is_comma) *out++ = text[index];
    }
    return std::string_view(begin, static_cast<std::size_t>(out - begin));
}

CodecResult money_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const Currency* const currency = currency_of(arguments);
    if (currency == nullptr) return CodecResult::bad(Errc::Internal);
    const auto plain = ungrouped(without_marks(text, *currency), context.arena);
    if (!plain) return CodecResult::bad();
    return canonical_decimal(*plain, {18, currency->scale}, NumberStyle::Loose, context.arena);
}

CodecResult money_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const Currency* const currency = currency_of(arguments);
    if (currency == nullptr) return CodecResult::bad(Errc::Internal);
    const CodecResult result =
        canonical_decimal(text, {18, currency->scale}, NumberStyle::Canonical, context.arena);
    return result.state == SlotState::Value ? result : CodecResult::bad(Errc::NotEncodable);
}

Text check_currency(const CodecArguments& arguments) {
    if (currency_of(arguments) != nullptr) return {};
    return {"币种为 CNY USD EUR GBP HKD JPY KRW 之一",
            "the currency is CNY, USD, EUR, GBP, HKD, JPY or KRW"};
}

// --- the codecs ----------------------------------------

Codec cents_codec() {
    return {.name = "cents",
            .summary = {"以分为单位的金额", "an amount of money in cents"},
            .fails = Fails::Both,
            .gives = TypeKind::Decimal,
            .examples = {{"cents", "80000", "800.00"},
                         {"cents", "5", "0.05"},
                         {"cents", "-120", "-1.20"},
                         {"cents", "8.00", "!E2004"},
                         {"cents", "0800", "!E2004"},
                         {"cents", "!E2005", "0.005"}},
            .decode = cents_decode,
            .encode = cents_encode,
            .expected =
                [](const CodecArguments& /*a*/) { return std::string("a whole number of cents"); },
            .wire_shape = shape_of_units};
}

Codec scale_codec() {
    return {.name = "scale",
            .summary = {"报文中为放大 10 的 n 次方的整数",
                        "the wire has the number times 10 to the n, as a whole number"},
            .arguments = {{"n", ArgumentKind::Number}},
            .fails = Fails::Both,
            .gives = TypeKind::Decimal,
            .examples = {{"scale(3)", "12345", "12.345"},
                         {"scale(1)", "5", "0.5"},
                         {"scale(3)", "12.3", "!E2004"},
                         {"scale(1)", "!E2005", "0.25"}},
            .decode = scale_decode,
            .encode = scale_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("a whole number, 10^{} to one", argument(a, 0));
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 12); },
            .wire_shape = shape_of_units};
}

Codec round_codec() {
    return {.name = "round",
            .summary = {"修约到 s 位小数：half_up 四舍五入（缺省）、half_even 五成双（GB/T "
                        "8170）、down 截去、up 进一；读写两个方向都修约，为有损",
                        "rounds to s digits after the point: half_up (when left out), half_even "
                        "(GB/T 8170), down, up; in both directions, which is lossy"},
            .arguments = {{"s", ArgumentKind::Number}, {"mode", ArgumentKind::Word, true}},
            .grade = Grade::Lossy,
            .fails = Fails::Both,
            .examples = {{"round(2)", "32000.005", "32000.01", "32000.01"},
                         {"round(0)", "-0.4", "0", "0"},
                         {"round(1, half_even)", "0.25", "0.2", "0.2"},
                         {"round(1, half_even)", "0.35", "0.4", "0.4"},
                         {"round(0, down)", "99.9", "99", "99"},
                         {"round(0, up)", "99.1", "100", "100"},
                         {"round(2)", "7", "7.00", "7.00"},
                         {"round(2)", "1e3", "!E2004"},
                         {"round(2)", "!E2005", "无"}},
            .decode = round_number,
            .encode = round_encode,
            .expected = [](const CodecArguments& /*a*/) { return std::string("a number"); },
            .check = check_round,
            .wire_shape = [](const Shape& s, const CodecArguments& a) -> std::optional<Shape> {
                // A carry, a sign, a point and the digits after it.
                return Shape{s.characters_max + 3 + size_argument(a, 0), Repertoire::Ascii};
            }};
}

Codec money_codec() {
    return {
        .name = "money",
        .summary = {"某币种的金额：读时去掉币种符号和千分位，写为小数位数固定的数",
                    "an amount in a currency: reading takes signs and grouping off; written as a "
                    "plain number with the currency's decimals"},
        .arguments = {{"currency", ArgumentKind::Word}},
        .grade = Grade::Canonical,
        .fails = Fails::Both,
        .gives = TypeKind::Decimal,
        .examples = {{"money(CNY)", "32000.00", "32000.00"},
                     {"money(CNY)", "¥32,000.5", "32000.50", "32000.50"},
                     {"money(CNY)", "1,200元", "1200.00", "1200.00"},
                     {"money(CNY)", "CNY 800", "800.00", "800.00"},
                     {"money(JPY)", "¥5,000", "5000", "5000"},
                     {"money(CNY)", "$800", "!E2004"},
                     {"money(CNY)", "12,00.00", "!E2004"},
                     {"money(CNY)", "0.005", "!E2004"},
                     {"money(JPY)", "!E2005", "0.50"}},
        .decode = money_decode,
        .encode = money_encode,
        .expected =
            [](const CodecArguments& a) { return fmt::format("an amount in {}", argument(a, 0)); },
        .check = check_currency,
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{21, Repertoire::Ascii};
        }};
}

}  // namespace

std::span<const Codec> amount_codecs() {
    static const Codec list[] = {cents_codec(), scale_codec(), round_codec(), money_codec()};
    return list;
}

}  // namespace luqiao::mapping
