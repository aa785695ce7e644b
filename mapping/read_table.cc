#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

/// `{"TABLE":[{"COLUMN":"value"}]}`: the tables of the message have one row, child tables many.
class TableMessageReader {
public:
    TableMessageReader(const Format& format, WireMessage& message)
        : format_(format), message_(message), json_(message.json) {}

    Status read(const PathNode& root, std::string_view bytes, Arena& arena) {
        LQ_CHECK(json_.open(bytes, arena, format_.depth_max));
        tables(root);
        if (!json_.failed() && !json_.at_end()) {
            json_.fail(Errc::ParseFailed, "text behind the tables");
        }
        if (json_.failed()) return json_.error();
        return {};
    }

private:
    bool tables(const PathNode& root) {
        if (!json_.enter('{')) return false;
        if (json_.take('}')) return json_.leave();
        const std::uint32_t self = ++message_.objects;
        std::size_t hint = 0;
        do {
            const auto name = json_.key();
            if (!name) return false;
            const PathNode* table = root.child(*name, hint);
            const WireStep step{nullptr, *name, 0};
            if (table == nullptr) {
                note_unknown(format_, step, message_);
                if (!json_.skip()) return false;
            } else if (!message_.first_in(*table, self)) {
                return json_.fail(Errc::ParseFailed, "a table occurs twice");
            } else if (!rows(*table, step)) {
                return false;
            }
        } while (json_.more('}'));
        return !json_.failed();
    }

    bool rows(const PathNode& table, const WireStep& step) {
        if (!json_.enter('[')) return false;
        if (json_.take(']')) return json_.leave();
        const std::size_t most = table.items != nullptr ? table.items->items_max : 1;
        std::size_t count = 0;
        do {
            if (count == most && most != 0) {
                if (table.items == nullptr) {
                    return json_.fail(Errc::ParseFailed, "the table has more than one row");
                }
                note_too_many(*table.items, step_pointer(format_, step), message_);
                return rest();
            }
            WireRow& row = table.items != nullptr
                               ? message_.root.add(table.list, table.items->scope)
                               : message_.root;
            if (!columns(table, row, {&step, {}, count})) return false;
            ++count;
        } while (json_.more(']'));
        return !json_.failed();
    }

    bool rest() {
        do {
            if (!json_.skip()) return false;
        } while (json_.more(']'));
        return !json_.failed();
    }

    bool columns(const PathNode& table, WireRow& row, const WireStep& up) {
        if (!json_.enter('{')) return false;
        if (json_.take('}')) return json_.leave();
        const std::uint32_t self = ++message_.objects;
        std::size_t hint = 0;
        do {
            const auto name = json_.key();
            if (!name) return false;
            const PathNode* column = table.child(*name, hint);
            if (column == nullptr || column->leaf == nullptr) {
                note_unknown(format_, {&up, *name, 0}, message_);
                if (!json_.skip()) return false;
            } else if (!message_.first_in(*column, self)) {
                return json_.fail(Errc::ParseFailed, "a column occurs twice");
            } else if (!value(row.slots[column->field])) {
                return false;
            }
        } while (json_.more('}'));
        return !json_.failed();
    }

    /// Drivers hand numbers out bare; a column's value is its text either way.
    bool value(Slot& slot) {
        std::optional<std::string_view> text;
        switch (json_.peek()) {
            case '"': {
                const auto string = json_.string_slot();
                if (string) slot = string->size == 0 ? empty_slot(format_) : *string;
                return string.has_value();
            }
            case 'n': slot = null_slot(format_); return json_.word().has_value();
            case '{':
            case '[': {
                const std::size_t begin = json_.offset();
                if (!json_.skip()) return false;
                slot = bad_slot(Errc::TypeMismatch, json_.since(begin));
                return true;
            }
            case 't':
            case 'f': text = json_.word(); break;
            default: text = json_.number(); break;
        }
        if (text) slot = value_slot(*text);
        return text.has_value();
    }

    const Format& format_;
    WireMessage& message_;
    JsonCursor& json_;
};

}  // namespace

Status read_table(const Plan& plan,
                  const Format& format,
                  std::string_view bytes,
                  Arena& arena,
                  WireMessage& into) {
    return TableMessageReader(format, into).read(plan.root, bytes, arena);
}

}  // namespace luqiao::mapping
