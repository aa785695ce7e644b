#include "authoring/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "authoring/compare.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::Record;

constexpr std::string_view kNothing = "nothing";

Difference broken(std::string file, const Error& error) {
    return {std::move(file),
            error.where,
            "JSON of the right shape",
            fmt::format("{} {}", info(error.code).id, error.message),
            {}};
}

/// The issues that only one of two files has.
void compare_issues(const std::optional<std::string>& expected,
                    const std::string& actual,
                    std::vector<Difference>& out) {
    const std::string file = "issues.json";
    const auto want = issue_lines(expected ? std::string_view(*expected) : "[]");
    const auto got = issue_lines(actual);
    if (!want) {
        out.push_back(broken(file, want.error()));
        return;
    }
    if (!got) return;
    std::vector<std::string> missing;
    std::vector<std::string> surplus;
    std::set_difference(want->begin(), want->end(), got->begin(), got->end(),
                        std::back_inserter(missing));
    std::set_difference(got->begin(), got->end(), want->begin(), want->end(),
                        std::back_inserter(surplus));
    for (const std::string& line : missing) {
        out.push_back({file, {}, line, std::string(kNothing), {}});
    }
    for (const std::string& line : surplus) {
        out.push_back({file, {}, std::string(kNothing), line, {}});
    }
}

class Run {
public:
    Run(const Program& program, const GoldenCase& golden) : program_(program), golden_(golden) {
        out_.actual.map = golden.map;
        out_.actual.name = golden.name;
        out_.is_read = golden.in.has_value();
    }

    CaseResult run() {
        if (golden_.in) {
            read();
        } else if (golden_.canonical) {
            write_given();
        } else {
            out_.differences.push_back(
                {{}, {}, "in." + extension() + " or canonical.json", std::string(kNothing), {}});
            return std::move(out_);
        }
        const std::string found = issues_json(out_.issues);
        compare_issues(golden_.issues, found, out_.differences);
        if (!out_.issues.list.empty()) out_.actual.issues = found;
        return std::move(out_);
    }

private:
    [[nodiscard]] std::string extension() const {
        return std::string(case_extension(program_.format->kind));
    }

    void read() {
        out_.actual.in = golden_.in;
        mapping::Decoded decoded = mapping::decode(program_, *golden_.in);
        out_.issues = std::move(decoded.issues);
        out_.record = std::move(decoded.record);
        const bool is_rejected = out_.issues.rejected();
        if (!is_rejected) out_.actual.canonical = laid_out(mapping::to_json(*out_.record));
        if (golden_.canonical) compare_canonical(is_rejected);
        if (!is_rejected) write_back();
        if (is_rejected && golden_.back) {
            out_.differences.push_back(
                {"back." + extension(), {}, "bytes", "the message is rejected", {}});
        }
    }

    void compare_canonical(bool is_rejected) {
        if (is_rejected) {
            out_.differences.push_back(
                {"canonical.json", {}, "a record", "the message is rejected", {}});
            return;
        }
        const auto expected = mapping::from_json(program_.form, *golden_.canonical);
        if (!expected) {
            out_.differences.push_back(broken("canonical.json", expected.error()));
            return;
        }
        for (FieldDifference& field : compare(program_, *expected, *out_.record)) {
            out_.differences.push_back({"canonical.json", std::move(field.field),
                                        std::move(field.left), std::move(field.right),
                                        std::move(field.rule)});
        }
    }

    /// What is read is written again, when the map can.
    void write_back() {
        const mapping::Encoded encoded = mapping::encode(program_, *out_.record);
        out_.is_written = writes_anything(program_) && !encoded.issues.rejected();
        if (!out_.is_written) {
            if (golden_.back) compare_bytes(std::nullopt, encoded.issues);
            return;
        }
        if (encoded.bytes != *golden_.in) out_.actual.back = encoded.bytes;
        compare_bytes(encoded.bytes, encoded.issues);
    }

    void write_given() {
        out_.actual.canonical = golden_.canonical;
        auto record = mapping::from_json(program_.form, *golden_.canonical);
        if (!record) {
            out_.differences.push_back(broken("canonical.json", record.error()));
            return;
        }
        out_.record = *std::move(record);
        mapping::Encoded encoded = mapping::encode(program_, *out_.record);
        out_.issues = std::move(encoded.issues);
        out_.is_written = !out_.issues.rejected();
        if (out_.is_written) out_.actual.back = encoded.bytes;
        if (out_.is_written || golden_.back) {
            compare_bytes(out_.actual.back, out_.issues);
        }
    }

    void compare_bytes(const std::optional<std::string>& actual, const mapping::Issues& issues) {
        const std::string file = "back." + extension();
        const std::optional<std::string>& expected = golden_.back ? golden_.back : golden_.in;
        if (!actual) {
            for (const mapping::Issue& issue : issues.list) {
                if (issue.severity != Severity::Error) continue;
                out_.differences.push_back(
                    {file, issue.field, "bytes",
                     fmt::format("{} {}", info(issue.code).id, issue.message.en), issue.rule});
            }
            return;
        }
        if (!expected) {
            out_.differences.push_back(
                {file, {}, "the file", fmt::format("{} bytes", actual->size()), {}});
            return;
        }
        if (*actual == *expected) return;
        out_.differences.push_back(byte_difference(file, *expected, *actual));
        // The fields say more than the offset, when both sides can be read.
        const auto left = mapping::decode(program_, *expected);
        const auto right = mapping::decode(program_, *actual);
        for (FieldDifference& field : compare(program_, left.record, right.record)) {
            out_.differences.push_back({file, std::move(field.field), std::move(field.left),
                                        std::move(field.right), std::move(field.rule)});
        }
    }

    const Program& program_;
    const GoldenCase& golden_;
    CaseResult out_;
};

}  // namespace

std::string_view case_extension(mapping::FormatKind kind) {
    switch (kind) {
        case mapping::FormatKind::Json:
        case mapping::FormatKind::Table: return "json";
        case mapping::FormatKind::Xml: return "xml";
        case mapping::FormatKind::Csv: return "csv";
        case mapping::FormatKind::Fixed: return "txt";
        case mapping::FormatKind::Thrift: return "bin";
    }
    return "bin";
}

bool is_case_name(std::string_view name) {
    constexpr std::size_t kSizeMax = 80;
    if (name.empty() || name.size() > kSizeMax || name[0] == '.') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

CaseResult run_case(const Program& program, const GoldenCase& golden) {
    return Run(program, golden).run();
}

CaseResult freeze(const Program& program, GoldenCase given) {
    if (given.in) given.canonical.reset();
    if (given.canonical) given.canonical = laid_out(*given.canonical);
    given.back.reset();
    given.issues.reset();
    CaseResult result = run_case(program, given);
    // What the given file cannot be is an error; what the frozen ones will be is none.
    const bool is_record = result.record.has_value();
    if (is_record) result.differences.clear();
    return result;
}

std::string render(const GoldenCase& golden, const CaseResult& result) {
    std::string out = fmt::format("✗ {}/{}\n", golden.map, golden.name);
    for (const Difference& one : result.differences) {
        out += fmt::format("    {}{}{}: {} ⇒ {}{}\n", one.file, one.field.empty() ? "" : " ",
                           one.field, one.expected, one.actual,
                           one.rule.empty() ? "" : fmt::format("  ({})", one.rule));
    }
    return out;
}

}  // namespace luqiao::authoring
