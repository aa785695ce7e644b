// app/statement_key.h - the SM2 key that signs statements (平账单), and checking one without it.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace luqiao::app {

struct StatementKey {
    std::string private_pem;
    std::string public_pem;
};

/// Reads `keys`/statement.key and writes `keys`/statement.pub beside it, for those who check; makes
/// a new pair when there is none.
/// @errors Unavailable: cannot be written; InvalidArgument: no SM2 key
Result<StatementKey> open_statement_key(const std::filesystem::path& keys);

/// The statement with its signature, as one JSON document.
/// @errors Internal
Result<std::string> sign_statement(const StatementKey& key, std::string_view statement);

/// Checks a signed statement against the key that the checker trusts. Needs nothing else.
/// @return the bytes of the statement that were signed
/// @errors ParseFailed: no signed statement; BadSignature; InvalidArgument: no SM2 key
Result<std::string> verify_statement(std::string_view document, std::string_view public_pem);

}  // namespace luqiao::app
