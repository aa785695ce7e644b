// tests/bench/mapping_message.h - the message of the mapping benchmark: fields, maps and bytes.
#pragma once

#include "base/json.h"
#include "mapping/bundle.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping::bench {

enum class Kind : std::uint8_t { Text, Code, Date, Int, Number };

struct Spec {
    std::string_view group;  ///< of the source; the target is flat
    std::string_view from;
    std::string_view to;
    Kind kind;
    std::size_t most = 0;  ///< Text: code points; Code: which table
    bool required = false;
    std::string_view sample;
};

using enum Kind;
constexpr std::array kFields{
    Spec{"", "lsh", "serial_no", Text, 36, true, "3702002025100900000001"},
    Spec{"", "qd", "channel", Text, 10, true, "portal"},
    Spec{"", "sqrq", "applied_on", Date, 0, true, "2025-10-09"},
    Spec{"", "bz", "remark", Text, 200, false, "材料齐全，申请人已到窗口核验原件"},
    Spec{"sqr", "xing", "surname", Text, 40, true, "O'Connor-Ñúñez"},
    Spec{"sqr", "ming", "given_names", Text, 60, true, "Łukasz Jan"},
    Spec{"sqr", "zwxm", "chinese_name", Text, 20, false, "欧康纳"},
    Spec{"sqr", "xb", "sex", Code, 0, true, "s3"},
    Spec{"sqr", "csrq", "birth_date", Date, 0, true, "1990-01-02"},
    Spec{"sqr", "gj", "nationality", Code, 1, true, "s77"},
    Spec{"sqr", "hyzk", "marital", Code, 2, false, "s5"},
    Spec{"sqr", "zjlx", "document_kind", Code, 3, true, "s2"},
    Spec{"sqr", "zjhm", "document_no", Text, 20, true, "C01X00T47"},
    Spec{"sqr", "yxqz", "document_expires", Date, 0, true, "2030-12-31"},
    Spec{"sqr", "qfd", "document_place", Text, 60, false, "Warszawa"},
    Spec{"sqr", "lxdh", "phone", Text, 20, true, "+8613900000000"},
    Spec{"sqr", "dzyx", "email", Text, 80, false, "lukasz.oconnor@example.org"},
    Spec{"sqr", "xl", "education", Code, 4, false, "s9"},
    Spec{"sqr", "byyx", "school", Text, 80, false, "Politechnika Warszawska"},
    Spec{"dw", "tyshxydm", "employer_code", Text, 18, true, "91370200MA3TEST00X"},
    Spec{"dw", "mc", "employer_name", Text, 80, true, "青岛示例海洋科技有限公司"},
    Spec{"dw", "dz", "employer_address", Text, 120, false,
         "山东省青岛市崂山区示例路 1 号 2 号楼 301"},
    Spec{"dw", "xzqh", "employer_region", Code, 5, true, "s11"},
    Spec{"dw", "fddbr", "legal_person", Text, 40, false, "张示例"},
    Spec{"dw", "jbr", "contact_name", Text, 40, false, "李示例"},
    Spec{"dw", "jbrdh", "contact_phone", Text, 20, false, "+8653200000000"},
    Spec{"dw", "hydm", "industry", Text, 10, false, "I6510"},
    Spec{"dw", "sbbh", "insurance_no", Text, 20, false, "370200123456"},
    Spec{"gw", "zwzw", "title_zh", Text, 40, true, "高级工程师"},
    Spec{"gw", "zwyw", "title_en", Text, 80, false, "Senior Engineer, Ocean Sensors"},
    Spec{"gw", "gznr", "duties", Text, 200, false, "负责水下传感器阵列的设计、标定与验证"},
    Spec{"gw", "htqs", "contract_from", Date, 0, true, "2025-11-01"},
    Spec{"gw", "htzz", "contract_to", Date, 0, true, "2027-10-31"},
    Spec{"gw", "mnys", "months_per_year", Int, 12, false, "12"},
    Spec{"gw", "xc", "salary", Number, 0, true, "32000.50"},
    Spec{"gw", "bz", "currency", Text, 3, true, "CNY"},
    Spec{"gw", "zff", "payer", Text, 80, false, "青岛示例海洋科技有限公司"},
    Spec{"gw", "gwbh", "position_no", Text, 20, false, "P-2025-017"},
    Spec{"gw", "gznx", "work_years", Int, 60, false, "11"},
    Spec{"gw", "jf", "points", Int, 200, false, "86"},
};
constexpr std::size_t kCount = kFields.size();
static_assert(kCount == 40);
constexpr std::array<std::string_view, 4> kGroups{"", "sqr", "dw", "gw"};
constexpr std::array<std::size_t, 6> kTableSizes{4, 250, 10, 30, 12, 170};
constexpr std::size_t kItems = 5;

inline std::string table_text(std::size_t table) {
    std::string out =
        fmt::format("t{},source,target,label_zh,label_en,valid_from,valid_to,prefer\n", table);
    for (std::size_t row = 0; row < kTableSizes[table]; ++row) {
        out += fmt::format("c{},s{},T{:03},代码{},Code {},,,\n", row, row, row, row, row);
    }
    return out;
}

inline std::string type_text(const Spec& spec) {
    switch (spec.kind) {
        case Text: return fmt::format("text({})", spec.most);
        case Code: return fmt::format("code(t{})", spec.most);
        case Date: return "date";
        case Int: return fmt::format("int(0..{})", spec.most);
        case Number: return "decimal(12,2)";
    }
    return {};
}

inline std::string wire_type(Kind kind) {
    return kind == Int ? "int" : kind == Number ? "number" : "text";
}

inline std::string chain(const Spec& spec, std::string_view system, std::string_view date) {
    switch (spec.kind) {
        case Text: return "";
        case Code: return fmt::format(" : code(t{}.{})", spec.most, system);
        case Date: return fmt::format(" : date({})", date);
        case Int: return " : int";
        case Number: return " : decimal(12,2)";
    }
    return {};
}

inline std::vector<SourceFile> sources() {
    std::string form = "form f v1\n";
    std::string source = "format in.m v1\nkind json\nempty absent\nunknown reject\n";
    std::string in_map = "map in.m v1\nform f@1\nformat in.m@1\n";
    std::string json_map = "map json.m v1\nform f@1\nformat json.m@1\n";
    std::string xml_map = "map xml.m v1\nform f@1\nformat xml.m@1\n";
    std::string target;
    for (const std::string_view group : kGroups) {
        if (!group.empty()) source += fmt::format("group {}\n", group);
        for (const Spec& spec : kFields) {
            if (spec.group != group) continue;
            form += fmt::format("{} {} C1\n", spec.to, type_text(spec));
            source += fmt::format("{} {}\n", spec.from, wire_type(spec.kind));
            const std::string path =
                group.empty() ? std::string(spec.from) : fmt::format("{}.{}", group, spec.from);
            const std::string required = spec.required ? " ; req" : "";
            in_map += fmt::format("{} <-> {}{}{}\n", spec.to, path,
                                  chain(spec, "source", "yyyy-MM-dd"), required);
            const std::string row = fmt::format("{} <-> {}{}{}\n", spec.to, spec.to,
                                                chain(spec, "target", "yyyyMMdd"), required);
            json_map += row;
            xml_map += row;
            target += fmt::format("{} text\n", spec.to);
        }
        if (!group.empty()) source += "end\n";
    }
    form += "list files key digest max 9\nkind text(10)\nname text(60)\ndigest text(64)\nend\n";
    source += "list cl max 9\nlx text\nmc text\nzy text\nend\n";
    target += "list files max 9\nkind text\nname text\ndigest text\nend\n";
    in_map += "each files <-> cl ; max 9\nkind <-> lx\nname <-> mc\ndigest <-> zy ; req\nend\n";
    const std::string each =
        "each files <-> files ; max 9\nkind <-> kind\nname <-> name\ndigest <-> digest ; "
        "req\nend\n";
    const std::string empty = "empty absent\n";
    std::vector<SourceFile> files{
        {"forms/f.form", form},
        {"formats/in.m.format", source},
        {"formats/json.m.format", "format json.m v1\nkind json\n" + empty + target},
        {"formats/xml.m.format", "format xml.m v1\nkind xml\nroot DATA\n" + empty + target},
        {"maps/in.m.map", in_map},
        {"maps/json.m.map", json_map + each},
        {"maps/xml.m.map", xml_map + each},
    };
    for (std::size_t table = 0; table < kTableSizes.size(); ++table) {
        files.push_back({fmt::format("codes/t{}.csv", table), table_text(table)});
    }
    return files;
}

inline std::string message() {
    JsonWriter json;
    json.begin_object();
    for (const std::string_view group : kGroups) {
        if (!group.empty()) json.key(group).begin_object();
        for (const Spec& spec : kFields) {
            if (spec.group != group) continue;
            json.key(spec.from);
            if (spec.kind == Int || spec.kind == Number) {
                json.raw(spec.sample);
            } else {
                json.value(spec.sample);
            }
        }
        if (!group.empty()) json.end_object();
    }
    json.key("cl").begin_array();
    for (std::size_t item = 0; item < kItems; ++item) {
        json.begin_object()
            .field("lx", fmt::format("1{}", item))
            .field("mc", "护照资料页.pdf")
            .field("zy", fmt::format("sm3-{:060}", item))
            .end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::mapping::bench
