// mapping/issue.h - what was wrong with one field of one message, for the sender and for the
// operator.
#pragma once

#include "base/diagnostic.h"
#include "base/errors.h"
#include "base/text.h"
#include "mapping/type.h"

#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// One finding about one value. Never holds an unmasked C2 or C3 value.
struct Issue {
    Errc code = Errc::BadValue;
    std::string pointer;   ///< the wire side: JSON pointer "/sqr/csrq", XPath-like "BODY/CSRQ",
                           ///< column, or "byte 12"
    std::string field;     ///< the canonical side: "applicant.birth_date"; empty when unknown
    std::string rule;      ///< "sti.apply.map:12:3"; empty for findings of the format itself
    std::string expected;  ///< "yyyyMMdd", "code of country.alpha3", "at most 60 bytes of GB18030"
    std::string
        got_masked;  ///< masked when the field is C2 or C3, else as sent; at most 64 characters
    Text message;    ///< one sentence, both languages, with the field's labels
    Severity severity =
        Severity::Error;  ///< Error: the message is rejected; Warning: accepted with a flag
};

/// What is known about a finding; make_issue masks and words it.
struct IssueParts {
    Errc code = Errc::BadValue;
    Severity severity = Severity::Error;
    std::string pointer = {};
    std::string field = {};
    const Position* rule = nullptr;   ///< the row, or nullptr
    Text label = {};                  ///< of the canonical field, else of the party's
    std::string_view wire_name = {};  ///< "csrq"
    std::string expected = {};
    std::string_view got = {};  ///< as it was sent
    Privacy privacy = Privacy::C1;
};

/// The issue with its sentence: "出生日期(csrq) 应为 yyyyMMdd". `got` is masked for C2 and C3 and
/// cut to 64 characters; bytes that are not UTF-8 are left out.
Issue make_issue(const IssueParts& parts);

/// All issues of one message, found in one pass.
struct Issues {
    std::vector<Issue> list;
    std::string bundle;  ///< hash of the rules that found them; set when there are any

    [[nodiscard]] bool rejected() const {
        for (const Issue& issue : list) {
            if (issue.severity == Severity::Error) return true;
        }
        return false;
    }
};

/// The issue as one JSON object {code, pointer, field, rule, expected, got_masked, severity,
/// message:{zh,en}, bundle}; the last one is left out when it is not known.
std::string to_json(const Issue& issue, std::string_view bundle = {});

}  // namespace luqiao::mapping
