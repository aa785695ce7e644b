// mapping/ast.h - forms and maps as they were written: names not yet resolved.
#pragma once

#include "mapping/form.h"
#include "mapping/program.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace luqiao::mapping {

struct LiteralSyntax {
    Literal value;
    Position at;
};

struct PathSyntax {
    std::string text;           ///< segments joined by dots, each as written: "p:XM", "XM{n}"
    bool is_attribute = false;  ///< the last segment was written `@LX`
    bool has_prefix = false;    ///< some segment was written `p:XM`
    bool is_column = false;     ///< some segment was written `XM{n}`
    Position at;
};

struct OperandSyntax;
struct ConditionSyntax;

/// `concat(a, "x")`, `if(a = b, c, d)`
struct CallSyntax {
    std::string name;
    std::vector<ConditionSyntax> condition;  ///< of `if`: one
    std::vector<OperandSyntax> arguments;
    Position at;
};

/// A field, a `let` name, a literal or a call. A single bare word may be any of the first three: it
/// is kept as a path.
struct OperandSyntax {
    std::variant<PathSyntax, LiteralSyntax, CallSyntax> value;
    Position at;
};

struct ConditionSyntax {
    Condition::Kind kind = Condition::Kind::Always;
    Comparison comparison = Comparison::Equal;
    std::vector<OperandSyntax> operands;
    std::vector<ConditionSyntax> children;
    Position at;
};

/// One codec of a chain, or the alias of a chain.
struct CodecSyntax {
    std::string name;
    std::vector<LiteralSyntax> arguments;
    bool has_arguments = false;  ///< parentheses were written
    Position at;
};

struct ChainSyntax {
    std::vector<CodecSyntax> codecs;  ///< wire side first
    Position at;
};

/// One side of a row: a field, a tuple or a constant.
struct SideSyntax {
    std::vector<PathSyntax> paths;
    std::optional<LiteralSyntax> constant;
    Position at;
};

struct ActSyntax {
    OnBad act = OnBad::Reject;
    std::optional<LiteralSyntax> value;  ///< of `default`
    Position at;
};

struct ExampleSyntax {
    enum class Gives : std::uint8_t { Value, Bad, Absent };
    LiteralSyntax wire;
    LiteralSyntax canonical;
    Gives gives = Gives::Value;
};

struct FitSyntax {
    Fit fit;
    Position at;
};

/// What follows a row or an `each` after semicolons.
struct ClausesSyntax {
    bool required = false;
    std::optional<ConditionSyntax> required_when;
    std::optional<LiteralSyntax> fallback;
    std::optional<FitSyntax> fit;
    bool lossy_ok = false;
    std::optional<ActSyntax> unmapped;
    std::optional<ActSyntax> bad;
    std::optional<ActSyntax> absent;
    std::optional<ActSyntax> over;
    std::optional<std::size_t> items_max;
    std::vector<ExampleSyntax> examples;
};

struct RowSyntax {
    Position at;
    SideSyntax canonical;
    Arrow arrow = Arrow::Both;
    Position arrow_at;
    SideSyntax wire;
    ChainSyntax chain;
    ClausesSyntax clauses;
};

struct CheckSyntax {
    ConditionSyntax condition;
    Text message;
    std::optional<PathSyntax> field;
    bool eligibility = false;
    Position at;
};

struct WhenSyntax;
struct EachSyntax;
using StatementSyntax = std::variant<RowSyntax, WhenSyntax, EachSyntax, CheckSyntax>;
using BlockSyntax = std::vector<StatementSyntax>;

struct WhenSyntax {
    ConditionSyntax condition;
    Position at;
    std::vector<BlockSyntax> branches;  ///< then, and else when written
};

/// `cols(1..3)`; `width` is 2 for `cols(01..12)`.
struct ColumnsSyntax {
    std::size_t first = 1;
    std::size_t last = 1;
    std::size_t width = 0;
    Position at;
};

struct EachSyntax {
    Position at;
    PathSyntax list;
    Arrow arrow = Arrow::Both;
    Position arrow_at;
    PathSyntax wire;  ///< when not columns
    std::optional<ColumnsSyntax> columns;
    std::optional<PathSyntax> key;
    ClausesSyntax clauses;
    BlockSyntax body;
};

/// `application@1`
struct ReferenceSyntax {
    std::string name;
    int version = 1;
    Position at;
};

struct NamedAt {
    std::string name;
    Position at;
};

struct AliasSyntax {
    std::string name;
    ChainSyntax chain;
    Position at;
};

struct LetSyntax {
    std::string name;
    OperandSyntax value;
    Position at;
};

/// `ns p = "urn:…"`
struct NamespaceSyntax {
    std::string prefix;
    std::string uri;
    Position at;
};

struct MapSyntax {
    std::string name;
    int version = 1;
    Text label;
    Position at;
    ReferenceSyntax form;
    ReferenceSyntax format;
    std::vector<NamedAt> uses;
    std::vector<AliasSyntax> aliases;
    std::vector<LetSyntax> lets;
    std::vector<NamespaceSyntax> namespaces;
    std::optional<Position> base_keep;
    std::optional<PathSyntax> as_of;
    bool is_partial = false;
    BlockSyntax body;
};

/// A form whose checks are not yet resolved.
struct FormSyntax {
    Form form;
    Position at;
    std::vector<CheckSyntax> checks;
};

}  // namespace luqiao::mapping
