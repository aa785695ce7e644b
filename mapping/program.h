// mapping/program.h - the compiled rows between one form and one format: what the translator runs.
#pragma once

#include "base/diagnostic.h"
#include "mapping/codec.h"
#include "mapping/expression.h"
#include "mapping/form.h"
#include "mapping/format.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace luqiao::mapping {

enum class Arrow : std::uint8_t { Both, Exact, Read, Write };

/// What happens to a value that cannot be represented, or is missing.
enum class OnBad : std::uint8_t { Reject, Flag, Skip, Keep, Drop, Default };

struct CodecCall {
    const Codec* codec = nullptr;
    CodecArguments arguments;
};

struct Fit {
    std::size_t bytes_max = 0;
    Charset charset = Charset::Utf8;
    bool cut = false;  ///< else reject
};

struct RowExample {
    std::string wire;
    std::string canonical;  ///< empty with is_bad and is_absent
    bool is_bad = false;
    bool is_absent = false;
};

/// A `let` on the canonical side of a `->` row.
struct Computed {
    std::string name;
    Operand value;
    Type type;
};

/// One row. Several canonical fields: a tuple, and the chain ends in `split`.
struct RowRule {
    Position at;
    Position wire_at;  ///< the wire side alone
    std::vector<FieldRef> canonical;
    std::vector<std::size_t>
        wire;  ///< slots of WireScope::fields in the current wire scope; several: a tuple
    std::optional<std::string> canonical_constant;  ///< `const("x") -> XM`
    std::optional<Computed> computed;               ///< `full_name -> XM`; canonical is empty
    std::optional<std::string> wire_constant;       ///< `item.code <- const("permit_issue")`
    std::vector<CodecCall> chain;                   ///< wire side first
    std::optional<Condition> required_when;
    std::optional<std::string> fallback;  ///< `default x`: canonical text for an absent value
    std::optional<Fit> fit;
    std::optional<std::string> bad_default;       ///< canonical text for `bad default x`
    std::optional<std::string> unmapped_default;  ///< the same for `unmapped`
    std::optional<std::string> over_default;      ///< the same for `over`
    std::vector<RowExample> examples;
    Arrow arrow = Arrow::Both;
    bool wire_in_item = false;    ///< the wire field is of the current `each` item
    bool wire_in_column = false;  ///< the wire field is one of an `each … cols`, at the root
    bool required = false;
    OnBad on_unmapped = OnBad::Reject;
    OnBad on_bad = OnBad::Reject;
    OnBad on_over = OnBad::Reject;  ///< longer than `fit`, `bytes` or the column
    OnBad on_absent = OnBad::Skip;
    Grade grade = Grade::Exact;
};

struct Block;

struct WhenRule {
    Position at;  ///< of the condition
    Condition condition;
    std::vector<Block> branches;  ///< [0] then, [1] else (may be empty)
};

/// `each list <-> LIST`, or with `columns` `each list <-> cols(1..3)`: there is no list on the
/// wire, the fields of item n stand at the root, and the rows of `body` number n are for them.
struct EachRule {
    Position at;
    Arrow arrow = Arrow::Both;
    std::size_t list = 0;       ///< index in Scope::lists of the form's root
    std::size_t wire_list = 0;  ///< index in WireScope::lists of the format's root
    bool columns = false;
    std::size_t items_max = 0;
    bool drop_bad = false;
    bool drop_over = false;   ///< `over drop`: items beyond the limit are left out, with a warning
    std::vector<Block> body;  ///< exactly one; with columns one per column
};

struct CheckRule {
    Check check;
};

using Rule = std::variant<RowRule, WhenRule, EachRule, CheckRule>;

struct Block {
    std::vector<Rule> rules;
};

struct Plan;
struct Program;

/// What the translator derives from a program (plan.h): made at its first use, then shared by
/// threads. A copy of a program makes its own.
class PlanCache {
public:
    PlanCache() = default;
    PlanCache(const PlanCache& /*other*/) noexcept {}
    PlanCache(PlanCache&& /*other*/) noexcept {}
    PlanCache& operator=(const PlanCache& /*other*/) noexcept { return *this; }
    PlanCache& operator=(PlanCache&& /*other*/) noexcept { return *this; }
    ~PlanCache();

    [[nodiscard]] const Plan& of(const Program& program) const;

private:
    mutable std::atomic<const Plan*> plan_{nullptr};
};

/// One compiled map. Immutable; shared by threads.
struct Program {
    std::string name;  ///< "psb.residence_apply"
    int version = 1;
    std::string bundle;  ///< hash of the bundle that the program belongs to
    std::shared_ptr<const Form> form;
    std::shared_ptr<const Format> format;
    std::vector<const CodeTable*> tables;  ///< all of the bundle, sorted by name
    std::optional<std::size_t> as_of;      ///< slot of a date or datetime field
    std::optional<Date> as_of_day;         ///< `asof` a fixed day
    bool keeps_base = false;               ///< `base keep`: see encode() with a base
    bool is_partial =
        false;  ///< `partial`: rows cover part of the form; its `!` and checks are not enforced
    Block body;
    PlanCache plan;

    /// nullptr: there is none of that name.
    [[nodiscard]] const CodeTable* table(std::string_view table_name) const;
};

}  // namespace luqiao::mapping
