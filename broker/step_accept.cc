// An operator accepts an answer that contradicted what stood: it becomes the decision of its item.
#include "broker/alert.h"
#include "broker/step_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

/// The item that is meant; none, with the refusal, when there is not exactly one.
std::optional<std::size_t> meant(Work& work, const AnswerAccepted& event) {
    const std::vector<Item>& items = work.state().items;
    if (!event.item.empty()) {
        const std::size_t index = work.index_of(event.item);
        if (index < items.size() && items[index].other_answer) return index;
        work.refuse(Errc::NotFound, {"该事项没有与现有结果矛盾的答复",
                                     "no answer of this item contradicts what stands"});
        return std::nullopt;
    }
    std::vector<std::size_t> found;
    for (std::size_t index = 0; index < items.size(); ++index) {
        if (items[index].other_answer) found.push_back(index);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        work.refuse(Errc::NotFound, {"该办件没有与现有结果矛盾的答复",
                                     "no answer of this case contradicts what stands"});
    } else {
        work.refuse(Errc::Conflict, {"有矛盾答复的事项不止一个，请写明事项流水号",
                                     "several items have such an answer: name one"});
    }
    return std::nullopt;
}

/// False, with the refusal, when the kept answer is not the one meant, or not the newest word.
bool may_accept(Work& work, const Item& item, ItemState state) {
    const OtherAnswer& other = *item.other_answer;
    if (other.state != state) {
        work.refuse(Errc::Conflict, {fmt::format("待采纳的答复是 {}，不是 {}",
                                                 to_string(other.state), to_string(state)),
                                     fmt::format("the answer to accept says {}, not {}",
                                                 to_string(other.state), to_string(state))});
        return false;
    }
    if (other.is_accepted || is_before_last(item, other.occurred_at)) {
        work.refuse(Errc::Conflict,
                    {"该答复早于现有结果，不能采纳", "the answer is older than what stands"});
        return false;
    }
    return true;
}

/// Nobody has to look at the contradiction any more.
void settle_contradiction(Work& work, std::size_t index, std::string_view reason) {
    const Alert contradiction{std::string(kContradiction), work.item(index).serial};
    if (std::erase(work.state().unsettled, contradiction) == 0) return;
    work.note_item(index, "alert.settled", fmt::format("{} {}", kContradiction, reason));
}

}  // namespace

void apply(Work& work, const AnswerAccepted& event) {
    if (event.reason.empty()) {
        work.refuse(Errc::MissingRequired,
                    {"采纳答复须说明原因", "accepting an answer needs a reason"});
        return;
    }
    const auto index = meant(work, event);
    if (!index) return;
    Item& item = work.item(*index);
    OtherAnswer& other = *item.other_answer;
    if (other.is_accepted && other.state == event.state && item.state == event.state) return;
    if (!may_accept(work, item, event.state)) return;

    other.is_accepted = true;
    item.last_answer_at =
        std::max(item.last_answer_at.value_or(other.occurred_at), other.occurred_at);
    item.withdrawn_from.reset();
    work.note_item(*index, "answer.accepted",
                   fmt::format("{} {}", to_string(event.state), event.reason));
    settle_contradiction(work, *index, event.reason);
    settle_dispatches(work, *index, event.state);
    decide(work, *index, event.state, {other.occurred_at, other.reason_code, other.reason_text},
           event.under_way);
}

}  // namespace luqiao::broker
