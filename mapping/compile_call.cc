#include "mapping/compile_expression.h"
#include "mapping/functions.h"
#include "mapping/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace luqiao::mapping {
namespace {

/// The sentence of a fix: the form that a call has.
Fix write_it(const std::string& form) {
    return Text{"写作 " + form, "write " + form};
}

Type plain(TypeKind kind) {
    Type out;
    out.kind = kind;
    return out;
}

Repertoire literal_repertoire(std::string_view text) {
    Repertoire out = Repertoire::Digit;
    for (const char c : text) {
        if (octet(c) >= 0x80) return Repertoire::Any;
        if (c < '0' || c > '9') out = Repertoire::Ascii;
    }
    return out;
}

/// The type of a literal that stands for itself; nothing for a word that is no day or truth value.
std::optional<Type> own_type(const Literal& literal) {
    Type out;
    const std::string& text = literal.text;
    switch (literal.kind) {
        case Literal::Kind::Text:
            out.size_max = static_cast<std::int64_t>(code_points(text));
            out.repertoire = literal_repertoire(text);
            return out;
        case Literal::Kind::Number: {
            const std::size_t point = text.find('.');
            if (point == std::string::npos) return plain(TypeKind::Int);
            out.kind = TypeKind::Decimal;
            out.scale = static_cast<int>(text.size() - point - 1);
            out.precision = static_cast<int>(text.size());
            return out;
        }
        case Literal::Kind::Word:
            if (parse_date(text)) return plain(TypeKind::Date);
            if (text == "true" || text == "false") return plain(TypeKind::Bool);
            return std::nullopt;
    }
    return std::nullopt;
}

std::size_t operations(const Operand& operand) {
    return operand.call != nullptr ? operand.call->operations : 1;
}

std::size_t operations(const Condition& condition) {
    std::size_t count = 1;
    for (const Operand& operand : condition.operands) count += operations(operand);
    for (const Condition& child : condition.children) count += operations(child);
    return count;
}

Privacy privacy_of(const Condition& condition) {
    Privacy out = Privacy::C0;
    for (const Operand& operand : condition.operands) out = std::max(out, operand.privacy);
    for (const Condition& child : condition.children) out = std::max(out, privacy_of(child));
    return out;
}

/// What literals of an argument are read as; nothing: as what they look like.
std::optional<Type> type_for(Takes takes) {
    switch (takes) {
        case Takes::Date: return plain(TypeKind::Date);
        case Takes::Region: return plain(TypeKind::Region);
        case Takes::CnId: return plain(TypeKind::CnId);
        case Takes::Text:
        case Takes::Number:
        case Takes::Same:
        case Takes::Count:
        case Takes::Word: return std::nullopt;
    }
    return std::nullopt;
}

Text wanted_text(Takes takes) {
    switch (takes) {
        case Takes::Text: return {"文字", "text"};
        case Takes::Number: return {"数值", "a number"};
        case Takes::Date: return {"日期", "a date"};
        case Takes::Region: return {"行政区划", "a region"};
        case Takes::CnId: return {"公民身份号码", "a cn_id"};
        case Takes::Same: return {"同一类型的值", "a value of the same type"};
        case Takes::Count: return {"整数", "a whole number"};
        case Takes::Word: return {"规定的词", "one of its words"};
    }
    return {};
}

bool accepts(Takes takes, const Type& type) {
    switch (takes) {
        case Takes::Text: return is_text_like(type.kind);
        case Takes::Number: return type.kind == TypeKind::Int || type.kind == TypeKind::Decimal;
        case Takes::Date: return type.kind == TypeKind::Date || type.kind == TypeKind::DateTime;
        case Takes::Region: return type.kind == TypeKind::Region;
        case Takes::CnId: return type.kind == TypeKind::CnId;
        case Takes::Same: return true;
        case Takes::Count:
        case Takes::Word: return false;
    }
    return false;
}

class CallCompiler {
public:
    CallCompiler(const CallSyntax& syntax, const NameScope& scope, Report& report)
        : syntax_(syntax), scope_(scope), report_(report) {}

    std::optional<TypedOperand> run() {
        call_.function = find_function(syntax_.name);
        if (call_.function == nullptr) return unknown();
        if (!has_good_count() || !condition() || !arguments() || !literals()) return std::nullopt;
        TypedOperand out;
        out.type = call_.function->gives(types_, call_.literals);
        if (out.type.kind == TypeKind::Code && scope_.table(out.type.table) == nullptr) {
            fail("M101", syntax_.at,
                 {fmt::format("没有代码表{}", out.type.table),
                  fmt::format("there is no code table {}", out.type.table)});
            return std::nullopt;
        }
        if (!count_operations()) return std::nullopt;
        out.operand.type = out.type.kind;
        out.operand.privacy = privacy();
        out.operand.call = std::make_shared<const Call>(std::move(call_));
        return out;
    }

private:
    bool fail(std::string code, const Position& at, Text message, Fix fix = {}) {
        report_.error(std::move(code), at, std::move(message), std::move(fix));
        return false;
    }

    /// Another name for the same arguments.
    [[nodiscard]] Fix name_fix(const std::string& name) const {
        if (name.empty()) return {};
        Position at = syntax_.at;
        at.length = static_cast<int>(code_points(syntax_.name));
        return write_instead(at, name);
    }

    std::nullopt_t unknown() {
        std::vector<Named> names;
        for (const Function* one : functions()) names.push_back({one->name, {}});
        fail("M101", syntax_.at,
             {fmt::format("没有函数{}", syntax_.name),
              fmt::format("there is no function {}", syntax_.name)},
             name_fix(did_you_mean(syntax_.name, names)));
        return std::nullopt;
    }

    bool has_good_count() {
        const auto& wanted = call_.function->arguments;
        const std::size_t count = syntax_.arguments.size();
        const auto least = static_cast<std::size_t>(std::count_if(
            wanted.begin(), wanted.end(), [](const auto& one) { return !one.optional; }));
        const bool is_open = !wanted.empty() && wanted.back().repeated;
        if (count >= least && (count <= wanted.size() || is_open)) return true;
        return fail("M107", syntax_.at,
                    {fmt::format("{}的参数个数不对：{}个", syntax_.name, count),
                     fmt::format("wrong number of arguments for {}: {}", syntax_.name, count)},
                    write_it(signature(*call_.function)));
    }

    bool condition() {
        for (const ConditionSyntax& one : syntax_.condition) {
            auto compiled = compile_condition(one, scope_, report_);
            if (!compiled) return false;
            call_.condition.push_back(std::move(*compiled));
        }
        return true;
    }

    [[nodiscard]] const FunctionArgument& wanted(std::size_t index) const {
        const auto& all = call_.function->arguments;
        return all[std::min(index, all.size() - 1)];
    }

    [[nodiscard]] bool is_literal(std::size_t index) const {
        const Takes takes = wanted(index).takes;
        return takes == Takes::Count || takes == Takes::Word;
    }

    /// Fields and calls first: literals beside them take their type.
    bool arguments() {
        std::vector<std::optional<TypedOperand>> found(syntax_.arguments.size());
        const Type* same = nullptr;
        for (const bool with_literals : {false, true}) {
            for (std::size_t index = 0; index < found.size(); ++index) {
                if (is_literal(index) || found[index]) continue;
                const OperandSyntax& one = syntax_.arguments[index];
                if (!with_literals && !is_certain(one)) continue;
                found[index] = argument(one, index, same);
                if (!found[index]) return false;
                if (wanted(index).takes == Takes::Same && same == nullptr) {
                    same = &found[index]->type;
                }
            }
        }
        for (std::size_t index = 0; index < found.size(); ++index) {
            if (!found[index]) continue;
            types_.push_back(std::move(found[index]->type));
            call_.arguments.push_back(std::move(found[index]->operand));
        }
        const std::size_t below = call_.function->as_of_below;
        if (call_.arguments.size() >= below || scope_.has_as_of) return true;
        return fail("M110", syntax_.at,
                    {fmt::format("{}要写两个日期，或在映射中声明 asof", syntax_.name),
                     fmt::format("{} takes two dates where there is no asof", syntax_.name)},
                    write_it(signature(*call_.function)));
    }

    [[nodiscard]] bool is_certain(const OperandSyntax& one) const {
        const Seen seen = see_through_lets(one, scope_);
        if (std::holds_alternative<CallSyntax>(seen.operand->value)) return true;
        const auto* path = std::get_if<PathSyntax>(&seen.operand->value);
        return path != nullptr && find_canonical(scope_, path->text).has_value();
    }

    std::optional<TypedOperand> argument(const OperandSyntax& one,
                                         std::size_t index,
                                         const Type* same) {
        const FunctionArgument& want = wanted(index);
        const std::optional<Type> type = type_for(want.takes);
        const Type* against = type ? &*type : want.takes == Takes::Same ? same : nullptr;
        auto out = compile_value(one, against, scope_, report_);
        if (!out) return std::nullopt;
        const bool fits =
            accepts(want.takes, out->type) &&
            (want.takes != Takes::Same || same == nullptr || comparable(*same, out->type));
        if (fits) return out;
        const Text text = wanted_text(want.takes);
        fail("M110", one.at,
             {fmt::format("{}的参数{}要{}，实际为{}", syntax_.name, want.name, text.zh,
                          to_string(out->type)),
              fmt::format("{} takes {} as {}, got {}", syntax_.name, text.en, want.name,
                          to_string(out->type))});
        return std::nullopt;
    }

    bool literals() {
        for (std::size_t index = 0; index < syntax_.arguments.size(); ++index) {
            if (!is_literal(index)) continue;
            const OperandSyntax& one = syntax_.arguments[index];
            const bool is_count = wanted(index).takes == Takes::Count;
            const auto* literal = std::get_if<LiteralSyntax>(&one.value);
            const auto* path = std::get_if<PathSyntax>(&one.value);
            if (is_count && literal != nullptr && literal->value.kind == Literal::Kind::Number) {
                call_.literals.literals.push_back(literal->value);
            } else if (!is_count && path != nullptr) {
                call_.literals.literals.push_back({Literal::Kind::Word, path->text});
            } else {
                const Text text = wanted_text(wanted(index).takes);
                return fail("M107", one.at,
                            {fmt::format("参数{}应为{}", wanted(index).name, text.zh),
                             fmt::format("the argument {} is {}", wanted(index).name, text.en)},
                            write_it(signature(*call_.function)));
            }
        }
        if (call_.function->check == nullptr) return true;
        const Text problem = call_.function->check(call_.literals);
        if (problem == Text{}) return true;
        return fail("M107", syntax_.at, problem,
                    Text{"见 " + signature(*call_.function), "see " + signature(*call_.function)});
    }

    bool count_operations() {
        for (const Operand& one : call_.arguments) call_.operations += operations(one);
        for (const Condition& one : call_.condition) call_.operations += operations(one);
        if (call_.operations <= kOperationsMax) return true;
        return fail("M102", syntax_.at,
                    {fmt::format("表达式展开后超过{}步", kOperationsMax),
                     fmt::format("the expression takes more than {} steps", kOperationsMax)});
    }

    [[nodiscard]] Privacy privacy() const {
        Privacy out = Privacy::C0;
        for (const Operand& one : call_.arguments) out = std::max(out, one.privacy);
        for (const Condition& one : call_.condition) out = std::max(out, privacy_of(one));
        return call_.function->declassifies ? std::min(out, Privacy::C1) : out;
    }

    const CallSyntax& syntax_;
    const NameScope& scope_;
    Report& report_;
    Call call_;
    std::vector<Type> types_;
};

TypedOperand of_field(const FieldRef& ref, const NameScope& scope) {
    const Field& field = scope.field(ref);
    TypedOperand out;
    out.type = field.type;
    out.operand.is_field = true;
    out.operand.in_item = ref.in_item;
    out.operand.slot = ref.slot;
    out.operand.type = field.type.kind;
    out.operand.privacy = field.privacy;
    return out;
}

std::optional<TypedOperand> of_literal(const LiteralSyntax& literal,
                                       const Type* wanted,
                                       const NameScope& scope,
                                       Report& report) {
    const std::optional<Type> own = own_type(literal.value);
    TypedOperand out;
    // `years("x")` is told that it takes a date, not that "x" is none.
    const bool is_of_wanted =
        wanted != nullptr && (literal.value.kind == Literal::Kind::Word || !own ||
                              is_text_like(wanted->kind) == is_text_like(own->kind));
    if (!is_of_wanted && !own) {
        report.error("M101", literal.at,
                     {fmt::format("没有字段{}；文字要加引号", literal.value.text),
                      fmt::format("no field {}; text is quoted", literal.value.text)},
                     write_instead(literal.at, fmt::format("\"{}\"", literal.value.text)));
        return std::nullopt;
    }
    out.type = is_of_wanted ? *wanted : *own;
    auto text = compile_literal(literal, out.type, scope, report);
    if (!text) return std::nullopt;
    out.operand.literal = std::move(*text);
    out.operand.type = out.type.kind;
    return out;
}

}  // namespace

std::optional<TypedOperand> compile_value(const OperandSyntax& syntax,
                                          const Type* wanted,
                                          const NameScope& scope,
                                          Report& report) {
    return compile_seen(see_through_lets(syntax, scope), wanted, scope, report);
}

std::optional<TypedOperand> compile_seen(const Seen& seen,
                                         const Type* wanted,
                                         const NameScope& scope,
                                         Report& report) {
    const bool is_let = seen.let != nullptr && scope.let_use != nullptr;
    if (is_let && scope.let_use->bad.count(seen.let->name) > 0) return std::nullopt;
    std::optional<TypedOperand> out;
    if (const auto* literal = std::get_if<LiteralSyntax>(&seen.operand->value)) {
        out = of_literal(*literal, wanted, scope, report);
    } else if (const auto* call = std::get_if<CallSyntax>(&seen.operand->value)) {
        NameScope inner = scope;
        inner.lets_seen = seen.lets;
        out = CallCompiler(*call, inner, report).run();
    } else {
        const auto& path = std::get<PathSyntax>(seen.operand->value);
        const bool is_word = path.text.find('.') == std::string::npos;
        const CodeTable* table = wanted != nullptr ? scope.table(wanted->table) : nullptr;
        const bool is_code = is_word && table != nullptr && table->find(path.text) != nullptr;
        const auto field = is_code ? std::nullopt : find_canonical(scope, path.text);
        if (field) {
            out = of_field(*field, scope);
        } else if (is_word) {
            out = of_literal({{Literal::Kind::Word, path.text}, path.at}, wanted, scope, report);
        } else {
            resolve_canonical(scope, path, report);
        }
    }
    if (!out && is_let) scope.let_use->bad.insert(seen.let->name);
    return out;
}

}  // namespace luqiao::mapping
