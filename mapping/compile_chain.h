// mapping/compile_chain.h - a chain of codecs with aliases expanded and arguments resolved.
#pragma once

#include "mapping/codec.h"
#include "mapping/names.h"
#include "mapping/program.h"

#include <set>
#include <string>
#include <vector>

namespace luqiao::mapping {

struct Chain {
    std::vector<CodecCall> calls;  ///< wire side first
    std::vector<Position> at;      ///< of each call, as written in the row
    Grade grade = Grade::Exact;    ///< of the worst codec
    Position worst_at;

    /// The type that decoding gives; Text fits every field.
    [[nodiscard]] TypeKind gives() const {
        return calls.empty() ? TypeKind::Text : calls.back().codec->gives;
    }
};

/// What codecs may need besides their arguments.
struct ChainNeeds {
    const KeyedHasher* hasher = nullptr;  ///< nullptr: no key is configured
    bool has_as_of = false;               ///< the map has `asof`
};

/// Compiles the chains of one map; remembers which aliases and tables they use.
class ChainCompiler {
public:
    /// The arguments outlive the compiler.
    ChainCompiler(const std::vector<AliasSyntax>& aliases,
                  const Tables& tables,
                  ChainNeeds needs,
                  Report& report)
        : aliases_(aliases), tables_(tables), needs_(needs), report_(report) {}

    /// Findings: M101 codec, table or system, M102 chain too long, M107 arguments, M152 no key,
    /// M153 no business date.
    std::optional<Chain> compile(const ChainSyntax& syntax);

    [[nodiscard]] bool uses_alias(const std::string& name) const {
        return used_aliases_.count(name) > 0;
    }
    [[nodiscard]] bool uses_table(const std::string& name) const {
        return used_tables_.count(name) > 0;
    }

private:
    bool expand(const ChainSyntax& syntax, std::size_t aliases, const Position* at, Chain& out);
    bool add(const CodecSyntax& syntax, const Position& at, Chain& out);
    bool bind(const CodecSyntax& syntax, const Codec& codec, const Position& at, CodecCall& out);
    bool bind_needs(const Codec& codec, const Position& at, CodecCall& out);
    bool bind_table(const LiteralSyntax& literal, const Position& at, CodecCall& out);

    const std::vector<AliasSyntax>& aliases_;
    const Tables& tables_;
    ChainNeeds needs_;
    Report& report_;
    std::set<std::string> used_aliases_;
    std::set<std::string> used_tables_;
};

/// `date(format)`, `split(separator, parts)`
std::string signature(const Codec& codec);

/// Runs the chain on one text: wire to canonical, with the type's own check at the end.
CodecResult decode_chain(const std::vector<CodecCall>& calls,
                         std::string_view wire,
                         const Type& type,
                         const CodeTable* table,
                         CodecContext& context);
/// The reverse, without the type's check. Bad when a codec cannot write.
CodecResult encode_chain(const std::vector<CodecCall>& calls,
                         std::string_view canonical,
                         CodecContext& context);

}  // namespace luqiao::mapping
