#include "app/open_store.h"

#include "app/configuration.h"
#include "base/text.h"

#include <algorithm>

namespace luqiao::app {
namespace {

using Durability = broker::PostgresOptions::Durability;

bool is_database(std::string_view store) {
    return store.starts_with("postgresql://") || store.starts_with("postgres://");
}

/// In "user:password@host", or as a parameter.
bool has_password(std::string_view url) {
    url.remove_prefix(url.find("//") + 2);
    const std::string_view authority = url.substr(0, url.find_first_of("/?"));
    const std::size_t at = authority.rfind('@');
    const bool is_in_user =
        at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
    const std::size_t question = url.find('?');
    const std::string_view parameters =
        question == std::string_view::npos ? std::string_view() : url.substr(question);
    return is_in_user || parameters.find("password=") != std::string_view::npos;
}

}  // namespace

StoreSettings read_store_settings(const Section& section, Diagnostics& findings) {
    StoreSettings out;
    const std::filesystem::path data = section.text("data");
    const std::string store = section.text("store");
    if (!is_database(store)) {
        out.file = data / store;
        return out;
    }
    out.url = store;
    if (has_password(store)) {
        findings.add("C003", section.at("store"),
                     {"数据库地址里不能写口令：放进密钥目录的文件，用 store_password 指明",
                      "a password does not stand in the address: put it into a file of the key "
                      "folder and name that in store_password"});
    }
    const std::string password = section.text("store_password");
    if (!password.empty()) out.password = std::filesystem::path(section.text("keys")) / password;
    const std::string durability = section.text("durability");
    if (durability != "standby" && durability != "single") {
        findings.add("C004", section.at("durability"),
                     {"durability 应为 standby（有同步备库）或 single（只有一台）",
                      "durability is standby (with a synchronous standby) or single (one server)"});
    }
    out.durability = durability == "single" ? Durability::Single : Durability::Standby;
    out.size_max =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, section.integer("store_size_max")));
    return out;
}

Result<broker::PostgresOptions> database_options(const StoreSettings& settings,
                                                 const std::string& node) {
    broker::PostgresOptions options;
    options.url = settings.url;
    options.durability = settings.durability;
    options.node = node;
    if (!settings.password.empty()) {
        LQ_TRY(const std::string content, read_file(settings.password));
        options.password = trimmed(content);
    }
    return options;
}

Result<std::unique_ptr<broker::Store>> open_store(const StoreSettings& settings,
                                                  const std::string& node) {
    if (!settings.is_shared()) return broker::open_sqlite_store(settings.file.string());
    LQ_TRY(const auto options, database_options(settings, node));
    return broker::open_postgres_store(options);
}

}  // namespace luqiao::app
