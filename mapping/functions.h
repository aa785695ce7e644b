// mapping/functions.h - a function is data, like a codec: name, prose, arguments, result, examples.
#pragma once

#include "mapping/codec.h"
#include "mapping/expression.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// What an argument may be. Nothing is converted: a number is no text, a code is no text.
enum class Takes : std::uint8_t {
    Text,    ///< text and everything written like it (identifiers, phones, …), not codes
    Number,  ///< int or decimal
    Date,    ///< date or datetime
    Region,  ///< a division code
    CnId,    ///< a citizen's number
    Same,    ///< any type, the same one for all arguments of this kind
    Count,   ///< a whole number, written out
    Word,    ///< one of a few words, written out
};

struct FunctionArgument {
    std::string_view name;
    Takes takes = Takes::Text;
    bool optional = false;
    bool repeated = false;  ///< the last argument may occur again
};

/// `call` is a whole expression; `gives` its value, "!absent" or "!E2004" (bad, with that reason).
/// Judged on 2025-10-09 where a function counts up to the date of the message.
struct FunctionExample {
    std::string_view call;
    std::string_view gives;
};

/// `values` are the arguments but for counts and words, which are in `literals`. None is bad.
using FunctionBody = CodecResult (*)(std::span<const CodecResult> values,
                                     const CodecArguments& literals,
                                     CodecContext& context);

struct Function {
    std::string_view name;
    Text summary;
    std::vector<FunctionArgument> arguments;
    /// Type of the result, from those of the arguments (without counts and words).
    Type (*gives)(std::span<const Type> arguments, const CodecArguments& literals);
    std::vector<FunctionExample> examples;
    FunctionBody body = nullptr;  ///< nullptr: `if`, which the evaluator decides itself
    /// Without it, one absent argument makes the result absent.
    bool sees_absent = false;
    /// A listed declassifier: the result is C1 at most.
    bool declassifies = false;
    /// With fewer values than this the last one is the map's `asof` date; 0: never.
    std::size_t as_of_below = 0;
    /// Checks counts and words when the rules are compiled; an empty Text is "fine".
    Text (*check)(const CodecArguments& literals) = nullptr;
};

/// All functions, sorted by name. Adding one adds one line to a functions_*.cc.
std::span<const Function* const> functions();
const Function* find_function(std::string_view name);

/// `years(from, to?)`
std::string signature(const Function& function);

/// One use of a function, with its names resolved.
struct Call {
    const Function* function = nullptr;
    std::vector<Condition> condition;  ///< of `if`: one
    std::vector<Operand> arguments;    ///< without counts and words
    CodecArguments literals;           ///< counts and words
    std::size_t operations = 1;        ///< this one and those of its arguments
};

/// The functions of each source file.
std::span<const Function> text_functions();
std::span<const Function> value_functions();

}  // namespace luqiao::mapping
