// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/commands.h"

#include <algorithm>
#include <array>
#include <limits>

#include "graph/lane.h"
#include "superfluid/cli/complete.h"
#include "superfluid/cli/help.h"
#include "superfluid/cli/node_commands.h"
#include "superfluid/cli/version.h"
#include "superfluid/click/click.h"
#include "superfluid/doctor/doctor.h"
#include "superfluid/element/manual.h"
#include "superfluid/graph/check.h"
#include "superfluid/graph/handlers.h"
#include "superfluid/graph/run.h"
#include "superfluid/graph/show.h"
#include "superfluid/packet/decode.h"
#include "superfluid/packet/hex.h"

namespace superfluid::cli {
namespace {

// What every graph command takes.
constexpr Option kThreads{.name = "threads",
                          .takes = Takes::kNumber,
                          .value = "N",
                          .help = "The threads that run the graph; 1 otherwise",
                          .min = 1,
                          .max = graph::kLanesMax};
constexpr Positional kConfiguration{
    .name = "FILE",
    .takes = Takes::kFile,
    .help = "The configuration, - for standard input; then NAME=VALUE for its $NAME",
    .at_least = 0,
    .at_most = kAnyNumber};

// Where a graph that runs listens, and where those who ask it find it.
constexpr Option kSocket{.name = "socket",
                         .takes = Takes::kFile,
                         .value = "PATH",
                         .help = "The Unix socket that graph run was given"};
constexpr Option kWait{.name = "wait",
                       .takes = Takes::kNumber,
                       .value = "SECONDS",
                       .help = "Wait until the graph listens, at most SECONDS (0 to 3600)",
                       .max = 3600};
constexpr Command kHostCommands[] = {
    {
        .path = "",
        .summary = "Runs micro network functions, each in its own micro virtual machine",
        .details = "Each command says more about itself: superfluid help COMMAND.\n"
                   "Errors come as up to three kinds of lines: what went wrong, its causes, and "
                   "what to try. With --json they are part of the document.",
        .options = {{.name = "version", .help = "The same as the command version"}},
        .examples = {{"superfluid doctor",
                      "Say what this host can run, and what stands in the way."},
                     {"superfluid help doctor", "Say what one command does."}},
    },
    {
        .path = "doctor",
        .summary = "Examines this host and says what will work, what will not, and what to do",
        .details =
            "Starts a microVM of one page and measures it, loads a BPF program, makes namespaces, "
            "and reads the kernel's settings; everything is closed again and nothing is changed. "
            "Without root it says what it could not see.\n"
            "Each line is ok, a note (works, but worse than it could) or a problem (one kind of "
            "isolation cannot work), the last two with their cause and what to try. The exit code "
            "is 1 while a problem stands.",
        .examples = {{"superfluid doctor", "For people."},
                     {"superfluid doctor --json", "For programs, with what was measured."}},
        .handler = doctor::run_doctor,
    },
};

constexpr Command kOtherCommands[] = {
    {
        .path = "graph",
        .summary = "Checks and runs packet graphs in the Click language",
        .examples = {{"superfluid graph check firewall.click", "Look for mistakes."},
                     {"superfluid graph run firewall.click", "Run it as a process of this host."}},
    },
    {
        .path = "graph check",
        .summary = "Finds what is wrong with a graph without running it",
        .details =
            "All errors come at once, each with file, line and column, and where it is known what "
            "to try; on a terminal also the line itself. A graph without errors is looked at for "
            "what was hardly meant: elements that no packet reaches, elements without "
            "connections, pull paths on which nobody tells when there are packets. Nothing is "
            "opened and no packet moves.\n"
            "Findings are the answer; the exit code is 1 when one of them is an error.",
        .options = {kExpression, kThreads},
        .positionals = {kConfiguration},
        .examples = {{"superfluid graph check firewall.click", "For people."},
                     {"superfluid graph check -e 'Idle -> Discard' --json", "For programs."}},
        .handler = graphs::run_check,
    },
    {
        .path = "graph run",
        .summary = "Runs a graph as a process of this host",
        .details =
            "Ends when the graph stops itself (an element with STOP true, a Script's stop) or at "
            "Ctrl-C, in both cases with exit code 0, and then prints the handlers that --read "
            "names. A graph with nothing to do sleeps.\n"
            "With --simtime no second is waited for: time jumps to the next timer as soon as "
            "there is nothing else to do.\n"
            "With --socket its handlers can be read and written meanwhile, by the same user alone: "
            "a ControlSocket on a Unix socket. With --allow-reconfigure the text written to its "
            "handler hotconfig replaces the graph.\n"
            "What elements draw is different in each run, but the same in simulated time or with "
            "the same --seed.\n"
            "With --threads as many threads run the graph: StaticThreadSched places elements on "
            "them, and thread 0 runs what nothing places. In simulated time they take turns.",
        .options = {kExpression,
                    {.name = "read",
                     .takes = Takes::kText,
                     .value = "ELEMENT.HANDLER",
                     .help = "Print what the handler says at the end",
                     .repeats = true},
                    {.name = "simtime", .help = "Run in simulated time"},
                    {.name = "socket",
                     .takes = Takes::kFile,
                     .value = "PATH",
                     .help = "Listen there for graph read and graph write"},
                    {.name = "allow-reconfigure",
                     .help = "Let the handler hotconfig replace the graph while it runs"},
                    kThreads,
                    {.name = "seed",
                     .takes = Takes::kNumber,
                     .value = "N",
                     .help = "Draw the same random numbers in each run",
                     .max = std::numeric_limits<std::uint64_t>::max()}},
        .positionals = {kConfiguration},
        .examples = {{"superfluid graph run firewall.click --read accepted.count",
                      "Run a graph to its end and read a counter."},
                     {"superfluid graph run -e 'InfiniteSource(LIMIT $n, STOP true) -> c :: Queue "
                      "-> Idle' n=5 --read c.length --json",
                      "A graph typed, with a parameter."}},
        .handler = graphs::run_run,
    },
    {
        .path = "graph read",
        .summary = "Reads a handler of a graph that runs",
        .details = "The graph is one started with --socket, or any with a ControlSocket on a Unix "
                   "socket. Some handlers take an argument. superfluid element show CLASS says "
                   "what an element has.\n"
                   "Exit code 3 means that there is no such element or handler, 5 that nobody "
                   "listens.",
        .options = {kSocket, kWait},
        .positionals = {kHandler,
                        {.name = "ARGUMENT",
                         .help = "What the handler is asked with, - for standard input",
                         .at_least = 0}},
        .examples = {{"superfluid graph run -e 'Idle -> c :: Counter -> Discard' --socket g.sock & "
                      "superfluid graph read c.count --socket g.sock --wait 60; kill %1",
                      "Read a counter."},
                     {"superfluid graph run -e 'Script(wait 9h)' --socket g2.sock & "
                      "superfluid graph read list --socket g2.sock --wait 60 --json; kill %1",
                      "What elements there are, for a program."}},
        .handler = graphs::run_read,
    },
    {
        .path = "graph write",
        .summary = "Writes a handler of a graph that runs",
        .details = "Without VALUE the handler is given nothing, which is what those take that only "
                   "do something (c.reset, stop). The exit code is 0 when the handler accepted "
                   "it.",
        .options = {kSocket, kWait},
        .positionals = {kHandler,
                        {.name = "VALUE",
                         .help = "What the handler is given, - for standard input",
                         .at_least = 0}},
        .examples =
            {{"superfluid graph run -e 'Idle -> s :: Switch(-1) -> Discard' --socket g3.sock "
              "& superfluid graph write s.switch 0 --socket g3.sock --wait 60; kill %1",
              "Open a switch."},
             {"superfluid graph run -e 'Idle -> Discard' --socket g4.sock & "
              "superfluid graph write stop --socket g4.sock --wait 60; wait",
              "Stop a graph."}},
        .handler = graphs::run_write,
    },
    {
        .path = "graph show",
        .summary = "Draws a graph",
        .details =
            "In the terminal as an outline: one element a line in the order in which packets pass, "
            "branches further right with the number of their output; an arrow of dashes is a "
            "connection on which packets are pulled, not pushed. With --svg as a picture for a "
            "browser or a document. Nothing is opened and no packet moves.",
        .options = {kExpression,
                    {.name = "svg",
                     .takes = Takes::kFile,
                     .value = "FILE",
                     .help = "Write a picture in SVG to FILE, or - for standard output"}},
        .positionals = {kConfiguration},
        .examples = {{"superfluid graph show firewall.click", "In the terminal."},
                     {"superfluid graph show firewall.click --svg firewall.svg", "As a picture."},
                     {"superfluid graph show -e 'Idle -> Discard' --json",
                      "As lists, with what is pushed and what is pulled."}},
        .handler = graphs::run_show,
    },
    {
        .path = "graph explain",
        .summary = "Says who moves the packets of a graph, and how far",
        .details =
            "A graph falls into turns: an element starts to push or to pull, and packets go in one "
            "go to where they are kept (a queue) or end. For each turn: who starts it, out of "
            "which elements it takes packets, through which it leads them, into which it puts "
            "them and where they end. Turns meet at queues alone.\n"
            "With --threads it also says which thread runs each, and what of it others run.",
        .options = {kExpression, kThreads},
        .positionals = {kConfiguration},
        .examples = {{"superfluid graph explain firewall.click", "For people."},
                     {"superfluid graph explain -e 'InfiniteSource -> Queue -> Discard' --json",
                      "For programs."}},
        .handler = graphs::run_explain,
    },
    {
        .path = "graph flatten",
        .summary = "Prints a graph without its compound elements, groups and variables",
        .details = "What comes out is the same graph, in the same language.",
        .options = {kExpression},
        .positionals = {kConfiguration},
        .examples = {{"superfluid graph flatten firewall.click", "As a configuration."},
                     {"superfluid graph flatten -e 'a :: { input -> Null -> output } Idle -> a -> "
                      "Discard' --json",
                      "As lists of elements and connections."}},
        .handler = graphs::run_flatten,
    },
    {
        .path = "click",
        .summary = "Does what Click's user-level driver does, with its options",
        .details = "For scripts that were written for it: the same options, messages and exit "
                   "codes, in place of this program's own. A link named click to this program is "
                   "this command, and one named click-flatten is it with --flatten. superfluid "
                   "click --help lists the options.",
        .positionals = {{.name = "WORD",
                         .help = "An option, the configuration's file or NAME=VALUE",
                         .at_least = 0,
                         .at_most = kAnyNumber}},
        .examples = {{"superfluid click firewall.click -h accepted.count",
                      "Run a graph and print a handler at the end."},
                     {"superfluid click -q -e 'Idle -> Discard' -h list",
                      "Build a graph and list its elements."}},
        .handler = click::run_click,
        .raw = true,
    },
    {
        .path = "element",
        .summary = "The manual of the elements",
        .examples = {{"superfluid element list", "What elements there are."},
                     {"superfluid element show Queue", "The manual page of one."}},
    },
    {
        .path = "element list",
        .summary = "Lists the elements, each with a sentence",
        .examples = {{"superfluid element list", "For people."},
                     {"superfluid element list --json", "For programs, with their ports."}},
        .handler = element::run_list,
    },
    {
        .path = "element show",
        .summary = "Prints the manual page of an element",
        .positionals = {{.name = "NAME", .help = "The element's class"}},
        .examples = {{"superfluid element show Queue", "What Queue does."},
                     {"superfluid element show InfiniteSource --json", "For a program."}},
        .handler = element::run_show,
    },
    {
        .path = "packet",
        .summary = "Reads packets",
        .examples = {{"superfluid packet decode capture.pcap",
                      "Take the packets of a capture apart."},
                     {"superfluid packet decode --help", "Say what else can be read."}},
    },
    {
        .path = "packet decode",
        .summary = "Takes packets apart, layer by layer",
        .details =
            "INPUT is one file (pcap, pcapng or hexadecimal), - for standard input, or the words "
            "of "
            "the hexadecimal itself. Hexadecimal is one packet: words of an even number of digits, "
            "with 0x, colons, dashes or commas if there are any, or a dump by xxd, hexdump -C, "
            "od -Ax -tx1, tshark -x or tcpdump -x; tcpdump's begins with the IP header: --link "
            "ip.\n"
            "A malformed packet is shown as far as it can be read, with the byte where its trouble "
            "begins; that is no failure of the command unless --strict asks for it. A packet that "
            "the capture cut short is not malformed for that.",
        .options =
            {{.name = "link",
              .takes = Takes::kChoice,
              .value = "LINK",
              .help = "What hexadecimal begins with: ethernet (unless said otherwise) or ip",
              .choices = {"ethernet", "ip"}},
             {.name = "count",
              .takes = Takes::kNumber,
              .value = "N",
              .help = "Decode at most N packets (1 to 1000000000), 1000 unless said otherwise",
              .min = 1,
              .max = packet::kDecodeCountMax},
             {.name = "payload",
              .takes = Takes::kNumber,
              .value = "BYTES",
              .help = "Show at most BYTES of each payload (0 to 262144), 64 unless said otherwise",
              .max = packet::kHexBytesMax},
             {.name = "strict", .help = "End with exit code 1 if a packet is malformed"}},
        .positionals = {{.name = "INPUT",
                         .takes = Takes::kFile,
                         .help = "A capture, a file of hexadecimal, - or hexadecimal",
                         .at_most = kAnyNumber}},
        .examples = {{"superfluid packet decode capture.pcap --count 2",
                      "The first two packets of a capture."},
                     {"superfluid packet decode --link ip 4500001c123440004011a499c0000201c0000202 "
                      "0035003500087b70",
                      "An IPv4 packet, typed."},
                     {"od -An -v -tx1 request.bin | superfluid packet decode - --json",
                      "A frame from standard input, for a program."}},
        .handler = packet::run_decode,
    },
    {
        .path = "version",
        .summary = "Says which superfluid this is",
        .examples = {{"superfluid version", "For people."},
                     {"superfluid version --json", "For programs."}},
        .handler = run_version,
    },
    {
        .path = "help",
        .summary = "Says what a command does, with examples",
        .positionals = {{.name = "COMMAND",
                         .takes = Takes::kCommand,
                         .help = "The words of the command; none for the list of all",
                         .at_least = 0,
                         .at_most = kAnyNumber}},
        .examples = {{"superfluid help", "List the commands."},
                     {"superfluid help help --json", "Describe one command for a program."}},
        .handler = run_help,
    },
    {
        .path = "completion",
        .summary = "Prints the script that completes superfluid's commands in a shell",
        .details = "Installed packages bring these scripts along; this command is for a program "
                   "that runs from where it was built.",
        .positionals = {{.name = "SHELL",
                         .takes = Takes::kChoice,
                         .help = "bash, zsh or fish",
                         .choices = {"bash", "zsh", "fish"}}},
        .examples = {{"eval \"$(superfluid completion bash)\"", "Complete in this bash."},
                     {"superfluid completion fish > superfluid.fish",
                      "Write the script to a file, here fish's."}},
        .handler = run_completion,
    },
    {
        .path = "man",
        .summary = "Prints the manual page",
        .examples = {{"superfluid man | head -5", "Look at its source."},
                     {"superfluid man > superfluid.1", "Write the page to a file."}},
        .handler = run_man,
    },
    {
        .path = "complete",
        .summary = "Answers a shell that is completing a command line",
        .details = "WORD... are the words typed after the program's name, the last one unfinished. "
                   "Prints one candidate per line, a tab, and its help; the line :files asks the "
                   "shell to add paths.",
        .positionals =
            {{.name = "WORD", .help = "What was typed", .at_least = 0, .at_most = kAnyNumber}},
        .examples = {{"superfluid complete -- ver", "Complete a command."},
                     {"superfluid complete -- version --j", "Complete an option."}},
        .handler = run_complete,
        .hidden = true,
    },
};

template <std::size_t A, std::size_t B, std::size_t C>
constexpr auto joined(const Command (&a)[A], const Command (&b)[B], const Command (&c)[C]) {
  std::array<Command, A + B + C> all;
  std::ranges::copy(a, all.begin());
  std::ranges::copy(b, all.begin() + A);
  std::ranges::copy(c, all.begin() + A + B);
  return all;
}

// Listings keep this order: what is wanted first comes first.
constexpr auto kCommands = joined(kHostCommands, kNodeCommands, kOtherCommands);

}  // namespace

Table commands() { return kCommands; }

}  // namespace superfluid::cli
