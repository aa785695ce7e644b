#include "app/operator_command.h"

#include "app/configuration.h"

#include <fmt/format.h>

#include <cstdio>

namespace luqiao::app {
namespace {

int exit_code(Errc code) {
    if (code == Errc::NotFound) return kNotFound;
    if (code == Errc::Conflict) return kConflict;
    const bool is_usage = code == Errc::InvalidArgument || code == Errc::MissingRequired ||
                          code == Errc::ParseFailed || code == Errc::BadValue;
    return is_usage ? kBadUsage : kCannotReach;
}

}  // namespace

int run(const OperatorCommand& command, const ConfOptions& conf, bool as_json) {
    const Configuration configuration = load_configuration(conf.conf, conf.overlays);
    if (!has_server(configuration)) return kBadUsage;
    const auto answer = command.ask(configuration.server->data);
    if (!answer) {
        fmt::print(stderr, "{} {}\n", info(answer.error().code).id, answer.error().message);
        return exit_code(answer.error().code);
    }
    const auto document = nlohmann::json::parse(*answer);
    if (as_json) {
        fmt::print("{}\n", *answer);
    } else {
        command.print(document);
    }
    return command.code ? command.code(document) : kDone;
}

}  // namespace luqiao::app
