#include "mapping/write_program.h"

#include "base/json.h"
#include "mapping/plan.h"

namespace luqiao::mapping {
namespace {

class WriteProgramBuilder {
public:
    explicit WriteProgramBuilder(FormatKind kind) : is_json_(kind == FormatKind::Json) {}

    WriteProgram build(const PathNode& root) {
        out_.scopes.emplace_back();
        members(root, 0);
        out_.literals.append(WriteProgram::kLiteralSlack, '\0');
        return std::move(out_);
    }

private:
    void members(const PathNode& node, std::size_t scope) {
        for (const PathNode& child : node.children) member(child, scope);
    }

    void member(const PathNode& node, std::size_t scope) {
        if (node.items != nullptr) {
            list(node, scope);
        } else if (node.leaf != nullptr && node.attributes.empty() && node.children.empty()) {
            value(node, scope);
        } else if (is_group(node)) {
            WriteOp open = literals(node, is_json_ ? "{" : "", is_json_ ? "}" : "");
            open.kind = WriteOp::Kind::Open;
            out_.scopes[scope].push_back(open);
            members(node, scope);
            open.kind = WriteOp::Kind::Close;
            out_.scopes[scope].push_back(open);
        } else {
            out_.scopes[scope].push_back(of_node(node));
        }
    }

    void value(const PathNode& node, std::size_t scope) {
        const bool bare = is_bare(node.leaf->type);
        const std::string_view quote = is_json_ && !bare ? "\"" : "";
        WriteOp op = literals(node, quote, quote);
        op.bare = bare;
        op.slot = static_cast<std::uint16_t>(node.field);
        out_.scopes[scope].push_back(op);
    }

    /// JSON items are objects or scalars; XML items are elements, empty or not.
    void list(const PathNode& node, std::size_t scope) {
        WriteOp op = literals(node, is_json_ ? "[" : "", is_json_ ? "]" : "");
        op.kind = WriteOp::Kind::List;
        op.slot = static_cast<std::uint16_t>(node.list);
        op.items = static_cast<std::uint32_t>(out_.scopes.size());
        op.node = &node;
        out_.scopes[scope].push_back(op);
        out_.scopes.emplace_back();
        if (is_json_ ? node.leaf == nullptr : is_group(node)) members(node, op.items);
    }

    static WriteOp of_node(const PathNode& node) {
        WriteOp op;
        op.kind = WriteOp::Kind::Node;
        op.node = &node;
        return op;
    }

    static bool is_group(const PathNode& node) {
        return node.leaf == nullptr && node.attributes.empty();
    }

    WriteOp literals(const PathNode& node, std::string_view opening, std::string_view closing) {
        std::string before;
        std::string after;
        if (is_json_) {
            before = "," + json_quoted(node.name) + ":" + std::string(opening);
            after = closing;
        } else {
            before = "<" + node.name + ">";
            after = "</" + node.name + ">";
        }
        WriteOp op;
        op.node = &node;
        op.before = static_cast<std::uint32_t>(out_.literals.size());
        op.before_size = static_cast<std::uint16_t>(before.size());
        out_.literals += before;
        op.after = static_cast<std::uint32_t>(out_.literals.size());
        op.after_size = static_cast<std::uint16_t>(after.size());
        out_.literals += after;
        return op;
    }

    bool is_json_;
    WriteProgram out_;
};

}  // namespace

bool is_bare(WireType type) {
    switch (type) {
        case WireType::Text: return false;
        case WireType::Int:
        case WireType::Number:
        case WireType::Bool:
        case WireType::I32:
        case WireType::I64:
        case WireType::Double: return true;
    }
    return false;
}

WriteProgram make_write_program(const PathNode& root, FormatKind kind) {
    if (kind != FormatKind::Json && kind != FormatKind::Xml) return {};
    return WriteProgramBuilder(kind).build(root);
}

}  // namespace luqiao::mapping
