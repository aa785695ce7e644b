#include "app/check_report.h"

#include "base/text_json.h"

#include <map>

#include "authoring/diagnostic_families.h"

namespace luqiao::app {
namespace {

void write_place(JsonWriter& json, const Position& at) {
    json.field("file", at.file);
    if (!at.sheet.empty()) json.field("sheet", at.sheet).field("cell", at.cell);
    json.field("line", at.line).field("column", at.column).field("length", at.length);
}

/// Writes SARIF; rules are numbered in the order of their codes.
class Sarif {
public:
    Sarif(const Diagnostics& findings, Language language)
        : findings_(findings), language_(language) {
        for (const authoring::DiagnosticFamily& family : authoring::diagnostic_families()) {
            for (const DiagnosticCode& code : family.codes) rules_.emplace(code.code, 0);
        }
        for (const Diagnostic& one : findings.list()) rules_.emplace(one.code, 0);
        int number = 0;
        for (auto& [code, index] : rules_) index = number++;
    }

    std::string run() {
        json_.begin_object()
            .field("$schema",
                   "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                   "sarif-schema-2.1.0.json")
            .field("version", "2.1.0")
            .key("runs")
            .begin_array()
            .begin_object();
        tool();
        json_.field("columnKind", "unicodeCodePoints").key("results").begin_array();
        for (const Diagnostic& one : findings_.list()) result(one);
        json_.end_array().end_object().end_array().end_object();
        return json_.take();
    }

private:
    void tool() {
        json_.key("tool").begin_object().key("driver").begin_object().field("name", "luqiao");
        json_.field("version", LUQIAO_VERSION).key("rules").begin_array();
        for (const auto& [code, index] : rules_) {
            json_.begin_object().field("id", code);
            if (const auto* known = authoring::find_diagnostic_code(code)) {
                message("shortDescription", in_language(known->meaning, language_));
                std::string help = in_language(known->mending, language_);
                if (!known->mistake.empty()) {
                    help += "\n\n- " + std::string(known->mistake) + "\n+ " +
                            std::string(known->mended);
                }
                message("help", help);
            }
            json_.end_object();
        }
        json_.end_array().end_object().end_object();
    }

    void message(std::string_view key, std::string_view text) {
        json_.key(key).begin_object().field("text", text).end_object();
    }

    void result(const Diagnostic& one) {
        json_.begin_object()
            .field("ruleId", one.code)
            .field("ruleIndex", rules_.find(one.code)->second)
            .field("level", to_string(one.severity));
        std::string text = in_language(one.message, language_);
        if (!one.cause.zh.empty()) text += "\n" + in_language(one.cause, language_);
        message("message", text);
        json_.key("locations").begin_array();
        location(one.at, one.excerpt, {});
        json_.end_array();
        if (!one.related.empty()) {
            json_.key("relatedLocations").begin_array();
            for (const Place& place : one.related) location(place.at, {}, place.note);
            json_.end_array();
        }
        if (one.fix.safe && !one.fix.edits.empty()) fix(one);
        json_.end_object();
    }

    void location(const Position& at, const std::string& excerpt, const Text& note) {
        json_.begin_object().key("physicalLocation").begin_object();
        json_.key("artifactLocation").begin_object().field("uri", at.file).end_object();
        json_.key("region").begin_object().field("startLine", at.line);
        json_.field("startColumn", at.column).field("endColumn", at.column + at.length);
        if (!excerpt.empty()) message("snippet", excerpt);
        json_.end_object().end_object();
        if (!note.zh.empty()) message("message", in_language(note, language_));
        json_.end_object();
    }

    void fix(const Diagnostic& one) {
        json_.key("fixes").begin_array().begin_object();
        message("description", in_language(one.fix.text, language_));
        json_.key("artifactChanges").begin_array().begin_object();
        json_.key("artifactLocation").begin_object();
        json_.field("uri", one.fix.edits[0].at.file).end_object();
        json_.key("replacements").begin_array();
        for (const Edit& edit : one.fix.edits) replacement(one, edit);
        json_.end_array().end_object().end_array().end_object().end_array();
    }

    void replacement(const Diagnostic& one, const Edit& edit) {
        const Position& at = edit.at;
        const int end = at.column + at.length;
        const bool is_shown = at.file == one.at.file && at.line == one.at.line;
        const bool takes_line_end =
            is_shown && end > static_cast<int>(code_points(one.excerpt)) + 1;
        json_.begin_object().key("deletedRegion").begin_object().field("startLine", at.line);
        json_.field("startColumn", at.column)
            .field("endLine", takes_line_end ? at.line + 1 : at.line)
            .field("endColumn", takes_line_end ? 1 : end)
            .end_object();
        if (!edit.text.empty()) message("insertedContent", edit.text);
        json_.end_object();
    }

    const Diagnostics& findings_;
    Language language_;
    std::map<std::string, int, std::less<>> rules_;
    JsonWriter json_;
};

}  // namespace

void write_finding(JsonWriter& json, const Diagnostic& one) {
    json.begin_object().field("code", one.code).field("severity", to_string(one.severity));
    write_place(json, one.at);
    write_text(json, "message", one.message);
    write_text(json, "cause", one.cause);
    write_text(json, "expected", one.expected);
    const DiagnosticCode* code = authoring::find_diagnostic_code(one.code);
    write_text(json, "help", code != nullptr ? code->meaning : Text{});
    json.field("excerpt", one.excerpt).key("fixes").begin_array();
    if (!one.fix.empty()) {
        json.begin_object();
        write_text(json, "text", one.fix.text);
        json.field("safe", one.fix.safe).key("edits").begin_array();
        for (const Edit& edit : one.fix.edits) {
            json.begin_object();
            write_place(json, edit.at);
            json.field("text", edit.text).end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().key("related").begin_array();
    for (const Place& place : one.related) {
        json.begin_object();
        write_place(json, place.at);
        write_text(json, "note", place.note);
        json.end_object();
    }
    json.end_array().field("text", render(one)).end_object();
}

std::string findings_as_json(const Diagnostics& findings, std::string_view bundle) {
    JsonWriter json;
    json.begin_object().field("bundle", bundle).key("findings").begin_array();
    for (const Diagnostic& one : findings.list()) write_finding(json, one);
    json.end_array().end_object();
    return json.take();
}

std::string findings_as_sarif(const Diagnostics& findings, Language language) {
    return Sarif(findings, language).run();
}

}  // namespace luqiao::app
