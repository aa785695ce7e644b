#include "mapping/charset.h"
#include "mapping/codec_families.h"
#include "mapping/utf8.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {
namespace {

constexpr std::string_view kSigns =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t index = 0; index < kSigns.size(); ++index) {
        values[static_cast<unsigned char>(kSigns[index])] = static_cast<std::int8_t>(index);
    }
    return values;
}
constexpr std::array<std::int8_t, 256> kValues = make_values();

/// RFC 4648 section 4, strict: padding as it must be, no other signs, unused bits zero.
std::optional<std::string_view> from_base64(std::string_view text, Arena& arena) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    const std::size_t size = text.size() / 4 * 3 - padding;
    char* const begin = arena.take(size + 2);
    char* out = begin;
    for (std::size_t index = 0; index < text.size(); index += 4) {
        std::uint32_t group = 0;
        const bool is_last = index + 4 == text.size();
        for (std::size_t place = 0; place < 4; ++place) {
            const bool is_padding = is_last && place >= 4 - padding;
            const std::int8_t value =
                is_padding ? std::int8_t{0} : kValues[octet(text[index + place])];
            if (value < 0) return std::nullopt;
            group = group << 6u | static_cast<std::uint32_t>(value);
        }
        const bool has_stray_bits = is_last && ((padding == 1 && (group & 0xFFu) != 0) ||
                                                (padding == 2 && (group & 0xFFFFu) != 0));
        if (has_stray_bits) return std::nullopt;
        for (const unsigned shift : {16u, 8u, 0u}) *out++ = static_cast<char>(group >> shift);
    }
    return std::string_view(begin, size);
}

std::string_view to_base64(std::string_view bytes, Arena& arena) {
    const std::size_t size = (bytes.size() + 2) / 3 * 4;
    char* const begin = arena.take(size);
    char* out = begin;
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t group = 0;
        for (std::size_t place = 0; place < 3; ++place) {
            group = group << 8u | (place < bytes.size() ? octet(bytes[place]) : 0u);
        }
        for (std::size_t place = 0; place < 4; ++place) {
            *out++ = place > bytes.size() ? '=' : kSigns[group >> (18 - 6 * place) & 0x3Fu];
        }
    }
    return {begin, size};
}

bool wants_upper(const CodecArguments& arguments) {
    return argument(arguments, 1) == "upper";
}

bool is_hex(std::string_view text, char ten, std::size_t bytes) {
    return text.size() == bytes * 2 && std::all_of(text.begin(), text.end(), [ten](char c) {
               return is_digit(c) || (c >= ten && c < ten + 6);
           });
}

CodecResult hex_decode(std::string_view text,
                       const CodecArguments& arguments,
                       CodecContext& context) {
    if (!is_hex(text, wants_upper(arguments) ? 'A' : 'a', size_argument(arguments, 0))) {
        return CodecResult::bad();
    }
    return CodecResult::value(to_ascii_lower(text, context.arena));
}

CodecResult hex_encode(std::string_view text,
                       const CodecArguments& arguments,
                       CodecContext& context) {
    if (!is_hex(text, 'a', size_argument(arguments, 0))) {
        return CodecResult::bad(Errc::NotEncodable);
    }
    if (!wants_upper(arguments)) return CodecResult::value(text);
    char* const out = context.arena.take(text.size());
    std::transform(text.begin(), text.end(), out,
                   [](char c) { return is_digit(c) ? c : static_cast<char>(c - 'a' + 'A'); });
    return CodecResult::value({out, text.size()});
}

Text check_hex(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 1, 4096); !fault.zh.empty()) return fault;
    if (arguments.literals.size() < 2 || wants_upper(arguments)) return {};
    return {"第二个参数只能是 upper", "the second argument can only be upper"};
}

CodecResult b64_decode(std::string_view text,
                       const CodecArguments& /*arguments*/,
                       CodecContext& context) {
    const std::optional<std::string_view> decoded = from_base64(text, context.arena);
    if (!decoded || decoded->empty() || !is_utf8(*decoded)) return CodecResult::bad();
    return CodecResult::value(*decoded);
}

CodecResult b64_encode(std::string_view text,
                       const CodecArguments& /*arguments*/,
                       CodecContext& context) {
    return CodecResult::value(to_base64(text, context.arena));
}

std::optional<Shape> shape_of_b64(const Shape& canonical, const CodecArguments& /*arguments*/) {
    const auto each = character_size_max(canonical.repertoire, Charset::Utf8);
    if (!each) return std::nullopt;
    return Shape{(canonical.characters_max * *each + 2) / 3 * 4, Repertoire::Ascii};
}

// --- the codecs ----------------------------------------

Codec hex_codec() {
    return {.name = "hex",
            .summary = {"n 个字节的十六进制；upper：报文中为大写",
                        "n bytes in hexadecimal; upper: upper case on the wire"},
            .arguments = {{"bytes", ArgumentKind::Number}, {"case", ArgumentKind::Word, true}},
            .fails = Fails::Both,
            .gives = TypeKind::Hex,
            .examples = {{"hex(4)", "66c7f0f4", "66c7f0f4"},
                         {"hex(4, upper)", "66C7F0F4", "66c7f0f4"},
                         {"hex(4)", "66C7F0F4", "!E2004"},
                         {"hex(4)", "66c7f0", "!E2004"},
                         {"hex(4)", "!E2005", "66c7"}},
            .decode = hex_decode,
            .encode = hex_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("{} bytes in {} hexadecimal", argument(a, 0),
                                       wants_upper(a) ? "upper-case" : "lower-case");
                },
            .check = check_hex,
            .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
                return Shape{size_argument(a, 0) * 2, Repertoire::Ascii};
            }};
}

Codec b64_codec() {
    return {.name = "b64",
            .summary = {"UTF-8 文本的 Base64", "base64 of UTF-8 text (RFC 4648, strict)"},
            .fails = Fails::Reading,
            .examples = {{"b64", "5Y+y5a+G5pav", "史密斯"},
                         {"b64", "QQ==", "A"},
                         {"b64", "QR==", "!E2004"},
                         {"b64", "Q Q=", "!E2004"}},
            .decode = b64_decode,
            .encode = b64_encode,
            .expected = [](const CodecArguments& /*a*/) { return std::string("base64 of UTF-8"); },
            .wire_shape = shape_of_b64};
}

}  // namespace

std::span<const Codec> bytes_codecs() {
    static const Codec list[] = {hex_codec(), b64_codec()};
    return list;
}

}  // namespace luqiao::mapping
