// app/rule_commands.h - the commands of rule authors: what each is told, and the function behind
// it.
#pragma once

#include "app/command_line.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace luqiao::app {

/// What runs once the command line is read.
using Chosen = std::function<int()>;

/// `conf` as a positional argument with a default, and `--with` for overlays.
void add_conf(CLI::App& command, ConfOptions& options);
/// The same as `--conf`, where the command has other positional arguments.
void add_conf_flag(CLI::App& command, ConfOptions& options);

/// `luqiao case add|suggest`, beside `case show`.
void add_case_commands(CLI::App& cases, Chosen& chosen);

/// All of them; `chosen` is set by the one that is named.
void add_rule_commands(CLI::App& app, Chosen& chosen);

/// `luqiao check`: every finding of every file.
struct CheckOptions {
    ConfOptions conf;
    bool json = false;
    bool notes = false;
};
int check_command(const CheckOptions& options);

/// `luqiao map RULE --in FILE [--reverse [--base FILE]] [--to MAP] [--explain]`: one message
/// through one map.
struct MapOptions {
    ConfOptions conf;
    std::string rule;
    std::filesystem::path in;    ///< "-" or empty: standard input
    bool reverse = false;        ///< canonical JSON to the party's bytes
    std::filesystem::path base;  ///< of `reverse`: the party's earlier message, for `base keep`
    std::string to;              ///< the map that writes what `rule` has read; empty: none
    bool explain = false;        ///< what each row did, instead of the output
    bool issues = false;         ///< what the party is told, instead of the output
    bool json = false;           ///< of `explain`
    bool reveal = false;         ///< personal values as they are
};
int map_command(const MapOptions& options);

/// `luqiao explain FIELD` and `luqiao explain --matrix`: who sends and who learns what.
struct ExplainOptions {
    ConfOptions conf;
    std::string field;         ///< path, label or PARTY.MESSAGE:WIREPATH; empty with `matrix`
    bool matrix = false;       ///< all fields by all parties
    std::string least = "C0";  ///< of `matrix`: the lowest class that is shown
    bool csv = false;          ///< of `matrix`
    bool json = false;
};
int explain_command(const ExplainOptions& options);

/// `luqiao diff A B` or `luqiao diff [CONF] --base REV`: what changes, and whom it may hurt.
struct DiffOptions {
    std::vector<std::filesystem::path> folders;   ///< two; with `base` one or none (conf)
    std::string base;                             ///< git revision of the folder
    std::vector<std::filesystem::path> samples;   ///< folders of messages: MAP/NAME or MAP.EXT
    std::vector<std::filesystem::path> overlays;  ///< TOML laid over both
    bool json = false;
    bool exit_code = false;  ///< kChangesExist when there are any
};
int diff_command(const DiffOptions& options);

/// `luqiao fmt [FILES|conf]`: one layout for every form, format and map.
struct FmtOptions {
    std::vector<std::filesystem::path> paths = {"conf"};  ///< files, or folders with them
    bool check = false;      ///< name the files that would change, change none
    bool to_stdout = false;  ///< write the text there instead of into the files
};
int fmt_command(const FmtOptions& options);

/// `luqiao prove [MAP]`: runs what the rows promise.
struct ProveOptions {
    ConfOptions conf;
    std::string map;
    std::uint64_t seed = 1;
    std::size_t samples = 200;
    std::size_t messages = 40;
    bool rows = false;
    bool json = false;
};
int prove_command(const ProveOptions& options);
/// `luqiao doc PAGE`: a reference page made of the declarations in the code, as Markdown.
struct DocOptions {
    std::string page;
};
int doc_command(const DocOptions& options);

/// `luqiao test [MAP] [NAME]`: every golden case, or those of one map, or one.
struct TestOptions {
    ConfOptions conf;
    std::string map;
    std::string name;
    bool update = false;
    bool json = false;
};
int test_command(const TestOptions& options);

/// `luqiao case add FILE --map MAP --name NAME`: freezes a message as a golden case.
struct CaseAddOptions {
    ConfOptions conf;
    std::filesystem::path file;
    std::string map;
    std::string name;
    bool reverse = false;  ///< the file is a record in canonical form
    bool force = false;
};
int case_add_command(const CaseAddOptions& options);

/// `luqiao sheet export MAP|--all`: maps as workbooks for business analysts.
struct SheetExportOptions {
    ConfOptions conf;
    std::string rule;
    bool all = false;
    std::filesystem::path out;  ///< the workbook; with `all` a folder. Empty: MAP.xlsx here
};
int sheet_export_command(const SheetExportOptions& options);

/// `luqiao sheet import FILE`: checks a workbook and shows what it changes; saves it with `write`.
struct SheetImportOptions {
    ConfOptions conf;
    std::filesystem::path file;
    bool write = false;
    bool force = false;
    bool rebase = false;
    bool exit_code = false;
    bool json = false;
};
int sheet_import_command(const SheetImportOptions& options);

/// `luqiao case suggest MAP [--write]`: cases for every branch and edge of a map.
struct CaseSuggestOptions {
    ConfOptions conf;
    std::string map;
    std::uint64_t seed = 1;
    bool write = false;
    bool force = false;  ///< replace cases of the same name
};
int case_suggest_command(const CaseSuggestOptions& options);

}  // namespace luqiao::app
