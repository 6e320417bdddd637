// SPDX-License-Identifier: Apache-2.0
// The rows of the table about the node and its functions, and what other rows share with them.
// Included by cli/commands.cc alone.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/vm/act.h"
#include "superfluid/vm/console.h"
#include "superfluid/vm/daemon.h"
#include "superfluid/vm/run.h"
#include "superfluid/vm/save.h"

namespace superfluid::cli {

// What every command takes that is given a graph.
inline constexpr Option kExpression{.name = "expression",
                                    .takes = Takes::kText,
                                    .value = "TEXT",
                                    .help = "The configuration itself, in place of FILE",
                                    .letter = 'e'};
inline constexpr Positional kHandler{
    .name = "HANDLER", .help = "ELEMENT.HANDLER, or one of the whole graph, such as list"};

// Where the node listens.
inline constexpr Option kNode{
    .name = "socket",
    .takes = Takes::kFile,
    .value = "PATH",
    .help = "The node's Unix socket, if not $SUPERFLUID_SOCKET or the usual one"};
inline constexpr Positional kFunction{.name = "NAME", .help = "The function, by its name or id"};
inline constexpr Positional kFunctions{
    .name = "NAME", .help = "The functions, by their names or ids", .at_most = kAnyNumber};

inline constexpr Command kNodeCommands[] = {
    {
        .path = "up",
        .summary = "Starts the node of this host: what runs functions in microVMs",
        .details =
            "The node keeps warm machines ready, runs functions in them and answers the vm "
            "commands on a Unix socket. In the foreground it ends at Ctrl-C, with all functions; "
            "with --background once superfluid down says so.\n"
            "Where this host has no KVM, functions run in sandboxed processes.\n"
            "Functions outlive a node that is killed: the next one finds them and goes on.\n"
            "The socket is /run/superfluid/node.sock for root, else superfluid/node.sock below "
            "$XDG_RUNTIME_DIR; $SUPERFLUID_SOCKET and --socket name another. Who may open it may "
            "do everything: this user, with --group the members of a group too.",
        .options = {kNode,
                    {.name = "background", .help = "Return once the node answers"},
                    {.name = "pool",
                     .takes = Takes::kNumber,
                     .value = "N",
                     .help =
                         "Machines kept ready of each size (0 to 1000), 8 unless said otherwise",
                     .max = 1000},
                    {.name = "group",
                     .takes = Takes::kText,
                     .value = "GROUP",
                     .help = "Let the members of GROUP use the node"},
                    {.name = "machines",
                     .takes = Takes::kFile,
                     .value = "FILE",
                     .help = "The program superfluid-vmm, if not the one beside this program"},
                    {.name = "processes",
                     .takes = Takes::kFile,
                     .value = "FILE",
                     .help = "The program superfluid-process, if not the one beside this program"},
                    {.name = "guest",
                     .takes = Takes::kFile,
                     .value = "FILE",
                     .help = "The guest's image, if not the one beside this program"}},
        .examples = {{"superfluid up --background --socket a.sock && superfluid down --socket "
                      "a.sock",
                      "A node of your own, and its end."},
                     {"superfluid up --background --socket b.sock --pool 2 --json && superfluid "
                      "down --socket b.sock",
                      "With few machines kept ready."}},
        .handler = vm::run_up,
    },
    {
        .path = "down",
        .summary = "Ends the node and all its functions",
        .options = {kNode},
        .examples = {{"superfluid up --background --socket c.sock && superfluid down --socket "
                      "c.sock",
                      "End a node."},
                     {"superfluid up --background --socket d.sock && superfluid down --socket "
                      "d.sock --json",
                      "For programs."}},
        .handler = vm::run_down,
    },
    {
        .path = "vm",
        .summary = "Runs functions on the node of this host, each in its own microVM",
        .examples = {{"superfluid vm run firewall.click", "Start a function."},
                     {"superfluid vm ps", "What runs."}},
    },
    {
        .path = "vm run",
        .summary = "Starts a function from a graph",
        .details =
            "Returns when the function is live, and says in which isolation, why, and after how "
            "many microseconds. The first start of a graph boots it; each later one clones that "
            "image. Errors in the graph come back with file, line and column.\n"
            "--isolation process runs the same graph in a sandboxed process, which is what every "
            "function gets where there is no KVM: the same ports, handlers and limits of memory, "
            "but each start boots the graph, and a filter of system calls, not a machine, keeps it "
            "from the host's kernel.\n"
            "--tap, --veth and --ring are the function's ports, in this order, as the graph knows "
            "them: eth0, eth1 and so on unless PORT= says otherwise. A tap that is not there is "
            "made and goes with the function; of a veth the far end appears in the namespace NS "
            "under the port's name; a ring joins two functions' ports that name each other.\n"
            "A function that is parked gives its machine back and keeps only the memory that it "
            "has changed, as a file of the node; it goes on with the first frame, handler call or "
            "timer that is for it. One whose timers are due more often than TIME is never idle.",
        .options = {kExpression,
                    {.name = "name",
                     .takes = Takes::kText,
                     .value = "NAME",
                     .help = "What to call it; made up otherwise"},
                    {.name = "memory",
                     .takes = Takes::kText,
                     .value = "BYTES",
                     .help = "Its memory, such as 4MiB; 2MiB otherwise"},
                    {.name = "cpus",
                     .takes = Takes::kText,
                     .value = "SHARE",
                     .help = "At most so much of a processor, 0.01 to 1; 1 otherwise"},
                    {.name = "cpu-shares",
                     .takes = Takes::kNumber,
                     .value = "N",
                     .help = "Its weight when functions compete (1 to 10000), 100 otherwise",
                     .min = 1,
                     .max = api::kCpuSharesMax},
                    {.name = "pin",
                     .takes = Takes::kNumber,
                     .value = "CPU",
                     .help = "Run it on this processor alone",
                     .max = api::kCpuMax},
                    {.name = "tap",
                     .takes = Takes::kText,
                     .value = "[PORT=]NAME",
                     .help = "Connect a port to the tap NAME of this host",
                     .repeats = true},
                    {.name = "veth",
                     .takes = Takes::kText,
                     .value = "[PORT=]NS",
                     .help = "Connect a port to the network namespace NS",
                     .repeats = true},
                    {.name = "ring",
                     .takes = Takes::kText,
                     .value = "[PORT=]NAME:PORT",
                     .help = "Join a port to another function's",
                     .repeats = true},
                    {.name = "address",
                     .takes = Takes::kText,
                     .value = "[PORT=]IP/LENGTH",
                     .help = "What the graph finds as a port's address: eth0, eth0:net",
                     .repeats = true},
                    {.name = "count",
                     .takes = Takes::kNumber,
                     .value = "N",
                     .help = "Start N of them (1 to 10000), NAME-1 to NAME-N",
                     .min = 1,
                     .max = vm::kCountMax},
                    {.name = "isolation",
                     .takes = Takes::kChoice,
                     .value = "KIND",
                     .help = "auto (unless said otherwise), microvm or process",
                     .choices = {"auto", "microvm", "process"}},
                    {.name = "restart",
                     .takes = Takes::kChoice,
                     .value = "WHEN",
                     .help = "Start it again: never (unless said otherwise), on-failure or always",
                     .choices = {"never", "on-failure", "always"}},
                    {.name = "park-after",
                     .takes = Takes::kText,
                     .value = "TIME",
                     .help = "Park it when it was idle for so long, such as 30s; never otherwise"},
                    kNode},
        .positionals = {{.name = "FILE",
                         .takes = Takes::kFile,
                         .help = "The graph, - for standard input",
                         .at_least = 0}},
        .examples = {{"superfluid vm run firewall.click --name firewall --memory 4MiB",
                      "Start a function with a name."},
                     {"superfluid vm run -e 'Idle -> c :: Counter -> Discard' --name idle --count "
                      "3 --json",
                      "Three of a graph that is typed: idle-1, idle-2 and idle-3."}},
        .handler = vm::run_run,
    },
    {
        .path = "vm ps",
        .summary = "Lists the functions of the node",
        .options = {kNode},
        .examples = {{"superfluid vm ps", "For people."},
                     {"superfluid vm ps --json", "For programs, with all that is known."}},
        .handler = vm::run_ps,
    },
    {
        .path = "vm show",
        .summary = "Shows one function, with the timeline of its start",
        .options = {kNode},
        .positionals = {kFunction},
        .examples = {{"superfluid vm show firewall", "With counters of now."},
                     {"superfluid vm show firewall --json", "For programs."}},
        .handler = vm::run_show,
    },
    {
        .path = "vm logs",
        .summary = "Prints what a function wrote to its console",
        .details = "The last 64 KiB of it.",
        .options = {{.name = "follow", .help = "Go on until the function is gone"}, kNode},
        .positionals = {kFunction},
        .examples = {{"superfluid vm logs firewall", "What there is."},
                     {"superfluid vm logs firewall --json", "For programs."}},
        .handler = vm::run_logs,
    },
    {
        .path = "vm console",
        .summary = "Shows a function's console as it grows, and calls its handlers",
        .details =
            "What the function wrote, and what it writes from now on. A typed line calls a "
            "handler: read HANDLER [ARGUMENT], or write HANDLER [VALUE]; help and quit are the "
            "other words. Ends with the input, or when the function is removed.",
        .options = {kNode},
        .positionals = {kFunction},
        .examples = {{"superfluid vm console firewall", "With a keyboard."},
                     {"echo 'read c.count' | superfluid vm console idle-1", "From a script."}},
        .handler = vm::run_console,
    },
    {
        .path = "vm save",
        .summary = "Saves a function, as it is, in a file",
        .details =
            "The function stands still for the time that its memory takes to be copied, and goes "
            "on. All that it knows is in the file, which only its owner may read. Frames that "
            "were in its rings are not.",
        .options = {kNode},
        .positionals = {kFunction, {.name = "FILE", .takes = Takes::kFile, .help = "Replaced"}},
        .examples = {{"superfluid vm save idle-1 idle-1.saved", "Keep a function."},
                     {"superfluid vm save idle-2 idle-2.saved --json", "For programs."}},
        .handler = vm::run_save,
    },
    {
        .path = "vm restore",
        .summary = "Goes on with a function that was saved in a file",
        .details =
            "Here or on another host, with the name, the ports and the addresses that it had; "
            "its clock goes on from where it stood. With --name it is a copy: it gets an id and "
            "Ethernet addresses of its own, and a graph that mentions its addresses is built "
            "anew. A file that is damaged, of another version or no saved function is refused.",
        .options = {{.name = "name",
                     .takes = Takes::kText,
                     .value = "NAME",
                     .help = "What to call it, if not what it was called"},
                    kNode},
        .positionals = {{.name = "FILE", .takes = Takes::kFile, .help = "What vm save wrote"}},
        .examples = {{"superfluid vm restore idle-1.saved --name again-1", "A copy."},
                     {"superfluid vm restore idle-2.saved --name again-2 --json", "For programs."}},
        .handler = vm::run_restore,
    },
    {
        .path = "vm handlers",
        .summary = "Lists the handlers of a function or of one of its elements",
        .options = {kNode},
        .positionals = {kFunction,
                        {.name = "ELEMENT",
                         .help = "The element; none for the whole graph's, and its elements",
                         .at_least = 0}},
        .examples = {{"superfluid vm handlers idle-1", "The graph's own, and the elements."},
                     {"superfluid vm handlers idle-1 c --json", "Those of one element."}},
        .handler = vm::run_handlers,
    },
    {
        .path = "vm read",
        .summary = "Reads a handler of a function",
        .options = {kNode},
        .positionals = {kFunction,
                        kHandler,
                        {.name = "ARGUMENT",
                         .help = "What the handler is asked with, - for standard input",
                         .at_least = 0}},
        .examples = {{"superfluid vm read idle-1 c.count", "Read a counter."},
                     {"superfluid vm read idle-1 list --json", "What elements there are."}},
        .handler = vm::run_read,
    },
    {
        .path = "vm write",
        .summary = "Writes a handler of a function",
        .options = {kNode},
        .positionals = {kFunction,
                        kHandler,
                        {.name = "VALUE",
                         .help = "What the handler is given, - for standard input",
                         .at_least = 0}},
        .examples = {{"superfluid vm write idle-1 c.reset", "Reset a counter."},
                     {"superfluid vm write idle-1 hotconfig - < firewall.click",
                      "Give a running function another graph."},
                     {"superfluid vm write idle-2 c.reset --json", "For programs."}},
        .handler = vm::run_write,
    },
    {
        .path = "vm metrics",
        .summary = "Prints the node's counters in Prometheus' text format",
        .options = {kNode},
        .examples = {{"superfluid vm metrics", "For a scraper or a person."},
                     {"superfluid vm metrics --json", "The same text in a document."}},
        .handler = vm::run_metrics,
    },
    {
        .path = "vm pause",
        .summary = "Lets functions stand still",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm pause idle-1", "One."},
                     {"superfluid vm pause idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
    {
        .path = "vm unpause",
        .summary = "Lets functions that stand still go on",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm unpause idle-1", "One."},
                     {"superfluid vm unpause idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
    {
        .path = "vm stop",
        .summary = "Ends functions, which stay in the list",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm stop idle-1", "One."},
                     {"superfluid vm stop idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
    {
        .path = "vm start",
        .summary = "Starts functions that have ended",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm start idle-1", "One."},
                     {"superfluid vm start idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
    {
        .path = "vm kill",
        .summary = "Ends functions by ending their processes",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm kill idle-1", "One."},
                     {"superfluid vm kill idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
    {
        .path = "vm rm",
        .summary = "Ends functions and forgets them",
        .options = {kNode},
        .positionals = {kFunctions},
        .examples = {{"superfluid vm rm firewall", "One."},
                     {"superfluid vm rm idle-1 idle-2 idle-3 --json", "Several, for a program."}},
        .handler = vm::run_act,
    },
};

}  // namespace superfluid::cli
