#include <map>
#include <tuple>

#include "authoring/diff_list.h"

namespace luqiao::authoring {
namespace {

using mapping::Format;
using mapping::WireField;
using mapping::WireList;
using mapping::WireScope;

auto place_of(const WireField& field) {
    return std::tie(field.segments, field.is_attribute, field.is_self, field.offset, field.width,
                    field.thrift_id, field.thrift_path, field.type);
}

std::size_t bound(std::size_t max) {
    return max == 0 ? SIZE_MAX : max;
}

std::string number(std::size_t value) {
    return fmt::format("{}", value);
}

void diff_field(const std::string& path,
                const WireField& old,
                const WireField& now,
                DiffList& out) {
    if (place_of(old) != place_of(now)) {
        out.breaking({"wire.place", path},
                     {"报文中的位置或写法改变", "it stands elsewhere or is written otherwise"});
    }
    if (!old.required && now.required) {
        out.breaking({"wire.required", path, "?", "!"},
                     {"改为必填，缺少它的报文会被拒绝", "messages without it are refused"});
    } else if (old.required && !now.required) {
        out.review({"wire.required", path, "!", "?"}, {"不再必填", "it is no longer required"});
    }
    if (bound(now.bytes_max) < bound(old.bytes_max)) {
        out.breaking({"wire.bytes", path, number(old.bytes_max), number(now.bytes_max)},
                     {"字节上限减少，长的值放不下", "long values no longer fit"});
    } else if (old.bytes_max != now.bytes_max) {
        out.review({"wire.bytes", path, number(old.bytes_max), number(now.bytes_max)},
                   {"字节上限增加，请确认对方能接收", "the party must take longer values"});
    }
}

void diff_scope(const std::string& prefix,
                const WireScope& old,
                const WireScope& now,
                DiffList& out) {
    std::map<std::string, const WireField*> before;
    std::map<std::string, const WireField*> after;
    for (const WireField& field : old.fields) before[prefix + field.path] = &field;
    for (const WireField& field : now.fields) after[prefix + field.path] = &field;
    pair_up(
        before, after,
        [&](const std::string& path, const WireField*) {
            out.breaking({"wire.removed", path}, {"报文字段删除，对方仍可能发送或等待它",
                                                  "the party may still send it or wait for it"});
        },
        [&](const std::string& path, const WireField* field) {
            if (field->required) {
                out.breaking({"wire.added", path},
                             {"新的必填报文字段", "a required field of the message is new"});
            } else {
                out.safe({"wire.added", path}, {"新的可选报文字段", "an optional field is new"});
            }
        },
        [&](const std::string& path, const WireField* left, const WireField* right) {
            diff_field(path, *left, *right, out);
        });
}

void diff_lists(const WireScope& old, const WireScope& now, DiffList& out) {
    std::map<std::string, const WireList*> before;
    std::map<std::string, const WireList*> after;
    for (const WireList& list : old.lists) before[list.path] = &list;
    for (const WireList& list : now.lists) after[list.path] = &list;
    pair_up(
        before, after,
        [&](const std::string& path, const WireList*) {
            out.breaking({"wire.removed", path}, {"报文列表删除", "a list of the message is gone"});
        },
        [&](const std::string& path, const WireList*) {
            out.safe({"wire.added", path}, {"新的报文列表", "a list of the message is new"});
        },
        [&](const std::string& path, const WireList* left, const WireList* right) {
            if (std::tie(left->segments, left->thrift_id, left->thrift_path) !=
                std::tie(right->segments, right->thrift_id, right->thrift_path)) {
                out.breaking({"wire.place", path}, {"报文中的位置改变", "it stands elsewhere"});
            }
            if (bound(right->items_max) < bound(left->items_max)) {
                out.breaking({"wire.max", path, number(left->items_max), number(right->items_max)},
                             {"允许的条数减少", "fewer items are allowed"});
            } else if (left->items_max != right->items_max) {
                out.safe({"wire.max", path, number(left->items_max), number(right->items_max)},
                         {"允许的条数增加", "more items are allowed"});
            }
            diff_scope(path + ".", left->scope, right->scope, out);
        });
}

void diff_header(const Format& old, const Format& now, DiffList& out) {
    const Text other{"报文写法改变，对方须同时改", "the party must change at the same time"};
    out.fixed("format.kind", mapping::to_string(old.kind), mapping::to_string(now.kind), other);
    out.fixed("format.charset", mapping::to_string(old.charset), mapping::to_string(now.charset),
              other);
    out.fixed("format.root", old.root, now.root, other);
    out.fixed("format.record", old.record_bytes, now.record_bytes, other);
    out.fixed("format.line_end", old.crlf, now.crlf, other);
    out.fixed("format.delimiter", old.delimiter, now.delimiter, other);
    out.fixed("format.header", old.has_header, now.has_header, other);
    const auto review = [&](std::string kind, const auto& left, const auto& right, Text reason) {
        if (left != right) out.review({std::move(kind), {}}, std::move(reason));
    };
    review("format.empty", old.empty, now.empty, {"空值的含义改变", "empty means something else"});
    review("format.null", old.null, now.null, {"null 的含义改变", "null means something else"});
    review("format.unknown", old.refuse_unknown, now.refuse_unknown,
           {"对未知字段的处理改变", "unknown fields are treated otherwise"});
    review("format.key", old.key, now.key, {"去重键改变", "duplicates are told by another field"});
    if (now.size_max < old.size_max || now.depth_max < old.depth_max) {
        out.breaking({"format.limit", {}, number(old.size_max), number(now.size_max)},
                     {"报文大小或深度上限减少", "large messages are refused"});
    } else if (now.size_max != old.size_max || now.depth_max != old.depth_max) {
        out.safe({"format.limit", {}, number(old.size_max), number(now.size_max)},
                 {"报文大小或深度上限增加", "larger messages are allowed"});
    }
}

std::map<std::string, const Format*> formats_of(const mapping::Bundle& bundle) {
    std::map<std::string, const Format*> out;
    for (const auto& [name, program] : bundle.programs()) {
        out[program.format->name] = program.format.get();
    }
    return out;
}

}  // namespace

void diff_formats(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out) {
    pair_up_files(formats_of(before), formats_of(after),
                  {"formats", "format", {"报文格式", "format"}}, out,
                  [&](const Format& old, const Format& now) {
                      diff_header(old, now, out);
                      diff_scope("", old.root_scope, now.root_scope, out);
                      diff_lists(old.root_scope, now.root_scope, out);
                  });
}

}  // namespace luqiao::authoring
