#include "adapters/file_outcome.h"

#include "adapters/polling.h"

#include <fmt/format.h>

namespace luqiao::adapters {
namespace {

constexpr std::string_view kAckHeader =
    "record,result,message_id,case_number,sm3,code,text,bundle\r\n";
constexpr std::string_view kErrorHeader = "record,code,position,zh,en\r\n";

std::string error_row(std::string_view record,
                      std::string_view code,
                      std::string_view position,
                      const Text& text) {
    return fmt::format("{},{},{},{},{}\r\n", record, code, csv_field(position), csv_field(text.zh),
                       csv_field(text.en));
}

}  // namespace

std::string csv_field(std::string_view text) {
    std::string content;
    if (!text.empty() &&
        std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
        content = "'";
    }
    content += text;
    if (content.find_first_of(",\"\r\n") == std::string::npos) return content;
    std::string out = "\"";
    for (const char c : content) {
        out += c;
        if (c == '"') out += c;
    }
    return out + "\"";
}

std::string acknowledgement_csv(const std::vector<RecordOutcome>& outcomes) {
    std::string out(kAckHeader);
    for (const RecordOutcome& one : outcomes) {
        if (const auto* receipt = std::get_if<broker::Receipt>(one.answer)) {
            out += fmt::format("{},ok,{},{},{},,,{}\r\n", one.record,
                               csv_field(receipt->message_id), csv_field(receipt->case_number),
                               csv_field(receipt->sm3), csv_field(receipt->bundle));
        } else {
            const auto& problem = std::get<broker::Problem>(*one.answer);
            out += fmt::format("{},error,,,,{},{},{}\r\n", one.record, problem_id(problem),
                               csv_field(problem_text(problem)), csv_field(problem.bundle));
        }
    }
    return out;
}

std::string error_csv(const std::vector<RecordOutcome>& outcomes) {
    std::string rows;
    for (const RecordOutcome& one : outcomes) {
        const auto* problem = std::get_if<broker::Problem>(one.answer);
        if (problem == nullptr) continue;
        const std::string record = std::to_string(one.record);
        const std::string line = fmt::format("line {}", one.line);
        rows += error_row(record, problem_id(*problem), line, problem->detail);
        for (const broker::FieldProblem& finding : problem->errors) {
            rows += error_row(record, finding.code, fmt::format("{} {}", line, finding.pointer),
                              finding.message);
        }
    }
    return rows.empty() ? rows : std::string(kErrorHeader) + rows;
}

std::string file_error_csv(const Error& error) {
    const ErrorInfo& row = info(error.code);
    return std::string(kErrorHeader) +
           error_row(
               "", row.id, error.where,
               {std::string(row.title_zh), fmt::format("{}: {}", row.title_en, error.message)});
}

}  // namespace luqiao::adapters
