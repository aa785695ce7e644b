#include "base/json.h"
#include "mapping/json_cursor.h"
#include "mapping/record.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kBytesMax = 16u << 20;
constexpr std::size_t kRecordDepthMax = 32;

/// What a quarantined value can be bad for.
constexpr std::array<Errc, 6> kReasons{Errc::BadValue,    Errc::TypeMismatch,  Errc::UnmappedCode,
                                       Errc::ExpiredCode, Errc::LimitExceeded, Errc::CharsetError};

/// `bad keep`: the text as it was sent.
bool is_quarantined(const Slot& slot) {
    return slot.state == SlotState::Bad && slot.size > 0;
}

bool is_written(const Slot& slot) {
    return is_quarantined(slot) || slot.state == SlotState::Value ||
           slot.state == SlotState::Cleared;
}

/// What of `path` follows the group `prefix` ("" or "applicant."); empty: it is not inside.
std::string_view below(std::string_view path, std::string_view prefix) {
    return path.substr(0, prefix.size()) == prefix ? path.substr(prefix.size())
                                                   : std::string_view{};
}

class RecordWriter {
public:
    void group(const Scope& scope, const Row& row, const std::string& prefix) {
        json_.begin_object();
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (!is_written(row.slots[slot])) continue;
            const std::string_view rest = below(scope.fields[slot].path, prefix);
            if (rest.empty()) continue;
            if (!opens_group(scope, row, prefix, rest, slot)) leaf(rest, row.slots[slot]);
        }
        for (std::size_t list = 0; list < scope.lists.size(); ++list) {
            if (row.lists[list].empty()) continue;
            const std::string_view rest = below(scope.lists[list].path, prefix);
            if (rest.empty()) continue;
            if (rest.find('.') == std::string_view::npos) {
                items(rest, scope.lists[list], row.lists[list]);
            } else {
                list_group(scope, row, prefix, rest, list);
            }
        }
        json_.end_object();
    }

    std::string take() { return json_.take(); }

private:
    /// Writes the group that the field at `slot` is in, when this is its first field that is
    /// written; true: the field is in a group.
    bool opens_group(const Scope& scope,
                     const Row& row,
                     const std::string& prefix,
                     std::string_view rest,
                     std::size_t slot) {
        const std::size_t dot = rest.find('.');
        if (dot == std::string_view::npos) return false;
        const std::string inner = prefix + std::string(rest.substr(0, dot + 1));
        if (!written_before(scope, row, inner, slot)) {
            json_.key(rest.substr(0, dot));
            group(scope, row, inner);
        }
        return true;
    }

    /// A list in a group none of whose fields is written.
    void list_group(const Scope& scope,
                    const Row& row,
                    const std::string& prefix,
                    std::string_view rest,
                    std::size_t list) {
        const std::size_t dot = rest.find('.');
        const std::string inner = prefix + std::string(rest.substr(0, dot + 1));
        if (written_before(scope, row, inner, scope.fields.size())) return;
        for (std::size_t before = 0; before < list; ++before) {
            if (row.lists[before].empty()) continue;
            if (!below(scope.lists[before].path, inner).empty()) return;
        }
        json_.key(rest.substr(0, dot));
        group(scope, row, inner);
    }

    static bool written_before(const Scope& scope,
                               const Row& row,
                               std::string_view prefix,
                               std::size_t end) {
        for (std::size_t slot = 0; slot < end; ++slot) {
            if (is_written(row.slots[slot]) && !below(scope.fields[slot].path, prefix).empty()) {
                return true;
            }
        }
        return false;
    }

    void leaf(std::string_view name, const Slot& slot) {
        json_.key(name);
        if (slot.has_value()) {
            json_.value(slot.text());
        } else if (is_quarantined(slot)) {
            json_.begin_object().key("bad").value(slot.text());
            json_.key("reason").value(info(slot.reason).id).end_object();
        } else {
            json_.null();
        }
    }

    void items(std::string_view name, const List& list, const Rows& rows) {
        json_.key(name).begin_array();
        for (const Row& row : rows) group(list.scope, row, "");
        json_.end_array();
    }

    JsonWriter json_;
};

class RecordReader {
public:
    RecordReader(JsonCursor& json, Arena& arena) : json_(json), arena_(arena) {}

    /// Keys stay in the buffer; text is copied, so that the buffer need not live on.
    bool group(const Scope& scope, Row& row, const std::string& prefix) {
        if (!json_.enter('{')) return false;
        if (json_.take('}')) return json_.leave();
        do {
            const auto key = json_.key();
            if (!key) return false;
            if (!member(scope, row, prefix + std::string(*key))) return false;
        } while (json_.more('}'));
        return !json_.failed();
    }

private:
    bool member(const Scope& scope, Row& row, const std::string& path) {
        if (const auto slot = find_field(scope, path)) return leaf(row.slots[*slot], path);
        for (std::size_t list = 0; list < scope.lists.size(); ++list) {
            if (scope.lists[list].path == path) return items(scope.lists[list], row.lists[list]);
        }
        const std::string inner = path + ".";
        const auto inside = [&inner](const auto& part) { return !below(part.path, inner).empty(); };
        const bool known = std::any_of(scope.fields.begin(), scope.fields.end(), inside) ||
                           std::any_of(scope.lists.begin(), scope.lists.end(), inside);
        if (!known) return unknown(path);
        return group(scope, row, inner);
    }

    bool leaf(Slot& slot, const std::string& path) {
        if (slot.state != SlotState::Absent) {
            json_.fail(Errc::ParseFailed, "a field occurs twice");
            json_.locate(path);
            return false;
        }
        if (json_.peek() == 'n') {
            slot.state = SlotState::Cleared;
            return json_.word() == "null";
        }
        if (json_.peek() == '{') return quarantined(slot);
        const auto text = json_.string();
        if (!text) return false;
        slot = value_slot(arena_.copy(*text));
        return true;
    }

    /// {"bad":"19900230","reason":"E2004"}
    bool quarantined(Slot& slot) {
        if (!json_.enter('{')) return false;
        slot.state = SlotState::Bad;
        slot.reason = Errc::BadValue;
        do {
            const auto key = json_.key();
            if (!key) return false;
            const bool is_text = *key == "bad";
            if (!is_text && *key != "reason") return unknown(std::string(*key));
            const auto text = json_.string();
            if (!text) return false;
            if (is_text) {
                const std::string_view copy = arena_.copy(*text);
                slot.data = copy.data();
                slot.size = static_cast<std::uint32_t>(copy.size());
                continue;
            }
            const auto reason = std::find_if(kReasons.begin(), kReasons.end(),
                                             [&](Errc code) { return info(code).id == *text; });
            if (reason == kReasons.end()) {
                return json_.fail(Errc::ParseFailed, "an unknown reason");
            }
            slot.reason = *reason;
        } while (json_.more('}'));
        return !json_.failed();
    }

    bool items(const List& list, Rows& rows) {
        if (!rows.empty()) return json_.fail(Errc::ParseFailed, "a list occurs twice");
        if (!json_.enter('[')) return false;
        if (json_.take(']')) return json_.leave();
        do {
            if (list.items_max != 0 && rows.size() == list.items_max) {
                json_.fail(Errc::LimitExceeded, "a list has too many items");
                json_.locate(list.path);
                return false;
            }
            if (!group(list.scope, rows.emplace_back(list.scope), "")) return false;
        } while (json_.more(']'));
        return !json_.failed();
    }

    bool unknown(const std::string& path) {
        json_.fail(Errc::UnknownField, "the form has no such field");
        json_.locate(path);
        return false;
    }

    JsonCursor& json_;
    Arena& arena_;
};

}  // namespace

std::string to_json(const Record& record) {
    RecordWriter writer;
    writer.group(record.form().root, record.root(), "");
    return writer.take();
}

Result<Record> from_json(std::shared_ptr<const Form> form, std::string_view json) {
    if (json.size() > kBytesMax) {
        return fail(Errc::LimitExceeded, "{} bytes of JSON, at most {}", json.size(), kBytesMax);
    }
    Record record(std::move(form));
    Arena buffer;
    JsonCursor cursor;
    LQ_CHECK(cursor.open(json, buffer, kRecordDepthMax));
    if (RecordReader(cursor, record.arena()).group(record.form().root, record.root(), "") &&
        !cursor.at_end()) {
        cursor.fail(Errc::ParseFailed, "text behind the record");
    }
    if (cursor.failed()) return cursor.error();
    return {std::move(record)};
}

}  // namespace luqiao::mapping
