// Namespaces in XML 1.0: which URI a prefix stands for.
#include "mapping/xml_cursor.h"
#include "mapping/xml_names.h"

namespace luqiao::mapping {
namespace {

constexpr std::size_t kBindingsMax = 64;
constexpr std::string_view kXmlSpace = "http://www.w3.org/XML/1998/namespace";

}  // namespace

/// Declarations of the element hold for its own name and attributes too.
bool XmlCursor::resolve(std::string_view full) {
    for (const Attribute& one : attributes_) {
        const bool is_default = one.prefix.empty() && one.name == "xmlns";
        if (is_default && !bind({}, one.value)) return false;
        if (one.prefix == "xmlns" && !bind(one.name, one.value)) return false;
    }
    const auto space = space_of(prefix_of(full));
    if (!space) {
        return fail(Errc::ParseFailed, "a prefix that is not declared") != Event::Failed;
    }
    space_ = *space;
    for (std::size_t at = 0; at < attributes_.size(); ++at) {
        Attribute& one = attributes_[at];
        if (one.prefix.empty() || one.prefix == "xmlns") continue;
        const auto uri = space_of(one.prefix);
        if (!uri) {
            return fail(Errc::ParseFailed, "a prefix that is not declared") != Event::Failed;
        }
        one.space = *uri;
        for (std::size_t before = 0; before < at; ++before) {
            if (attributes_[before].space == *uri && attributes_[before].name == one.name) {
                return fail(Errc::ParseFailed, "an attribute occurs twice") != Event::Failed;
            }
        }
    }
    return true;
}

bool XmlCursor::bind(std::string_view prefix, std::string_view uri) {
    const bool is_good = prefix.empty() || (!uri.empty() && prefix != "xmlns" &&
                                            (prefix != "xml" || uri == kXmlSpace));
    if (!is_good) return fail(Errc::ParseFailed, "a prefix stands for nothing") != Event::Failed;
    if (bindings_.size() == kBindingsMax) {
        return fail(Errc::LimitExceeded, "too many namespaces") != Event::Failed;
    }
    bindings_.push_back({prefix, uri, open_.size()});
    return true;
}

std::optional<std::string_view> XmlCursor::space_of(std::string_view prefix) const {
    for (auto one = bindings_.rbegin(); one != bindings_.rend(); ++one) {
        if (one->prefix == prefix) return one->uri;
    }
    if (prefix.empty()) return std::string_view{};
    if (prefix == "xml") return kXmlSpace;
    return std::nullopt;
}

void XmlCursor::pop() {
    while (!bindings_.empty() && bindings_.back().depth == open_.size()) bindings_.pop_back();
    open_.pop_back();
}

}  // namespace luqiao::mapping
