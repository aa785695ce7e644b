#include "authoring/prove.h"

#include "tests/mapping/bundle_fixture.h"
#include "tests/mapping/shipped.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace luqiao::authoring {
namespace {

using mapping::Compiled;
using mapping::Program;

const ProveOptions kFew{1, 60, 12};

/// "P101 4: given ⇒ middle ⇒ back" for each counterexample of a row.
std::string counterexamples(const Program& program) {
    std::string out;
    for (const RowProof& row : Prover(kFew).prove(program).rows) {
        for (const Counterexample& one : row.counterexamples) {
            out += fmt::format("{}: {} ⇒ {} ⇒ {}\n", row.row->at.line, one.given, one.middle,
                               one.back);
        }
    }
    return out;
}

std::string codes(const Program& program) {
    std::string out;
    const MapProof proof = Prover(kFew).prove(program);
    for (const Diagnostic& one : proof.findings.list()) {
        out += (out.empty() ? "" : " ") + one.code;
    }
    return out;
}

std::string proved(const std::string& rows) {
    const Compiled compiled = mapping::compile_rows(rows);
    EXPECT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    return counterexamples(*compiled.bundle->find("p.m"));
}

TEST(Prover, FindsNothingInRowsThatKeepTheirPromise) {
    EXPECT_EQ(proved(R"(applicant.surname <-> xm
applicant.name_zh <-> id
applicant.sex <-> xb : code(sex.gbt2261) ; unmapped reject
applicant.birth_date <-> csrq : absent("00000000") | date(yyyyMMdd)
salary <-> gz : decimal(10, 2)
married <-> gj : bool(Y, N)
)"),
              "");
}

TEST(Prover, LetsNormalisersChangeAValueOnceAndCountsIt) {
    const Compiled compiled = mapping::compile_rows("applicant.surname <-> xm : trim | upper\n");
    const MapProof proof = Prover(kFew).prove(*compiled.bundle->find("p.m"));
    EXPECT_TRUE(proof.findings.list().empty());
    EXPECT_GT(proof.rows[0].normalised, 0U);
    EXPECT_EQ(proof.rows[0].proof, Proof::Sampled);
}

TEST(Prover, RunsEveryDayOfTwoCenturies) {
    const Compiled compiled =
        mapping::compile_rows("applicant.birth_date <-> csrq : date(yyyyMMdd)\n");
    const MapProof proof = Prover(kFew).prove(*compiled.bundle->find("p.m"));
    EXPECT_EQ(proof.rows[0].values, 73'414U);
    EXPECT_EQ(proof.rows[0].proof, Proof::Exhaustive);
    EXPECT_GT(proof.messages, 0U);
}

TEST(Prover, CatchesASeparatorThatTheFirstPartMayHold) {
    EXPECT_EQ(proved("(applicant.document_no, applicant.surname) <-> zj : split(\"/\", 2)\n"),
              "4: (\"/\", \"SURNAME\") ⇒ bad (E2005) ⇒ \n");
}

TEST(Prover, CatchesPaddingThatEatsLeadingZeros) {
    const std::string found = proved("applicant.document_no <-> zj : lpad(20, \"0\")\n");
    EXPECT_NE(found.find("4: 0"), std::string::npos) << found;
}

TEST(Prover, CatchesASentinelThatIsAValue) {
    EXPECT_EQ(proved("applicant.document_no <-> zj : absent(\"NA\")\n"),
              "4: NA ⇒ bad (E2005) ⇒ \n");
}

TEST(Prover, ShowsWhatALossyRowLoses) {
    const Compiled compiled = mapping::compile_rows(
        "applicant.name_zh <-> xm ; fit 9 utf-8 cut ; lossy ok \"short names\"\n");
    ASSERT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    const MapProof proof = Prover(kFew).prove(*compiled.bundle->find("p.m"));
    ASSERT_EQ(proof.rows.size(), 1U);
    EXPECT_EQ(proof.rows[0].proof, Proof::Lossy);
    EXPECT_EQ(proof.rows[0].grade, mapping::Grade::Lossy);
    EXPECT_TRUE(proof.rows[0].counterexamples.empty()) << "the author said that it may";
    ASSERT_TRUE(proof.rows[0].loss);
    EXPECT_EQ(proof.rows[0].loss->given, "AAAAAAAAAA");
}

TEST(Prover, RunsValuesOfTheCodecInATextField) {
    EXPECT_EQ(proved("applicant.document_no <-> zj : frid\n"), "");
}

/// A program whose only row reads and writes the codes of `table`, which outlives it.
Program with_table(const mapping::CodeTable& table) {
    static const Compiled compiled =
        mapping::compile_rows("applicant.sex <-> xb : code(sex.gbt2261) ; unmapped reject\n");
    Program program = *compiled.bundle->find("p.m");
    std::get<mapping::RowRule>(program.body.rules.front()).chain.front().arguments.table = &table;
    std::replace_if(
        program.tables.begin(), program.tables.end(),
        [&](const mapping::CodeTable* one) { return one->name() == table.name(); }, &table);
    return program;
}

TEST(Prover, CatchesACodeForTwoMeaningsWithoutPreference) {
    mapping::Files files = mapping::base_files();
    files["codes/sex.csv"] =
        "sex,gbt2261,label_zh,label_en,valid_from,valid_to,prefer\n"
        "male,1,男,Male,,,\nfemale,1,女,Female,,,\n";
    files["maps/p.m.map"] =
        "map p.m v1\nform f@1\nformat p.m@1\napplicant.sex <-> xb : code(sex.gbt2261)\n";
    // The compiler runs every code of the table and is there first.
    EXPECT_NE(mapping::compile(files).codes().find("M130"), std::string::npos);

    // The prover does not rest on the compiler: the same table behind the compiler's back.
    Diagnostics findings;
    const auto table =
        mapping::CodeTable::parse("sex", files["codes/sex.csv"], "codes/sex.csv", findings);
    ASSERT_TRUE(table);
    EXPECT_EQ(counterexamples(with_table(*table)), "4: female ⇒ \"1\" ⇒ \"male\"\n");
    EXPECT_EQ(codes(with_table(*table)).substr(0, 4), "P101");
}

TEST(Prover, CatchesATableWhoseCodesAreReadAsOthers) {
    Diagnostics findings;
    const auto table = mapping::CodeTable::parse("sex",
                                                 "sex,gbt2261,label_zh,label_en,prefer\n"
                                                 "male,1,男,Male,\nfemale,2|1,女,Female,gbt2261\n",
                                                 "codes/sex.csv", findings);
    ASSERT_TRUE(table);
    EXPECT_EQ(counterexamples(with_table(*table)),
              "4: male ⇒ \"1\" ⇒ \"female\"\n4: 1 ⇒ \"female\" ⇒ \"2\"\n");
}

TEST(Prover, AcceptsACodeForTwoMeaningsWithPreference) {
    mapping::Files files = mapping::base_files();
    files["codes/sex.csv"] =
        "sex,gbt2261,label_zh,label_en,valid_from,valid_to,prefer\n"
        "male,1,男,Male,,,*\nfemale,1,女,Female,,,\n";
    files["maps/p.m.map"] =
        "map p.m v1\nform f@1\nformat p.m@1\napplicant.sex <-> xb : code(sex.gbt2261)\n";
    const Compiled compiled = mapping::compile(files);
    ASSERT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    const MapProof proof = Prover(kFew).prove(*compiled.bundle->find("p.m"));
    EXPECT_TRUE(proof.findings.list().empty());
    EXPECT_EQ(proof.rows[0].merged, 1U);
}

mapping::CodecResult lower_z(std::string_view text,
                             const mapping::CodecArguments& /*arguments*/,
                             mapping::CodecContext& context) {
    std::string out(text);
    for (char& c : out) {
        if (c == 'Z') c = 'z';
    }
    return mapping::CodecResult::value(context.arena.copy(out));
}

mapping::CodecResult as_is(std::string_view text,
                           const mapping::CodecArguments& /*arguments*/,
                           mapping::CodecContext& /*context*/) {
    return mapping::CodecResult::value(text);
}

/// A program whose only row ends in a codec of the test's own.
Program with_codec(const mapping::Codec& codec) {
    static const Compiled compiled = mapping::compile_rows("applicant.document_no <-> zj\n");
    Program program = *compiled.bundle->find("p.m");
    auto& row = std::get<mapping::RowRule>(program.body.rules.front());
    row.chain.push_back({&codec, {}});
    return program;
}

TEST(Prover, CatchesACodecThatSaysItIsExactAndIsNot) {
    mapping::Codec codec;
    codec.name = "planted";
    codec.grade = mapping::Grade::Exact;
    codec.decode = lower_z;
    codec.encode = as_is;
    EXPECT_EQ(counterexamples(with_codec(codec)), "4: Z ⇒ \"Z\" ⇒ \"z\"\n4: Z ⇒ \"z\" ⇒ \"z\"\n");
    EXPECT_EQ(codes(with_codec(codec)).substr(0, 9), "P101 P102");
}

TEST(Prover, CatchesARowThatCanWriteNothing) {
    mapping::Codec codec;
    codec.name = "planted";
    codec.decode = as_is;
    codec.encode = [](std::string_view /*text*/, const mapping::CodecArguments& /*arguments*/,
                      mapping::CodecContext& /*context*/) { return mapping::CodecResult::bad(); };
    const std::string found = codes(with_codec(codec));
    EXPECT_NE(found.find("P103"), std::string::npos) << found;
    EXPECT_NE(found.find("P104"), std::string::npos) << found;
}

TEST(Prover, GivesTheSameFindingsForTheSameSeed) {
    const std::string rows = "applicant.document_no <-> zj : absent(\"NA\")\n";
    EXPECT_EQ(proved(rows), proved(rows));
}

TEST(ShippedMaps, KeepTheirPromises) {
    const auto& bundle = *mapping::shipped().bundle;
    Prover prover({7, 20, 8});
    for (const auto& [name, program] : bundle.programs()) {
        const MapProof proof = prover.prove(program);
        for (const Diagnostic& one : proof.findings.list()) ADD_FAILURE() << render(one);
    }
}

}  // namespace
}  // namespace luqiao::authoring
