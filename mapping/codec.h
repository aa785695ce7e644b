// mapping/codec.h - a codec is data: name, prose, arguments, grade, what can fail, examples,
// functions.
#pragma once

#include "base/time.h"
#include "mapping/code_table.h"
#include "mapping/expression.h"
#include "mapping/keyed_hasher.h"
#include "mapping/record.h"
#include "mapping/shape.h"
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

/// The directions in which a value can be refused. Reading: wire to canonical. Codecs that pass
/// characters on refuse malformed UTF-8 besides, which no reader lets through.
enum class Fails : std::uint8_t { Never, Reading, Writing, Both };

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
    const KeyedHasher* hasher = nullptr;  ///< of `keyed_hash`
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

/// Tuples. One side of a row may hold several fields; then the codec at that end of the chain is
/// one that can put texts together or take them apart: the last of the chain for several canonical
/// fields, the first for several wire fields. An empty part stands for a field without a value.
using TupleJoin = CodecResult (*)(std::span<const std::string_view> parts,
                                  const CodecArguments& arguments,
                                  CodecContext& context);
/// Fills all of `parts`, or gives Bad; the result's text is of no meaning.
using TupleCut = CodecResult (*)(std::string_view text,
                                 std::span<std::string_view> parts,
                                 const CodecArguments& arguments,
                                 CodecContext& context);

inline constexpr std::string_view kPartMark = " ¦ ";

/// One worked example, run by the tests in every direction the codec has.
///
/// `canonical` is what decoding `wire` gives: a text, "!E2004" (bad, with that reason), "!absent"
/// or "!cleared". `back` is what encoding `canonical` gives, when that is not `wire`: a text or
/// "!E2004". A codec that cannot read (`decode` is nullptr) has no decoding: `canonical` is
/// encoded. When `wire` is "!E2005", encoding `canonical` gives that, and nothing is decoded. A
/// codec of tuples has its parts in `canonical`, with kPartMark between them.
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
    Grade grade = Grade::Exact;  ///< of most uses; see grade_of
    Fails fails = Fails::Both;
    TypeKind gives = TypeKind::Text;  ///< type of the canonical side; Text fits every field
    std::vector<CodecExample> examples = {};
    CodecFunction decode = nullptr;  ///< nullptr: cannot read
    CodecFunction encode = nullptr;  ///< nullptr: cannot write
    /// Of a codec that may stand at the side of a row with several fields; nullptr: it may not.
    /// `split` has both, `join` cannot take apart again.
    TupleJoin join = nullptr;
    TupleCut cut = nullptr;
    /// What a value should have looked like, for issues: "yyyyMMdd", "code of country.alpha3".
    /// nullptr: no value is ever bad.
    std::string (*expected)(const CodecArguments& arguments) = nullptr;
    /// When given: called instead of encode for an absent or cleared field; its value, a sentinel
    /// such as "00000000", goes on through the codecs nearer to the wire.
    CodecResult (*encode_absent)(const CodecArguments& arguments, CodecContext& context) = nullptr;
    /// Checks literal arguments at compile time; an empty Text is "fine".
    Text (*check)(const CodecArguments& arguments) = nullptr;
    /// The grade of one use, where it depends on the arguments: a code table that is not
    /// one-to-one, a pattern without seconds. nullptr: `grade`.
    Grade (*grade_of)(const CodecArguments& arguments) = nullptr;
    /// The longest text, and its characters, that encoding gives for canonical texts of a shape.
    /// nullptr or nothing: not known. Cutting at `fit` is no codec's affair.
    std::optional<Shape> (*wire_shape)(const Shape& canonical,
                                       const CodecArguments& arguments) = nullptr;
    /// How many fields the tuple side has; 0 or nullptr: any number of at least two.
    std::size_t (*tuple_size)(const CodecArguments& arguments) = nullptr;
    bool lowers_class = false;  ///< takes out what makes a value personal: a declassifier
    bool needs_key = false;     ///< CodecArguments::hasher is given when it runs
    bool needs_as_of = false;   ///< CodecContext::as_of is given when it runs
};

/// The grade of one use of a codec.
Grade grade_of(const Codec& codec, const CodecArguments& arguments);

/// Codecs that are about the same matter; a chapter of the reference.
struct CodecFamily {
    Text title;
    std::span<const Codec> codecs;
};
std::span<const CodecFamily> codec_families();

/// All codecs, sorted by name. Adding one adds one line to codecs.cc.
std::span<const Codec* const> codecs();
const Codec* find_codec(std::string_view name);

/// The type's own check and normal form, used after decoding and before encoding: is `text` a
/// canonical value of `type`? Gives the canonical text or a reason.
CodecResult to_canonical(std::string_view text,
                         const Type& type,
                         const CodeTable* table,
                         CodecContext& context);

}  // namespace luqiao::mapping
