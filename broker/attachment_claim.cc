// Which attachments a message names, and whether they are here.
#include "broker/attachments.h"
#include "mapping/row_issue.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

constexpr std::string_view kReferencePrefix = "sm3:";

/// One pass over a message.
class Claiming {
public:
    Claiming(const AttachmentClaim& claim, const mapping::Record& record, mapping::Issues& issues)
        : claim_(claim), record_(record), issues_(issues) {}

    Status field(const std::string& path) {
        const mapping::Form& form = record_.form();
        if (const auto slot = form.find(path)) {
            return value(record_.root().slots[*slot], {false, *slot}, {}, path);
        }
        const std::size_t dot = std::min(path.rfind('.'), path.size());
        const auto list = form.find_list(path.substr(0, dot));
        if (!list) return {};
        const auto slot = mapping::find_field(form.root.lists[*list].scope,
                                              path.substr(std::min(dot + 1, path.size())));
        if (!slot) return {};
        const mapping::Rows& rows = record_.root().lists[*list];
        for (std::size_t item = 0; item < rows.size(); ++item) {
            LQ_CHECK(value(rows[item].slots[*slot], {true, *slot}, {each(*list), item},
                           fmt::format("{}[{}]{}", path.substr(0, dot), item, path.substr(dot))));
        }
        return {};
    }

    std::vector<std::uint64_t> take() {
        std::sort(terms_.begin(), terms_.end());
        terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
        return std::move(terms_);
    }

private:
    Status value(const mapping::Slot& slot,
                 const mapping::FieldRef& field,
                 const mapping::ItemPlace& at,
                 const std::string& place) {
        if (!slot.has_value()) return {};
        std::string_view text = slot.text();
        if (text.starts_with(kReferencePrefix)) text.remove_prefix(kReferencePrefix.size());
        const std::string sm3(text);
        LQ_TRY(const auto here, claim_.blobs.hold(claim_.party, sm3));
        if (here && here->is_complete()) {
            terms_.push_back(attachment_term(claim_.key, claim_.party, sm3));
            return {};
        }
        mapping::Issue issue;  // without a place on the wire when several rows filled the list
        if (!field.in_item || at.each != nullptr) {
            mapping::RowFinding finding;
            finding.row = mapping::row_of(claim_.program, slot);
            finding.canonical = &field;
            finding.at = at;
            issue = mapping::row_issue(claim_.program, finding);
        }
        if (issue.pointer.empty()) issue.pointer = place;
        issue.expected = "PUT /v1/attachments/{sm3}";
        issue.got_masked =
            here ? fmt::format("{}/{}", here->offset, here->length) : std::string("0");
        issue.message = {
            here ? fmt::format("材料未传完：已收到 {} 字节，共 {} 字节，续传后再提交", here->offset,
                               here->length)
                 : std::string("材料未上传：先上传该摘要的文件，再提交"),
            here ? fmt::format("the attachment is not complete: {} of {} bytes are here; go on "
                               "with it, then send the message again",
                               here->offset, here->length)
                 : std::string("the attachment is not here: upload the file of this digest, then "
                               "send the message again")};
        issues_.list.push_back(std::move(issue));
        return {};
    }

    /// The `each` that filled the list; nullptr: several lists of the message did, or none.
    const mapping::EachRule* each(std::size_t list) const {
        for (const mapping::Rule& rule : claim_.program.body.rules) {
            const auto* one = std::get_if<mapping::EachRule>(&rule);
            if (one != nullptr && one->list == list && !one->columns) return one;
        }
        return nullptr;
    }

    const AttachmentClaim& claim_;
    const mapping::Record& record_;
    mapping::Issues& issues_;
    std::vector<std::uint64_t> terms_;
};

}  // namespace

Result<std::vector<std::uint64_t>> claim_attachments(const AttachmentClaim& claim,
                                                     const mapping::Record& record,
                                                     mapping::Issues& issues) {
    Claiming claiming(claim, record, issues);
    for (const std::string& path : claim.fields) LQ_CHECK(claiming.field(path));
    return claiming.take();
}

}  // namespace luqiao::broker
