// mapping/codec.h - a codec is data: name, prose, arguments, grade, examples, and two functions.
#pragma once

#include "base/time.h"
#include "mapping/code_table.h"
#include "mapping/expression.h"
#include "mapping/record.h"
#include "mapping/type.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// E exact: both laws hold. C canonical: decode∘encode = id, the party's bytes may be normalised
/// once. L lossy. 1 one-way.
enum class Grade : std::uint8_t { Exact, Canonical, Lossy, OneWay };

enum class ArgumentKind : std::uint8_t { Text, Number, Word, Code };

struct Argument {
    std::string_view name;
    ArgumentKind kind;
    bool optional = false;
    bool repeated = false;  ///< the last argument may occur again
};

/// Arguments of one use of a codec, resolved when the map is compiled.
struct CodecArguments {
    std::vector<Literal> literals;
    const CodeTable* table = nullptr;  ///< of `code(table.system)`
    std::size_t system = 0;
};

/// What a codec may look at besides the value.
struct CodecContext {
    Arena& arena;
    std::optional<Date> as_of;  ///< code-table validity is judged on this date
};

/// A value, or why there is none. `reason` is meaningful only when `state` is Bad.
struct CodecResult {
    SlotState state = SlotState::Value;
    std::string_view text;
    Errc reason = Errc::BadValue;

    static CodecResult value(std::string_view text) { return {SlotState::Value, text, {}}; }
    static CodecResult absent() { return {SlotState::Absent, {}, {}}; }
    static CodecResult cleared() { return {SlotState::Cleared, {}, {}}; }
    static CodecResult bad(Errc reason = Errc::BadValue) { return {SlotState::Bad, {}, reason}; }
};

/// Turns one text into another. Sees only values: absent, cleared and bad pass it by.
using CodecFunction = CodecResult (*)(std::string_view text,
                                      const CodecArguments& arguments,
                                      CodecContext& context);

/// One worked example, run by the tests in every direction the codec has.
///
/// `canonical` is what decoding `wire` gives: a text, "!E2004" (bad, with that reason), "!absent"
/// or
/// "!cleared". `back` is what encoding `canonical` gives, when that is not `wire`: a text or
/// "!E2004". A codec that cannot read (`decode` is nullptr) has no decoding: `canonical` is
/// encoded.
struct CodecExample {
    std::string_view call;  ///< "date(yyyyMMdd)"
    std::string_view wire;
    std::string_view canonical;
    std::optional<std::string_view> back = std::nullopt;
};

struct Codec {
    std::string_view name;
    Text summary;
    std::vector<Argument> arguments = {};
    Grade grade = Grade::Exact;
    TypeKind gives = TypeKind::Text;  ///< type of the canonical side; Text fits every field
    std::vector<CodecExample> examples = {};
    CodecFunction decode = nullptr;  ///< nullptr: cannot read
    CodecFunction encode = nullptr;  ///< nullptr: cannot write
    /// What a value should have looked like, for issues: "yyyyMMdd", "code of country.alpha3".
    /// nullptr: no value is ever bad.
    std::string (*expected)(const CodecArguments& arguments) = nullptr;
    /// When given: called instead of encode for an absent or cleared field; its value, a sentinel
    /// such as "00000000", goes on through the codecs nearer to the wire.
    CodecResult (*encode_absent)(const CodecArguments& arguments, CodecContext& context) = nullptr;
    /// Checks literal arguments at compile time; an empty Text is "fine".
    Text (*check)(const CodecArguments& arguments) = nullptr;
};

/// All codecs, sorted by name. Adding one adds one line to codecs.cc.
std::span<const Codec* const> codecs();
const Codec* find_codec(std::string_view name);

/// Cuts `text` at the first `parts.size() - 1` separators; the last part keeps the rest. This is
/// how the translator reads a tuple whose chain ends in `split(sep, k)`. False: too few separators.
bool split_text(std::string_view text,
                std::string_view separator,
                std::span<std::string_view> parts);

/// The reverse. Bad (NotEncodable) when any part but the last holds the separator.
CodecResult join_text(std::span<const std::string_view> parts,
                      std::string_view separator,
                      Arena& arena);

/// The type's own check and normal form, used after decoding and before encoding: is `text` a
/// canonical value of `type`? Gives the canonical text or a reason.
CodecResult to_canonical(std::string_view text,
                         const Type& type,
                         const CodeTable* table,
                         CodecContext& context);

}  // namespace luqiao::mapping
