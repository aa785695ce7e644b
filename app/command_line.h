// app/command_line.h - the commands of `luqiao` and their exit codes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace luqiao::app {

/// Exit codes of every command: 0 done, 1 findings or a failed check, 2 bad usage or configuration,
/// 3 cannot reach or I/O, 5 not found, 6 conflict, 10 done and changes exist (only with
/// --exit-code).
enum ExitCode : int {
    kDone = 0,
    kFindings = 1,
    kBadUsage = 2,
    kCannotReach = 3,
    kNotFound = 5,
    kConflict = 6,
    kChangesExist = 10,
};

int run_command_line(int argc, char** argv);

/// What the commands that read conf/ have in common.
struct ConfOptions {
    std::filesystem::path conf = "conf";
    std::vector<std::filesystem::path> overlays;
};

/// `luqiao serve conf/`: runs until SIGTERM or SIGINT.
struct ServeOptions {
    ConfOptions conf;
    std::filesystem::path ready;  ///< gets the HTTP port when everything runs
    bool migrate = false;         ///< takes an older store along first
    bool trust_clock = false;     ///< though it is apart from what the store has seen
};
int serve_command(const ServeOptions& options);

/// `luqiao migrate plan|run`: an older store is taken along to the tables of this program.
struct MigrateOptions {
    ConfOptions conf;
    std::string verb;
    bool snapshot_taken = false;  ///< of PostgreSQL: there is a dump already
    bool exit_code = false;       ///< of plan: kChangesExist when something is to be done
    bool json = false;
};
int migrate_command(const MigrateOptions& options);

/// `luqiao reload`: the running server takes the rules as they are in its files now.
struct ReloadOptions {
    ConfOptions conf;  ///< which server: the one of its data folder
    bool json = false;
};
int reload_command(const ReloadOptions& options);

/// `luqiao status`: counts of the running server, and how it sends to each party.
struct StatusOptions {
    ConfOptions conf;
    bool json = false;
};
int status_command(const StatusOptions& options);

/// `luqiao msg find|show|trace|redrive|arrived|shelve`: cases by what is known of them, one
/// message, one case across departments, a decision about one delivery.
struct MsgOptions {
    ConfOptions conf;
    std::string verb;
    std::string target;  ///< of find: any number, or empty; of trace: a case number; else an id
    std::string name, party, state, light, alert, since, until, before;
    std::size_t limit = 50;
    std::string actor, reason;
    bool json = false;
};
int msg_command(const MsgOptions& options);

/// `luqiao fail groups|plan|plans|run|pause|cancel`: what failed, and plans to send it again.
struct FailOptions {
    ConfOptions conf;
    std::string verb;
    std::string target;  ///< of plan: the group, or empty; else the plan
    MsgOptions query;    ///< of plan without a group: which cases
    std::string service, bundle = "pinned";
    bool skip_present = false;
    std::string from;  ///< of plan and groups: the deliveries' state
    std::string rate = "10/s";
    unsigned pause_over = 20;
    std::string actor, reason;
    bool json = false;
};
int fail_command(const FailOptions& options);

/// `luqiao recon run|show|list|settle|give|statement|verify`: daily reconciliation with a party.
struct ReconOptions {
    ConfOptions conf;
    std::string verb;
    std::string party, day;
    std::string of = "received";
    std::string month;      ///< of list: 2025-10; empty: this one
    std::string to;         ///< of settle: redriven, held or accepted
    std::string key, kind;  ///< of settle: which differences; none named: all
    bool dry_run = false;
    std::string actor, reason;
    std::filesystem::path file;      ///< of statement: where it goes; of verify: what is checked
    std::filesystem::path key_file;  ///< of verify: the public key that is trusted
    bool json = false;
};
int recon_command(const ReconOptions& options);
/// Needs no server and no configuration: the document and the key are enough.
int recon_verify_command(const ReconOptions& options);

/// `luqiao retention status|plan|hold|release`: what goes for age, and cases that may not.
struct RetentionOptions {
    ConfOptions conf;
    std::string verb;
    std::string number;  ///< of hold and release: the case
    std::string actor, reason;
    bool json = false;
};
int retention_command(const RetentionOptions& options);

/// `luqiao audit verify`: whether the chain of the audit is whole; kFindings when it is not,
/// kNotFound when the anchor's row went for age.
struct AuditOptions {
    ConfOptions conf;
    std::string actor;   ///< empty: the account
    std::string anchor;  ///< "ROW:HASH" that was written down earlier; empty: none
    bool json = false;
};
int audit_command(const AuditOptions& options);

/// `luqiao init`: key files for every party that lacks them.
int init_command(const ConfOptions& options);

/// `luqiao simulate PARTY`
struct SimulateOptions {
    ConfOptions conf;
    std::string party;
    std::string broker_url;
    std::uint16_t broker_thrift_port = 0;
    std::filesystem::path journal;
    std::filesystem::path ready;
    std::uint64_t seed = 1;
    std::string mood = "normal";  ///< normal, correcting, refusing, slow, down, twice
    std::string down_after = "2s";
    std::string down_for = "0s";
    std::string manifest;  ///< only gives its manifest of this day, out of the journal
};
int simulate_command(const SimulateOptions& options);

/// `luqiao demo`
struct DemoOptions {
    ConfOptions conf;
    std::size_t cases = 24;
    std::uint64_t seed = 1;
    bool faults = false;
    bool json = false;
    bool keep = false;
    int timeout_seconds = 180;
};
int demo_command(const DemoOptions& options);

/// `luqiao bench`: durable submits per second through HTTP.
struct BenchOptions {
    ConfOptions conf;
    std::size_t connections = 32;
    std::size_t seconds = 5;
    bool json = false;
};
int bench_command(const BenchOptions& options);

}  // namespace luqiao::app
