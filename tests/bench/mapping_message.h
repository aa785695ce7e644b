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

/// What the peers must know of the fields: {"group","from","to","kind","most","required"} each.
inline std::string fields_json() {
    constexpr std::array<std::string_view, 5> kKinds{"text", "code", "date", "int", "number"};
    JsonWriter json;
    json.begin_array();
    for (const Spec& spec : kFields) {
        json.begin_object()
            .field("group", spec.group)
            .field("from", spec.from)
            .field("to", spec.to)
            .field("kind", kKinds.at(static_cast<std::size_t>(spec.kind)))
            .field("most", static_cast<std::uint64_t>(spec.most))
            .field("required", spec.required)
            .end_object();
    }
    return json.end_array().take();
}

/// The code tables as {"t0":{"s0":"T000",...},...}.
inline std::string codes_json() {
    JsonWriter json;
    json.begin_object();
    for (std::size_t table = 0; table < kTableSizes.size(); ++table) {
        json.key(fmt::format("t{}", table)).begin_object();
        for (std::size_t row = 0; row < kTableSizes.at(table); ++row) {
            json.field(fmt::format("s{}", row), fmt::format("T{:03}", row));
        }
        json.end_object();
    }
    return json.end_object().take();
}

/// A format of a list and nothing else, read and written by the same rows.
inline std::vector<SourceFile> list_sources() {
    return {
        {"forms/l.form",
         "form l v1\nlist items max 100000\nid text(20, ascii)\nname text(60)\nday date\n"
         "count int(0..999999)\nend\n"},
        {"formats/list.m.format",
         "format list.m v1\nkind json\nlimit 16777216 bytes 8 deep\nempty absent\nlist cl max "
         "100000\nbh text\n"
         "mc text\nrq text\nsl int\nend\n"},
        {"maps/list.m.map",
         "map list.m v1\nform l@1\nformat list.m@1\neach items <-> cl ; max 100000\nid <-> bh ; "
         "req\n"
         "name <-> mc\nday <-> rq : date(yyyyMMdd)\ncount <-> sl : int\nend\n"},
    };
}

inline std::string list_message(std::size_t size) {
    std::string out = "{\"cl\":[";
    for (std::size_t item = 0; out.size() < size; ++item) {
        out += fmt::format(
            "{}{{\"bh\":\"A{:08}\",\"mc\":\"示例材料 {} "
            "护照资料页扫描件，第一页至第二页\",\"rq\":\"2025{:02}{:02}\",\"sl\":{}}}",
            item == 0 ? "" : ",", item, item, 1 + item % 12, 1 + item % 28, item);
    }
    return out + "]}";
}

/// `maps` maps of `rows` rows each, every one with a format of its own, over one form.
inline std::vector<SourceFile> many_sources(std::size_t maps, std::size_t rows) {
    std::vector<SourceFile> files{{"codes/t0.csv", table_text(0)}, {"codes/t1.csv", table_text(1)}};
    std::string form = "form f v1\n";
    std::string fields;
    std::string lines;
    for (std::size_t row = 0; row < rows; ++row) {
        constexpr std::array<std::string_view, 6> kTypes{
            "text(40)", "code(t0)", "date", "code(t1)", "int(0..99)", "text(20, ascii)"};
        constexpr std::array<std::string_view, 6> kChains{
            " : trim", " : code(t0.source)", " : date(yyyyMMdd)", " : code(t1.target)",
            " : int",  " : trim | upper"};
        form += fmt::format("f{} {} C1\n", row, kTypes.at(row % 6));
        fields += fmt::format("W{} text\n", row);
        lines += fmt::format("f{} <-> W{}{}\n", row, row, kChains.at(row % 6));
    }
    files.push_back({"forms/f.form", form});
    for (std::size_t map = 0; map < maps; ++map) {
        const std::string name = fmt::format("p{}.m", map);
        files.push_back({"formats/" + name + ".format",
                         fmt::format("format {} v1\nkind json\nempty absent\n{}", name, fields)});
        files.push_back(
            {"maps/" + name + ".map",
             fmt::format("map {} v1\nform f@1\nformat {}@1\nuse t0, t1\n{}", name, name, lines)});
    }
    return files;
}

}  // namespace luqiao::mapping::bench
