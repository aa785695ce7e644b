#include "mapping/parse_form.h"
#include "mapping/table_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "authoring/rows.h"
#include "authoring/sheet_export.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::SourceFile;

constexpr std::size_t kPageNameMax = 31;  ///< of Excel

std::vector<WorkbookCell> row_of(std::vector<std::string> texts, CellLook look) {
    std::vector<WorkbookCell> out;
    out.reserve(texts.size());
    for (std::string& text : texts) out.push_back({std::move(text), look});
    return out;
}

void form_rows(const mapping::Scope& scope, const std::string& prefix, WorkbookPage& page) {
    for (const mapping::Field& field : scope.fields) {
        page.rows.push_back(
            row_of({prefix + field.path, field.label.zh, field.label.en, to_string(field.type),
                    field.required ? "是" : "", to_string(field.privacy)},
                   CellLook::Plain));
    }
    for (const mapping::List& list : scope.lists) {
        const std::string path = prefix + list.path;
        page.rows.push_back(row_of({path, list.label.zh, list.label.en,
                                    fmt::format("列表，最多{}项", list.items_max), "", ""},
                                   CellLook::Block));
        form_rows(list.scope, path + ".", page);
    }
}

std::string_view wire_type(mapping::WireType type) {
    switch (type) {
        case mapping::WireType::Text: return "text";
        case mapping::WireType::Int: return "int";
        case mapping::WireType::Number: return "number";
        case mapping::WireType::Bool: return "bool";
        case mapping::WireType::I32: return "i32";
        case mapping::WireType::I64: return "i64";
        case mapping::WireType::Double: return "double";
    }
    return "text";
}

void format_rows(const mapping::WireScope& scope, const std::string& prefix, WorkbookPage& page) {
    for (const mapping::WireField& field : scope.fields) {
        page.rows.push_back(row_of({prefix + field.path, field.label.zh,
                                    std::string(wire_type(field.type)), field.required ? "是" : "",
                                    field.bytes_max == 0 ? "" : std::to_string(field.bytes_max)},
                                   CellLook::Plain));
    }
    for (const mapping::WireList& list : scope.lists) {
        const std::string path = prefix + list.path;
        page.rows.push_back(row_of(
            {path, "", fmt::format("列表，最多{}项", list.items_max), "", ""}, CellLook::Block));
        format_rows(list.scope, path + ".", page);
    }
}

/// Names of the code tables whose codes the rows and the fields that they fill are of.
std::set<std::string> tables_of(const Program& program) {
    std::set<std::string> out;
    for (const RowPlace& place : rows_of(program)) {
        for (const mapping::CodecCall& call : place.row->chain) {
            if (call.arguments.table != nullptr) out.insert(call.arguments.table->name());
        }
    }
    return out;
}

std::optional<WorkbookPage> table_page(const SourceFile& file) {
    Diagnostics ignored;
    const auto rows = mapping::read_table_csv(file.text, file.path, ignored);
    if (rows.empty()) return std::nullopt;
    WorkbookPage page;
    const std::string name = sheet_name::kTable + std::string(mapping::stem(file.path));
    page.name = prefix_code_points(name, kPageNameMax);
    for (const auto& row : rows) {
        std::vector<std::string> texts;
        for (const mapping::Cell& cell : row) texts.push_back(cell.text);
        page.rows.push_back(
            row_of(std::move(texts), page.rows.empty() ? CellLook::Head : CellLook::Plain));
    }
    return page;
}

}  // namespace

std::vector<WorkbookPage> reading_pages(const std::vector<SourceFile>& files,
                                        const Program& program) {
    std::vector<WorkbookPage> out(2);
    out[0].name = sheet_name::kForm;
    out[0].rows.push_back(
        row_of({"字段", "中文标签", "English", "类型", "必填", "密级"}, CellLook::Head));
    form_rows(program.form->root, "", out[0]);
    out[1].name = sheet_name::kFormat;
    out[1].rows.push_back(row_of({"字段", "标签", "写法", "必填", "最长字节"}, CellLook::Head));
    format_rows(program.format->root_scope, "", out[1]);
    const std::set<std::string> tables = tables_of(program);
    for (const SourceFile& file : files) {
        if (!file.path.starts_with("codes/")) continue;
        if (!tables.contains(std::string(mapping::stem(file.path)))) continue;
        if (auto page = table_page(file)) out.push_back(std::move(*page));
    }
    for (WorkbookPage& page : out) fit_columns(page, 6, 44);
    return out;
}

std::vector<std::vector<std::string>> texts_of(const WorkbookPage& page) {
    std::vector<std::vector<std::string>> out;
    for (const auto& row : page.rows) {
        out.emplace_back();
        for (const WorkbookCell& cell : row) out.back().push_back(cell.text);
    }
    return out;
}

std::string page_hash(const std::vector<std::vector<std::string>>& rows) {
    std::string all;
    for (const auto& row : rows) {
        std::size_t size = row.size();
        while (size > 0 && row[size - 1].empty()) --size;
        for (std::size_t column = 0; column < size; ++column) all += row[column] + '\x1F';
        all += '\x1E';
    }
    return content_hash(all);
}

}  // namespace luqiao::authoring
