#include "tests/authoring/sheet_fixture.h"

#include "tests/mapping/bundle_fixture.h"
#include "tests/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <unistd.h>
#include <zip.h>

#include "authoring/line_diff.h"

// libxlsxwriter 1.1.4 does not free the formula of a choice that names a range.
// NOLINTBEGIN(bugprone-reserved-identifier): LeakSanitizer looks for this name
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libxlsxwriter";
}
// NOLINTEND(bugprone-reserved-identifier)

namespace luqiao::authoring {
namespace {

namespace fs = std::filesystem;

Rules load() {
    Rules out;
    const fs::path conf = fs::path(places::source()) / "conf";
    for (const char* folder : {"codes", "formats", "forms", "maps"}) {
        for (const auto& entry : fs::directory_iterator(conf / folder)) {
            out.files.push_back({std::string(folder) + "/" + entry.path().filename().string(),
                                 read_bytes(entry.path())});
        }
    }
    Diagnostics findings;
    out.bundle = mapping::Bundle::compile(out.files, findings);
    EXPECT_FALSE(findings.has_errors());
    return out;
}

}  // namespace

const Rules& shipped_rules() {
    static const Rules once = load();
    return once;
}

const Rules& sample_rules() {
    static const Rules once = [] {
        Rules out;
        for (const auto& [path, text] : mapping::base_files()) out.files.push_back({path, text});
        return with_map(out, kSamplePath,
                        R"(map     p.m v1                        # 示例 | sample
form    f@1
format  p.m@1
use     country, sex
codec   day = date(yyyyMMdd)

# 一条注释; not a row
sent                    <-> id              : datetime(yyyyMMddHHmmss) ; req ; lossy ok "whole seconds"
applicant.surname       <-> xm              : trim | upper             ; req ; fit 60 utf-8 reject  # 姓
applicant.sex           <-> xb              : code(sex.gbt2261)        ; unmapped reject ; eg "1" = male, "7" = bad
applicant.birth_date    <-> csrq            : day                      ; eg "19900102" = 1990-01-02
applicant.nationality   <-> gj              : code(country.alpha3)     ; req when applicant.sex = male
applicant.document_no   <-> zj
when applicant.document_no present
  const("说明")         -> qt.bz
else
  const("")             -> qt.bz
end
each files <-> cl ; max 5
  sm3                   <=> zy              : hex(4)                   ; req
end
)");
    }();
    return once;
}

Rules with_map(const Rules& rules, const std::string& path, const std::string& text) {
    Rules out = rules;
    for (mapping::SourceFile& file : out.files) {
        if (file.path == path) file.text = text;
    }
    Diagnostics findings;
    out.bundle = mapping::Bundle::compile(out.files, findings);
    for (const Diagnostic& one : findings.list())
        EXPECT_NE(one.severity, Severity::Error) << render(one);
    return out;
}

std::string text_of(const Rules& rules, const std::string& path) {
    for (const mapping::SourceFile& file : rules.files) {
        if (file.path == path) return file.text;
    }
    ADD_FAILURE() << "no file " << path;
    return {};
}

std::string read_bytes(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

void write_bytes(const fs::path& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    EXPECT_TRUE(out) << path;
}

fs::path test_folder() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = fmt::format("{}.{}.{}", info->test_suite_name(), info->name(), ::getpid());
    for (char& c : name) {
        if (c == '/') c = '_';
    }
    const fs::path out = fs::path(testing::TempDir()) / name;
    fs::create_directories(out);
    return out;
}

/// Below the test's folder; its user removes it.
static fs::path scratch() {
    const fs::path out = test_folder() / "scratch";
    fs::create_directories(out);
    return out;
}

/// And the test's folder with it, when nothing else is in there.
static void drop_scratch(const fs::path& path) {
    fs::remove_all(path.parent_path());
    std::error_code not_empty;
    fs::remove(path.parent_path().parent_path(), not_empty);
}

std::string bytes_of(const Workbook& workbook) {
    const fs::path path = scratch() / "book.xlsx";
    const Status done = write_xlsx(workbook, path);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    std::string out = read_bytes(path);
    drop_scratch(path);
    return out;
}

std::string exported(const Rules& rules,
                     const std::string& map,
                     const std::function<void(Workbook&)>& edit) {
    auto workbook = make_workbook(rules.files, *rules.bundle, map);
    if (!workbook) {
        ADD_FAILURE() << workbook.error().message << " " << workbook.error().where;
        return {};
    }
    if (edit) edit(*workbook);
    return bytes_of(*workbook);
}

std::string& cell_of(Workbook& workbook, std::size_t line, SheetColumn column) {
    return workbook.pages[0].rows.at(line).at(static_cast<std::size_t>(column)).text;
}

std::map<std::string, std::string> unpacked(const std::string& bytes) {
    std::map<std::string, std::string> out;
    zip_error_t error;
    zip_error_init(&error);
    zip_t* zip = zip_open_from_source(
        zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), ZIP_RDONLY, &error);
    for (zip_int64_t at = 0; at < zip_get_num_entries(zip, 0); ++at) {
        zip_stat_t stat;
        zip_stat_index(zip, static_cast<zip_uint64_t>(at), 0, &stat);
        std::string content(stat.size, '\0');
        zip_file_t* file = zip_fopen_index(zip, static_cast<zip_uint64_t>(at), 0);
        EXPECT_EQ(zip_fread(file, content.data(), content.size()),
                  static_cast<zip_int64_t>(content.size()));
        zip_fclose(file);
        out[stat.name] = std::move(content);
    }
    zip_discard(zip);
    return out;
}

std::string packed(const std::map<std::string, std::string>& entries) {
    const fs::path path = scratch() / "packed.zip";
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [name, content] : entries) {
        zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
        EXPECT_GE(zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8), 0) << name;
    }
    EXPECT_EQ(zip_close(zip), 0);
    std::string out = read_bytes(path);
    drop_scratch(path);
    return out;
}

std::string with_part(const std::string& bytes,
                      const std::string& part,
                      const std::string& from,
                      const std::string& to) {
    auto entries = unpacked(bytes);
    std::string& content = entries.at(part);
    const std::size_t at = content.find(from);
    EXPECT_NE(at, std::string::npos) << part << " has no " << from;
    if (at != std::string::npos) content.replace(at, from.size(), to);
    return packed(entries);
}

std::string with_cell(const std::string& bytes, const std::string& cell, const std::string& xml) {
    auto entries = unpacked(bytes);
    std::string& content = entries.at("xl/worksheets/sheet1.xml");
    const std::size_t begin = content.find("<c r=\"" + cell + "\"");
    EXPECT_NE(begin, std::string::npos) << cell;
    if (begin == std::string::npos) return bytes;
    std::size_t end = content.find('>', begin);
    end = content[end - 1] == '/' ? end + 1 : content.find("</c>", begin) + 4;
    content.replace(begin, end - begin, xml);
    return packed(entries);
}

std::string Imported::places() const {
    std::string out;
    for (const Diagnostic& one : findings.list()) {
        out += one.code;
        if (!one.at.sheet.empty()) out += " " + one.at.sheet;
        if (!one.at.cell.empty()) out += "!" + one.at.cell;
        out += "\n";
    }
    return out;
}

std::vector<std::string> Imported::changes() const {
    std::vector<std::string> out;
    if (!import) return {"refused: " + places()};
    for (const LineChange& one : line_changes(lines_of(import->before), lines_of(import->after))) {
        if (one.kind == LineChange::Kind::Kept) continue;
        out.push_back(fmt::format("{}{} {}", one.kind == LineChange::Kind::Added ? '+' : '-',
                                  one.line + 1, one.text));
    }
    return out;
}

Imported imported(const std::string& bytes, const Rules& rules, const ImportOptions& options) {
    Imported out;
    out.import = import_sheet(bytes, "a.xlsx", rules.files, *rules.bundle, options, out.findings);
    return out;
}

}  // namespace luqiao::authoring
