#include "mapping/compile_chain.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

bool fits(ArgumentKind kind, Literal::Kind literal) {
    switch (kind) {
        case ArgumentKind::Text: return true;
        case ArgumentKind::Number: return literal == Literal::Kind::Number;
        case ArgumentKind::Word: return literal != Literal::Kind::Number;
        case ArgumentKind::Code: return literal == Literal::Kind::Word;
    }
    return false;
}

}  // namespace

std::string signature(const Codec& codec) {
    std::string out;
    for (const Argument& argument : codec.arguments) {
        if (!out.empty()) out += ", ";
        out += argument.name;
        if (argument.repeated) out += "…";
        if (argument.optional) out += "?";
    }
    return out.empty() ? std::string(codec.name) : fmt::format("{}({})", codec.name, out);
}

std::optional<Chain> ChainCompiler::compile(const ChainSyntax& syntax) {
    Chain out;
    if (!expand(syntax, aliases_.size(), nullptr, out)) return std::nullopt;
    return out;
}

/// `aliases`: how many of them can be seen from here; an alias sees those above it. `at` is where
/// the outermost alias is written, if any.
bool ChainCompiler::expand(const ChainSyntax& syntax,
                           std::size_t aliases,
                           const Position* at,
                           Chain& out) {
    bool good = true;
    for (const CodecSyntax& codec : syntax.codecs) {
        const Position& place = at != nullptr ? *at : codec.at;
        if (out.calls.size() >= kChainMax) {
            report_.error("M102", place,
                          {fmt::format("编解码链超过{}个", kChainMax),
                           fmt::format("a chain has at most {} codecs", kChainMax)});
            return false;
        }
        const auto end = aliases_.begin() + static_cast<std::ptrdiff_t>(aliases);
        const auto alias = std::find_if(
            aliases_.begin(), end, [&](const AliasSyntax& one) { return one.name == codec.name; });
        if (alias == end) {
            good = add(codec, place, out) && good;
            continue;
        }
        used_aliases_.insert(alias->name);
        if (codec.has_arguments) {
            report_.error("M107", place,
                          {fmt::format("别名{}没有参数", alias->name),
                           fmt::format("the alias {} takes no arguments", alias->name)},
                          Text{"写作 " + alias->name, "write " + alias->name});
            return false;
        }
        const auto above = static_cast<std::size_t>(alias - aliases_.begin());
        if (!expand(alias->chain, above, &place, out)) return false;
    }
    return good;
}

bool ChainCompiler::add(const CodecSyntax& syntax, const Position& at, Chain& out) {
    const Codec* codec = find_codec(syntax.name);
    if (codec == nullptr) {
        std::vector<Named> names;
        for (const AliasSyntax& alias : aliases_) names.push_back({alias.name, {}});
        for (const Codec* one : codecs()) names.push_back({one->name, {}});
        Position name_at = syntax.at;
        name_at.length = static_cast<int>(code_points(syntax.name));
        report_.error("M101", at,
                      {fmt::format("没有编解码{}", syntax.name),
                       fmt::format("there is no codec {}", syntax.name)},
                      as_fix(name_at, did_you_mean(syntax.name, names)));
        return false;
    }
    CodecCall call{codec, {}};
    if (!bind(syntax, *codec, at, call)) return false;
    const Grade grade = grade_of(*codec, call.arguments);
    if (out.calls.empty() || grade > out.grade) {
        out.grade = grade;
        out.worst_at = at;
    }
    out.calls.push_back(std::move(call));
    out.at.push_back(at);
    return true;
}

bool ChainCompiler::bind(const CodecSyntax& syntax,
                         const Codec& codec,
                         const Position& at,
                         CodecCall& out) {
    const auto wrong = [&](const Position& place, const Text& why) {
        report_.error("M107", place, why,
                      Text{"写作 " + signature(codec), "write " + signature(codec)});
        return false;
    };
    const std::size_t count = syntax.arguments.size();
    const std::size_t most = codec.arguments.size();
    const bool is_open = most > 0 && codec.arguments.back().repeated;
    const auto least = static_cast<std::size_t>(
        std::count_if(codec.arguments.begin(), codec.arguments.end(),
                      [](const Argument& argument) { return !argument.optional; }));
    if (count < least || (count > most && !is_open)) {
        return wrong(at, {fmt::format("{}的参数个数不对：{}个", codec.name, count),
                          fmt::format("wrong number of arguments for {}: {}", codec.name, count)});
    }
    for (std::size_t index = 0; index < count; ++index) {
        const Argument& argument = codec.arguments[std::min(index, most - 1)];
        const LiteralSyntax& literal = syntax.arguments[index];
        if (!fits(argument.kind, literal.value.kind)) {
            return wrong(literal.at,
                         {fmt::format("参数{}的写法不对", argument.name),
                          fmt::format("the argument {} has another form", argument.name)});
        }
        if (argument.kind == ArgumentKind::Code && !bind_table(literal, literal.at, out)) {
            return false;
        }
        out.arguments.literals.push_back(literal.value);
    }
    if (!bind_needs(codec, at, out)) return false;
    if (codec.check == nullptr) return true;
    const Text problem = codec.check(out.arguments);
    if (problem == Text{}) return true;
    report_.error("M107", at, problem, Text{"写作 " + signature(codec), "see " + signature(codec)});
    return false;
}

bool ChainCompiler::bind_needs(const Codec& codec, const Position& at, CodecCall& out) {
    if (codec.needs_as_of && !needs_.has_as_of) {
        report_.error(
            "M153", at,
            {fmt::format("{}按业务日期计算，映射中没有 asof", codec.name),
             fmt::format("{} counts up to the business date, and the map has no asof", codec.name)},
            Text{"加上 asof 字段", "add: asof FIELD"});
        return false;
    }
    if (!codec.needs_key) return true;
    out.arguments.hasher = needs_.hasher;
    if (needs_.hasher != nullptr) return true;
    report_.error(
        "M152", at,
        {fmt::format("{}需要密钥，配置中没有或读不到", codec.name),
         fmt::format("{} needs a key; none is configured, or it cannot be read", codec.name)},
        Text{"在 luqiao.toml 中写 hash_key", "set hash_key in luqiao.toml"});
    return false;
}

/// `country.alpha3`, or `country` for the canonical column.
bool ChainCompiler::bind_table(const LiteralSyntax& literal, const Position& at, CodecCall& out) {
    const std::string& text = literal.value.text;
    const std::size_t dot = text.find('.');
    const std::string name = text.substr(0, dot);
    const auto table = tables_.find(name);
    if (table == tables_.end()) {
        const std::string best = did_you_mean(name, names_of(tables_));
        const std::string rest = dot == std::string::npos ? "" : text.substr(dot);
        report_.error(
            "M101", at,
            {fmt::format("没有代码表{}", name), fmt::format("there is no code table {}", name)},
            as_fix(at, best.empty() ? best : best + rest));
        return false;
    }
    used_tables_.insert(name);
    out.arguments.table = table->second.get();
    if (dot == std::string::npos) return true;
    const std::string system = text.substr(dot + 1);
    const auto found = table->second->system(system);
    if (!found) {
        std::vector<Named> names;
        for (const std::string& one : table->second->systems()) names.push_back({one, {}});
        const std::string best = did_you_mean(system, names);
        report_.error("M101", at,
                      {fmt::format("代码表{}没有{}列", name, system),
                       fmt::format("code table {} has no column {}", name, system)},
                      as_fix(at, best.empty() ? best : name + "." + best));
        return false;
    }
    out.arguments.system = *found;
    return true;
}

CodecResult decode_chain(const std::vector<CodecCall>& calls,
                         std::string_view wire,
                         const Type& type,
                         const CodeTable* table,
                         CodecContext& context) {
    std::string_view text = wire;
    for (const CodecCall& call : calls) {
        if (call.codec->decode == nullptr) return CodecResult::bad();
        const CodecResult result = call.codec->decode(text, call.arguments, context);
        if (result.state != SlotState::Value) return result;
        text = result.text;
    }
    return to_canonical(text, type, table, context);
}

CodecResult encode_chain(const std::vector<CodecCall>& calls,
                         std::string_view canonical,
                         CodecContext& context) {
    std::string_view text = canonical;
    for (std::size_t left = calls.size(); left > 0; --left) {
        const CodecCall& call = calls[left - 1];
        if (call.codec->encode == nullptr) return CodecResult::bad();
        const CodecResult result = call.codec->encode(text, call.arguments, context);
        if (result.state != SlotState::Value) return result;
        text = result.text;
    }
    return CodecResult::value(text);
}

}  // namespace luqiao::mapping
