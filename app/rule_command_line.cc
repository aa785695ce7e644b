#include "app/rule_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace luqiao::app {
namespace {

/// Options that live as long as the command may run; `run` gets them.
template <class Options>
Options& add(CLI::App& command, Chosen& chosen, int (*run)(const Options&)) {
    const auto options = std::make_shared<Options>();
    command.callback(
        [options, &chosen, run] { chosen = [options, run] { return run(*options); }; });
    return *options;
}

void add_check(CLI::App& app, Chosen& chosen) {
    CLI::App& command =
        *app.add_subcommand("check", "validate conf/: every finding of every file at once");
    CheckOptions& options = add(command, chosen, check_command);
    add_conf(command, options.conf);
    command.add_flag("--json", options.json, "one JSON document");
    command.add_flag("--notes", options.notes, "also notes");
}

void add_map(CLI::App& app, Chosen& chosen) {
    CLI::App& command = *app.add_subcommand("map", "run one message through one map");
    MapOptions& options = add(command, chosen, map_command);
    command.add_option("rule", options.rule, "map, such as sti.apply")->required();
    command.add_option("--in", options.in, "file to read; - or nothing: standard input");
    auto* reverse =
        command.add_flag("--reverse", options.reverse, "from canonical JSON to the party's bytes");
    command
        .add_option("--base", options.base,
                    "the party's earlier message, which a map with base keep writes over")
        ->needs(reverse);
    command.add_option("--to", options.to, "map that writes what RULE has read: party to party")
        ->excludes(reverse);
    auto* explain = command.add_flag("--explain", options.explain,
                                     "show what each row did, instead of the output");
    command.add_flag("--issues", options.issues, "show what the party is told, as one document")
        ->excludes(explain);
    command.add_flag("--json", options.json, "--explain as one JSON document")->needs(explain);
    command.add_flag("--reveal", options.reveal, "show personal values as they are")
        ->needs(explain);
    add_conf_flag(command, options.conf);
}

void add_explain(CLI::App& app, Chosen& chosen) {
    CLI::App& command =
        *app.add_subcommand("explain", "one field: every party that sends or learns it, and how");
    ExplainOptions& options = add(command, chosen, explain_command);
    command.add_option("field", options.field, "path, label (出生日期) or PARTY.MESSAGE:WIREPATH");
    auto* matrix =
        command.add_flag("--matrix", options.matrix, "all fields by all parties: who knows what");
    command.add_option("--class", options.least, "with --matrix: this class and higher")
        ->check(CLI::IsMember({"C0", "C1", "C2", "C3"}))
        ->needs(matrix);
    auto* csv = command.add_flag("--csv", options.csv, "--matrix as CSV")->needs(matrix);
    command.add_flag("--json", options.json, "one JSON document")->excludes(csv);
    add_conf_flag(command, options.conf);
}

void add_diff(CLI::App& app, Chosen& chosen) {
    CLI::App& command = *app.add_subcommand(
        "diff", "what changes between two configurations: SAFE, REVIEW, BREAKING");
    DiffOptions& options = add(command, chosen, diff_command);
    command.add_option("folders", options.folders, "before and after; with --base only after")
        ->expected(0, 2);
    command.add_option("--base", options.base,
                       "git revision of the folder, such as main or HEAD~1");
    command.add_option("--samples", options.samples,
                       "folder of messages to run through both: MAP/NAME or MAP.EXT");
    command.add_option("--with", options.overlays, "TOML laid over both configurations");
    command.add_flag("--json", options.json, "one JSON document");
    command.add_flag("--exit-code", options.exit_code, "exit 10 when anything differs");
}

void add_fmt(CLI::App& app, Chosen& chosen) {
    CLI::App& command =
        *app.add_subcommand("fmt", "lay out forms, formats and maps: columns, blocks, blank lines");
    FmtOptions& options = add(command, chosen, fmt_command);
    command.add_option("paths", options.paths, "files, or folders with them")
        ->capture_default_str();
    auto* check = command.add_flag("--check", options.check, "only name the files to be changed");
    command.add_flag("--stdout", options.to_stdout, "write the text to standard output")
        ->excludes(check);
}

void add_prove(CLI::App& app, Chosen& chosen) {
    CLI::App& command = *app.add_subcommand(
        "prove", "run what every row promises, over all values or edges and samples");
    ProveOptions& options = add(command, chosen, prove_command);
    command.add_option("map", options.map, "only this map, such as sti.apply");
    command.add_option("--seed", options.seed, "other values")->capture_default_str();
    command.add_option("--samples", options.samples, "random values per row")
        ->capture_default_str()
        ->check(CLI::Range(0, 100'000));
    command.add_option("--messages", options.messages, "whole messages per map")
        ->capture_default_str()
        ->check(CLI::Range(0, 100'000));
    command.add_flag("--rows", options.rows, "each row with its grade and what was run");
    command.add_flag("--json", options.json, "one JSON document");
    add_conf_flag(command, options.conf);
    void add_doc(CLI::App & app, Chosen & chosen) {
        CLI::App& command = *app.add_subcommand("doc", "print a reference page made from the code");
        DocOptions& options = add(command, chosen, doc_command);
        command.add_option("page", options.page, "the page, such as codecs")->required();
    }

    void add_test(CLI::App & app, Chosen & chosen) {
        CLI::App& command = *app.add_subcommand("test", "run the golden cases of conf/cases");
        TestOptions& options = add(command, chosen, test_command);
        command.add_option("map", options.map, "only the cases of this map");
        command.add_option("name", options.name, "only the case of this name");
        command.add_flag("--update", options.update, "write what comes out into cases that differ");
        command.add_flag("--json", options.json, "one JSON document");
        add_conf_flag(command, options.conf);
    }

    void add_sheet(CLI::App & app, Chosen & chosen) {
        CLI::App& sheet =
            *app.add_subcommand("sheet", "maps as spreadsheets, and back")->require_subcommand(1);
        CLI::App& out = *sheet.add_subcommand("export", "write maps as .xlsx workbooks");
        SheetExportOptions& exporting = add(out, chosen, sheet_export_command);
        auto* rule = out.add_option("rule", exporting.rule, "map, such as sti.apply");
        out.add_flag("--all", exporting.all, "every map, each as a workbook of its own")
            ->excludes(rule);
        out.add_option("--out", exporting.out, "the workbook, or with --all the folder");
        add_conf_flag(out, exporting.conf);

        CLI::App& in = *sheet.add_subcommand("import", "check a workbook and show what it changes");
        SheetImportOptions& importing = add(in, chosen, sheet_import_command);
        in.add_option("file", importing.file, "workbook made by sheet export")->required();
        in.add_flag("--write", importing.write, "save the map");
        auto* force = in.add_flag("--force", importing.force,
                                  "the workbook wins over changes of the map since the export");
        in.add_flag("--rebase", importing.rebase, "merge with changes of the map since the export")
            ->excludes(force);
        in.add_flag("--exit-code", importing.exit_code,
                    "exit 10 when the workbook changes the map");
        in.add_flag("--json", importing.json, "one JSON document");
        add_conf_flag(in, importing.conf);
    }

    void add_case_add(CLI::App & cases, Chosen & chosen) {
        CLI::App& command = *cases.add_subcommand("add", "freeze a message as a golden case");
        CaseAddOptions& options = add(command, chosen, case_add_command);
        command.add_option("file", options.file, "the message; invented data only")->required();
        command.add_option("--map", options.map, "map, such as sti.apply")->required();
        command.add_option("--name", options.name, "what the case shows")->required();
        command.add_flag("--reverse", options.reverse, "the file is a record in canonical JSON");
        command.add_flag("--force", options.force, "replace a case of that name");
        add_conf_flag(command, options.conf);
    }

    void add_case_suggest(CLI::App & cases, Chosen & chosen) {
        CLI::App& command = *cases.add_subcommand(
            "suggest", "make cases for every branch and edge of a map, with invented values");
        CaseSuggestOptions& options = add(command, chosen, case_suggest_command);
        command.add_option("map", options.map, "map, such as sti.apply")->required();
        command.add_option("--seed", options.seed, "other values")->capture_default_str();
        command.add_flag("--write", options.write, "write them to conf/cases; else only name them");
        command.add_flag("--force", options.force, "replace cases of the same name");
        add_conf_flag(command, options.conf);
    }

}  // namespace

void add_conf(CLI::App& command, ConfOptions& options) {
    command.add_option("conf", options.conf, "configuration folder")->capture_default_str();
    command.add_option("--with", options.overlays,
                       "TOML laid over the configuration (ports and folders of this machine)");
}

void add_conf_flag(CLI::App& command, ConfOptions& options) {
    command.add_option("--conf", options.conf, "configuration folder")->capture_default_str();
    command.add_option("--with", options.overlays, "TOML laid over the configuration");
}

void add_rule_commands(CLI::App& app, Chosen& chosen) {
    add_check(app, chosen);
    add_map(app, chosen);
    add_doc(app, chosen);
    add_fmt(app, chosen);
    add_diff(app, chosen);
    add_explain(app, chosen);
    add_prove(app, chosen);
    add_test(app, chosen);
    add_sheet(app, chosen);
}

void add_case_commands(CLI::App& cases, Chosen& chosen) {
    add_case_add(cases, chosen);
    add_case_suggest(cases, chosen);
}

}  // namespace luqiao::app
