// authoring/xlsx_xml.h - the XML parts of a workbook as a stream of events, with the names around
// each.
#pragma once

#include "mapping/record.h"
#include "mapping/xml_cursor.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/sheet_findings.h"

namespace luqiao::authoring {

/// One part. No tree is built, so depth costs nothing; a DTD, an undeclared entity or a broken
/// nesting is refused.
class XlsxXml {
public:
    /// `content` outlives the reader.
    explicit XlsxXml(std::string_view content);
    XlsxXml(const XlsxXml&) = delete;
    XlsxXml& operator=(const XlsxXml&) = delete;

    /// The next start, text or end; false: the end, or an error.
    bool next();

    [[nodiscard]] bool is_start() const { return event_ == mapping::XmlCursor::Event::Start; }
    [[nodiscard]] bool is_end() const { return event_ == mapping::XmlCursor::Event::End; }
    [[nodiscard]] bool is_text() const { return event_ == mapping::XmlCursor::Event::Text; }
    /// Of the element that starts or ends, or that the text stands in; without its prefix.
    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::string_view text() const { return cursor_.text(); }
    /// Whether an element `name` is open around here.
    [[nodiscard]] bool inside(std::string_view name) const;
    /// Value of an attribute of the element that starts; with `prefixed`: of one like r:id.
    [[nodiscard]] std::string_view attribute(std::string_view name, bool prefixed = false) const;
    /// "1" or "true".
    [[nodiscard]] bool flag(std::string_view name) const;

    /// Whether the part was read to its end; else a finding M200, M202 or M203 about `part`.
    bool finish(std::string_view part, SheetReport& report) const;

private:
    mapping::Arena arena_;
    mapping::XmlCursor cursor_;
    mapping::XmlCursor::Event event_ = mapping::XmlCursor::Event::Start;
    std::vector<std::string_view> open_;
    std::string_view name_;
    bool has_dtd_ = false;
    bool is_text_ok_ = true;
};

/// Rich and plain strings: `text` of every `t` that is not within `rPh`, with `_x000D_` resolved.
void append_string(const XlsxXml& xml, std::string& out);
std::string without_escapes(std::string_view text);

/// Which number formats of xl/styles.xml show dates and exponents, by the index of a cell's style.
struct XlsxStyles {
    struct Style {
        bool is_date = false;
        bool is_scientific = false;
    };
    std::vector<Style> cells;
    [[nodiscard]] Style of(std::string_view index) const;
};
std::optional<XlsxStyles> read_styles(std::string_view content, SheetReport& report);

/// xl/sharedStrings.xml. Findings: M200, M202
std::optional<std::vector<std::string>> read_strings(std::string_view content, SheetReport& report);

}  // namespace luqiao::authoring
