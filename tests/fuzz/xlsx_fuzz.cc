// tests/fuzz/xlsx_fuzz.cc - any bytes as a workbook, and any XML as one of its parts.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>
#include <zip.h>

#include "authoring/xlsx_read.h"

namespace luqiao::authoring {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

/// The archive of `parts`, stored, in memory.
std::string packed(const Parts& parts) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(target);
    zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    for (const auto& [name, content] : parts) {
        zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
        const zip_int64_t index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
        zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    }
    if (zip_close(zip) != 0) std::abort();
    zip_source_open(target);
    zip_source_seek(target, 0, SEEK_END);
    std::string out(static_cast<std::size_t>(zip_source_tell(target)), '\0');
    zip_source_seek(target, 0, SEEK_SET);
    zip_source_read(target, out.data(), out.size());
    zip_source_close(target);
    zip_source_free(target);
    return out;
}

Parts base() {
    const std::string office =
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    return {{"[Content_Types].xml", "<Types/>"},
            {"_rels/.rels", "<Relationships><Relationship Id=\"r1\" Type=\"" + office +
                                "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
            {"xl/workbook.xml",
             "<workbook xmlns:r=\"n\"><sheets><sheet name=\"a\" r:id=\"r1\"/></sheets></workbook>"},
            {"xl/_rels/workbook.xml.rels",
             "<Relationships><Relationship Id=\"r1\" Type=\"" + office +
                 "worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"" +
                 office +
                 "sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"r3\" "
                 "Type=\"" +
                 office + "styles\" Target=\"styles.xml\"/></Relationships>"},
            {"xl/styles.xml", "<styleSheet/>"},
            {"xl/sharedStrings.xml", "<sst><si><t>s</t></si></sst>"},
            {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"}};
}

void read(std::string_view bytes) {
    Diagnostics findings;
    SheetReport report("a.xlsx", findings);
    const auto book = read_xlsx(bytes, report);
    if (book.has_value() == findings.has_errors()) std::abort();
    if (!book) return;
    for (const XlsxSheet& sheet : book->sheets) {
        for (const XlsxRow& row : sheet.rows) {
            if (row.number < 1 || row.cells.empty()) std::abort();
            for (const XlsxCell& cell : row.cells) {
                if (cell.column < 1 || !is_utf8(cell.text)) std::abort();
            }
        }
    }
}

}  // namespace
}  // namespace luqiao::authoring

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace luqiao::authoring;
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    Parts parts = base();
    const std::size_t part = data[0] % (parts.size() + 1);
    if (part == parts.size()) {
        read(text);
    } else {
        parts[part].second = text;
        read(packed(parts));
    }
    return 0;
}
