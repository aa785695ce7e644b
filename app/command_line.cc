#include "app/command_line.h"

#include "app/allocator.h"
#include "app/case_commands.h"
#include "app/rule_commands.h"
#include "base/log.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace luqiao::app {
namespace {

/// All commands with their options; `chosen` is set by the one that was named.
class Commands {
public:
    explicit Commands(CLI::App& app) {
        app.require_subcommand(1);
        app.add_flag("--debug", debug_, "log everything");
        add_rule_commands(app, chosen_);
        running(app);
        migrating(app);
        failing(app);
        messages(app);
        reconciling(app);
        retaining(app);
        auditing(app);
        trying(app);
    }

    int run() {
        log::set_level(debug_ ? log::Level::Debug : log::Level::Info);
        return chosen_();
    }

private:
    void running(CLI::App& app) {
        CLI::App* serve = app.add_subcommand("serve", "run the broker");
        add_conf(*serve, serve_.conf);
        serve->add_option("--ready", serve_.ready,
                          "file that gets the HTTP port once everything runs");
        serve->add_flag("--migrate", serve_.migrate,
                        "take an older store along first, as luqiao migrate run does");
        serve->add_flag(
            "--trust-clock", serve_.trust_clock,
            "start though the clock is behind the newest case or apart from the store's");
        serve->callback([this] { chosen_ = [this] { return serve_command(serve_); }; });

        CLI::App* reload = app.add_subcommand(
            "reload", "let the running server take its rules as they are now, while messages run");
        add_conf_flag(*reload, reload_.conf);
        reload->add_flag("--json", reload_.json, "one JSON document");
        reload->callback([this] { chosen_ = [this] { return reload_command(reload_); }; });

        CLI::App* status = app.add_subcommand(
            "status", "the running server: counts, and how it sends to each party");
        add_conf_flag(*status, status_.conf);
        status->add_flag("--json", status_.json, "one JSON document");
        status->callback([this] { chosen_ = [this] { return status_command(status_); }; });

        CLI::App* init = app.add_subcommand("init", "make the key files that the parties lack");
        add_conf(*init, init_);
        init->callback([this] { chosen_ = [this] { return init_command(init_); }; });

        CLI::App* cases =
            app.add_subcommand("case", "cases: 办件 and golden ones")->require_subcommand(1);
        add_case_commands(*cases, chosen_);
        add_desk_commands(*cases, chosen_);
    }

    void migrating(CLI::App& app) {
        CLI::App& verbs =
            *app.add_subcommand("migrate", "an older store, taken along to this program")
                 ->require_subcommand(1);
        add_migrate(verbs, "plan", "from and to version, steps, rows, disk; changes nothing")
            .add_flag("--exit-code", migrate_.exit_code, "10 when something is to be done");
        add_migrate(verbs, "run", "a snapshot, then each step in a transaction of its own")
            .add_flag("--snapshot-taken", migrate_.snapshot_taken,
                      "of PostgreSQL: there is a dump already, pg_dump is not run");
    }

    CLI::App& add_migrate(CLI::App& verbs, const char* verb, const char* summary) {
        CLI::App& command = *verbs.add_subcommand(verb, summary);
        add_conf_flag(command, migrate_.conf);
        command.add_flag("--json", migrate_.json, "one JSON document");
        command.callback([this, verb] {
            migrate_.verb = verb;
            chosen_ = [this] { return migrate_command(migrate_); };
        });
        return command;
    }

    void failing(CLI::App& app) {
        CLI::App& verbs =
            *app.add_subcommand("fail", "失败与重推: what failed, and plans to send it again")
                 ->require_subcommand(1);
        add_fail(verbs, "groups", "failures by party, message and cause", nullptr)
            .add_option("--state", fail_.from,
                        "dead, unknown, waiting or shelved; else what is dead or unknown")
            ->check(CLI::IsMember({"dead", "unknown", "waiting", "shelved"}));
        add_fail(verbs, "plans", "every plan and how far it is", nullptr);
        CLI::App& plan = add_fail(verbs, "plan", "what would be sent; sends nothing", nullptr);
        plan.add_option("group", fail_.target, "of fail groups; or ask by --number, --party, …");
        add_signature(plan, fail_.actor, fail_.reason);
        add_question(plan, fail_.query);
        plan.add_option("--number", fail_.query.target, "of a case, item, message, document");
        plan.add_option("--service", fail_.service, "only cases of this service");
        plan.add_option("--from", fail_.from, "dead (default), unknown, waiting or shelved");
        plan.add_option("--bundle", fail_.bundle,
                        "pinned: the same bytes; current: made anew by the rules in force")
            ->check(CLI::IsMember({"pinned", "current"}))
            ->capture_default_str();
        plan.add_flag("--skip-present", fail_.skip_present,
                      "ask the party first: what it holds is confirmed as arrived, not sent again");
        plan.add_option("--rate", fail_.rate, "50/s, 100/m, 2000/h")->capture_default_str();
        plan.add_option("--pause-over", fail_.pause_over,
                        "per cent that may fail again before it pauses by itself")
            ->check(CLI::Range(0, 100))
            ->capture_default_str();
        add_fail(verbs, "show", "the dry run of a plan again", nullptr)
            .add_option("plan", fail_.target)
            ->required();
        add_fail(verbs, "run", "start a plan, or go on with a paused one", "plan");
        add_fail(verbs, "pause", "stop sending; what was sent stays sent", "plan");
        add_fail(verbs, "cancel", "end a plan", "plan");
    }

    void messages(CLI::App& app) {
        CLI::App& verbs = *app.add_subcommand("msg", "查询与轨迹: find, show, trace, send again")
                               ->require_subcommand(1);
        CLI::App& find =
            add_msg(verbs, "find", "cases by numbers, names, party, state, light, time");
        find.add_option("number", msg_.target,
                        "of a case, item, message, document, permit or unit");
        add_question(find, msg_);
        find.add_option("--before", msg_.before, "the next page: `next` of the last one");
        find.add_option("--limit", msg_.limit)->check(CLI::Range(1, 500))->capture_default_str();
        add_msg(verbs, "show", "one message or delivery, personal data masked")
            .add_option("id", msg_.target)
            ->required();
        add_msg(verbs, "trace", "one case across departments, and what it waits for")
            .add_option("number", msg_.target)
            ->required();
        add_decision(verbs, "redrive",
                     "send one delivery again, now: dead, of unknown outcome, waiting or shelved");
        add_decision(verbs, "arrived", "the party has it: nothing is sent, its line goes on");
        add_decision(verbs, "shelve", "set it aside: its line goes on without it");
    }

    /// Which cases.
    static void add_question(CLI::App& command, MsgOptions& options) {
        command.add_option("--name", options.name,
                           "Chinese characters that follow one another, or words");
        command.add_option("--party", options.party, "that has to do with it");
        command.add_option("--state", options.state,
                           "open, decided, failed, or an item's: held, correction, special, …");
        command.add_option("--light", options.light, "of its worst limit: yellow or red")
            ->check(CLI::IsMember({"yellow", "red"}));
        command.add_option("--alert", options.alert,
                           "that is open: dead_letter, forward_overdue, …");
        command.add_option("--since", options.since, "accepted on or after 2025-10-01");
        command.add_option("--until", options.until, "accepted before 2025-11-01");
    }

    /// Who does it and why.
    static void add_signature(CLI::App& command, std::string& actor, std::string& reason) {
        command.add_option("--actor", actor, "who does it, for the audit")->required();
        command.add_option("--reason", reason, "why; no personal data")->required();
    }

    /// A decision about one delivery.
    void add_decision(CLI::App& verbs, const char* verb, const char* summary) {
        CLI::App& command = add_msg(verbs, verb, summary);
        command.add_option("id", msg_.target)->required();
        add_signature(command, msg_.actor, msg_.reason);
    }

    void reconciling(CLI::App& app) {
        CLI::App& verbs =
            *app.add_subcommand("recon", "对账: both sides of a day, what differs, and settling it")
                 ->require_subcommand(1);
        CLI::App& list = *verbs.add_subcommand("list", "days that were compared");
        add_recon(list, "list");
        list.add_option("--month", recon_.month, "of which days, 2025-10; else this month");
        add_recon_day(verbs, "show", "one day: differences and their state");
        sign(add_recon_day(verbs, "run", "compare one day; again: what was settled stays"));
        CLI::App& settle = add_recon_day(
            verbs, "settle", "补推、挂起、认可: send again, hold or accept differences");
        sign(settle);
        settle.add_option("--to", recon_.to, "redriven (补推), held (挂起), accepted (认可)")
            ->required()
            ->check(CLI::IsMember({"redriven", "held", "accepted"}));
        settle.add_option("--key", recon_.key,
                          "one difference: first digits of its key, 6 or more");
        settle.add_option("--class", recon_.kind, "all of one class")
            ->check(CLI::IsMember({"ours_only", "theirs_only", "unequal"}));
        settle.add_option("--reason", recon_.reason, "why; no personal data")->required();
        settle.add_flag("--dry-run", recon_.dry_run, "what would become of them; changes nothing");
        sign(add_recon_day(verbs, "give",
                           "put our manifest at the party's place ([reconcile.give]), or anew"));
        CLI::App& statement = add_recon_day(verbs, "statement", "平账单: the signed statement");
        sign(statement);
        statement.add_option("--out", recon_.file, "file that gets it; none: stdout");
        CLI::App& verify = *verbs.add_subcommand("verify", "check a statement; needs no server");
        verify.add_option("file", recon_.file)->required();
        verify.add_option("--key", recon_.key_file, "public key that is trusted")
            ->default_val("keys/statement.pub");
        verify.add_flag("--json", recon_.json, "the statement that was signed");
        verify.callback([this] { chosen_ = [this] { return recon_verify_command(recon_); }; });
    }

    void retaining(CLI::App& app) {
        CLI::App& verbs =
            *app.add_subcommand("retention", "保存期限: what goes for age, and what is held")
                 ->require_subcommand(1);
        add_retention(verbs, "status", "ages, the last run, held cases");
        add_retention(verbs, "plan", "how much is old enough now; takes nothing away");
        for (const auto& [verb, summary] :
             {std::pair("hold", "留存: a case loses nothing, whatever its age"),
              std::pair("release", "解除留存: it ages like others again")}) {
            CLI::App& command = add_retention(verbs, verb, summary);
            command.add_option("number", retention_.number, "of the case")->required();
            add_signature(command, retention_.actor, retention_.reason);
        }
    }

    CLI::App& add_retention(CLI::App& verbs, const char* verb, const char* summary) {
        CLI::App& command = *verbs.add_subcommand(verb, summary);
        add_conf_flag(command, retention_.conf);
        command.add_flag("--json", retention_.json, "one JSON document");
        command.callback([this, verb] {
            retention_.verb = verb;
            chosen_ = [this] { return retention_command(retention_); };
        });
        return command;
    }

    void auditing(CLI::App& app) {
        CLI::App& verify = *app.add_subcommand("audit", "审计: who did what, row by row")
                                ->require_subcommand(1)
                                ->add_subcommand("verify", "whether the chain of rows is whole");
        add_conf_flag(verify, audit_.conf);
        verify.add_flag("--json", audit_.json, "one JSON document");
        verify.add_option("--actor", audit_.actor, "who verifies, for the audit; else the account");
        verify.add_option("--anchor", audit_.anchor,
                          "ROW:HASH of an end that was written down: the chain contains it still");
        verify.callback([this] { chosen_ = [this] { return audit_command(audit_); }; });
    }

    void add_recon(CLI::App& command, const char* verb) {
        add_conf_flag(command, recon_.conf);
        command.add_flag("--json", recon_.json, "one JSON document");
        command.callback([this, verb] {
            recon_.verb = verb;
            chosen_ = [this] { return recon_command(recon_); };
        });
    }

    CLI::App& add_recon_day(CLI::App& verbs, const char* verb, const char* summary) {
        CLI::App& command = *verbs.add_subcommand(verb, summary);
        add_recon(command, verb);
        command.add_option("party", recon_.party)->required();
        command.add_option("day", recon_.day, "2025-10-13")->required();
        command.add_option("--of", recon_.of, "what the party received from us, or what it sent")
            ->check(CLI::IsMember({"received", "sent"}))
            ->capture_default_str();
        return command;
    }

    void sign(CLI::App& command) {
        command.add_option("--actor", recon_.actor, "who does it, for the audit")->required();
    }

    CLI::App& add_msg(CLI::App& verbs, const char* verb, const char* summary) {
        CLI::App& command = *verbs.add_subcommand(verb, summary);
        add_conf_flag(command, msg_.conf);
        command.add_flag("--json", msg_.json, "one JSON document");
        const bool decides = std::string_view(verb) == "redrive" ||
                             std::string_view(verb) == "arrived" ||
                             std::string_view(verb) == "shelve";
        if (!decides) {
            command.add_option("--actor", msg_.actor,
                               "who looks, for the audit; default: the account");
        }
        command.callback([this, verb] {
            msg_.verb = verb;
            chosen_ = [this] { return msg_command(msg_); };
        });
        return command;
    }

    /// One verb; with a target it changes something, and wants to know who does it and why.
    CLI::App& add_fail(CLI::App& verbs, const char* verb, const char* summary, const char* target) {
        CLI::App& command = *verbs.add_subcommand(verb, summary);
        add_conf_flag(command, fail_.conf);
        command.add_flag("--json", fail_.json, "one JSON document");
        if (target != nullptr) {
            command.add_option(target, fail_.target)->required();
            add_signature(command, fail_.actor, fail_.reason);
        }
        command.callback([this, verb] {
            fail_.verb = verb;
            chosen_ = [this] { return fail_command(fail_); };
        });
        return command;
    }

    void trying(CLI::App& app) {
        CLI::App* simulate =
            app.add_subcommand("simulate", "be one party, made from its own formats");
        simulate->add_option("party", simulate_.party, "party, such as psb")->required();
        add_conf_flag(*simulate, simulate_.conf);
        simulate->add_option("--broker", simulate_.broker_url, "http://127.0.0.1:8080")->required();
        simulate->add_option("--broker-thrift", simulate_.broker_thrift_port,
                             "port of the broker's Thrift interface");
        simulate
            ->add_option("--journal", simulate_.journal, "file of everything that had an effect")
            ->required();
        simulate->add_option("--ready", simulate_.ready, "file that is written once it listens");
        simulate
            ->add_option("--seed", simulate_.seed, "decides what is granted, refused, corrected")
            ->capture_default_str();
        simulate
            ->add_option("--mood", simulate_.mood,
                         "normal, correcting, refusing, slow, down, twice")
            ->check(CLI::IsMember({"normal", "correcting", "refusing", "slow", "down", "twice"}))
            ->capture_default_str();
        simulate->add_option("--down-after", simulate_.down_after, "with --mood down")
            ->capture_default_str();
        simulate->add_option("--down-for", simulate_.down_for, "with --mood down")
            ->capture_default_str();
        simulate->add_option("--manifest", simulate_.manifest,
                             "only give the manifest of this day (2025-10-13), out of the journal");
        simulate->callback([this] { chosen_ = [this] { return simulate_command(simulate_); }; });

        CLI::App* demo =
            app.add_subcommand("demo", "broker and every party as processes, applications decided");
        add_conf_flag(*demo, demo_.conf);
        demo->add_option("--cases", demo_.cases, "applications to submit")
            ->capture_default_str()
            ->check(CLI::Range(1, 100'000));
        demo->add_option("--seed", demo_.seed, "other people, other decisions")
            ->capture_default_str();
        demo->add_flag("--faults", demo_.faults,
                       "a department down, one answers twice, the broker killed and restarted");
        demo->add_flag("--json", demo_.json, "one final JSON document on standard output");
        demo->add_flag("--keep", demo_.keep, "keep the folder with store, journals and logs");
        demo->add_option("--timeout", demo_.timeout_seconds, "seconds")->capture_default_str();
        demo->callback([this] { chosen_ = [this] { return demo_command(demo_); }; });

        CLI::App* bench = app.add_subcommand("bench", "durable submits per second through HTTP");
        add_conf_flag(*bench, bench_.conf);
        bench->add_option("--connections", bench_.connections)
            ->capture_default_str()
            ->check(CLI::Range(1, 256));
        bench->add_option("--seconds", bench_.seconds)
            ->capture_default_str()
            ->check(CLI::Range(1, 60));
        bench->add_flag("--json", bench_.json, "one JSON document");
        bench->callback([this] { chosen_ = [this] { return bench_command(bench_); }; });
    }

    bool debug_ = false;
    ServeOptions serve_;
    ReloadOptions reload_;
    StatusOptions status_;
    FailOptions fail_;
    MigrateOptions migrate_;
    MsgOptions msg_;
    ReconOptions recon_;
    RetentionOptions retention_;
    AuditOptions audit_;
    ConfOptions init_;
    SimulateOptions simulate_;
    DemoOptions demo_;
    BenchOptions bench_;
    Chosen chosen_;
};

}  // namespace

int run_command_line(int argc, char** argv) {
    CLI::App app{"鲁桥 Luqiao: data exchange for joint government services"};
    app.set_version_flag("--version", [] {
        return fmt::format("luqiao " LUQIAO_VERSION "\nmalloc: {}", allocator());
    });
    Commands commands(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        const int code = app.exit(failure);
        return code == 0 ? kDone : kBadUsage;
    }
    return commands.run();
}

}  // namespace luqiao::app
