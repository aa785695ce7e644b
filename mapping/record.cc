#include "mapping/record.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// Its row is of another message, and its field may be of another type.
Slot copied(const Slot& slot, Arena& arena) {
    Slot copy = slot;
    copy.row = 0;
    copy.typed = false;
    copy.data = slot.size == 0 ? nullptr : arena.copy(slot.text()).data();
    return copy;
}

void lay_slots(Row& base, const Row& patch, Arena& arena) {
    for (std::size_t slot = 0; slot < patch.slots.size(); ++slot) {
        switch (patch.slots[slot].state) {
            case SlotState::Value: base.slots[slot] = copied(patch.slots[slot], arena); break;
            case SlotState::Cleared: base.slots[slot] = Slot{}; break;
            case SlotState::Absent:
            case SlotState::Bad: break;
        }
    }
}

/// A new item takes what the patch has; nothing of an older item is left in it.
Row fresh_item(const List& list, const Row& patch, Arena& arena) {
    Row row(list.scope);
    lay_slots(row, patch, arena);
    return row;
}

Row* item_with_key(Rows& items, std::size_t key, std::string_view text) {
    for (Row& item : items) {
        if (item.slots[key].has_value() && item.slots[key].text() == text) return &item;
    }
    return nullptr;
}

Status merge_list(const List& list, Rows& base, const Rows& patch, Arena& arena) {
    const auto key = list.key.empty() ? std::nullopt : find_field(list.scope, list.key);
    if (!key && !patch.empty()) base.clear();
    for (const Row& item : patch) {
        Row* same = nullptr;
        if (key && item.slots[*key].has_value()) {
            same = item_with_key(base, *key, item.slots[*key].text());
        }
        if (same != nullptr) {
            lay_slots(*same, item, arena);
            continue;
        }
        if (list.items_max != 0 && base.size() >= list.items_max) {
            return fail(Errc::LimitExceeded, "{} has at most {} items", list.path, list.items_max)
                .at(list.path);
        }
        base.push_back(fresh_item(list, item, arena));
    }
    return {};
}

}  // namespace

Row::Row(const Scope& scope) : slots(scope.fields.size()), lists(scope.lists.size()) {}

void Row::reset(const Scope& scope) {
    slots.assign(scope.fields.size(), Slot{});
    lists.resize(scope.lists.size());
    for (Rows& items : lists) items.clear();
}

Row& Rows::emplace_back(const Scope& scope) {
    if (count_ == rows_.size()) {
        rows_.emplace_back(scope);
    } else {
        rows_[count_].reset(scope);
    }
    return rows_[count_++];
}

void Rows::push_back(Row row) {
    if (count_ == rows_.size()) {
        rows_.push_back(std::move(row));
    } else {
        rows_[count_] = std::move(row);
    }
    ++count_;
}

void Rows::erase(std::size_t item) {
    std::rotate(begin() + item, begin() + item + 1, end());
    --count_;
}

Record::Record(std::shared_ptr<const Form> form)
    : form_(std::move(form)), arena_(std::make_unique<Arena>()), root_(form_->root) {}

std::string_view Record::text(std::string_view path) const {
    const auto slot = form_->find(path);
    if (!slot || !root_.slots[*slot].has_value()) return {};
    return root_.slots[*slot].text();
}

bool Record::has(std::string_view path) const {
    const auto slot = form_->find(path);
    return slot && root_.slots[*slot].has_value();
}

Status Record::set(std::string_view path, std::string_view text) {
    const auto slot = form_->find(path);
    if (!slot) {
        return fail(Errc::UnknownField, "the form {} has no field {}", form_->name, path)
            .at(std::string(path));
    }
    Slot& into = root_.slots[*slot];
    const std::string_view copy = arena_->copy(text);
    into = value_slot(copy);
    return {};
}

void Record::reset() {
    std::fill(root_.slots.begin(), root_.slots.end(), Slot{});
    for (Rows& items : root_.lists) items.clear();
    arena_->reset();
}

Status merge(Record& base, const Record& patch) {
    if (base.form_ptr() != patch.form_ptr() &&
        (base.form().name != patch.form().name || base.form().version != patch.form().version)) {
        return fail(Errc::InvalidArgument, "a message of {} cannot change one of {}",
                    patch.form().name, base.form().name);
    }
    if (base.root().slots.size() != patch.root().slots.size() ||
        base.root().lists.size() != patch.root().lists.size()) {
        return fail(Errc::InvalidArgument, "two different editions of the form {}",
                    base.form().name);
    }
    lay_slots(base.root(), patch.root(), base.arena());
    for (std::size_t list = 0; list < patch.root().lists.size(); ++list) {
        LQ_CHECK(merge_list(base.form().root.lists[list], base.root().lists[list],
                            patch.root().lists[list], base.arena()));
    }
    return {};
}

void copy_common(Record& into, const Record& from) {
    for (std::size_t slot = 0; slot < from.root().slots.size(); ++slot) {
        if (!from.root().slots[slot].has_value()) continue;
        const auto target = into.form().find(from.form().root.fields[slot].path);
        if (target) into.root().slots[*target] = copied(from.root().slots[slot], into.arena());
    }
}

}  // namespace luqiao::mapping
