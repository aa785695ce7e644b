#include "authoring/xlsx_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <zip.h>

namespace luqiao::authoring {
namespace {

/// OLE compound files: the binary workbooks of before 2007, and encrypted ones (MS-OFFCRYPTO).
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// Part names (ECMA-376 part 2, 6.2.2): relative, with slashes, and no way out.
bool is_safe_name(std::string_view name) {
    if (name.empty() || name.size() > 256 || name.front() == '/' || !is_utf8(name)) return false;
    for (const std::string_view piece : split(name, '/')) {
        if (piece == ".." || piece == ".") return false;
    }
    return std::none_of(name.begin(), name.end(), [](char c) {
        return c == '\\' || c == ':' || static_cast<unsigned char>(c) < 0x20;
    });
}

struct Forbidden {
    std::string_view piece;
    std::string_view zh;
    std::string_view en;
};

/// What carries code or reaches outside; a rule's workbook has none of it.
constexpr std::array<Forbidden, 7> kForbidden{{
    {"vbaproject", "宏", "macros"},
    {"xl/externallinks/", "外部链接", "external links"},
    {"xl/embeddings/", "嵌入的对象", "embedded objects"},
    {"xl/activex/", "ActiveX控件", "ActiveX controls"},
    {"xl/connections", "外部数据连接", "external data connections"},
    {"xl/querytables/", "外部查询", "external queries"},
    {"xl/macrosheets/", "宏工作表", "macro sheets"},
}};

bool is_forbidden(const std::string& name, SheetReport& report) {
    for (const Forbidden& one : kForbidden) {
        if (name.find(one.piece) == std::string::npos) continue;
        report.file(
            sheet_code::kUnsafe,
            {fmt::format("工作簿含有{}", one.zh), fmt::format("the workbook has {}", one.en)},
            {"另存为不含这些内容的 .xlsx", "save it as .xlsx without them"});
        return true;
    }
    return false;
}

void too_big(SheetReport& report, std::string_view zh, std::string_view en, std::size_t max) {
    report.file(sheet_code::kLimit,
                {fmt::format("{}超过上限{}", zh, max), fmt::format("{}: more than {}", en, max)});
}

}  // namespace

struct XlsxArchive::Zip {
    zip_t* handle = nullptr;
    Zip() = default;
    Zip(const Zip&) = delete;
    Zip& operator=(const Zip&) = delete;
    ~Zip() {
        if (handle != nullptr) zip_discard(handle);
    }
};

XlsxArchive::XlsxArchive() : zip_(std::make_unique<Zip>()) {}
XlsxArchive::XlsxArchive(XlsxArchive&&) noexcept = default;
XlsxArchive& XlsxArchive::operator=(XlsxArchive&&) noexcept = default;
XlsxArchive::~XlsxArchive() = default;

std::optional<XlsxArchive> XlsxArchive::open(std::string_view bytes, SheetReport& report) {
    if (bytes.starts_with(kCompoundFile)) {
        report.file(sheet_code::kEncrypted,
                    {"文件已加密，或是旧的 .xls 格式", "the file is encrypted, or an old .xls"},
                    {"去掉密码，另存为 .xlsx", "take the password off and save as .xlsx"});
        return std::nullopt;
    }
    if (bytes.size() > kArchiveSizeMax) {
        too_big(report, "文件字节数", "bytes of the file", kArchiveSizeMax);
        return std::nullopt;
    }
    const auto unreadable = [&] {
        report.file(sheet_code::kUnreadable, {"不是完整的 .xlsx 文件", "not a whole .xlsx file"});
        return std::nullopt;
    };
    zip_error_t failure;
    zip_error_init(&failure);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &failure);
    XlsxArchive out;
    if (source != nullptr) {
        out.zip_->handle = zip_open_from_source(source, ZIP_RDONLY, &failure);
        if (out.zip_->handle == nullptr) zip_source_free(source);
    }
    zip_error_fini(&failure);
    if (out.zip_->handle == nullptr) return unreadable();
    const zip_int64_t count = zip_get_num_entries(out.zip_->handle, 0);
    if (count > static_cast<zip_int64_t>(kEntriesMax)) {
        too_big(report, "压缩包条目数", "entries of the archive", kEntriesMax);
        return std::nullopt;
    }
    const std::size_t before = report.errors();
    for (zip_int64_t index = 0; index < count; ++index) {
        if (!out.add_entry(static_cast<std::uint64_t>(index), report)) break;
    }
    if (report.errors() > before) return std::nullopt;
    return out;
}

/// Judges one entry by the directory; false: look no further.
bool XlsxArchive::add_entry(std::uint64_t index, SheetReport& report) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                     ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(zip_->handle, index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & kNeeded) != kNeeded) {
        report.file(sheet_code::kUnreadable,
                    {"压缩包目录损坏", "the archive's directory is broken"});
        return false;
    }
    const std::string name = lower(stat.name);
    if (stat.encryption_method != ZIP_EM_NONE) {
        report.file(sheet_code::kEncrypted, {"压缩包条目已加密", "an entry is encrypted"});
        return false;
    }
    if (!is_safe_name(stat.name) || entries_.contains(name)) {
        report.file(sheet_code::kUnsafe,
                    {"压缩包条目的名称不安全或重复", "an entry's name is unsafe or occurs twice"});
        return false;
    }
    if (is_forbidden(name, report)) return true;
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
        report.file(sheet_code::kUnreadable, {"压缩方法不是 deflate", "an entry is not deflated"});
        return false;
    }
    constexpr std::size_t kSmall = 64u << 10;
    if (stat.size > kPartSizeMax || stat.size > kUnpackedMax - unpacked_) {
        too_big(report, "解压后的字节数", "bytes once unpacked", kUnpackedMax);
        return false;
    }
    if (stat.size > kSmall && stat.size / std::max<zip_uint64_t>(1, stat.comp_size) > kRatioMax) {
        too_big(report, "压缩比", "ratio of compression", kRatioMax);
        return false;
    }
    unpacked_ += stat.size;
    entries_[name] = {index, static_cast<std::size_t>(stat.size)};
    return true;
}

bool XlsxArchive::has(std::string_view part) const {
    return entries_.contains(lower(part));
}

std::optional<std::string> XlsxArchive::read(std::string_view part, SheetReport& report) {
    const auto entry = entries_.find(lower(part));
    const auto broken = [&] {
        report.file(sheet_code::kUnreadable,
                    {fmt::format("缺少部件或部件损坏：{}", is_utf8(part) ? part : "?"),
                     "a part is missing or broken"});
        return std::nullopt;
    };
    if (entry == entries_.end()) return broken();
    zip_file_t* file = zip_fopen_index(zip_->handle, entry->second.index, 0);
    if (file == nullptr) return broken();
    std::string out(entry->second.size + 1, '\0');  // one more: an entry that lies about its size
    std::size_t filled = 0;
    zip_int64_t count = 1;
    while (count > 0 && filled < out.size()) {
        count = zip_fread(file, out.data() + filled, out.size() - filled);
        if (count > 0) filled += static_cast<std::size_t>(count);
    }
    const bool closed = zip_fclose(file) == 0;  // checks the CRC as well
    if (count < 0 || !closed || filled != entry->second.size) return broken();
    out.resize(filled);
    return out;
}

}  // namespace luqiao::authoring
