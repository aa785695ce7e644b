#include "base/json.h"
#include "mapping/json_cursor.h"
#include "mapping/keep_base.h"

#include <algorithm>
#include <optional>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kDeepest = 64;  // the texts were read with the format's own limit before

struct Member {
    std::string key;
    std::string_view value;  ///< as written
};

/// The text of the value at the cursor, without the blanks behind it.
std::string_view take_value(JsonCursor& json, std::string_view text) {
    const std::size_t begin = json.offset();
    json.skip();
    std::string_view value = text.substr(begin, json.offset() - begin);
    while (!value.empty() &&
           std::string_view(" \t\r\n").find(value.back()) != std::string_view::npos) {
        value.remove_suffix(1);
    }
    return value;
}

/// Of an object; empty for anything else. The text is known to be good.
std::vector<Member> members(std::string_view text) {
    std::vector<Member> out;
    Arena arena;
    JsonCursor json;
    if (!json.open(text, arena, kDeepest) || json.peek() != '{') return out;
    json.enter('{');
    if (json.take('}')) return out;
    do {
        const auto key = json.key();
        if (!key) return out;
        std::string name(*key);
        out.push_back({std::move(name), take_value(json, text)});
    } while (json.more('}'));
    return out;
}

std::vector<std::string_view> items(std::string_view text) {
    std::vector<std::string_view> out;
    Arena arena;
    JsonCursor json;
    if (!json.open(text, arena, kDeepest) || json.peek() != '[') return out;
    json.enter('[');
    if (json.take(']')) return out;
    do {
        out.push_back(take_value(json, text));
    } while (json.more(']'));
    return out;
}

const Member* find(const std::vector<Member>& list, std::string_view key) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const Member& one) { return one.key == key; });
    return found == list.end() ? nullptr : &*found;
}

const PathNode* child_of(const PathNode& node, std::string_view key) {
    std::size_t hint = 0;
    return node.child(key, hint);
}

/// The value at a path of keys; nothing when there is none.
std::optional<std::string_view> at_path(std::string_view text, std::span<const std::string> path) {
    for (const std::string& key : path) {
        const std::vector<Member> inside = members(text);
        const Member* one = find(inside, key);
        if (one == nullptr) return std::nullopt;
        text = one->value;
    }
    return text;
}

class JsonKeeper {
public:
    explicit JsonKeeper(const Written& rows) : rows_(rows) {}

    /// Keys in the order of `base`, then those that are new.
    std::string object(const PathNode& node, std::string_view written, std::string_view base) {
        const std::vector<Member> before = members(base);
        const std::vector<Member> after = members(written);
        std::string out = "{";
        const auto put = [&](const std::string& key, const std::string& value) {
            if (value.empty()) return;
            if (out.size() > 1) out += ',';
            out += json_quoted(key) + ":" + value;
        };
        for (const Member& one : before) {
            const PathNode* child = child_of(node, one.key);
            const Member* now = find(after, one.key);
            if (child == nullptr) {
                put(one.key, std::string(one.value));
            } else {
                put(one.key, value(*child, now != nullptr ? now->value : "", one.value));
            }
        }
        for (const Member& one : after) {
            if (find(before, one.key) == nullptr) put(one.key, std::string(one.value));
        }
        return out + "}";
    }

private:
    /// Empty `written`: nothing was written there. An empty result: nothing stays.
    std::string value(const PathNode& node, std::string_view written, std::string_view base) {
        if (node.items != nullptr) {
            if (!rows_.covers(node)) return std::string(base);
            return written.empty() ? std::string() : list(node, written, base);
        }
        if (node.leaf != nullptr) {
            return std::string(rows_.covers(node) || !written.empty() ? written : base);
        }
        if (base.empty() || base[0] != '{') return std::string(written);
        std::string out = object(node, written.empty() ? "{}" : written, base);
        return out == "{}" ? std::string(written) : out;
    }

    std::string list(const PathNode& node, std::string_view written, std::string_view base) {
        const WireField* key = rows_.key(node);
        if (key == nullptr || key->is_self) return std::string(written);
        const std::vector<std::string_view> before = items(base);
        std::string out = "[";
        for (const std::string_view item : items(written)) {
            if (out.size() > 1) out += ',';
            const auto own = at_path(item, key->segments);
            const auto same =
                std::find_if(before.begin(), before.end(), [&](std::string_view other) {
                    return own && at_path(other, key->segments) == own;
                });
            out += same == before.end() ? std::string(item) : object(node, item, *same);
        }
        return out + "]";
    }

    const Written& rows_;
};

}  // namespace

std::string keep_json(const Written& rows,
                      const PathNode& root,
                      std::string_view written,
                      std::string_view base) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (base.starts_with(kMark)) base.remove_prefix(kMark.size());
    return JsonKeeper(rows).object(root, written, base);
}

}  // namespace luqiao::mapping
