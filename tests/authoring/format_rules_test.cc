#include "authoring/format_rules.h"

#include "mapping/lexer.h"
#include "tests/mapping/bundle_fixture.h"
#include "tests/mapping/shipped.h"
#include "tests/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "authoring/rows.h"
#include "authoring/text_table.h"

namespace luqiao::authoring {
namespace {

using mapping::Files;
using mapping::SourceFile;

std::string formatted(const std::string& path, const std::string& text) {
    Diagnostics findings;
    const auto out = format_rules({path, text}, findings);
    EXPECT_TRUE(out) << path;
    for (const Diagnostic& one : findings.list()) ADD_FAILURE() << render(one);
    return out.value_or("");
}

/// All forms, formats and maps of conf/.
Files shipped_files() {
    Files out;
    const std::filesystem::path conf = std::filesystem::path(places::source()) / "conf";
    for (const char* folder : {"forms", "formats", "maps"}) {
        for (const auto& entry : std::filesystem::directory_iterator(conf / folder)) {
            std::ifstream in(entry.path(), std::ios::binary);
            std::ostringstream text;
            text << in.rdbuf();
            out[std::string(folder) + "/" + entry.path().filename().string()] = text.str();
        }
    }
    EXPECT_GE(out.size(), 60u);
    return out;
}

/// What a file says, without its white space: every token and every remark.
std::string tokens(const std::string& path, const std::string& text) {
    Diagnostics findings;
    const SourceFile source{path, text};
    mapping::Report report(source, findings);
    std::string out;
    for (const mapping::Line& line : mapping::lex(report, text)) {
        for (const mapping::Token& token : line.tokens) {
            out += fmt::format("{}:{} ", static_cast<int>(token.kind), token.text);
        }
        out += "# " + line.label.zh + " | " + line.label.en + "\n";
    }
    return out;
}

/// The same tokens with other white space: spaces multiplied, indentation lost, blank lines put in.
/// Spaces are changed only where there are some already, outside of strings and remarks.
std::string untidy(const std::string& text, std::mt19937& random) {
    std::string out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        out += std::string(random() % 5, ' ');
        bool in_string = false;
        bool in_remark = false;
        bool at_start = true;
        for (std::size_t at = 0; at < line.size(); ++at) {
            const char c = line[at];
            if (c == '"' && !in_remark && (at == 0 || line[at - 1] != '\\')) in_string = !in_string;
            if (c == '#' && !in_string) in_remark = true;
            if (c == ' ' && !in_string && !in_remark) {
                const bool follows = at > 0 && line[at - 1] == ' ';
                if (!follows && !at_start) out += std::string(1 + random() % 4, ' ');
                continue;
            }
            at_start = false;
            out += c;
        }
        out += random() % 3 == 0 ? "  \n" : "\n";
        if (line.empty()) out += std::string(random() % 3, '\n');
    }
    return out;
}

struct Layout {
    const char* name;
    const char* path;
    std::string before;
    std::string after;
};
void PrintTo(const Layout& one, std::ostream* out) {
    *out << one.name;
}

class FormatRules : public testing::TestWithParam<Layout> {};

TEST_P(FormatRules, SetsColumnsBlocksAndBlankLines) {
    const Layout& one = GetParam();
    EXPECT_EQ(formatted(one.path, one.before), one.after);
    EXPECT_EQ(formatted(one.path, one.after), one.after) << "formatting twice changes something";
    EXPECT_EQ(tokens(one.path, one.after), tokens(one.path, one.before));
}

const Layout kLayouts[] = {
    {"rows", "maps/p.m.map", R"(map p.m v1 # 示例
form f@1
format p.m@1
use sex,country
codec day=date(yyyyMMdd)
codec stamp=datetime( "yyyy-MM-dd HH:mm:ss" )
asof sent
a.b<->xm :trim|upper;req;fit 60 gb18030 reject # 英文姓
a.c->姓名
(a.d,a.e) <=> zj : split("/",2)
const("x , y")->lx;default 1;eg "1"=male,"7"=bad
)",
     R"(map     p.m v1                                              # 示例
form    f@1
format  p.m@1
use     sex, country
codec   day   = date(yyyyMMdd)
codec   stamp = datetime("yyyy-MM-dd HH:mm:ss")
asof    sent
a.b                                   <-> xm                             : trim | upper          ; req ; fit 60 gb18030 reject  # 英文姓
a.c                                   ->  姓名
(a.d, a.e)                            <=> zj                             : split("/", 2)
const("x , y")                        ->  lx                                                     ; default 1 ; eg "1" = male, "7" = bad
)"},
    {"blocks", "maps/p.m.map", R"(map p.m v1
form f@1
format p.m@1


# about the next
  when a.b=issue and not(a.c in(x,y))
a.d->d
# inside
else when a.b present
a.d->e
   else
const("")->d
end
each files<->cl key sm3;max 5;bad drop #材料
sm3<->zy
   check sm3 present else "没有摘要"   at sm3
end



)",
     R"(map     p.m v1
form    f@1
format  p.m@1

# about the next
when a.b = issue and not (a.c in (x, y))
  a.d                                 ->  d
  # inside
else when a.b present
  a.d                                 ->  e
else
  const("")                           ->  d
end
each files <-> cl key sm3 ; max 5 ; bad drop  #材料
  sm3                                 <-> zy
  check sm3 present else "没有摘要" at sm3
end
)"},
    {"a_cell_that_is_too_long_moves_alone", "maps/p.m.map", R"(map p.m v1
form f@1
format p.m@1
a.a_name_that_takes_more_than_its_column <-> aa : trim ; req
a.b <-> bb : code(a_table_with_a_long_name.system) ; req
a.c <-> cc : trim ; req
a.d <-> dd : trim ; req
a.e <-> ee : trim ; req
a.f <-> ff : trim ; req
a.g <-> gg : trim ; req
a.h <-> hh : trim ; req
a.i <-> ii : trim ; req
a.j <-> jj : trim ; req
a.k <-> kk : trim ; req
)",
     R"(map     p.m v1
form    f@1
format  p.m@1
a.a_name_that_takes_more_than_its_column <-> aa                          : trim                  ; req
a.b                                   <-> bb                             : code(a_table_with_a_long_name.system) ; req
a.c                                   <-> cc                             : trim                  ; req
a.d                                   <-> dd                             : trim                  ; req
a.e                                   <-> ee                             : trim                  ; req
a.f                                   <-> ff                             : trim                  ; req
a.g                                   <-> gg                             : trim                  ; req
a.h                                   <-> hh                             : trim                  ; req
a.i                                   <-> ii                             : trim                  ; req
a.j                                   <-> jj                             : trim                  ; req
a.k                                   <-> kk                             : trim                  ; req
)"},
    {"the_grid_that_a_file_has", "maps/p.m.map", R"(map p.m v1
form f@1
format p.m@1
a.b                          <-> xm       : trim
a.c                          <-> xb
a.d_long <-> a_long_name : trim
a.new<->zz :trim
a.e                          <-> xe       : trim
a.f                          <-> xf       : trim
)",
     R"(map     p.m v1
form    f@1
format  p.m@1
a.b                          <-> xm       : trim
a.c                          <-> xb
a.d_long                     <-> a_long_name : trim
a.new                        <-> zz       : trim
a.e                          <-> xe       : trim
a.f                          <-> xf       : trim
)"},
    {"prefixes_columns_lets_and_what_is_kept", "maps/p.m.map", R"(map p.m v1
form f@1
format p.m@1
base keep
ns g="urn:gov"
let full=concat(a.b,"/",a.c)
a.b <-> g:SQR.g:XM :trim
full->QM
each files<->cols( 1..3 );max 3
kind <-> LX{n} : code(action)
end
)",
     R"(map     p.m v1
form    f@1
format  p.m@1
base    keep
ns      g    = "urn:gov"
let     full = concat(a.b, "/", a.c)
a.b                                   <-> g:SQR.g:XM                     : trim
full                                  ->  QM
each files <-> cols(1..3) ; max 3
  kind                                <-> LX{n}                          : code(action)
end
)"},
    {"form", "forms/f.form", R"(form f v1 # 示例表 | sample
group applicant # 申请人
  sex code(sex)!C2 # 性别
    salary   decimal(14,2)  C3
        list items key code max 9
        code   code( item )
   end
end
check not applicant.sex=male else "不 | no" at applicant.sex;not eligible
)",
     R"(form f v1                                              # 示例表 | sample
group applicant                                        # 申请人
  sex                code(sex)           !  C2         # 性别
  salary             decimal(14,2)          C3
  list items key code max 9
    code             code(item)
  end
end
check not applicant.sex = male else "不 | no" at applicant.sex ; not eligible
)"},
    {"format", "formats/p.m.format", R"(format p.m v1 # 示例
kind table
limit 1000 bytes 8 deep
group t @ T_NAME # 表
a text!bytes 20 @ A # 甲
longer number @ B
"x-y" text bytes 300 @ C # 丙
end
)",
     R"(format p.m v1                                   # 示例
kind table
limit 1000 bytes 8 deep
group t @ T_NAME                                # 表
  a                   text   ! bytes 20  @ A    # 甲
  longer              number             @ B
  "x-y"               text     bytes 300 @ C    # 丙
end
)"},
};

INSTANTIATE_TEST_SUITE_P(All, FormatRules, testing::ValuesIn(kLayouts), [](const auto& one) {
    return std::string(one.param.name);
});

TEST(FormatRules, LeavesTheShippedFilesAsTheyAre) {
    for (const auto& [path, text] : shipped_files()) {
        EXPECT_EQ(formatted(path, text), text) << path << ": run luqiao fmt conf";
    }
}

/// What the compiler makes of rows, for comparison.
std::string meaning(const mapping::Bundle& bundle) {
    std::string out;
    for (const auto& [name, program] : bundle.programs()) {
        out += name + "\n";
        for (const RowPlace& place : rows_of(program)) {
            out += fmt::format("{} {} {} {} {}\n", place.guards.size(),
                               canonical_name(program, place), arrow_text(place.row->arrow),
                               wire_name(program, place), chain_text(place.row->chain));
        }
    }
    return out;
}

TEST(FormatRules, KeepWhatUntidyFilesMeanAndAreStable) {
    std::mt19937 random(20251009);
    const Files files = shipped_files();
    for (int round = 0; round < 2; ++round) {
        std::vector<SourceFile> sources;
        for (const auto& [path, text] : files) {
            const std::string mess = untidy(text, random);
            ASSERT_EQ(tokens(path, mess), tokens(path, text)) << path;
            const std::string once = formatted(path, mess);
            EXPECT_EQ(tokens(path, once), tokens(path, text)) << path;
            EXPECT_EQ(formatted(path, once), once) << path;
            sources.push_back({path, once});
        }
        for (const auto& entry : std::filesystem::directory_iterator(
                 std::filesystem::path(places::source()) / "conf/codes")) {
            std::ifstream in(entry.path(), std::ios::binary);
            std::ostringstream text;
            text << in.rdbuf();
            sources.push_back({"codes/" + entry.path().filename().string(), text.str()});
        }
        Diagnostics findings;
        const auto bundle = mapping::Bundle::compile(sources, findings);
        EXPECT_FALSE(findings.has_errors());
        EXPECT_EQ(meaning(*bundle), meaning(*mapping::shipped().bundle));
    }
}

TEST(FormatRules, ReadWindowsLineEndsAndWriteUnixOnes) {
    EXPECT_EQ(formatted("maps/p.m.map", "map p.m v1\r\nform f@1\r\nformat p.m@1\r\na <-> b\r\n"),
              formatted("maps/p.m.map", "map p.m v1\nform f@1\nformat p.m@1\na <-> b\n"));
}

TEST(FormatRules, RefuseAFileThatCannotBeRead) {
    Diagnostics findings;
    EXPECT_FALSE(format_rules({"maps/p.m.map", "map p.m v1\nform f@1\nformat p.m@1\na <-> \"b\n"},
                              findings));
    ASSERT_EQ(findings.list().size(), 1u);
    EXPECT_EQ(findings.list()[0].code, "M100");
    EXPECT_EQ(findings.list()[0].at.line, 4);
    EXPECT_FALSE(format_rules({"codes/sex.csv", "sex\n"}, findings));
}

TEST(FormatRules, LeaveWhatNamesMeanToTheChecker) {
    EXPECT_FALSE(formatted("maps/other.map", "map p.m v1\nform f@1\nformat p.m@1\n").empty());
}

TEST(DisplayWidth, CountsEastAsianCharactersTwice) {
    EXPECT_EQ(display_width("abc"), 3u);
    EXPECT_EQ(display_width("出生a"), 5u);
    EXPECT_EQ(display_width("（Ａ）"), 6u);
    EXPECT_EQ(display_width("e\xCC\x81"), 1u) << "a combining mark takes no cell";
    EXPECT_EQ(display_width("𠮷"), 2u);
    EXPECT_EQ(display_width("\xFF"), 1u);
    EXPECT_EQ(padded("国", 4), "国  ");
}

}  // namespace
}  // namespace luqiao::authoring
