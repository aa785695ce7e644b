// The short ways of good values give what the rules themselves give.
#include "mapping/decoder.h"
#include "mapping/encoder.h"
#include "tests/mapping/shipped.h"

namespace luqiao::mapping {
namespace {

/// The plan of a program in which every row goes by its rule.
Plan plan_by_rules(const Program& program) {
    Plan plan = make_plan(program);
    for (auto& block : plan.ops.blocks) {
        for (Op& op : block) {
            op.read = Way::ByRule;
            op.write = Way::ByRule;
            op.quiet_read = false;
            op.quiet_write = false;
        }
    }
    return plan;
}

std::string told(const Issues& issues) {
    std::string out;
    for (const Issue& issue : issues.list) out += to_json(issue) + "\n";
    return out;
}

/// Everything that a decoding or an encoding gives, as one text.
std::string decoded_by(const Program& program, const Plan& plan, std::string_view bytes) {
    Decoder::Scratch scratch;
    Decoded out{Record(program.form), {}, {}};
    Decoder(program, plan, scratch, out).run(bytes);
    return to_json(out.record) + "\n" + out.natural_key + "\n" + told(out.issues);
}

std::string encoded_by(const Program& program, const Plan& plan, const Record& record) {
    WireRow root;
    Arena arena;
    const Issues issues = Encoder(program, plan, record, root, arena).run();
    std::string bytes;
    if (!issues.rejected()) {
        EXPECT_TRUE(write_wire(plan, *program.format, root, bytes));
    }
    return bytes + "\n" + told(issues);
}

/// A fixed sequence of numbers below `below`.
class Sequence {
public:
    std::size_t next(std::size_t below) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(state_ >> 33u) % below;
    }

private:
    std::uint64_t state_ = 20251009;
};

/// The message with up to three bytes of its values made into something else.
std::string disturbed(std::string message, Sequence& sequence) {
    constexpr std::string_view kInto[] = {"0",
                                          "9",
                                          "7",
                                          "a",
                                          "Z",
                                          " ",
                                          "",
                                          "  ",
                                          "\\u0001",
                                          "\xC3\xB1",
                                          "\xE6\xB5\x8B",
                                          "&amp;",
                                          "-",
                                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
    const std::size_t times = 1 + sequence.next(3);
    for (std::size_t time = 0; time < times; ++time) {
        const std::size_t at = sequence.next(message.size());
        if (std::isalnum(static_cast<unsigned char>(message[at])) == 0) continue;
        message.replace(at, 1, kInto[sequence.next(std::size(kInto))]);
    }
    return message;
}

struct Sampled {
    const char* name;
    const char* map;
    const char* file;
};

class Ops : public testing::TestWithParam<Sampled> {};

TEST_P(Ops, DecodeAndEncodeAsTheRulesDo) {
    const Program& map = program(GetParam().map);
    const Plan rules = plan_by_rules(map);
    const Plan& ops = map.plan.of(map);
    const std::string whole = sample(GetParam().file);
    Sequence sequence;
    std::size_t accepted = 0;
    for (std::size_t turn = 0; turn < 300; ++turn) {
        const std::string bytes = turn == 0 ? whole : disturbed(whole, sequence);
        ASSERT_EQ(decoded_by(map, ops, bytes), decoded_by(map, rules, bytes)) << bytes;
        const Decoded decoded = decode(map, bytes);
        if (!decoded.issues.rejected()) ++accepted;
        ASSERT_EQ(encoded_by(map, ops, decoded.record), encoded_by(map, rules, decoded.record))
            << bytes;
    }
    EXPECT_GT(accepted, 1u);
}

INSTANTIATE_TEST_SUITE_P(Samples,
                         Ops,
                         testing::Values(Sampled{"portal", "portal.apply", "portal.apply.json"},
                                         Sampled{"window", "window.apply", "window.apply.json"},
                                         Sampled{"mobile", "mobile.apply", "mobile.apply.json"},
                                         Sampled{"psb", "psb.result", "psb.result.xml"},
                                         Sampled{"sti", "sti.result", "sti.result.json"},
                                         Sampled{"essc", "essc.result", "essc.result.txt"}),
                         [](const auto& one) { return one.param.name; });

/// To departments whose formats have other charsets and limits.
TEST(Ops, EncodeToDepartmentsAsTheRulesDo) {
    const Program& portal = program("portal.apply");
    const std::string whole = sample("portal.apply.json");
    for (const char* name : {"sti.apply", "psb.residence_apply", "hrss.insurance", "title.review",
                             "essc.apply", "province.accept"}) {
        const Program& map = program(name);
        const Plan rules = plan_by_rules(map);
        Sequence sequence;
        for (std::size_t turn = 0; turn < 100; ++turn) {
            const std::string bytes = turn == 0 ? whole : disturbed(whole, sequence);
            const Decoded decoded = decode(portal, bytes);
            ASSERT_EQ(encoded_by(map, map.plan.of(map), decoded.record),
                      encoded_by(map, rules, decoded.record))
                << name << '\n'
                << bytes;
        }
    }
}

TEST(Ops, TellWhichRowFilledAField) {
    const Program& portal = program("portal.apply");
    const Decoded decoded = decode(portal, sample("portal.apply.json"));
    const auto row_at = [&](std::string_view path) {
        const RowRule* row = row_of(portal, decoded.record.root().slots[*portal.form->find(path)]);
        return row == nullptr || row->wire.empty()
                   ? std::string()
                   : portal.format->root_scope.fields[row->wire[0]].path;
    };
    EXPECT_EQ(row_at("applicant.birth_date"), "sqr.csrq");
    EXPECT_EQ(row_at("applicant.phone"), "sqr.lxdh");
    EXPECT_EQ(row_at("employer.region"), "dw.xzqh");
    EXPECT_EQ(row_at("permit.number"), "");
    const RowRule* const constant =
        row_of(portal, decoded.record.root().slots[*portal.form->find("case.channel")]);
    ASSERT_NE(constant, nullptr);
    EXPECT_EQ(constant->wire_constant, "portal");
}

}  // namespace
}  // namespace luqiao::mapping
