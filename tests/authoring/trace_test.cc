#include "authoring/trace.h"

#include "mapping/wire.h"
#include "tests/authoring/expected_output.h"
#include "tests/mapping/bundle_fixture.h"
#include "tests/mapping/shipped.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <map>
#include <random>

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::Record;
using mapping::SlotState;

constexpr const char* kTraceRows =
    R"(sent <-> csrq : datetime(yyyyMMddHHmmss) ; req ; lossy ok "whole seconds"
applicant.surname <-> xm : trim | upper ; req
applicant.sex <-> xb : code(sex.gbt2261) ; unmapped flag
applicant.nationality <-> gj : code(country.alpha3) ; default KOR
(applicant.document_kind, applicant.document_no) <-> zj : split("/", 2)
action <-> ywlx : code(action.psb) ; req
salary <-> gz : decimal(10,2) ; req when action = issue
when action in (issue, renew)
applicant.name_zh <-> qt.bz ; fit 4 gbk cut ; lossy ok "表格只有四个字节"
else
const("无") -> qt.bz
end
each files <-> cl key sm3 ; max 5 ; bad drop
kind <-> lx : code(action.psb) ; req
sm3 <=> zy : hex(4) ; req
check kind != change else "材料不能是变更"
end
check applicant.sex = female or salary present else "月薪必填 | the salary is missing" at salary
)";

constexpr const char* kMessage =
    R"({"id":"A1","xm":" li ","xb":"7","zj":"1/E1234567","ywlx":"01","qt":{"bz":"李四光"},)"
    R"("csrq":"20251009101500","cl":[{"lx":"01","zy":"00ff00ff"},{"lx":"77","zy":"00ff00ff"},)"
    R"({"lx":"02","zy":"12345678"}]})";

const mapping::Compiled& small() {
    static const mapping::Compiled once = mapping::compile_rows(kTraceRows);
    return once;
}

const Program& small_program() {
    EXPECT_FALSE(small().findings.has_errors()) << small().rendered(false);
    return *small().bundle->find("p.m");
}

TEST(Trace, ShowsEveryRowOfAMessageThatIsRead) {
    const Trace trace = trace_decode(small_program(), kMessage, {"0123456789abcdef"});
    EXPECT_TRUE(trace.agrees);
    expect_output("trace_decode.txt", to_table(trace));
    expect_output("trace_decode.json", to_json(trace) + "\n");
}

TEST(Trace, ShowsEveryRowOfARecordThatIsWritten) {
    mapping::Decoded decoded = mapping::decode(small_program(), kMessage);
    mapping::set(decoded.record, {{"salary", "12000.50"}, {"applicant.sex", "male"}});
    const Trace trace = trace_encode(small_program(), decoded.record, {"0123456789abcdef"});
    EXPECT_TRUE(trace.agrees);
    EXPECT_FALSE(trace.rejected());
    expect_output("trace_encode.txt", to_table(trace));
    expect_output("trace_encode.json", to_json(trace) + "\n");
}

TEST(Trace, MasksPersonalValuesUnlessTheyAreRevealed) {
    const std::string hidden = to_json(trace_decode(small_program(), kMessage, {}));
    EXPECT_THAT(hidden, testing::Not(testing::HasSubstr("E1234567")));
    EXPECT_THAT(hidden, testing::Not(testing::HasSubstr("A1"))) << "nobody knows what id is";
    const std::string shown = to_json(trace_decode(small_program(), kMessage, {"", true}));
    EXPECT_THAT(shown, testing::HasSubstr("E1234567"));
    EXPECT_THAT(shown, testing::HasSubstr("\"A1\""));
}

TEST(Trace, TellsThePartyWhatIsWrongWithoutTheRows) {
    const std::string told = issues_json(trace_decode(small_program(), kMessage, {"0123"}));
    EXPECT_THAT(told, testing::StartsWith(R"({"map":"p.m","bundle":"0123","verdict":"rejected")"));
    EXPECT_THAT(told, testing::HasSubstr("\"pointer\":\"/gz\""));
    EXPECT_THAT(told, testing::Not(testing::HasSubstr("\"rows\"")));
}

TEST(Trace, OfAMessageThatCannotBeParsedIsItsIssueAlone) {
    const Trace trace = trace_decode(small_program(), "{\"xm\":", {});
    EXPECT_TRUE(trace.entries.empty());
    ASSERT_EQ(trace.issues.size(), 1u);
    EXPECT_TRUE(trace.rejected());
    EXPECT_TRUE(trace.agrees);
}

/// The last value that the rows gave each root field, by path.
std::map<std::string, std::string> last_values(const Trace& trace) {
    std::map<std::string, std::string> out;
    for (const TraceEntry& entry : trace.entries) {
        const bool is_field = entry.kind == TraceEntry::Kind::Row && !entry.item &&
                              entry.canonical.front() != '(' && !entry.steps.empty();
        if (!is_field) continue;
        if (entry.steps.back().state == SlotState::Value) {
            out[entry.canonical] = entry.steps.back().text;
        }
    }
    return out;
}

/// Every shipped sample with the map that reads it.
std::vector<std::pair<const Program*, std::string>> samples() {
    std::vector<std::pair<const Program*, std::string>> out;
    const auto folder = std::filesystem::path(places::source()) / "conf/samples";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const Program* program = mapping::shipped().bundle->find(entry.path().stem().string());
        if (program == nullptr) continue;  // README.md
        out.emplace_back(program, mapping::sample(entry.path().filename().string()));
    }
    EXPECT_GE(out.size(), 8u);
    return out;
}

TEST(Trace, OfTheShippedSamplesHasTheValuesOfTheTranslator) {
    for (const auto& [program, bytes] : samples()) {
        const mapping::Decoded decoded = mapping::decode(*program, bytes);
        const Trace trace = trace_decode(*program, bytes, {"", true});
        EXPECT_TRUE(trace.agrees) << program->name;
        EXPECT_EQ(last_values(trace), mapping::values(decoded.record)) << program->name;
        EXPECT_TRUE(trace.unread.empty()) << program->name << " " << trace.unread[0].pointer;
    }
}

TEST(Trace, OfTheShippedSamplesWritesWhatTheTranslatorWrites) {
    for (const auto& [reader, bytes] : samples()) {
        const mapping::Decoded decoded = mapping::decode(*reader, bytes);
        for (const auto& [name, program] : mapping::shipped().bundle->programs()) {
            if (program.form != reader->form) continue;
            const Trace trace = trace_encode(program, decoded.record, {"", true});
            EXPECT_TRUE(trace.agrees) << reader->name << " to " << name;
        }
    }
}

/// One value in the message made wrong, or one character anywhere.
std::string spoiled(std::string bytes, std::mt19937& random) {
    for (int edits = 1 + static_cast<int>(random() % 4); edits > 0; --edits) {
        const std::size_t at = random() % bytes.size();
        const std::string_view signs = "0123456789AZaz -/?";
        switch (random() % 3) {
            case 0: bytes[at] = signs[random() % signs.size()]; break;
            case 1: bytes.erase(at, 1 + random() % 3); break;
            default: bytes.insert(at, 1, signs[random() % signs.size()]); break;
        }
        if (bytes.empty()) bytes = "0";
    }
    return bytes;
}

TEST(Trace, OfSpoiledMessagesHasTheValuesOfTheTranslator) {
    std::mt19937 random(31);
    std::size_t read = 0;
    const auto all = samples();
    for (int round = 0; round < 40; ++round) {
        for (const auto& [program, sample] : all) {
            const std::string bytes = spoiled(sample, random);
            const Trace trace = trace_decode(*program, bytes, {"", true});
            EXPECT_TRUE(trace.agrees) << program->name << " " << bytes;
            read += trace.entries.empty() ? 0u : 1u;
        }
    }
    EXPECT_GT(read, 40u) << "most messages could not even be parsed";
}

/// Fields removed, cleared or replaced by those of other fields.
void spoil(Record& record, std::mt19937& random) {
    auto& slots = record.root().slots;
    for (int edits = 0; edits < 8; ++edits) {
        mapping::Slot& slot = slots[random() % slots.size()];
        switch (random() % 4) {
            case 0: slot = {}; break;
            case 1:
                slot = {};
                slot.state = SlotState::Cleared;
                break;
            default: {
                const mapping::Slot& other = slots[random() % slots.size()];
                if (other.has_value()) {
                    slot = mapping::value_slot(record.arena().copy(other.text()));
                }
            }
        }
    }
}

TEST(Trace, OfSpoiledRecordsWritesWhatTheTranslatorWrites) {
    std::mt19937 random(32);
    std::size_t written = 0;
    for (int round = 0; round < 20; ++round) {
        for (const auto& [program, bytes] : samples()) {
            mapping::Decoded decoded = mapping::decode(*program, bytes);
            spoil(decoded.record, random);
            const Trace trace = trace_encode(*program, decoded.record, {"", true});
            EXPECT_TRUE(trace.agrees) << program->name;
            written += trace.rejected() ? 0u : 1u;
        }
    }
    EXPECT_GT(written, 5u);
}

}  // namespace
}  // namespace luqiao::authoring
