#include "mapping/parse_format_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace luqiao::mapping {
namespace {

/// Each byte of a record belongs to one field at most.
void check_bytes(const WireScope& scope, Report& report) {
    std::vector<const WireField*> by_offset;
    for (const WireField& field : scope.fields) {
        if (field.width > 0) by_offset.push_back(&field);  // else M106 already
    }
    std::stable_sort(by_offset.begin(), by_offset.end(),
                     [](const auto* a, const auto* b) { return a->offset < b->offset; });
    const WireField* furthest = nullptr;
    for (const WireField* field : by_offset) {
        const std::size_t end = furthest == nullptr ? 0 : furthest->offset + furthest->width;
        if (field->offset < end) {
            report.error("M106", field->at,
                         {fmt::format("与字段{}的字节重叠", furthest->path),
                          fmt::format("its bytes overlap those of {}", furthest->path)});
        }
        if (field->offset + field->width > end) furthest = field;
    }
}

void check_places(const WireScope& scope, FormatKind kind, Report& report) {
    if (kind == FormatKind::Fixed) return check_bytes(scope, report);
    std::set<std::tuple<std::vector<std::string>, bool, std::vector<std::int16_t>, std::size_t>>
        places;
    for (const WireField& field : scope.fields) {
        const bool is_thrift = kind == FormatKind::Thrift;
        if (is_thrift && field.thrift_id == 0 && !field.is_self) continue;  // M106 already
        const std::size_t number =
            is_thrift ? static_cast<std::size_t>(field.thrift_id) : field.offset;
        const bool is_new =
            places.insert({field.segments, field.is_attribute, field.thrift_path, number}).second;
        if (is_new) continue;
        report.error("M106", field.at,
                     {"另一个字段已在同一位置", "another field stands at the same place"});
    }
}

/// Every prefix is that of a namespace the format declares.
class Prefixes {
public:
    Prefixes(const Format& format, Report& report) : format_(format), report_(report) {}

    void judge(const WireScope& scope) {
        for (const WireField& field : scope.fields) {
            for (const std::string& segment : field.segments) judge(segment, field.at);
        }
        for (const WireList& list : scope.lists) {
            for (const std::string& segment : list.segments) judge(segment, list.at);
            judge(list.scope);
        }
    }

    void judge(const std::string& name, const Position& at) {
        const std::size_t colon = name.find(':');
        if (colon == std::string::npos) return;
        const std::string prefix = name.substr(0, colon);
        const auto& known = format_.namespaces;
        if (std::any_of(known.begin(), known.end(),
                        [&](const Namespace& one) { return one.prefix == prefix; })) {
            return;
        }
        report_.error("M101", at,
                      {fmt::format("前缀{}没有声明", prefix),
                       fmt::format("the prefix {} is not declared", prefix)},
                      fmt::format("ns {} = \"…\"", prefix));
    }

private:
    const Format& format_;
    Report& report_;
};

}  // namespace

void check_format(const Format& format, const std::optional<PathSyntax>& key, Report& report) {
    const WireScope& root = format.root_scope;
    check_places(root, format.kind, report);
    for (const WireList& list : root.lists) check_places(list.scope, format.kind, report);
    if (format.kind == FormatKind::Xml) {
        Prefixes prefixes(format, report);
        prefixes.judge(format.root, report.at(1, 1));
        prefixes.judge(root);
    }
    const bool is_flat = format.kind == FormatKind::Fixed || format.kind == FormatKind::Csv;
    if (is_flat && !root.lists.empty() && (root.lists.size() > 1 || !root.fields.empty())) {
        report.error("M106", root.lists.back().at,
                     {"记录格式只能有根字段，或只有一个列表",
                      "records are either the root fields or the items of the only list"});
    }
    if (!key) return;
    const bool is_known = std::any_of(root.fields.begin(), root.fields.end(),
                                      [&](const WireField& f) { return f.path == key->text; });
    if (is_known) return;
    report.error("M101", key->at,
                 {fmt::format("没有根字段{}", key->text),
                  fmt::format("there is no root field {}", key->text)});
}

}  // namespace luqiao::mapping
