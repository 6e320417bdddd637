# SPDX-License-Identifier: Apache-2.0
"""Packets a second over a veth pair: one process sends, another receives.

The pair is in a network namespace that this process makes for itself and its children; the kernel
takes both away when the last of them ends, however that comes about.
"""

import ctypes
import json
import os
import pathlib
import re
import statistics
import subprocess

SECONDS = 2
CLONE_NEWNET = 0x40000000
# UDP in Ethernet, 60 bytes, for nobody whom the kernel knows: it stops at the device.
FRAME = ("020000000002 020000000001 0800 4500002e0000000040116d8e c6120001 c6120002"
         "03e807d0001a0000" + "00" * 18)
SEND = (f"InfiniteSource(DATA \\<{FRAME}>, TIMESTAMP false) -> Queue(1000) -> ToDevice(va);"
        f"DriverManager(wait {SECONDS}s, stop);")
RECEIVE = (f"""FromDevice(vb, PROMISC true) -> c :: Counter -> Discard;
DriverManager(print "ready", wait {SECONDS + 1}s, print "packets $(c.count)", stop);""")


def make_pair():
    """Why there is no pair; nothing when there is one."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return f"no network namespace: {os.strerror(ctypes.get_errno())}"
    # Neighbour discovery would send packets of its own.
    quiet = pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
    if quiet.exists():
        quiet.write_text("1")
    for command in ("link add va type veth peer name vb", "link set va up", "link set vb up"):
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
        if done.returncode != 0:
            return f"ip {command}: {done.stderr.strip()}"
    return ""


def sent_so_far():
    shown = subprocess.run(["ip", "-json", "-stats", "link", "show", "va"], check=True,
                           capture_output=True, text=True)
    return json.loads(shown.stdout)[0]["stats64"]["tx"]["packets"]


def trial(engine, folder):
    """Packets sent and received, CPU seconds of both; or what one process said instead."""
    before = sent_so_far()
    receiver = engine.start(["-e", RECEIVE], folder)
    said = receiver.stdout.readline()
    if said.strip() != "ready":
        said += engine.finish(receiver)[1]
        return next((line for line in said.splitlines() if line.strip()), "no answer")
    sender_cpu, _, complaint = engine.run(["-e", SEND], folder)
    receiver_cpu, output = engine.finish(receiver)
    counted = re.search(r"^packets (\d+)", output, re.MULTILINE)
    sent = sent_so_far() - before
    if not counted or int(counted[1]) == 0 or sent == 0:
        return next((line for line in (complaint + output).splitlines() if line.strip()), "nothing")
    return {"sent": sent, "received": int(counted[1]), "sender_cpu": sender_cpu,
            "receiver_cpu": receiver_cpu}


def line_of(name, samples):
    failed = [each for each in samples if isinstance(each, str)]
    if failed:
        return f"{name:<10}  {failed[0]}"

    def column(figure):
        figures = [figure(each) for each in samples]
        return f"{statistics.median(figures):>8.2f} ({min(figures):.2f}-{max(figures):.2f})"

    return "  ".join((f"{name:<10}", *map(column, (
        lambda each: each["sent"] / SECONDS / 1e6,
        lambda each: each["received"] / SECONDS / 1e6,
        lambda each: 1e6 * each["sender_cpu"] / each["sent"],
        lambda each: 1e6 * each["receiver_cpu"] / each["received"]))))


def measure(engines, folder, repeats):
    """Prints a line an engine, medians and what they lie between; keeps all samples."""
    reason = make_pair()
    if reason:
        print(f"\nveth pair: SKIPPED, nothing was measured: {reason}", flush=True)
        return {}
    samples = {engine.name: [] for engine in engines}
    for _ in range(repeats):
        for engine in engines:
            samples[engine.name].append(trial(engine, folder))
    print(f"\nveth pair, {SECONDS} s: Mpps sent, Mpps received, CPU us a packet of the sender, of "
          "the receiver")
    for name, each in samples.items():
        print(line_of(name, each), flush=True)
    return {"veth pair": samples}
