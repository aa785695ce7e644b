#include "mapping/charset.h"
#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

/// What begins with this byte; never the value itself.
std::string_view kind_of(char first) {
    switch (first) {
        case '{': return "an object";
        case '[': return "an array";
        case '"': return "a string";
        case 't':
        case 'f': return "a boolean";
        case 'n': return "null";
        default: return "a number";
    }
}

/// One walk over the message: the trie says where each key goes.
class JsonReader {
public:
    JsonReader(const Format& format, WireMessage& message)
        : format_(format), message_(message), json_(message.json) {}

    Status read(const PathNode& root, std::string_view bytes, Arena& arena) {
        std::string converted;
        if (format_.charset != Charset::Utf8) {
            LQ_TRY(converted, to_utf8(bytes, format_.charset));
            bytes = converted;
        }
        LQ_CHECK(json_.open(bytes, arena, format_.depth_max));
        const bool done = object(root, message_.root, nullptr);
        if (done && !json_.at_end()) json_.fail(Errc::ParseFailed, "text behind the message");
        if (json_.failed()) return json_.error();
        return {};
    }

private:
    bool object(const PathNode& node, WireRow& row, const WireStep* up) {
        if (!json_.enter('{')) return locate(up);
        if (json_.take('}')) return json_.leave();
        const std::uint32_t self = ++message_.objects;
        std::size_t hint = 0;
        do {
            if (const PathKey* expected = node.expected(json_.key_bytes(), hint)) {
                if (!json_.take_known_key()) return locate(up);
                const PathNode& child = node.children[hint++];
                const bool is_first = message_.first_in(expected->number, self);
                if (is_first && expected->is_text && json_.take_text(row.slots[expected->slot])) {
                    continue;
                }
                const WireStep step{up, child.name, 0};
                if (!(is_first ? value(child, row, step) : twice(step))) return false;
                continue;
            }
            const auto key = json_.key();
            if (!key) return locate(up);
            const WireStep step{up, *key, 0};
            const PathNode* child = node.child(*key, hint);
            if (child == nullptr) {
                note_unknown(format_, step, message_);
                if (!json_.skip()) return locate(&step);
                continue;
            }
            if (!(message_.first_in(*child, self) ? value(*child, row, step) : twice(step))) {
                return false;
            }
        } while (json_.more('}'));
        return !json_.failed() || locate(up);
    }

    bool twice(const WireStep& step) {
        json_.fail(Errc::ParseFailed, "the key occurs twice");
        return locate(&step);
    }

    bool value(const PathNode& node, WireRow& row, const WireStep& step) {
        if (node.items != nullptr) return list(node, row, step);
        if (node.leaf != nullptr) return scalar(*node.leaf, row.slots[node.field], step);
        if (json_.peek() == '{') return object(node, row, &step);
        if (json_.peek() == 'n') {
            clear(node, row);
            return json_.word().has_value() || locate(&step);
        }
        wrong_kind("an object", step);
        return json_.skip() || locate(&step);
    }

    /// A group that is null: each of its fields is.
    void clear(const PathNode& node, WireRow& row) {
        for (const PathNode& child : node.children) {
            if (child.items != nullptr) continue;
            if (child.leaf != nullptr) row.slots[child.field] = null_slot(format_);
            clear(child, row);
        }
    }

    bool list(const PathNode& node, WireRow& row, const WireStep& step) {
        if (json_.peek() == 'n') return json_.word().has_value() || locate(&step);
        if (json_.peek() != '[') {
            wrong_kind("an array", step);
            return json_.skip() || locate(&step);
        }
        if (!json_.enter('[')) return locate(&step);
        if (json_.take(']')) return json_.leave();
        std::size_t count = 0;
        do {
            if (count == node.items->items_max && count != 0) {
                note_too_many(*node.items, step_pointer(format_, step), message_);
                return rest(step);
            }
            if (!item(node, row, {&step, {}, count})) return false;
            ++count;
        } while (json_.more(']'));
        return !json_.failed() || locate(&step);
    }

    bool item(const PathNode& node, WireRow& row, const WireStep& step) {
        WireRow& fresh = row.add(node.list, node.items->scope);
        if (node.leaf != nullptr) return scalar(*node.leaf, fresh.slots[node.field], step);
        if (json_.peek() == '{') return object(node, fresh, &step);
        wrong_kind("an object", step);
        return json_.skip() || locate(&step);
    }

    /// What stands behind the last item that is read; checked, not kept.
    bool rest(const WireStep& step) {
        do {
            if (!json_.skip()) return locate(&step);
        } while (json_.more(']'));
        return !json_.failed() || locate(&step);
    }

    bool scalar(const WireField& field, Slot& slot, const WireStep& step) {
        switch (json_.peek()) {
            case '"': {
                const auto text = json_.string_slot();
                if (!text) return locate(&step);
                if (field.type != WireType::Text) {
                    slot = bad_slot(Errc::TypeMismatch, text->text());
                } else {
                    slot = text->size == 0 ? empty_slot(format_) : *text;
                }
                return true;
            }
            case 'n': slot = null_slot(format_); return json_.word().has_value() || locate(&step);
            case 't':
            case 'f': {
                const auto word = json_.word();
                if (!word) return locate(&step);
                slot = field.type == WireType::Bool ? value_slot(*word)
                                                    : bad_slot(Errc::TypeMismatch, *word);
                return true;
            }
            case '{':
            case '[': {
                const std::size_t begin = json_.offset();
                if (!json_.skip()) return locate(&step);
                slot = bad_slot(Errc::TypeMismatch, json_.since(begin));
                return true;
            }
            default: return number(field, slot, step);
        }
    }

    bool number(const WireField& field, Slot& slot, const WireStep& step) {
        const auto text = json_.number();
        if (!text) return locate(&step);
        const bool whole = text->find_first_of(".eE") == std::string_view::npos;
        bool fits = false;
        switch (field.type) {
            case WireType::Int:
            case WireType::I32:
            case WireType::I64: fits = whole; break;
            case WireType::Number:
            case WireType::Double: fits = true; break;
            case WireType::Text:
            case WireType::Bool: break;
        }
        slot = fits ? value_slot(*text) : bad_slot(Errc::TypeMismatch, *text);
        slot.note({});
        return true;
    }

    void wrong_kind(std::string_view expected, const WireStep& step) {
        Issue issue;
        issue.code = Errc::TypeMismatch;
        issue.pointer = step_pointer(format_, step);
        issue.expected = expected;
        issue.got_masked = kind_of(json_.peek());
        const std::string_view zh = expected == "an array" ? "数组" : "对象";
        issue.message = {fmt::format("{} 应为{}", issue.pointer, zh),
                         fmt::format("{} should be {}", issue.pointer, expected)};
        message_.issues.push_back(std::move(issue));
    }

    /// Adds the pointer to the first error, once. Always false.
    bool locate(const WireStep* step) {
        if (located_) return false;
        located_ = true;
        const std::string pointer = step != nullptr ? step_pointer(format_, *step) : "";
        json_.locate(pointer);
        return false;
    }

    const Format& format_;
    WireMessage& message_;
    JsonCursor& json_;
    bool located_ = false;
};

}  // namespace

Status read_json(const Plan& plan,
                 const Format& format,
                 std::string_view bytes,
                 Arena& arena,
                 WireMessage& into) {
    return JsonReader(format, into).read(plan.root, bytes, arena);
}

}  // namespace luqiao::mapping
