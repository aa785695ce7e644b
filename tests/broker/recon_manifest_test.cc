#include "broker/recon_manifest.h"

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ManifestAsked kAsked{"hrss", *parse_date("2025-10-13"), ManifestOf::Received};
const std::string kId = "0199c5a2-7b1e-7c3d-8f00-0123456789ab";
const std::string kDigest = security::sm3_hex("bytes");

/// "place code", in order.
std::vector<std::string> problems(std::string_view text) {
    std::vector<FieldProblem> findings;
    EXPECT_FALSE(read_manifest(text, kAsked, findings));
    std::vector<std::string> out;
    for (const FieldProblem& one : findings) {
        EXPECT_FALSE(one.message.zh.empty() || one.message.en.empty() || one.expected.empty());
        out.push_back(one.pointer + " " + one.code);
    }
    return out;
}

TEST(ReadManifest, ReadsCsvAndJsonAlike) {
    const std::string csv =
        "manifest,hrss,2025-10-13,received,2\nkey,sm3\n" + kId + "," + kDigest + "\nORDER-7,\n";
    const std::string json =
        R"({"party":"hrss","day":"2025-10-13","of":"received","count":2,"entries":[{"key":")" +
        security::sm3_hex("ORDER-7") + R"("},{"key":")" + kId + R"(","sm3":")" + kDigest +
        R"("}]})";
    std::vector<FieldProblem> findings;
    const auto from_csv = read_manifest(csv, kAsked, findings);
    const auto from_json = read_manifest(json, kAsked, findings);
    ASSERT_TRUE(from_csv && from_json) << (findings.empty() ? "" : findings[0].message.en);
    EXPECT_EQ(*from_csv, *from_json);
    EXPECT_EQ(from_csv->entries.size(), 2U);
    const auto with_bom = read_manifest("\xEF\xBB\xBF" + csv, kAsked, findings);
    std::string dos = csv;
    for (std::size_t at = 0; (at = dos.find('\n', at)) != dos.npos; at += 2) dos.insert(at, "\r");
    EXPECT_EQ(with_bom, from_csv);
    EXPECT_EQ(read_manifest(dos, kAsked, findings), from_csv);
    EXPECT_EQ(read_manifest(to_csv(*from_csv), kAsked, findings), from_csv);
    EXPECT_EQ(read_manifest(to_json(*from_csv), kAsked, findings), from_csv);
    EXPECT_THAT(findings, IsEmpty());
}

TEST(ReadManifest, TakesIdsInCapitalsAndKeysAsHashes) {
    std::string capitals = kId;
    for (char& c : capitals) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(manifest_key(capitals), manifest_key(kId));
    EXPECT_EQ(manifest_key(security::sm3_hex(kId)), manifest_key(kId));
    EXPECT_NE(manifest_key("order"), manifest_key("ORDER"));
}

TEST(ReadManifest, FindsEverythingThatIsWrongAtOnce) {
    EXPECT_THAT(
        problems("manifest,hrsa,2025-10-14,sent,6\nkey,sm3\n" + kId + ",12\n,\na b,\nk1,\nk1,\n"),
        ElementsAre("line 1/party E2004", "line 1/day E2004", "line 1/of E2004", "line 3/sm3 E2004",
                    "line 4/key E2003", "line 5/key E2004", "line 7/key E2004",
                    "line 1/count E2004"));
    EXPECT_THAT(
        problems(R"({"party":"hrss","day":"2025-10-13","of":"received","count":"1","note":1,)"
                 R"("entries":[1,{"key":7},{"key":"x","sm3":"zz"}]})"),
        ElementsAre("/ E1004", "/count E2004", "/entries/0 E1001", "/entries/1/key E2003",
                    "/entries/2/sm3 E2004"));
}

TEST(ReadManifest, RefusesWhatIsNoManifest) {
    const struct {
        const char* name;
        std::string text;
        const char* finding;
    } table[] = {
        {"empty", "", "line 1 E1001"},
        {"another file", "MSGID,SYNC_FLAG\n", "line 1 E1001"},
        {"no header", "manifest,hrss,2025-10-13,received,0\nid\n", "line 2 E1001"},
        {"no JSON", "{\"party\"", "/ E1001"},
        {"too deep", "{\"entries\":[[[[[[]]]]]]}", "/ E1001"},
        {"cut off", "manifest,hrss,2025-10-13,received,2\nkey,sm3\nk1,\n", "line 1/count E2004"},
        {"twice", "manifest,hrss,2025-10-13,received,2\nkey,sm3\nk1,\nk1,\n", "line 4/key E2004"},
        {"too many", "manifest,hrss,2025-10-13,received,200001\nkey,sm3\n", "line 1/count E1003"},
        {"an empty line within", "manifest,hrss,2025-10-13,received,1\nkey,sm3\n\nk1,\n",
         "line 3 E1001"},
    };
    for (const auto& row : table) {
        const auto found = problems(row.text);
        ASSERT_FALSE(found.empty()) << row.name;
        EXPECT_EQ(found[0], row.finding) << row.name;
    }
    EXPECT_THAT(problems(std::string(kManifestBytesMax + 1, 'x')), ElementsAre("/ E1003"));
}

TEST(ReadManifest, ShowsNoKeyAndStopsAtAHundredFindings) {
    std::string text = "manifest,hrss,2025-10-13,received,300\nkey,sm3\n";
    for (int line = 0; line < 300; ++line) text += "G01234 567,\n";
    std::vector<FieldProblem> findings;
    EXPECT_FALSE(read_manifest(text, kAsked, findings));
    EXPECT_EQ(findings.size(), 100U);
    for (const FieldProblem& one : findings) {
        EXPECT_EQ(one.got_masked, "G… (10)");
        EXPECT_THAT(one.message.en, testing::Not(HasSubstr("G01234")));
    }
}

TEST(ManifestEntry, IsNamedAsTheOtherSideKnowsIt) {
    StoredDelivery delivery;
    delivery.id = *parse_id<DeliveryId>(kId);
    delivery.body = "bytes";
    EXPECT_EQ(manifest_entry(delivery).key, manifest_key(kId));
    EXPECT_EQ(to_hex(*manifest_entry(delivery).digest), kDigest);
    const struct {
        const char* dedup;
        std::string key;
    } table[] = {{"key:ORDER:7", "ORDER:7"},
                 {"natural:hrss.result:D0001", "D0001"},
                 {"sm3:hrss.result:", ""},
                 {"plain", "plain"}};
    for (const auto& row : table) {
        InboundMessage message;
        message.dedup_key = row.dedup;
        message.sm3 = kDigest;
        EXPECT_EQ(manifest_entry(message).key, security::sm3(row.key)) << row.dedup;
        message.dedup_key = "sm3:hrss.result:" + kDigest;
        EXPECT_EQ(to_hex(manifest_entry(message).key), kDigest);
    }
}

}  // namespace
}  // namespace luqiao::broker
