#include "mapping/charset.h"

#include "mapping/gb_tables.h"
#include "mapping/record.h"
#include "mapping/utf8.h"

#include <cstring>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kAllValid = std::string_view::npos;

Error bad_byte(std::size_t offset, Charset charset) {
    return fail(Errc::CharsetError, "the bytes are not valid {}", to_string(charset))
        .at(fmt::format("byte {}", offset));
}

/// Offset of the first byte that is not UTF-8.
std::size_t first_bad_utf8(std::string_view bytes) {
    std::string_view rest = bytes;
    for (;;) {
        rest.remove_prefix(ascii_prefix(rest));
        if (rest.empty()) return kAllValid;
        if (take_character(rest) == kNoCharacter) return bytes.size() - rest.size();
    }
}

/// Decodes GB18030 or GBK into `out`, which has room for `decoded_size_max`; gives the end, or
/// nullptr with `bad` set.
char* decode_gb(std::string_view bytes, Charset charset, char* out, std::size_t& bad) {
    const GbTables& tables = GbTables::get();
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const std::size_t ascii = ascii_prefix(rest);
        std::memcpy(out, rest.data(), ascii);
        out += ascii;
        rest.remove_prefix(ascii);
        if (rest.empty()) break;
        const GbTables::Read read =
            charset == Charset::Gbk ? tables.read_gbk(rest) : tables.read_gb18030(rest);
        if (read.size == 0) {
            bad = bytes.size() - rest.size();
            return nullptr;
        }
        out = put_character(out, read.character);
        rest.remove_prefix(read.size);
    }
    return out;
}

/// Two bytes become at most four (FE51 is U+20087), the one byte 80 becomes three.
std::size_t decoded_size_max(std::size_t bytes) {
    return bytes * 3;
}

/// Bytes of one character in `charset`; 0: it has none.
std::size_t size_of(char32_t character, Charset charset) {
    if (character < 0x80) return 1;
    switch (charset) {
        case Charset::Utf8: return character < 0x800 ? 2 : character < 0x1'0000 ? 3 : 4;
        case Charset::Gb18030: {
            const std::uint32_t code = GbTables::get().gb18030(character);
            return code == 0 ? 0 : code > 0xFFFF ? 4 : 2;
        }
        case Charset::Gbk: {
            const std::uint32_t code = GbTables::get().gbk(character);
            return code == 0 ? 0 : code > 0xFF ? 2 : 1;
        }
    }
    return 0;
}

void append_code(std::string& out, std::uint32_t code) {
    if (code > 0xFFFF) {
        out += static_cast<char>(code >> 24u);
        out += static_cast<char>(code >> 16u);
    }
    if (code > 0xFF) out += static_cast<char>(code >> 8u);
    out += static_cast<char>(code);
}

}  // namespace

Result<std::string> to_utf8(std::string_view bytes, Charset charset) {
    std::size_t bad = 0;
    if (charset == Charset::Utf8) {
        bad = first_bad_utf8(bytes);
        if (bad == kAllValid) return std::string(bytes);
        return bad_byte(bad, charset);
    }
    std::string text(decoded_size_max(bytes.size()), '\0');
    const char* const end = decode_gb(bytes, charset, text.data(), bad);
    if (end == nullptr) return bad_byte(bad, charset);
    text.resize(static_cast<std::size_t>(end - text.data()));
    return text;
}

Result<std::string_view> to_utf8(std::string_view bytes, Charset charset, Arena& arena) {
    if (ascii_prefix(bytes) == bytes.size()) return bytes;
    std::size_t bad = 0;
    if (charset == Charset::Utf8) {
        bad = first_bad_utf8(bytes);
        if (bad == kAllValid) return bytes;
        return bad_byte(bad, charset);
    }
    char* const begin = arena.take(decoded_size_max(bytes.size()));
    const char* const end = decode_gb(bytes, charset, begin, bad);
    if (end == nullptr) return bad_byte(bad, charset);
    return std::string_view(begin, static_cast<std::size_t>(end - begin));
}

Status append_encoded(std::string& out, std::string_view text, Charset charset) {
    if (charset == Charset::Utf8) {
        if (const std::size_t bad = first_bad_utf8(text); bad != kAllValid) {
            return bad_byte(bad, charset);
        }
        out += text;
        return {};
    }
    const std::size_t before = out.size();
    std::size_t position = 1;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t ascii = ascii_prefix(rest);
        out += rest.substr(0, ascii);
        rest.remove_prefix(ascii);
        position += ascii;
        if (rest.empty()) break;
        const char32_t character = take_character(rest);
        if (character == kNoCharacter) {
            out.resize(before);
            return bad_byte(text.size() - rest.size(), Charset::Utf8);
        }
        const GbTables& tables = GbTables::get();
        const std::uint32_t code =
            charset == Charset::Gbk ? tables.gbk(character) : tables.gb18030(character);
        if (code == 0) {
            out.resize(before);
            return fail(Errc::NotEncodable, "a character does not exist in {}", to_string(charset))
                .at(fmt::format("character {}", position));
        }
        append_code(out, code);
        ++position;
    }
    return {};
}

Result<std::string> from_utf8(std::string_view text, Charset charset) {
    std::string out;
    out.reserve(text.size());
    LQ_CHECK(append_encoded(out, text, charset));
    return out;
}

std::optional<std::size_t> encoded_size(std::string_view text, Charset charset) {
    std::size_t total = 0;
    while (!text.empty()) {
        const std::size_t ascii = ascii_prefix(text);
        total += ascii;
        text.remove_prefix(ascii);
        if (text.empty()) break;
        const char32_t character = take_character(text);
        const std::size_t size = character == kNoCharacter ? 0 : size_of(character, charset);
        if (size == 0) return std::nullopt;
        total += size;
    }
    return total;
}

std::string_view fit(std::string_view text, std::size_t bytes_max, Charset charset) {
    std::string_view rest = text;
    std::size_t left = bytes_max;
    while (!rest.empty()) {
        std::string_view next = rest;
        const char32_t character = take_character(next);
        const std::size_t size = character == kNoCharacter ? 0 : size_of(character, charset);
        if (size == 0 || size > left) break;
        left -= size;
        rest = next;
    }
    return text.substr(0, text.size() - rest.size());
}

bool in_repertoire(char32_t character, Repertoire repertoire) {
    if (character < 0x80) {
        if (repertoire == Repertoire::Digit) return character >= '0' && character <= '9';
        return (character >= 0x20 && character != 0x7F) || character == '\t' || character == '\n' ||
               character == '\r';
    }
    if (character < 0xA0) return false;
    switch (repertoire) {
        case Repertoire::Digit:
        case Repertoire::Ascii: return false;
        case Repertoire::Latin:
            return character < 0x250 || (character >= 0x1E00 && character <= 0x1EFF) ||
                   character == 0x2018 || character == 0x2019;
        case Repertoire::Gb2312: return GbTables::get().is_gb2312(character);
        case Repertoire::Gbk: return GbTables::get().gbk(character) != 0;
        case Repertoire::Any: return (character & 0xFFFEu) != 0xFFFE && character != 0xFFFD;
    }
    return false;
}

std::optional<std::size_t> character_size_max(Repertoire repertoire, Charset charset) {
    switch (repertoire) {
        case Repertoire::Digit:
        case Repertoire::Ascii: return 1;
        case Repertoire::Latin:
            if (charset == Charset::Gbk) return std::nullopt;
            return charset == Charset::Utf8 ? 3 : 4;
        case Repertoire::Gb2312:
        case Repertoire::Gbk: return charset == Charset::Utf8 ? 3 : 2;
        case Repertoire::Any:
            if (charset == Charset::Gbk) return std::nullopt;
            return 4;
    }
    return std::nullopt;
}

}  // namespace luqiao::mapping
