#include "app/search_key.h"

#include "app/files.h"
#include "security/keys.h"

namespace luqiao::app {
namespace {

constexpr std::string_view kKeyDocument = "search/key";

}  // namespace

Result<std::shared_ptr<const broker::SearchKey>> open_search_key(const std::filesystem::path& keys,
                                                                 broker::Store& store) {
    const std::string name(kKeyDocument);
    const std::filesystem::path path = keys / "search.key";
    LQ_TRY(const auto kept, store.kept(name));
    const bool is_new = !std::filesystem::exists(path);
    if (is_new && !kept.empty()) {
        return fail(Errc::NotFound, "the store was written with a search key: put it here")
            .at(path.string());
    }
    if (is_new) {
        std::error_code ignored;  // writing the file says what is wrong
        std::filesystem::create_directories(keys, ignored);
        LQ_TRY(const std::string secret, security::generate_hmac_secret());
        LQ_CHECK(write_file(path, secret));
    }
    LQ_TRY(const std::string secret, read_secret(path));
    auto key = std::make_shared<const broker::SearchKey>(secret);
    const auto known = kept.find(name);
    if (known == kept.end()) {
        LQ_CHECK(store.keep(name, key->check_value(), {}));
    } else if (known->second != key->check_value()) {
        return fail(Errc::Conflict, "the store was written with another search key")
            .at(path.string());
    }
    return std::shared_ptr<const broker::SearchKey>(std::move(key));
}

}  // namespace luqiao::app
