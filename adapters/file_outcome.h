// adapters/file_outcome.h - what became of a file's records, as the CSV files beside it.
#pragma once

#include "base/result.h"
#include "broker/ports.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::adapters {

/// The last answer to one record.
struct RecordOutcome {
    std::size_t record = 0;  ///< from 1
    std::size_t line = 0;    ///< from 1, header lines included
    const broker::Answer* answer = nullptr;
};

/// NAME.ack.csv: record,result,message_id,case_number,sm3,code,text,bundle - one row per record.
std::string acknowledgement_csv(const std::vector<RecordOutcome>& outcomes);

/// NAME.err: record,code,position,zh,en - one row per finding; empty when nothing was refused.
std::string error_csv(const std::vector<RecordOutcome>& outcomes);

/// NAME.err of a file that was not read at all.
std::string file_error_csv(const Error& error);

/// One CSV field (RFC 4180). A field that a spreadsheet would take for a formula gets a leading
/// apostrophe.
std::string csv_field(std::string_view text);

}  // namespace luqiao::adapters
