#include "app/operator_looks.h"

#include <fmt/format.h>

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace luqiao::app {
namespace {

constexpr std::size_t kActorMost = 200;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out +=
            is_plain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_coded = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 &&
                              digit(text[at + 2]) >= 0;
        out +=
            is_coded ? static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2])) : text[at];
        if (is_coded) at += 2;
    }
    return out;
}

std::string account_name() {
    std::array<char, 4096> space{};
    passwd entry{};
    passwd* found = nullptr;
    const bool is_known =
        ::getpwuid_r(::getuid(), &entry, space.data(), space.size(), &found) == 0 &&
        found != nullptr;
    return is_known ? std::string(found->pw_name) : fmt::format("uid {}", ::getuid());
}

std::string asked_by(const broker::Question& question) {
    std::string out;
    const auto add = [&out](std::string_view word) {
        if (!out.empty()) out += ' ';
        out += word;
    };
    if (!question.number.empty()) add("number");
    if (!question.name.empty()) add("name");
    if (!question.party.empty()) add("party=" + question.party);
    if (!question.state.empty()) add("state=" + question.state);
    if (!question.light.empty()) add("light=" + question.light);
    if (!question.alert.empty()) add("alert=" + question.alert);
    if (question.from) add("since=" + to_rfc3339(*question.from));
    if (question.until) add("until=" + to_rfc3339(*question.until));
    return out.empty() ? "everything" : out;
}

Result<std::string> on_record(broker::Store& store,
                              const Look& look,
                              Instant at,
                              Result<std::string> answer) {
    if (look.actor.empty() || look.actor.size() > kActorMost) {
        return fail(Errc::MissingRequired, "who asks is needed: it stands in the audit");
    }
    const broker::AuditEntry entry{
        .at = at,
        .actor = look.actor,
        .action = look.action,
        .outcome = answer ? look.outcome : std::string(info(answer.error().code).id),
        .subject = look.subject,
        .number = 0,
        .hash = {}};
    LQ_CHECK(store.audit(entry));
    return answer;
}

}  // namespace luqiao::app
