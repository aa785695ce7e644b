#include "authoring/rows.h"

#include "tests/mapping/bundle_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luqiao::authoring {
namespace {

std::string shown(const std::string& rows) {
    const mapping::Compiled compiled = mapping::compile_rows(rows);
    EXPECT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    const mapping::Program& program = *compiled.bundle->find("p.m");
    std::string out;
    for (const RowPlace& place : rows_of(program)) {
        out += fmt::format("{}{} {} {} : {}\n", std::string(place.guards.size(), ' '),
                           canonical_name(program, place), arrow_text(place.row->arrow),
                           wire_name(program, place), chain_text(place.row->chain));
    }
    return out;
}

TEST(Rows, AreNamedAsTheirAuthorWroteThem) {
    EXPECT_EQ(shown(R"(sent <-> csrq : datetime(yyyyMMddHHmmss) ; lossy ok "whole seconds"
(applicant.document_kind, applicant.document_no) <-> zj : split("/", 2)
when applicant.document_no present
const("说\"明") -> qt.bz
else
applicant.name_zh -> qt.bz : trim | upper
end
each files <-> cl ; max 5
sm3 <=> zy : hex(4)
end
)"),
              R"(sent <-> csrq : datetime(yyyyMMddHHmmss)
(applicant.document_kind, applicant.document_no) <-> zj : split("/", 2)
 const("说\"明") -> qt.bz : 
 applicant.name_zh -> qt.bz : trim | upper
files.sm3 <=> cl.zy : hex(4)
)");
}

TEST(Rows, OfColumnsAreWrittenOnce) {
    mapping::Files files = mapping::base_files();
    files["formats/p.m.format"] =
        "format p.m v1\nkind json\nLX1 text\nZY1 text\nLX2 text\nZY2 text\nLX3 text\n"
        "ZY3 text\n";
    files["maps/p.m.map"] =
        "map p.m v1\nform f@1\nformat p.m@1\neach files <-> cols(1..3)\nkind <-> LX{n} : "
        "code(action.psb)\nsm3 <-> ZY{n}\nend\n";
    const mapping::Compiled compiled = mapping::compile(files);
    ASSERT_FALSE(compiled.findings.has_errors()) << compiled.rendered(false);
    const mapping::Program& program = *compiled.bundle->find("p.m");
    EXPECT_EQ(rows_of(program).size(), 6u);
    const auto written = written_rows(program);
    ASSERT_EQ(written.size(), 2u);
    EXPECT_EQ(wire_name(program, written[0]), "LX{1..3}");
    EXPECT_EQ(wire_name(program, written[1]), "ZY{1..3}");
}

}  // namespace
}  // namespace luqiao::authoring
