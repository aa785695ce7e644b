#include "app/configuration.h"
#include "app/rule_commands.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "authoring/trace.h"

namespace luqiao::app {
namespace {

using mapping::Program;

Result<std::string> input(const std::filesystem::path& path) {
    if (!path.empty() && path != "-") return read_file(path);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// One message on its way: read by one map, perhaps written by another.
class MapRun {
public:
    MapRun(const MapOptions& options, const mapping::Bundle& bundle)
        : options_(options), trace_{bundle.hash(), options.reveal} {}

    int from_party(const Program& program, std::string_view bytes, const Program* to) {
        const mapping::Decoded decoded = mapping::decode(program, bytes);
        if (is_traced()) show(authoring::trace_decode(program, bytes, trace_));
        if (!decoded.issues.rejected() && to != nullptr) return to_party(*to, decoded.record);
        return finish(decoded.issues, mapping::to_json(decoded.record));
    }

    int to_party(const Program& program,
                 const mapping::Record& record,
                 std::string_view base = {}) {
        const mapping::Encoded encoded = base.empty() ? mapping::encode(program, record)
                                                      : mapping::encode(program, record, base);
        if (is_traced()) show(authoring::trace_encode(program, record, trace_));
        return finish(encoded.issues, encoded.bytes);
    }

private:
    [[nodiscard]] bool is_traced() const { return options_.explain || options_.issues; }

    void show(const authoring::Trace& trace) {
        std::string text = options_.issues ? authoring::issues_json(trace)
                           : options_.json ? authoring::to_json(trace)
                                           : authoring::to_table(trace);
        if (text.ends_with('\n')) text.pop_back();
        shown_.push_back(std::move(text));
    }

    /// What was shown is one document: with two maps an array of two.
    void print_shown() const {
        const bool is_json = options_.issues || options_.json;
        if (is_json && !options_.to.empty()) {
            fmt::print("[{}]\n", fmt::join(shown_, ","));
        } else {
            fmt::print("{}\n", fmt::join(shown_, "\n\n"));
        }
    }

    [[nodiscard]] int finish(const mapping::Issues& issues, std::string_view output) const {
        if (is_traced()) {
            print_shown();
            return issues.rejected() ? kFindings : kDone;
        }
        for (const mapping::Issue& issue : issues.list) {
            fmt::print(stderr, "{}\n", mapping::to_json(issue, issues.bundle));
        }
        fmt::print(stderr, "规则 | bundle {}\n", trace_.bundle);
        if (issues.rejected()) return kFindings;
        std::fwrite(output.data(), 1, output.size(), stdout);
        if (!output.ends_with('\n')) std::fputc('\n', stdout);
        return kDone;
    }

    const MapOptions& options_;
    authoring::TraceOptions trace_;
    std::vector<std::string> shown_;
};

}  // namespace

int map_command(const MapOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    const Program* program = find_map(bundle, options.rule);
    const Program* to = options.to.empty() ? nullptr : find_map(bundle, options.to);
    if (program == nullptr || (to == nullptr && !options.to.empty())) return kNotFound;
    if (to != nullptr && to->form != program->form) {
        fmt::print(stderr, "{}与{}的表单不同：{}、{} | the maps are of different forms\n",
                   options.rule, options.to, program->form->name, to->form->name);
        return kBadUsage;
    }
    const auto bytes = input(options.in);
    if (!bytes) {
        fmt::print(stderr, "{}: {}\n", bytes.error().where, bytes.error().message);
        return kCannotReach;
    }
    MapRun run(options, bundle);
    if (!options.reverse) return run.from_party(*program, *bytes, to);
    const auto record = mapping::from_json(program->form, *bytes);
    if (!record) {
        fmt::print(stderr, "{} {} ({})\n", info(record.error().code).id, record.error().message,
                   record.error().where);
        return kFindings;
    }
    if (options.base.empty()) return run.to_party(*program, *record);
    if (!program->keeps_base) {
        fmt::print(stderr, "{}没有声明 base keep | {} does not declare base keep\n", options.rule,
                   options.rule);
        return kBadUsage;
    }
    const auto base = read_file(options.base);
    if (!base) {
        fmt::print(stderr, "{}: {}\n", base.error().where, base.error().message);
        return kCannotReach;
    }
    return run.to_party(*program, *record, *base);
}

}  // namespace luqiao::app
