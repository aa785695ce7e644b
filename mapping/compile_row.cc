#include "mapping/compile_row.h"

#include "mapping/compile_expression.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

class RowCompiler {
public:
    RowCompiler(const RowSyntax& syntax, const NameScope& scope, Report& report)
        : syntax_(syntax), scope_(scope), report_(report) {}

    std::optional<RowRule> run(ChainCompiler& chains) {
        rule_.at = syntax_.at;
        rule_.wire_at = syntax_.wire.at;
        rule_.arrow = syntax_.arrow;
        auto chain = chains.compile(syntax_.chain);
        // Each of these reports by itself, so that all errors of a row show at once.
        const bool good_sides = sides();
        const bool good_clauses = clauses();
        if (!chain || !good_sides || !good_clauses) return std::nullopt;
        rule_.chain = chain->calls;
        rule_.grade = chain->grade;
        if (!constants(chain->calls)) return std::nullopt;
        const std::size_t before = report_.errors();
        const RowContext context{syntax_, rule_, *chain, scope_, report_};
        check_row(context);
        if (report_.errors() == before) check_examples(context);
        if (report_.errors() != before) return std::nullopt;
        keep_examples();
        return std::move(rule_);
    }

private:
    void keep_examples() {
        for (const ExampleSyntax& example : syntax_.clauses.examples) {
            using Gives = ExampleSyntax::Gives;
            const bool has_value = example.gives == Gives::Value;
            rule_.examples.push_back({example.wire.value.text,
                                      has_value ? example.canonical.value.text : std::string(),
                                      example.gives == Gives::Bad, example.gives == Gives::Absent});
        }
    }

    bool fail(std::string code, const Position& at, Text message, Fix fix = {}) {
        report_.error(std::move(code), at, std::move(message), std::move(fix));
        return false;
    }

    bool sides() {
        const bool is_left_constant = syntax_.canonical.constant.has_value();
        const bool is_right_constant = syntax_.wire.constant.has_value();
        if (is_left_constant && is_right_constant) {
            return fail("M100", syntax_.at, {"两边都是常量", "both sides are constants"});
        }
        if (is_left_constant && syntax_.arrow != Arrow::Write) {
            return fail("M160", syntax_.arrow_at,
                        {"左边是常量时只能发送", "a constant on the left can only be written"},
                        write_instead(syntax_.arrow_at, "->"));
        }
        if (is_right_constant && syntax_.arrow != Arrow::Read) {
            return fail("M160", syntax_.arrow_at,
                        {"右边是常量时只能读取", "a constant on the right can only be read"},
                        write_instead(syntax_.arrow_at, "<-"));
        }
        const bool good_left = canonical();
        return wire() && good_left && directions();
    }

    bool canonical() {
        if (syntax_.canonical.paths.size() == 1) {
            const OperandSyntax side{syntax_.canonical.paths[0], syntax_.canonical.at};
            const Seen seen = see_through_lets(side, scope_);
            if (seen.let != nullptr) return let(seen);
        }
        bool good = true;
        for (const PathSyntax& path : syntax_.canonical.paths) {
            const auto found = resolve_canonical(scope_, path, report_);
            if (found) rule_.canonical.push_back(*found);
            good = good && found;
        }
        return good;
    }

    /// A name of `let`: another name of a field, or a value that can only be written.
    bool let(const Seen& seen) {
        const auto* path = std::get_if<PathSyntax>(&seen.operand->value);
        if (path != nullptr) {
            const auto found = resolve_canonical(scope_, *path, report_);
            if (found) rule_.canonical.push_back(*found);
            return found.has_value();
        }
        if (syntax_.arrow != Arrow::Write) {
            return fail("M160", syntax_.arrow_at,
                        {fmt::format("{}是算出来的，只能发送", seen.let->name),
                         fmt::format("{} is computed and can only be written", seen.let->name)},
                        Text{"写作 ->", "write ->"});
        }
        auto value = compile_seen(seen, nullptr, scope_, report_);
        if (!value) return false;
        rule_.computed = Computed{seen.let->name, std::move(value->operand), value->type};
        return true;
    }

    bool wire() {
        bool good = true;
        std::size_t in_item = 0;
        for (const PathSyntax& path : syntax_.wire.paths) {
            const auto found = resolve_wire(scope_, path, report_);
            if (found) rule_.wire.push_back(found->slot);
            if (found && found->in_item) ++in_item;
            rule_.wire_in_column = rule_.wire_in_column || path.is_column;
            good = good && found;
        }
        rule_.wire_in_item = in_item > 0;
        if (good && in_item > 0 && in_item < rule_.wire.size()) {
            return fail("M100", syntax_.wire.at,
                        {"一组字段不能部分在列表内", "a tuple is either all in the item or not"});
        }
        return good;
    }

    /// Inside `each` a value may come from the message to the items, never the other way.
    bool directions() {
        if (scope_.item == nullptr) return true;
        const bool is_root = std::any_of(rule_.canonical.begin(), rule_.canonical.end(),
                                         [](const FieldRef& ref) { return !ref.in_item; });
        if (is_root && reads(syntax_.arrow)) {
            return fail(
                "M160", syntax_.canonical.at,
                {"each 之内不能读入列表之外的字段",
                 "a field outside the list cannot be read inside each"},
                Text{"把该行移到 each 之前，或改用 ->", "move the row before each, or write ->"});
        }
        const bool is_inside = rule_.wire_in_item || rule_.wire_in_column;
        if (!is_inside && !syntax_.wire.constant && writes(syntax_.arrow)) {
            return fail(
                "M160", syntax_.wire.at,
                {"each 之内不能写列表之外的字段",
                 "a field outside the list cannot be written inside each"},
                Text{"把该行移出 each，或改用 <-", "move the row out of each, or write <-"});
        }
        return true;
    }

    /// Type of the only canonical field or computed value; nullptr for tuples and constants.
    [[nodiscard]] const Type* type() const {
        if (rule_.computed) return &rule_.computed->type;
        return rule_.canonical.size() == 1 ? &scope_.field(rule_.canonical[0]).type : nullptr;
    }

    bool clauses() {
        const ClausesSyntax& from = syntax_.clauses;
        rule_.required = from.required;
        bool good = true;
        if (from.required_when) {
            rule_.required_when = compile_condition(*from.required_when, scope_, report_);
            good = rule_.required_when.has_value();
        }
        if (from.fallback) good = canonical_literal(*from.fallback, rule_.fallback) && good;
        if (from.fit) rule_.fit = from.fit->fit;
        if (from.absent) good = absent(*from.absent) && good;
        good = act(from.unmapped, rule_.on_unmapped, rule_.unmapped_default) && good;
        good = act(from.over, rule_.on_over, rule_.over_default) && good;
        good = act(from.bad, rule_.on_bad, rule_.bad_default) && good;
        if (from.over && rule_.fit && rule_.fit->cut) {
            return fail("M100", from.over->at,
                        {"fit … cut 已经规定了超长时的做法", "fit … cut says already what happens"},
                        Text{"写作 fit … reject", "write fit … reject"});
        }
        return good;
    }

    bool absent(const ActSyntax& from) {
        if (from.act == OnBad::Keep) {
            return fail("M100", from.at,
                        {"未填时没有可保留的内容", "there is nothing to keep of an absent value"},
                        Text{"写作 absent flag", "write absent flag"});
        }
        if (from.act == OnBad::Default && rule_.fallback) {
            return fail("M104", from.at, {"default 写了两次", "the default is written twice"},
                        Text{"只留其中一个", "keep one of them"});
        }
        return act(from, rule_.on_absent, rule_.fallback);
    }

    bool act(const std::optional<ActSyntax>& from, OnBad& to, std::optional<std::string>& value) {
        if (!from) return true;
        to = from->act;
        if (to == OnBad::Drop && scope_.item == nullptr) {
            return fail("M100", from->at,
                        {"drop 只能用在 each 之内", "drop is for rows inside each"});
        }
        return !from->value || canonical_literal(*from->value, value);
    }

    bool canonical_literal(const LiteralSyntax& literal, std::optional<std::string>& to) {
        if (type() == nullptr) {
            // Names that are not known have been reported; only a tuple or constant is news.
            if (syntax_.canonical.paths.size() == 1) return false;
            return fail("M110", literal.at,
                        {"默认值只能用于单个字段", "a default is for a single field"});
        }
        to = compile_literal(literal, *type(), scope_, report_);
        return to.has_value();
    }

    bool constants(const std::vector<CodecCall>& chain) {
        Arena arena;
        CodecContext context{arena, std::nullopt};
        if (syntax_.canonical.constant) {
            const LiteralSyntax& literal = *syntax_.canonical.constant;
            rule_.canonical_constant = literal.value.text;
            if (encode_chain(chain, literal.value.text, context).state != SlotState::Value) {
                return fail("M111", literal.at,
                            {"常量不能经过该编解码链", "the chain cannot write the constant"});
            }
        }
        if (syntax_.wire.constant && type() != nullptr) {
            const LiteralSyntax& literal = *syntax_.wire.constant;
            rule_.wire_constant = literal.value.text;
            const Type& of = *type();
            const CodeTable* table = scope_.table(of.table);
            const bool is_known = of.kind != TypeKind::Code || table != nullptr;
            if (is_known && decode_chain(chain, literal.value.text, of, table, context).state !=
                                SlotState::Value) {
                return fail(
                    "M111", literal.at,
                    {fmt::format("“{}”不是{}的值", literal.value.text, to_string(of)),
                     fmt::format("{} is not a value of {}", literal.value.text, to_string(of))});
            }
        }
        return true;
    }

    const RowSyntax& syntax_;
    const NameScope& scope_;
    Report& report_;
    RowRule rule_;
};

}  // namespace

std::optional<RowRule> compile_row(const RowSyntax& syntax,
                                   const NameScope& scope,
                                   ChainCompiler& chains,
                                   Report& report) {
    return RowCompiler(syntax, scope, report).run(chains);
}

}  // namespace luqiao::mapping
