// tests/mapping/translate_sample.h - one sample form, format and map in the languages themselves.
#pragma once

#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace luqiao::mapping {
inline const std::string kForm = R"(form f v1                      # 示例表 | sample form
sent         datetime C0       # 申请时间 | sent at
group applicant                # 申请人 | applicant
  surname    text(40, latin) C2 # 姓 | surname
  sex        code(sex) C2      # 性别 | sex
  nationality code(country) C2 # 国籍 | nationality
  birth_date date      C2      # 出生日期 | date of birth
  document_kind code(kind) C2  # 证件种类 | kind of document
  document_no text(20, ascii) C3  # 证件号码 | document number
  name_zh    text(20) C2       # 中文姓名 | Chinese name
end
salary       decimal(10,2)     # 月薪 | salary
months       int(1..12)        # 月数 | months
list files key sm3 max 4       # 材料 | files
  kind       code(kind)        # 种类 | kind
  sm3        hex(2)            # 摘要 | digest
end
check not applicant.birth_date >= sent else "出生日期应早于申请日期 | born after the application" at applicant.birth_date
)";

inline const std::string kFormat = R"(format p.m v1                  # 示例 | sample
kind json
empty absent
unknown reject
key lsh
lsh       text !  bytes 20     # 流水号 | serial
sqsj      text                 # 申请时间
group sqr
  xing    text    bytes 60     # 姓
  xb      text
  gj      text
  csrq    text
  zj      text
  zwm     text
end
xc        number
ys        int
list cllb max 9
  lx      text
  zy      text !
end
)";

inline const std::string kRows = R"(use sex, country, kind
asof sent
sent                    <-> sqsj      : datetime("yyyy-MM-dd HH:mm:ss") ; req ; lossy ok "whole seconds"
applicant.surname       <-> sqr.xing  : trim ; req
applicant.sex           <-> sqr.xb    : code(sex.gbt2261)
applicant.nationality   <-> sqr.gj    : code(country.alpha2) ; unmapped reject
applicant.birth_date    <-> sqr.csrq  : absent("00000000") | date(yyyyMMdd)
(applicant.document_kind, applicant.document_no) <-> sqr.zj : split("/", 2)
applicant.name_zh       <-> sqr.zwm
salary                  <-> xc        : decimal(10,2)
months                  <-> ys        : int
each files <-> cllb ; max 4
  kind                  <-> lx        : code(kind.p) ; req
  sm3                   <-> zy
end
const("A1")             -> lsh
)";

inline const std::string kMessage =
    R"({"lsh":"A1","sqsj":"2025-10-09 10:15:00","sqr":{"xing":"O'Connor-Ñúñez",)"
    R"("xb":"1","gj":"DE","csrq":"19900102","zj":"passport/C01X00T47"},)"
    R"("xc":32000.00,"ys":12,"cllb":[{"lx":"14","zy":"abcd"},)"
    R"({"lx":"19","zy":"0102"}]})";
inline const std::string kCanonical =
    R"({"sent":"2025-10-09T10:15:00+08:00","applicant":{"surname":"O'Connor-Ñúñez","sex":"male",)"
    R"("nationality":"DEU","birth_date":"1990-01-02","document_kind":"passport",)"
    R"("document_no":"C01X00T47"},"salary":"32000.00","months":"12","files":[)"
    R"({"kind":"passport","sm3":"abcd"},{"kind":"photo","sm3":"0102"}]})";

inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

}  // namespace luqiao::mapping
