#include "authoring/diagnostic_families.h"

#include "base/configuration_codes.h"
#include "mapping/diagnostic_codes.h"

namespace luqiao::authoring {

std::span<const DiagnosticFamily> diagnostic_families() {
    static const DiagnosticFamily list[] = {
        {{"M1 规则：luqiao check", "M1 Rules: luqiao check"}, mapping::diagnostic_codes()},
        {{"M2 工作簿：luqiao sheet import", "M2 Workbooks: luqiao sheet import"}, sheet_codes()},
        {{"P1 证明：luqiao prove", "P1 Proofs: luqiao prove"}, prover_codes()},
        {{"C 配置：luqiao check、luqiao reload", "C Configuration: luqiao check, luqiao reload"},
         configuration_codes()},
    };
    return list;
}

const DiagnosticCode* find_diagnostic_code(std::string_view code) {
    for (const DiagnosticFamily& family : diagnostic_families()) {
        if (const DiagnosticCode* found = find_code(family.codes, code)) return found;
    }
    return nullptr;
}

std::span<const DiagnosticCode> prover_codes() {
    static const DiagnosticCode list[] = {
        {"P101",
         {"写出后读不回：规范值写出再读，得到别的值",
          "what is written reads as something else: a value of ours does not come back"},
         {"换用可逆的编解码器，或写成 -> 或 <-，或加 lossy ok",
          "take a codec that can be undone, or write -> or <-, or add lossy ok"},
         "applicant.document_no <-> zj : rpad(20, \" \")",
         "applicant.document_no <-> zj"},
        {"P102",
         {"读入后写不回：对方的字节读入再写，得到别的字节",
          "what is read is written otherwise: a party's bytes do not come back under <=> or E"},
         {"把 <=> 改为 <->，或去掉改变写法的编解码器",
          "write <-> instead of <=>, or take away the codec that changes the spelling"},
         "case.id <=> id : trim",
         "case.id <-> id : trim"},
        {"P103",
         {"编解码器不能写出字段的某个合法取值", "a codec refuses what is a value of the field"},
         {"收窄表单中字段的类型，或换编解码器",
          "narrow the field's type in the form, or take another codec"},
         "applicant.document_no <-> zj : absent(\"NA\")",
         "applicant.document_no <-> zj : absent(\"无\")"},
        {"P104",
         {"字段的任何取值都写不出", "no value of the field can be written"},
         {"换与字段类型相符的编解码器或列", "take a codec or a column that fits the type"},
         "note text(4) bytes 0",
         "note text(4) bytes 16"},
        {"P110",
         {"经整个报文写出再读回，字段或项数变了",
          "a field, or the count of a list, does not come back from a whole message"},
         {"检查 when 的条件读入时是否相同（default 使没有的值变成有的值），或两行是否写同一处",
          "see whether a `when` decides otherwise when it is read (a default makes a value of "
          "none), "
          "or two rows share a place"},
         "action <-> ywlx : code(action.psb) ; default issue\nwhen action = issue\n"
         "  applicant.surname <-> xm\nelse\n  applicant.surname <-> gj\nend",
         "action <-> ywlx : code(action.psb) ; req\nwhen action = issue\n"
         "  applicant.surname <-> xm\nelse\n  applicant.surname <-> gj\nend"},
        {"P111",
         {"写出的报文自己读不回", "a message that was written cannot be read"},
         {"让 req、default 和 fit 在两个方向一致",
          "make req, default and fit agree in both directions"},
         "action <-> ywlx : code(action.psb) ; default issue\n"
         "applicant.surname <-> xm ; req when action = issue",
         "action <-> ywlx : code(action.psb) ; req\n"
         "applicant.surname <-> xm ; req when action = issue"},
        {"P112",
         {"生成不出该映射能写出的记录", "no record could be made that the map writes"},
         {"放宽互相矛盾的 req 和 check", "loosen req and check, which contradict each other"},
         "salary <-> gz : decimal(10, 2)\ncheck salary > 3 else \"大于 3\"\n"
         "check salary < 3 else \"小于 3\"",
         "salary <-> gz : decimal(10, 2)\ncheck salary > 3 else \"大于 3\""},
        {"P120",
         {"案例不符：结果与冻结的不同", "a case differs from what was frozen"},
         {"改规则；若新结果才对，luqiao test --update",
          "mend the rule; when the new result is right, freeze it again: luqiao test --update"},
         "canonical.json: \"applicant.sex\": \"female\"",
         "canonical.json: \"applicant.sex\": \"male\""},
    };
    return list;
}

std::span<const DiagnosticCode> sheet_codes() {
    static const DiagnosticCode list[] = {
        {"M200",
         {"不是工作簿：不是 ZIP，或缺少、损坏某一部分",
          "no workbook: no ZIP archive, or a part is missing or broken"},
         {"用 Excel 或 WPS 另存为 .xlsx", "save it as .xlsx in the spreadsheet program"},
         "rules.csv",
         "rules.xlsx"},
        {"M201",
         {"加密的，或旧的二进制工作簿", "encrypted, or a workbook of the old binary kind"},
         {"去掉密码，另存为 .xlsx", "take the password away, save as .xlsx"},
         "rules.xls",
         "rules.xlsx"},
        {"M202",
         {"超过上限：条目、大小、压缩比、层数、行数、文字",
          "over a limit: entries, size, ratio, depth, rows, text"},
         {"删去无关的工作表和空行", "delete sheets and rows that do not belong"},
         "1048576 行",
         "500 行"},
        {"M203",
         {"不安全的内容：宏、外部链接、嵌入对象、DTD 或压缩包内的路径",
          "unsafe: macros, external links, embedded objects, a DTD, or a path in the archive"},
         {"另存为不含宏的 .xlsx，断开链接", "save as .xlsx without macros, break the links"},
         "rules.xlsm",
         "rules.xlsx"},
        {"M204",
         {"不是本程序导出的，或属于别的映射，或版本不同",
          "no export of this program, of another map, or of another edition of the sheets"},
         {"重新 luqiao sheet export，在它上面改", "export anew and edit that file"},
         "luqiao sheet import psb.result other.xlsx",
         "luqiao sheet import psb.result psb.result.xlsx"},
        {"M205",
         {"导出以后映射已改动", "the map changed since the export"},
         {"用 --rebase 合并，或重新导出", "merge with --rebase, or export anew"},
         "luqiao sheet import psb.result psb.result.xlsx",
         "luqiao sheet import psb.result psb.result.xlsx --rebase"},
        {"M206",
         {"缺少或不认识的工作表、列", "a sheet or column that is missing or not known"},
         {"恢复表头", "restore the header"},
         "目标",
         "目标字段"},
        {"M207",
         {"行号重复、不存在或属于别的行", "a row id twice, not known, or of another row"},
         {"新行的行号留空", "leave the id of a new row empty"},
         "r7（两行）",
         "r7 和空"},
        {"M210",
         {"单元格是公式", "a cell is a formula"},
         {"粘贴为数值（文本）", "paste it as a value, as text"},
         "=A2&\".no\"",
         "permit.no"},
        {"M211",
         {"合并的单元格", "merged cells"},
         {"取消合并，每格各写", "unmerge them and fill each cell"},
         "A2:A5",
         "A2 A3 A4 A5"},
        {"M212",
         {"数字或逻辑值，这里要文本", "a number or truth value where text is needed"},
         {"列格式设为文本后重写", "make the column text and write it again"},
         "1（数字）",
         "1（文本）"},
        {"M213",
         {"科学记数法", "scientific notation"},
         {"列格式设为文本后重写全部数字", "make the column text and write all digits again"},
         "3.70202E+17",
         "370202199001011234"},
        {"M214",
         {"数字被截为 15 位，其余为 0", "a number that was cut to 15 digits and zeros"},
         {"从原件重写全部数字", "write all digits again from the original"},
         "370202199001011000",
         "370202199001011234"},
        {"M215",
         {"电子表格把文字变成了日期", "a date that the spreadsheet made of a text"},
         {"列格式设为文本后重写", "make the column text and write it again"},
         "3月1日",
         "3-1"},
        {"M216",
         {"错误值", "an error value"},
         {"改成内容，或清空", "write the content, or clear the cell"},
         "#N/A",
         "permit.no"},
        {"M217",
         {"隐藏的行有内容", "a hidden row has content"},
         {"取消隐藏，看过再导入", "show the row, look at it, import again"},
         "第 9 行（隐藏）",
         "第 9 行"},
        {"M218",
         {"单元格中有换行或控制字符", "a line break or control character in a cell"},
         {"写在一行里", "write it on one line"},
         "trim\nupper",
         "trim | upper"},
        {"M220",
         {"不认识的行类型", "a kind of line that is not known"},
         {"写字段、条件、列表、校验等提示的类型", "write one of the kinds that are named"},
         "子段",
         "字段"},
        {"M221",
         {"内容越出它的单元格", "content that runs over its cell"},
         {"各部分写在各自的列", "write each part in its own column"},
         "xm ; req",
         "xm"},
        {"M222",
         {"改了只供阅读的工作表或列", "a change in a sheet or column for reading"},
         {"改回去；该内容在规则文件里改", "undo it; such things are changed in the files"},
         "等级 C",
         "等级 E"},
        {"M223",
         {"工作簿和映射改了同一行（--rebase）",
          "the same lines changed in the workbook and in the map (--rebase)"},
         {"在工作簿中取其一，再导入", "settle on one of them in the workbook, import again"},
         "xm : trim ⟷ xm : upper",
         "xm : trim | upper"},
    };
    return list;
}

}  // namespace luqiao::authoring
