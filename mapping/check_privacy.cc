#include "mapping/compile_map.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

class Flow {
public:
    Flow(const Program& program, Privacy clearance, Report& report)
        : program_(program), clearance_(clearance), report_(report) {}

    void block(const Block& block, const List* list) {
        for (const Rule& rule : block.rules) {
            if (const auto* row = std::get_if<RowRule>(&rule)) judge(*row, list);
            if (const auto* when = std::get_if<WhenRule>(&rule)) {
                for (const Block& branch : when->branches) this->block(branch, list);
            }
            if (const auto* each = std::get_if<EachRule>(&rule)) {
                for (const Block& body : each->body) {
                    this->block(body, &program_.form->root.lists[each->list]);
                }
            }
        }
    }

private:
    void judge(const RowRule& row, const List* list) {
        if (!writes(row.arrow)) return;
        const bool is_lowered =
            std::any_of(row.chain.begin(), row.chain.end(),
                        [](const CodecCall& call) { return call.codec->lowers_class; });
        if (is_lowered) return;
        for (const FieldRef& ref : row.canonical) {
            const Field& field =
                ref.in_item ? list->scope.fields[ref.slot] : program_.form->root.fields[ref.slot];
            judge(row, field.path, field.privacy);
        }
        if (row.computed) judge(row, row.computed->name, row.computed->value.privacy);
    }

    void judge(const RowRule& row, const std::string& name, Privacy privacy) {
        if (privacy <= clearance_) return;
        report_.error("M150", row.at,
                      {fmt::format("字段{}为{}级，接收方只能接收{}级", name, to_string(privacy),
                                   to_string(clearance_)),
                       fmt::format("{} is {}, but the receiver is cleared for {}", name,
                                   to_string(privacy), to_string(clearance_))},
                      "delete the row, or lower the class: mask, last, band, region_prefix");
    }

    const Program& program_;
    Privacy clearance_;
    Report& report_;
};

}  // namespace

void check_privacy(const Program& program, Privacy clearance, Report& report) {
    Flow(program, clearance, report).block(program.body, nullptr);
}

}  // namespace luqiao::mapping
