#include "app/attachment_folder.h"

#include "app/configuration.h"
#include "app/files.h"
#include "base/log.h"
#include "base/text.h"
#include "security/keys.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace luqiao::app {
namespace {

constexpr std::int64_t kSizeMost = 64LL << 30;
constexpr std::int64_t kPartyMost = 1LL << 50;
constexpr std::int64_t kTransfersMost = 1'000;
constexpr Duration kUnusedLeast{3'600'000};
constexpr Periodic::Pace kSweepPace{.first = Duration{300'000}, .every = Duration{6LL * 3'600'000}};
constexpr std::string_view kFolderDocument = "attachments/folder";
constexpr std::string_view kIdFile = ".folder-id";

std::int64_t number(const Section& section,
                    std::string_view key,
                    std::int64_t most,
                    Diagnostics& findings) {
    const std::int64_t value = section.integer(key);
    if (value < 1 || value > most) {
        findings.add(
            "C404", section.at(key),
            {fmt::format("{} 应在 1 到 {}", key, most), fmt::format("{} is 1 to {}", key, most)});
        return 1;
    }
    return value;
}

Duration span(const Section& section, std::string_view key, Diagnostics& findings) {
    const Duration value = section.time(key);
    if (value < kUnusedLeast) {
        findings.add("C404", section.at(key),
                     {fmt::format("{} 至少 1h", key), fmt::format("{} is at least 1h", key)});
    }
    return value;
}

/// The id of the folder; a new one when it has none.
Result<std::string> folder_id(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) {
        LQ_TRY(const std::string fresh, security::generate_nonce());
        LQ_CHECK(write_file(path, fresh));
    }
    LQ_TRY(const std::string text, read_file(path));
    return std::string(trimmed(text));
}

Status check_shared(const std::filesystem::path& folder, broker::Store& store) {
    const std::string name(kFolderDocument);
    LQ_TRY(const auto before, store.kept(name));
    const bool is_named = std::filesystem::exists(folder / kIdFile);
    const auto another = [&] {
        return fail(Errc::Conflict,
                    "another folder than the one of this store: [attachments] folder is one that "
                    "all its nodes share")
            .at(folder.string());
    };
    if (!before.empty() && !is_named) return another();
    LQ_TRY(const std::string id, folder_id(folder / kIdFile));
    if (before.empty()) LQ_CHECK(store.keep(name, id, {}));
    LQ_TRY(const auto kept, store.kept(name));  // nodes that start at once: one of them was last
    const auto found = kept.find(name);
    if (found == kept.end() || found->second != id) return another();
    return {};
}

}  // namespace

const Spec& attachment_spec() {
    static const Spec spec{
        .name = "attachments",
        .summary = "Files that parties upload over HTTP and that messages name by their SM3.",
        .fields = {{"folder", SettingKind::Path,
                    "Where they are; nodes of one database share it, and keep none without it.",
                    "attachments"},
                   {"size_max", SettingKind::Integer, "Bytes of one.", "2147483648"},
                   {"party_max", SettingKind::Integer, "Bytes of all of one party.",
                    "274877906944"},
                   {"transfers", SettingKind::Integer,
                    "Uploads and downloads at once; beyond it 429.", "16"},
                   {"clearance", SettingKind::Text,
                    "Class of what is in them: a party reads those of others from it on.", "C3"},
                   {"unused", SettingKind::Time,
                    "What no message names, and what is not complete, is kept so long.", "7d"}},
        .example = "folder = \"attachments\"\nsize_max = 2147483648\nunused = \"7d\"\n"};
    return spec;
}

AttachmentSettings read_attachment_settings(const Section& server,
                                            bool is_store_shared,
                                            Diagnostics& findings) {
    const Setting* table = server.table("attachments");
    const Setting none{Setting::Table{}, server.at("attachments")};
    const Section section =
        Section::check(attachment_spec(), table != nullptr ? *table : none, findings);
    AttachmentSettings out;
    if (!is_store_shared || section.has("folder")) out.folder = section.text("folder");
    out.size_max = static_cast<std::uint64_t>(number(section, "size_max", kSizeMost, findings));
    out.party_max = static_cast<std::uint64_t>(number(section, "party_max", kPartyMost, findings));
    out.desk.transfers_max =
        static_cast<std::size_t>(number(section, "transfers", kTransfersMost, findings));
    out.desk.clearance = section.text("clearance");
    constexpr std::array<std::string_view, 4> kClasses{"C0", "C1", "C2", "C3"};
    if (std::find(kClasses.begin(), kClasses.end(), out.desk.clearance) == kClasses.end()) {
        findings.add("C401", section.at("clearance"),
                     {"应为 C0、C1、C2 或 C3", "C0, C1, C2 or C3"});
    }
    out.desk.unused = span(section, "unused", findings);
    return out;
}

void check_attachment_rights(const AttachmentSettings& settings,
                             const broker::Realm& realm,
                             Diagnostics& findings) {
    if (!settings.folder.empty()) return;
    for (const auto& [code, party] : realm.parties) {
        for (const broker::SubmitRight& right : party.submit) {
            if (right.attachments.empty()) continue;
            findings.add(
                "C515", {code + ".toml", 1, 1, 1},
                {fmt::format("{} 要求材料已上传，但本节点未设 [attachments] folder", right.map),
                 fmt::format("{} asks for attachments, and [attachments] folder is not set",
                             right.map)});
        }
    }
}

Result<std::unique_ptr<broker::Blobs>> open_attachment_folder(const AttachmentSettings& settings,
                                                              const std::filesystem::path& data,
                                                              std::uint64_t disk_reserve,
                                                              broker::Store& store,
                                                              Clock now) {
    if (settings.folder.empty()) return std::unique_ptr<broker::Blobs>();
    const std::string folder = (data / settings.folder).lexically_normal().string();
    broker::BlobOptions options;
    options.size_max = settings.size_max;
    options.party_max = settings.party_max;
    options.disk_reserve = disk_reserve;
    options.now = std::move(now);
    options.free_bytes = [folder] { return broker::free_bytes(folder); };
    LQ_TRY(auto blobs, broker::Blobs::open(folder, std::move(options)));
    if (store.is_shared()) LQ_CHECK(check_shared(folder, store));
    return blobs;
}

std::unique_ptr<Periodic> start_attachment_sweep(broker::AttachmentDesk& desk,
                                                 const broker::Pipeline& pipeline) {
    return std::make_unique<Periodic>(
        pipeline, kSweepPace, [&desk](Instant now, const std::stop_token&) -> Status {
            const auto swept = desk.sweep(now);
            if (!swept) {
                log::write(
                    log::Level::Warning, "attachments.sweep",
                    {{"code", info(swept.error().code).id}, {"message", swept.error().message}});
                return swept.error();
            }
            if (swept->attachments + swept->uploads > 0) {
                log::write(log::Level::Info, "attachments.sweep",
                           {{"attachments", std::to_string(swept->attachments)},
                            {"uploads", std::to_string(swept->uploads)},
                            {"bytes", std::to_string(swept->bytes)}});
            }
            return {};
        });
}

}  // namespace luqiao::app
