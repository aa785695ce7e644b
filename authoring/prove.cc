#include "authoring/prove.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "authoring/prove_messages.h"

namespace luqiao::authoring {
namespace {

struct Wording {
    Law law;
    std::string_view code;
    Text message;  ///< {0} given, {1} middle, {2} back
};

const std::array<Wording, 4>& wordings() {
    static const std::array<Wording, 4> list{{
        {Law::ReadsWhatItWrote,
         "P101",
         {"写出后读不回：{0} 写成 {1}，读回 {2}",
          "what is written reads as something else: {0} is written as {1} "
          "and read as {2}"}},
        {Law::WritesWhatItRead,
         "P102",
         {"读入后写不回：报文 {0} 读成 {1}，写回 {2}",
          "what is read is written otherwise: the party's {0} is read as {1} and written as {2}"}},
        {Law::WritesEveryValue,
         "P103",
         {"编解码器不能写出字段的合法取值 {0}：{1}",
          "a codec refuses {0}, which is a value of the field: {1}"}},
        {Law::WritesSomething,
         "P104",
         {"字段的任何取值都写不出，例如 {0}：{1}",
          "no value of the field can be written, not even {0}: {1}"}},
    }};
    return list;
}

std::string in_quotes(const std::string& text) {
    return text.starts_with('(') ? text : fmt::format("\"{}\"", text);
}

Diagnostic finding_of(const RowProof& proof, const Counterexample& example) {
    const auto& list = wordings();
    const auto* const words =
        std::find_if(list.begin(), list.end(),
                     [&example](const Wording& one) { return one.law == example.law; });
    const std::string given = in_quotes(example.given);
    Diagnostic out;
    out.code = std::string(words->code);
    out.at = proof.row->at;
    out.message = {
        fmt::format(fmt::runtime(words->message.zh), given, example.middle, example.back),
        fmt::format(fmt::runtime(words->message.en), given, example.middle, example.back)};
    out.fix = Fix(example.fix);
    return out;
}

}  // namespace

std::size_t MapProof::count(Proof proof) const {
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [proof](const RowProof& row) { return row.proof == proof; }));
}

std::size_t MapProof::values() const {
    std::size_t out = 0;
    for (const RowProof& row : rows) out += row.values;
    return out;
}

MapProof Prover::prove(const mapping::Program& program) {
    MapProof out;
    out.map = program.name;
    rows(program, out);
    MessageProof messages = prove_messages(program, {options_.seed, options_.messages});
    out.messages = messages.written;
    out.findings.append(messages.findings);
    out.findings.sort();
    return out;
}

void Prover::rows(const mapping::Program& program, MapProof& out) {
    for (const RowPlace& place : rows_of(program)) {
        const std::string key = proof_key(program, place);
        auto known = known_.find(key);
        if (known == known_.end()) {
            const LawOptions options{options_.seed, options_.samples};
            known = known_.emplace(key, prove_row(program, place, options)).first;
        }
        RowProof proof = known->second;
        proof.row = place.row;
        for (const Counterexample& example : proof.counterexamples) {
            out.findings.add(finding_of(proof, example));
        }
        out.rows.push_back(std::move(proof));
    }
}

std::string_view to_string(Proof proof) {
    switch (proof) {
        case Proof::Exhaustive: return "exhaustive";
        case Proof::Sampled: return "sampled";
        case Proof::Lossy: return "lossy";
        case Proof::OneWay: return "one-way";
        case Proof::Constant: return "constant";
    }
    return "constant";
}

std::string rows_text(const mapping::Program& program, const MapProof& proof) {
    std::string out;
    const std::vector<RowPlace> places = rows_of(program);
    for (std::size_t at = 0; at < places.size() && at < proof.rows.size(); ++at) {
        const RowProof& row = proof.rows[at];
        const std::string chain = chain_text(row.row->chain);
        out +=
            fmt::format("{}:{:<4} {}  {:<10} {:>6}  {} {} {}{}{}", row.row->at.file,
                        row.row->at.line, grade_letter(row.grade), to_string(row.proof), row.values,
                        canonical_name(program, places[at]), arrow_text(row.row->arrow),
                        wire_name(program, places[at]), chain.empty() ? "" : " : ", chain);
        if (row.refused != 0) out += fmt::format("  [refused {}]", row.refused);
        if (row.normalised != 0) out += fmt::format("  [normalised {}]", row.normalised);
        if (row.merged != 0) out += fmt::format("  [merged {}]", row.merged);
        if (row.loss) {
            out += fmt::format("  [loses: {} ⇒ {} ⇒ {}]", in_quotes(row.loss->given),
                               row.loss->middle, row.loss->back);
        }
        out += '\n';
    }
    return out;
}

}  // namespace luqiao::authoring
