#include "app/files.h"

#include "app/configuration.h"
#include "base/text.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace luqiao::app {

Status write_file(const std::filesystem::path& path, std::string_view content) {
    const std::string temporary = path.string() + ".tmp";
    const auto failed = [&] {
        return fail(Errc::Unavailable, "{}", std::generic_category().message(errno))
            .at(path.string());
    };
    const int handle = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (handle < 0) return failed();
    while (!content.empty()) {
        const ssize_t count = ::write(handle, content.data(), content.size());
        if (count < 0) {
            ::close(handle);
            return failed();
        }
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    const bool flushed = ::fsync(handle) == 0;
    ::close(handle);
    if (!flushed || std::rename(temporary.c_str(), path.c_str()) != 0) return failed();
    return {};
}

Result<std::string> read_secret(const std::filesystem::path& path) {
    constexpr std::size_t kSizeMin = 32;
    LQ_TRY(const std::string content, read_file(path));
    const std::string_view secret = trimmed(content);
    if (secret.size() < kSizeMin) {
        return fail(Errc::InvalidArgument, "a secret has at least {} characters", kSizeMin)
            .at(path.string());
    }
    return std::string(secret);
}

}  // namespace luqiao::app
