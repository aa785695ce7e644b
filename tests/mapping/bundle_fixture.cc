#include "tests/mapping/bundle_fixture.h"

namespace luqiao::mapping {

Files base_files() {
    return {
        {"forms/f.form", R"(form f v1                      # 示例表 | sample form
sent         datetime C0       # 申请时间 | sent at
action       code(action)      # 业务 | action
group applicant                # 申请人 | applicant
  surname    text(40, latin)   # 姓 | surname
  name_zh    text(20)          # 中文姓名 | Chinese name
  sex        code(sex)         # 性别 | sex
  nationality code(country)    # 国籍 | nationality
  birth_date date      C2      # 出生日期 | date of birth
  document_kind code(sex)      # 证件种类 | kind of document
  document_no text(20, ascii) C3  # 证件号码 | document number
end
salary       decimal(10,2)     # 月薪 | salary
married      bool
list files key sm3 max 5       # 材料 | files
  kind       code(action)
  sm3        hex(4)
end
)"},
        {"formats/p.m.format", R"(format p.m v1                  # 示例 | sample
kind json
id        text bytes 20        # 流水号 | serial
xm        text bytes 120       # 姓名 | name
xb        text
gj        text
csrq      text
zj        text
ywlx      text
gz        number
group qt
  bz      text
end
list cl max 9
  lx      text
  zy      text
end
)"},
        {"codes/sex.csv", R"(sex,gbt2261,word,label_zh,label_en,valid_from,valid_to,prefer
male,1,M,男,Male,,,
female,2,F,女,Female,,,
unknown,0,,未知,Unknown,,,
)"},
        {"codes/country.csv", R"(country,alpha3,alpha2,label_zh,label_en,valid_from,valid_to,prefer
DEU,DEU,DE,德国,Germany,,,
KOR,KOR,KR,韩国,Korea,,,
)"},
        {"codes/action.csv", R"(action,psb,label_zh,label_en,valid_from,valid_to,prefer
issue,01,签发,Issue,,,
change,02,变更,Change,,,
renew,03,延期,Renew,,,
)"},
        {"maps/p.m.map", R"(map p.m v1
form f@1
format p.m@1
applicant.surname <-> xm
)"},
    };
}

std::string Compiled::codes() const {
    std::string out;
    for (const Diagnostic& finding : findings.list()) {
        if (finding.severity == Severity::Note) continue;
        out += (out.empty() ? "" : " ") + finding.code;
    }
    return out;
}

std::string Compiled::rendered(bool with_notes) const {
    std::string out;
    for (const Diagnostic& finding : findings.list()) {
        if (finding.severity == Severity::Note && !with_notes) continue;
        out += render(finding) + "\n";
    }
    return out;
}

Compiled compile(const Files& files, const CompileOptions& options) {
    std::vector<SourceFile> sources;
    for (const auto& [path, text] : files) sources.push_back({path, text});
    Compiled out;
    out.bundle = Bundle::compile(sources, out.findings, options);
    return out;
}

Compiled compile_rows(const std::string& rows, const CompileOptions& options) {
    Files files = base_files();
    files["maps/p.m.map"] = "map p.m v1\nform f@1\nformat p.m@1\n" + rows;
    return compile(files, options);
}

}  // namespace luqiao::mapping
