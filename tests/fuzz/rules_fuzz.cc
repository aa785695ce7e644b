// tests/fuzz/rules_fuzz.cc - any text as a code table, format, form or map: findings, never a
// crash.
//
// Compiled once per kind of file with LUQIAO_FUZZ_FILE = 0 codes, 1 formats, 2 forms, 3 maps. The
// first byte says whether the text stands behind a good header.
#include "mapping/bundle.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace luqiao::mapping {
namespace {

constexpr std::string_view kForm = R"(form f v1
sent datetime
group a
  s text(9)
  d date C2
  c code(sex)
end
n int(0..9)
list l key k max 5
  k text(9)
  c code(sex)
end
)";
constexpr std::string_view kFormat = R"(format p.m v1
kind json
x text bytes 9
y text
z text
c1 text
c2 text
group g ?
  r text !
end
list w max 5
  x text
  y text
end
)";
constexpr std::string_view kTable =
    "sex,gb,label_zh,label_en\nmale,1,男,Male\nfemale,2,女,Female\n";
constexpr std::string_view kMap = R"(map p.m v1
form f@1
format p.m@1
base keep
asof sent
let t = if(a.c = male, join(" ", a.s, "x"), last(a.s, 4))
let y = years(a.d)
t -> x ; over flag
each l <-> cols(1..2) key k ; over drop
  k <-> c{n}
end
)";

void compile(std::uint8_t which, std::string text) {
    std::vector<SourceFile> files{{"codes/sex.csv", std::string(kTable)},
                                  {"formats/p.m.format", std::string(kFormat)},
                                  {"forms/f.form", std::string(kForm)},
                                  {"maps/p.m.map", std::string(kMap)}};
    constexpr std::size_t index = LUQIAO_FUZZ_FILE;
    // Behind a good header the rows are reached more often; both are tried.
    if (index != 0 && (which & 1) != 0) text.insert(0, files[index].text);
    files[index].text = std::move(text);
    Diagnostics findings;
    CompileOptions options;
    options.outgoing["p.m"] = {{"psb", Privacy::C1, "test"}};
    const auto bundle = Bundle::compile(files, findings, options);
    if (bundle == nullptr || bundle->hash().size() != 32) std::abort();
    for (const Diagnostic& finding : findings.list()) {
        if (finding.message.zh.empty() || finding.at.line < 1 || finding.at.column < 1)
            std::abort();
        if (render(finding).empty()) std::abort();
        for (const SourceFile& file : files) mend(file.text, file.path, {finding});
    }
    // A map without errors has everything that its rows refer to.
    const Program* program = bundle->find("p.m");
    if (!findings.has_errors() && index == 3 && program == nullptr) std::abort();
}

}  // namespace
}  // namespace luqiao::mapping

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    luqiao::mapping::compile(data[0], std::string(all.substr(1)));
    return 0;
}
