#include "base/diagnostic.h"

#include <algorithm>
#include <optional>

namespace luqiao {
namespace {

/// One edit as bytes of the file.
struct Span {
    std::size_t begin;
    std::size_t end;
    std::string_view text;
};

/// Where each line begins, and the end of the text.
std::vector<std::size_t> line_starts(std::string_view text) {
    std::vector<std::size_t> out{0};
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        out.push_back(at + 1);
    }
    return out;
}

class Mender {
public:
    explicit Mender(std::string_view text) : text_(text), starts_(line_starts(text)) {}

    /// Takes all edits of the fix, unless one meets what was taken before.
    bool take(const Fix& fix) {
        std::vector<Span> spans;
        for (const Edit& edit : fix.edits) {
            const auto span = to_bytes(edit);
            if (!span || meets(*span, spans_) || meets(*span, spans)) return false;
            spans.push_back(*span);
        }
        spans_.insert(spans_.end(), spans.begin(), spans.end());
        return !spans.empty();
    }

    std::string run() {
        std::sort(spans_.begin(), spans_.end(),
                  [](const Span& a, const Span& b) { return a.begin < b.begin; });
        std::string out;
        std::size_t at = 0;
        for (const Span& span : spans_) {
            out += text_.substr(at, span.begin - at);
            out += span.text;
            at = span.end;
        }
        return out += text_.substr(at);
    }

private:
    /// Nothing when the place is not in the text.
    [[nodiscard]] std::optional<Span> to_bytes(const Edit& edit) const {
        const Position& at = edit.at;
        if (at.line < 1 || at.column < 1 || at.length < 0) return std::nullopt;
        const auto index = static_cast<std::size_t>(at.line) - 1;
        if (index >= starts_.size()) return std::nullopt;
        const std::size_t start = starts_[index];
        const std::size_t next = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
        std::string_view line = text_.substr(start, next - start);
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
        const std::size_t size = code_points(line);
        const auto first = static_cast<std::size_t>(at.column) - 1;
        const std::size_t last = first + static_cast<std::size_t>(at.length);
        if (first > size || last > size + 1) return std::nullopt;
        const std::size_t end = last > size ? next : start + prefix_code_points(line, last).size();
        return Span{start + prefix_code_points(line, first).size(), end, edit.text};
    }

    /// Two insertions at one place meet as well: their order would be a guess.
    static bool meets(const Span& span, const std::vector<Span>& others) {
        return std::any_of(others.begin(), others.end(), [&](const Span& other) {
            return span.begin == other.begin || (span.begin < other.end && other.begin < span.end);
        });
    }

    std::string_view text_;
    std::vector<std::size_t> starts_;
    std::vector<Span> spans_;
};

}  // namespace

Mended mend(std::string_view text,
            const std::string& file,
            const std::vector<Diagnostic>& findings) {
    Mender mender(text);
    Mended out;
    for (const Diagnostic& finding : findings) {
        const Fix& fix = finding.fix;
        const bool is_here =
            !fix.edits.empty() && std::all_of(fix.edits.begin(), fix.edits.end(),
                                              [&](const Edit& e) { return e.at.file == file; });
        if (is_here && fix.safe && mender.take(fix)) ++out.fixes;
    }
    out.text = mender.run();
    return out;
}

}  // namespace luqiao
