// tests/fuzz/charset_fuzz.cc - charsets, code tables and the canonical types over hostile bytes.
#include "mapping/charset.h"
#include "mapping/code_table.h"
#include "mapping/codec.h"

#include <cstdlib>
#include <string>
#include <string_view>

namespace luqiao::mapping {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// What can be read can be written and read again; what cannot has a place within the bytes.
void charset_round_trip(std::string_view bytes, Charset charset) {
    const auto text = to_utf8(bytes, charset);
    Arena arena;
    const auto in_arena = to_utf8(bytes, charset, arena);
    require(text.has_value() == in_arena.has_value());
    if (!text) {
        require(text.error().code == Errc::CharsetError);
        require(text.error().where == in_arena.error().where);
        return;
    }
    require(*text == *in_arena && is_utf8(*text));
    const auto back = from_utf8(*text, charset);
    require(encoded_size(*text, charset).has_value() == back.has_value());
    if (!back) return;  // GBK reads a little more than it writes
    require(back->size() == encoded_size(*text, charset));
    require(to_utf8(*back, charset).value_or("?") == *text);
    const std::string_view half = fit(*text, bytes.size() / 2, charset);
    require(text->starts_with(half) && is_utf8(half));
    require(encoded_size(half, charset).value_or(bytes.size() + 1) <= bytes.size() / 2);
}

/// Every code that a table reads belongs to one of its rows; every code it writes is read.
void code_table(std::string_view csv) {
    Diagnostics findings;
    const auto table = CodeTable::parse("t", csv, "t.csv", findings);
    if (!table || findings.has_errors()) return;
    for (const CodeTable::Row& row : table->rows()) {
        for (std::size_t system = 0; system < table->systems().size(); ++system) {
            const std::string* const code = table->encode(system, row.codes[0]);
            require((code == nullptr) == row.codes[system].empty());
            require(code == nullptr || table->decode(system, *code) != nullptr);
        }
    }
}

/// A canonical text is its own canonical text.
void canonical_types(std::string_view text) {
    Arena arena;
    CodecContext context{arena, std::nullopt};
    for (int kind = 0; kind <= static_cast<int>(TypeKind::Blob); ++kind) {
        Type type;
        type.kind = static_cast<TypeKind>(kind);
        type.scale = 2;
        const CodecResult once = to_canonical(text, type, nullptr, context);
        if (once.state != SlotState::Value) continue;
        const CodecResult twice = to_canonical(once.text, type, nullptr, context);
        require(twice.state == SlotState::Value && twice.text == once.text);
    }
}

/// Arguments of an example's call, cut at commas: what the compiler would make of it.
CodecArguments arguments_of(std::string_view call) {
    CodecArguments arguments;
    const std::size_t open = call.find('(');
    if (open == std::string_view::npos) return arguments;
    for (std::string_view piece : split(call.substr(open + 1, call.size() - open - 2), ',')) {
        piece = trimmed(piece);
        if (piece.starts_with('"')) piece = piece.substr(1, piece.size() - 2);
        arguments.literals.push_back({Literal::Kind::Word, std::string(piece)});
    }
    return arguments;
}

/// No codec breaks on any bytes; an exact one gives back what it read.
void every_codec(std::string_view text) {
    Arena arena;
    for (const Codec* codec : codecs()) {
        CodecContext context{arena, std::nullopt};
        const CodecArguments arguments = arguments_of(codec->examples[0].call);
        if (codec->encode != nullptr) codec->encode(text, arguments, context);
        if (codec->decode == nullptr) continue;
        const CodecResult value = codec->decode(text, arguments, context);
        if (value.state != SlotState::Value || codec->grade != Grade::Exact) continue;
        require(codec->encode(value.text, arguments, context).text == text);
    }
}

}  // namespace
}  // namespace luqiao::mapping

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace luqiao::mapping;
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 6) {
        case 0: charset_round_trip(bytes, Charset::Gb18030); break;
        case 1: charset_round_trip(bytes, Charset::Gbk); break;
        case 2: charset_round_trip(bytes, Charset::Utf8); break;
        case 3: code_table(bytes); break;
        case 4: canonical_types(bytes); break;
        default: every_codec(bytes); break;
    }
    return 0;
}
