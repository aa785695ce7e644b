// authoring/xlsx_archive.h - the parts of a workbook's ZIP archive, read in memory and bounded.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authoring/sheet_findings.h"

namespace luqiao::authoring {

/// Limits of a workbook that is read; what is over one is M202.
inline constexpr std::size_t kArchiveSizeMax = 16u << 20;
inline constexpr std::size_t kEntriesMax = 256;
inline constexpr std::size_t kPartSizeMax = 16u << 20;
inline constexpr std::size_t kUnpackedMax = 48u << 20;
/// Uncompressed to compressed, of entries over 64 KiB. The worst honest sheets stay below 60.
inline constexpr std::size_t kRatioMax = 200;

/// Read-only and in memory: nothing is written to disk, no name of an entry is used as a path.
class XlsxArchive {
public:
    /// Refuses what is no ZIP (M200), encrypted (M201), over a limit (M202), or unsafe (M203), by
    /// the directory alone, before anything is unpacked. `bytes` outlive the archive.
    static std::optional<XlsxArchive> open(std::string_view bytes, SheetReport& report);

    XlsxArchive(XlsxArchive&&) noexcept;
    XlsxArchive& operator=(XlsxArchive&&) noexcept;
    ~XlsxArchive();

    [[nodiscard]] bool has(std::string_view part) const;
    /// The content of a part; at most what the directory said. Findings: M200.
    std::optional<std::string> read(std::string_view part, SheetReport& report);

private:
    struct Zip;
    struct Entry {
        std::uint64_t index = 0;
        std::size_t size = 0;
    };
    XlsxArchive();
    bool add_entry(std::uint64_t index, SheetReport& report);

    std::unique_ptr<Zip> zip_;
    std::map<std::string, Entry, std::less<>> entries_;  ///< by name in lower case
    std::size_t unpacked_ = 0;
};

}  // namespace luqiao::authoring
