#include "authoring/diff.h"

#include "base/json.h"
#include "base/text_json.h"

#include <algorithm>
#include <tuple>

#include "authoring/diff_list.h"
#include "authoring/text_table.h"

namespace luqiao::authoring {

std::vector<DiffFinding> diff_rules(const RuleSet& before, const RuleSet& after) {
    DiffList out;
    diff_forms(before.bundle, after.bundle, out);
    diff_formats(before.bundle, after.bundle, out);
    diff_tables(before.bundle, after.bundle, out);
    diff_maps(before.bundle, after.bundle, out);
    diff_flows(before, after, out);
    return out.take();
}

std::size_t DiffReport::count(DiffClass level) const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [level](const DiffFinding& one) { return one.level == level; }));
}

void sort(DiffReport& report) {
    std::stable_sort(report.findings.begin(), report.findings.end(),
                     [](const DiffFinding& a, const DiffFinding& b) {
                         return std::tie(b.level, a.where) < std::tie(a.level, b.where);
                     });
}

std::string_view to_string(DiffClass level) {
    switch (level) {
        case DiffClass::Safe: return "SAFE";
        case DiffClass::Review: return "REVIEW";
        case DiffClass::Breaking: return "BREAKING";
    }
    return "BREAKING";
}

std::string to_table(const DiffReport& report) {
    TextTable table({"结论", "文件", "什么", "对象", "原来", "现在", "原因"});
    for (const DiffFinding& one : report.findings) {
        table.add({std::string(to_string(one.level)), one.where, one.kind, one.target, one.before,
                   one.after, one.reason.zh + " | " + one.reason.en});
    }
    return table.render() +
           fmt::format("{} → {} · BREAKING {} · REVIEW {} · SAFE {} · 样例 samples {}\n",
                       report.before, report.after, report.count(DiffClass::Breaking),
                       report.count(DiffClass::Review), report.count(DiffClass::Safe),
                       report.samples);
}

std::string to_json(const DiffReport& report) {
    JsonWriter json;
    json.begin_object()
        .field("before", report.before)
        .field("after", report.after)
        .field("samples", std::uint64_t{report.samples})
        .key("summary")
        .begin_object()
        .field("breaking", std::uint64_t{report.count(DiffClass::Breaking)})
        .field("review", std::uint64_t{report.count(DiffClass::Review)})
        .field("safe", std::uint64_t{report.count(DiffClass::Safe)})
        .end_object()
        .key("findings")
        .begin_array();
    for (const DiffFinding& one : report.findings) {
        json.begin_object()
            .field("class", to_string(one.level))
            .field("kind", one.kind)
            .field("where", one.where)
            .field("target", one.target)
            .field("before", one.before)
            .field("after", one.after);
        write_text(json, "reason", one.reason);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::authoring
