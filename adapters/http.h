// adapters/http.h - an HTTP request and response as plain values, for servers and clients alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao::adapters {

/// Header fields in the order they came; names compare without ASCII case.
class HttpHeaders {
public:
    HttpHeaders() = default;
    HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields)
        : fields_(fields) {}

    void add(std::string name, std::string value) {
        fields_.emplace_back(std::move(name), std::move(value));
    }
    /// The first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// The first field of that name, or "".
    [[nodiscard]] std::string_view get(std::string_view name) const {
        return find(name).value_or("");
    }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
        return fields_;
    }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
    std::string method;  ///< "POST"
    std::string path;    ///< percent-encoded, as on the wire
    std::string query;   ///< without '?', as on the wire
    HttpHeaders headers;
    std::string body;
    std::string remote;  ///< "127.0.0.1"
};

/// A body that is too large to be held. Calls come one after another and may wait for the disk.
class HttpDownload {
public:
    HttpDownload() = default;
    HttpDownload(const HttpDownload&) = delete;
    HttpDownload& operator=(const HttpDownload&) = delete;
    virtual ~HttpDownload() = default;

    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// The next bytes. @return how many; 0: there are none, or they cannot be read
    virtual std::size_t read(std::span<char> into) = 0;
};

struct HttpResponse {
    int status = 200;
    HttpHeaders headers;  ///< without Content-Type, Content-Length and Connection
    std::string body;
    std::string content_type;  ///< empty: no Content-Type
    std::shared_ptr<HttpDownload> download =
        nullptr;  ///< instead of `body`; from HttpStreams alone
};

/// Whether two names are equal without ASCII case.
bool same_header(std::string_view a, std::string_view b);

/// "text/xml" of "Text/XML; charset=GB18030".
std::string media_type(std::string_view content_type);

/// The value of `name` of a Content-Type, without quotes; "" when it is absent.
std::string media_parameter(std::string_view content_type, std::string_view name);

/// Whether `text` may stand in a header field or a path: 1 to `size_max` visible ASCII characters.
bool is_visible_ascii(std::string_view text, std::size_t size_max);

}  // namespace luqiao::adapters
