#include "base/json.h"
#include "base/text_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "authoring/lineage.h"
#include "authoring/text_table.h"

namespace luqiao::authoring {
namespace {

std::string direction(const FieldUse& use) {
    if (!use.is_used) return use.use.sends ? "（未用）可读" : "（未用）可写";
    return use.use.sends ? "报送 sends" : "接收 learns";
}

std::string of_party(const FieldUse& use) {
    return use.use.label.empty() ? use.use.party
                                 : fmt::format("{} {}", use.use.party, use.use.label);
}

std::string cell(const FieldLineage& field, const std::string& party) {
    bool sends = false;
    bool learns = false;
    bool learns_lowered = false;
    for (const FieldUse& use : field.uses) {
        if (!use.is_used || use.use.party != party) continue;
        sends = sends || use.use.sends;
        learns = learns || (!use.use.sends && !use.lowered);
        learns_lowered = learns_lowered || (!use.use.sends && use.lowered);
    }
    return fmt::format("{}{}", sends ? ">" : "", learns ? "<" : learns_lowered ? "~" : "");
}

void write_use(JsonWriter& json, const FieldUse& use) {
    json.begin_object()
        .field("party", use.use.party)
        .field("map", use.use.map)
        .field("direction", use.use.sends ? "sends" : "learns")
        .field("used", use.is_used)
        .field("wire", use.wire)
        .field("chain", use.chain)
        .field("grade", grade_word(use.grade))
        .field("lowered", use.lowered)
        .field("required", use.required)
        .field("condition", use.condition)
        .field("clearance", use.use.clearance)
        .field("purpose", use.use.purpose)
        .key("rule")
        .begin_object()
        .field("file", use.rule.file)
        .field("line", use.rule.line)
        .field("column", use.rule.column)
        .end_object()
        .end_object();
}

}  // namespace

std::string to_table(const std::vector<const FieldLineage*>& fields) {
    std::string out;
    for (const FieldLineage* one : fields) {
        const mapping::Field& field = *one->field;
        out += fmt::format("{}{} {} · {} {} {}{}\n", out.empty() ? "" : "\n", one->form, one->path,
                           field.label.zh, mapping::to_string(field.type),
                           mapping::to_string(field.privacy), field.required ? " !" : "");
        TextTable table(
            {"方向", "单位", "许可", "映射", "报文字段", "转换", "等级", "必填", "条件", "规则"});
        for (const FieldUse& use : one->uses) {
            table.add({direction(use), of_party(use), use.use.clearance, use.use.map, use.wire,
                       use.chain + (use.lowered ? " ~" : ""), std::string(grade_word(use.grade)),
                       use.required, use.condition,
                       fmt::format("{}:{}", use.rule.file, use.rule.line)});
        }
        out += table.size() == 0 ? "没有单位报送或接收 | no party sends or learns it\n"
                                 : table.render();
    }
    return out;
}

std::string to_json(const std::vector<const FieldLineage*>& fields, std::string_view bundle) {
    JsonWriter json;
    json.begin_object().field("bundle", bundle).key("fields").begin_array();
    for (const FieldLineage* one : fields) {
        json.begin_object().field("form", one->form).field("path", one->path);
        write_text(json, "label", one->field->label);
        json.field("type", mapping::to_string(one->field->type))
            .field("class", mapping::to_string(one->field->privacy))
            .field("required", one->field->required)
            .key("uses")
            .begin_array();
        for (const FieldUse& use : one->uses) write_use(json, use);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json.take();
}

Matrix matrix_of(const std::vector<FieldLineage>& all, mapping::Privacy least) {
    std::set<std::string> parties;
    for (const FieldLineage& one : all) {
        for (const FieldUse& use : one.uses) {
            if (use.is_used) parties.insert(use.use.party);
        }
    }
    Matrix out;
    out.head = {"form", "field", "label", "class"};
    out.head.insert(out.head.end(), parties.begin(), parties.end());
    for (const FieldLineage& one : all) {
        if (one.field->privacy < least) continue;
        std::vector<std::string> row{one.form, one.path, one.field->label.zh,
                                     mapping::to_string(one.field->privacy)};
        bool any = false;
        for (const std::string& party : parties) {
            row.push_back(cell(one, party));
            any = any || !row.back().empty();
        }
        if (any) out.rows.push_back(std::move(row));
    }
    return out;
}

std::string to_table(const Matrix& matrix) {
    TextTable table(matrix.head);
    for (const auto& row : matrix.rows) table.add(row);
    return table.render() + "> 报送 sends · < 接收 learns · ~ 脱敏后接收 learns it lowered\n";
}

std::string to_csv(const Matrix& matrix) {
    std::string out;
    const auto line = [&out](const std::vector<std::string>& cells) {
        for (std::size_t at = 0; at < cells.size(); ++at) {
            out += (at == 0 ? "" : ",") + csv_cell(cells[at]);
        }
        out += "\r\n";
    };
    line(matrix.head);
    for (const auto& row : matrix.rows) line(row);
    return out;
}

std::string to_json(const Matrix& matrix, std::string_view bundle) {
    JsonWriter json;
    json.begin_object().field("bundle", bundle).key("rows").begin_array();
    for (const auto& row : matrix.rows) {
        json.begin_object();
        for (std::size_t at = 0; at < row.size(); ++at) {
            if (at == 4) json.key("parties").begin_object();
            json.field(matrix.head[at], row[at]);
        }
        if (row.size() > 4) json.end_object();
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::authoring
