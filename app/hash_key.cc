#include "app/hash_key.h"

#include "app/configuration.h"
#include "security/digest.h"

namespace luqiao::app {
namespace {

constexpr std::size_t kSecretSizeMin = 32;

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
    LQ_TRY(const std::string content, read_file(path));
    const std::string_view secret = trimmed(content);
    if (secret.size() < kSecretSizeMin) {
        return fail(Errc::InvalidArgument, "a secret has at least {} characters", kSecretSizeMin)
            .at(path.string());
    }
    return std::shared_ptr<const mapping::KeyedHasher>(
        std::make_shared<HashKey>(std::string(secret)));
}

}  // namespace luqiao::app
