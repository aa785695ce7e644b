#include "mapping/compile_expression.h"
#include "mapping/compile_map.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// Follows classes from fields through tuples, computed values and codecs to what is sent.
class Flow {
public:
    Flow(const Program& program, const Recipients& recipients, Report& report)
        : program_(program),
          lowest_(*std::min_element(
              recipients.begin(),
              recipients.end(),
              [](const Recipient& a, const Recipient& b) { return a.clearance < b.clearance; })),
          report_(report) {}

    void block(const Block& block) {
        for (const Rule& rule : block.rules) {
            if (const auto* row = std::get_if<RowRule>(&rule)) judge(*row);
            if (const auto* when = std::get_if<WhenRule>(&rule)) this->when(*when);
            if (const auto* each = std::get_if<EachRule>(&rule)) {
                item_ = &program_.form->root.lists[each->list];
                if (!each->body.empty()) this->block(each->body.front());
                item_ = nullptr;
            }
        }
    }

    /// Names of the personal fields (C2 and above) that are sent as they are.
    [[nodiscard]] const std::vector<std::string_view>& personal() const { return personal_; }

private:
    void judge(const RowRule& row) {
        if (!writes(row.arrow)) return;
        const auto& chain = row.chain;
        const bool is_lowered = std::any_of(chain.begin(), chain.end(), [](const CodecCall& call) {
            return call.codec->lowers_class;
        });
        for (const FieldRef& ref : row.canonical) {
            const Field& one = field(ref);
            sent(row, one.path, is_lowered ? Privacy::C1 : one.privacy);
        }
        if (row.computed) {
            const Privacy privacy = row.computed->value.privacy;
            sent(row, row.computed->name, is_lowered ? std::min(privacy, Privacy::C1) : privacy);
        }
    }

    void sent(const RowRule& row, std::string_view name, Privacy privacy) {
        if (privacy >= Privacy::C2) personal_.push_back(name);
        if (privacy <= lowest_.clearance) return;
        report_.error(
            "M150", row.at,
            {fmt::format("字段{}为{}级，接收方{}只能接收{}级", name, to_string(privacy),
                         lowest_.party, to_string(lowest_.clearance)),
             fmt::format("{} is {}, but the receiver {} is cleared for {}", name,
                         to_string(privacy), lowest_.party, to_string(lowest_.clearance))},
            Text{"删除该行，或用 mask、last、band、region_prefix 降级",
                 "delete the row, or lower the class: mask, last, band, region_prefix"});
    }

    /// Which rows are sent tells what the condition was about.
    void when(const WhenRule& when) {
        const bool is_sent = std::any_of(when.branches.begin(), when.branches.end(),
                                         [](const Block& branch) { return has_writing(branch); });
        if (is_sent) told_by(when);
        for (const Block& branch : when.branches) block(branch);
    }

    void told_by(const WhenRule& when) {
        std::vector<FieldRef> fields;
        collect_fields(when.condition, fields);
        for (const FieldRef& ref : fields) {
            const Field& one = field(ref);
            if (one.privacy <= lowest_.clearance) continue;
            report_.note(
                "M150", when.at,
                {fmt::format("接收方{}只能接收{}级，却能从写了哪些行看出{}（{}级）", lowest_.party,
                             to_string(lowest_.clearance), one.path, to_string(one.privacy)),
                 fmt::format("{} is cleared for {}, but which rows are sent tells about {} ({})",
                             lowest_.party, to_string(lowest_.clearance), one.path,
                             to_string(one.privacy))},
                Text{"确认这一点可以让对方知道，或改用别的字段作条件",
                     "make sure that this may be known, or decide by another field"});
            return;
        }
    }

    static bool has_writing(const Block& block) {
        return std::any_of(block.rules.begin(), block.rules.end(), [](const Rule& rule) {
            if (const auto* row = std::get_if<RowRule>(&rule)) return writes(row->arrow);
            if (const auto* each = std::get_if<EachRule>(&rule)) return writes(each->arrow);
            const auto* when = std::get_if<WhenRule>(&rule);
            return when != nullptr &&
                   std::any_of(when->branches.begin(), when->branches.end(),
                               [](const Block& branch) { return has_writing(branch); });
        });
    }

    [[nodiscard]] const Field& field(const FieldRef& ref) const {
        return ref.in_item ? item_->scope.fields[ref.slot] : program_.form->root.fields[ref.slot];
    }

    const Program& program_;
    const Recipient& lowest_;  ///< of the receivers, the one that may know least
    Report& report_;
    const List* item_ = nullptr;
    std::vector<std::string_view> personal_;
};

}  // namespace

void check_privacy(const Program& program,
                   const Recipients& recipients,
                   const Position& at,
                   Report& report) {
    if (recipients.empty()) return;
    Flow flow(program, recipients, report);
    flow.block(program.body);
    if (flow.personal().empty()) return;
    const std::string names = listed(flow.personal());
    for (const Recipient& one : recipients) {
        if (one.purpose.find_first_not_of(" \t") != std::string::npos) continue;
        report.error("M151", at,
                     {fmt::format("单位{}没有声明用途，不能接收个人信息：{}", one.party, names),
                      fmt::format("{} declares no purpose and may receive no personal data: {}",
                                  one.party, names)},
                     fmt::format("parties/{}.toml: purpose = \"…\"", one.party));
    }
}

}  // namespace luqiao::mapping
