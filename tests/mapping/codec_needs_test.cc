// What codecs need of a map: a key, a business date, several fields on one side.
#include "mapping/translator.h"
#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

/// Says back what it is given, so that a test sees what was hashed.
class EchoHasher : public KeyedHasher {
public:
    [[nodiscard]] Digest digest(std::string_view text) const override {
        Digest out{};
        std::copy_n(text.begin(), std::min(text.size(), out.size()), out.begin());
        return out;
    }
};

std::string text_of(const Decoded& decoded, std::string_view path) {
    return std::string(decoded.record.text(path));
}

TEST(KeyedHash, NeedsAKeyFromOutside) {
    const std::string row = "applicant.document_no -> zj : keyed_hash(8)\n";
    EXPECT_EQ(compile_rows(row).codes(), "M152");

    CompileOptions options;
    options.hasher = std::make_shared<EchoHasher>();
    const Compiled compiled = compile_rows(row, options);
    ASSERT_EQ(compiled.codes(), "");
    const Program& program = *compiled.bundle->find("p.m");
    Record record(program.form);
    ASSERT_TRUE(record.set("applicant.document_no", "E1234567"));
    EXPECT_EQ(encode(program, record).bytes, R"({"zj":"4531323334353637"})");
}

TEST(KeyedHash, LowersTheClassOfWhatItHides) {
    CompileOptions options;
    options.hasher = std::make_shared<EchoHasher>();
    options.outgoing["p.m"] = {Recipient{"psb", Privacy::C1, "审批"}};
    EXPECT_EQ(compile_rows("applicant.document_no -> zj : keyed_hash\n", options).codes(), "");
    EXPECT_EQ(compile_rows("applicant.document_no -> zj : trim\n", options).codes(), "M150");
}

TEST(Years, NeedTheBusinessDate) {
    EXPECT_EQ(compile_rows("applicant.birth_date -> csrq : years\n").codes(), "M153");
    EXPECT_EQ(compile_rows("asof sent\napplicant.birth_date -> csrq : years\n").codes(), "");
    EXPECT_EQ(compile_rows("asof sent\napplicant.birth_date -> csrq : days\n").codes(), "");
}

TEST(WireTuple, IsReadAsOneText) {
    const Compiled compiled = compile_rows("applicant.surname <- (xm, gj) : join(\" \") | upper\n");
    ASSERT_EQ(compiled.codes(), "");
    const Program& program = *compiled.bundle->find("p.m");
    EXPECT_EQ(text_of(decode(program, R"({"xm":"anna","gj":"maria"})"), "applicant.surname"),
              "ANNA MARIA");
    EXPECT_EQ(text_of(decode(program, R"({"gj":"maria"})"), "applicant.surname"), "MARIA");
    const Decoded none = decode(program, "{}");
    EXPECT_FALSE(none.record.has("applicant.surname"));
    EXPECT_FALSE(none.issues.rejected());
}

TEST(WireTuple, ReadsADateAndATimeAsAMoment) {
    const Compiled compiled =
        compile_rows("sent <- (xb, csrq) : widths(8, 6) | datetime(yyyyMMddHHmmss)\n");
    ASSERT_EQ(compiled.codes(), "");
    const Program& program = *compiled.bundle->find("p.m");
    EXPECT_EQ(text_of(decode(program, R"({"xb":"20251009","csrq":"101500"})"), "sent"),
              "2025-10-09T10:15:00+08:00");
    EXPECT_TRUE(decode(program, R"({"xb":"20251009","csrq":"1015"})").issues.rejected());
    EXPECT_TRUE(decode(program, R"({"xb":"20251009"})").issues.rejected());
}

TEST(WireTuple, IsWrittenByACodecThatCuts) {
    const Compiled compiled = compile_rows("applicant.surname <-> (xm, gj) : split(\" \", 2)\n");
    ASSERT_EQ(compiled.codes(), "");
    const Program& program = *compiled.bundle->find("p.m");
    Record record(program.form);
    ASSERT_TRUE(record.set("applicant.surname", "ANNA MARIA"));
    EXPECT_EQ(encode(program, record).bytes, R"({"xm":"ANNA","gj":"MARIA"})");
    EXPECT_EQ(compile_rows("applicant.surname <- (xm, gj) : trim\n").codes(), "M110");
}

TEST(CanonicalTuple, IsWrittenByJoinAndReadBySplit) {
    const Compiled compiled = compile_rows(
        "(applicant.surname, applicant.name_zh) -> xm : join(\"/\")\n"
        "(applicant.document_kind, applicant.document_no) <-> zj : split(\"-\", 2)\n");
    ASSERT_EQ(compiled.codes(), "");
    const Program& program = *compiled.bundle->find("p.m");
    const Decoded decoded = decode(program, R"({"zj":"male-E1"})");
    EXPECT_EQ(text_of(decoded, "applicant.document_no"), "E1");
    Record record(program.form);
    ASSERT_TRUE(record.set("applicant.surname", "LI"));
    ASSERT_TRUE(record.set("applicant.document_kind", "male"));
    ASSERT_TRUE(record.set("applicant.document_no", "E1"));
    EXPECT_EQ(encode(program, record).bytes, R"({"xm":"LI","zj":"male-E1"})");
    EXPECT_EQ(compile_rows("(applicant.surname, applicant.name_zh) <-> xm : join(\"/\")\n").codes(),
              "M110 M160");
}

}  // namespace
}  // namespace luqiao::mapping
