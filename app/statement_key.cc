#include "app/statement_key.h"

#include "app/configuration.h"
#include "app/files.h"
#include "base/json.h"
#include "security/document.h"
#include "security/keys.h"

#include <simdjson.h>

namespace luqiao::app {
namespace {

constexpr std::string_view kAlgorithm = "SM2-SM3";

/// The exact text of a member's value.
Result<std::string> raw_member(simdjson::ondemand::document& document, const char* name) {
    std::string_view text;
    simdjson::ondemand::object object;
    if (document[name].get_object().get(object) != simdjson::SUCCESS ||
        object.raw_json().get(text) != simdjson::SUCCESS) {
        return fail(Errc::ParseFailed, "the document has no object \"{}\"", name);
    }
    return std::string(text);
}

}  // namespace

Result<StatementKey> open_statement_key(const std::filesystem::path& keys) {
    const std::filesystem::path path = keys / "statement.key";
    StatementKey out;
    if (std::filesystem::exists(path)) {
        LQ_TRY(out.private_pem, read_file(path));
        LQ_TRY(out.public_pem, security::public_half(out.private_pem));
    } else {
        std::error_code ignored;  // writing the file says what is wrong
        std::filesystem::create_directories(keys, ignored);
        LQ_TRY(auto pair, security::generate_sm2_pair());
        out = {std::move(pair.private_pem), std::move(pair.public_pem)};
        LQ_CHECK(write_file(path, out.private_pem));
    }
    // Unchanged, it is left alone: the folder of keys may be mounted for reading only.
    const auto written = read_file(keys / "statement.pub");
    if (!written || *written != out.public_pem) {
        LQ_CHECK(write_file(keys / "statement.pub", out.public_pem));
    }
    return out;
}

Result<std::string> sign_statement(const StatementKey& key, std::string_view statement) {
    LQ_TRY(const std::string signature, security::sign_document(key.private_pem, statement));
    JsonWriter json;
    json.begin_object().key("statement").raw(statement).key("signature").begin_object();
    json.field("algorithm", kAlgorithm)
        .field("public_key", key.public_pem)
        .field("value", signature)
        .end_object()
        .end_object();
    return json.take();
}

Result<std::string> verify_statement(std::string_view document, std::string_view public_pem) {
    const simdjson::padded_string padded(document);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document parsed;
    if (parser.iterate(padded).get(parsed) != simdjson::SUCCESS) {
        return fail(Errc::ParseFailed, "the document is no JSON");
    }
    LQ_TRY(std::string statement, raw_member(parsed, "statement"));
    std::string_view algorithm;
    std::string_view value;
    simdjson::ondemand::object signature;
    if (parsed["signature"].get_object().get(signature) != simdjson::SUCCESS ||
        signature["algorithm"].get_string().get(algorithm) != simdjson::SUCCESS ||
        algorithm != kAlgorithm ||
        signature["value"].get_string().get(value) != simdjson::SUCCESS) {
        return fail(Errc::ParseFailed, "the document has no signature of SM2-SM3");
    }
    LQ_CHECK(security::verify_document(public_pem, statement, value));
    return statement;
}

}  // namespace luqiao::app
