#include "app/hash_key.h"

#include "app/files.h"
#include "security/digest.h"

namespace luqiao::app {
namespace {

class HashKey final : public mapping::KeyedHasher {
public:
    explicit HashKey(std::string secret) : secret_(std::move(secret)) {}

    [[nodiscard]] Digest digest(std::string_view text) const override {
        return security::hmac_sm3(secret_, text);
    }

private:
    std::string secret_;
};

}  // namespace

Result<std::shared_ptr<const mapping::KeyedHasher>> read_hash_key(
    const std::filesystem::path& path) {
    LQ_TRY(std::string secret, read_secret(path));
    return std::shared_ptr<const mapping::KeyedHasher>(
        std::make_shared<HashKey>(std::move(secret)));
}

}  // namespace luqiao::app
