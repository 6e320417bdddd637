# SPDX-License-Identifier: Apache-2.0
"""What the benchmark's graphs need that is too long to write: captures, rule sets, route tables.

Everything comes from one seed: each run, on each machine, measures the same.
"""

import ipaddress
import random
import struct

COUNT = 5_000_000
MIXED = 2_000_000  # packets of a capture
PORTS = (22, 25, 53, 80, 123, 143, 389, 443, 993, 3306, 5060, 5432, 8080)
UDP, TCP, SYN, ACK = 17, 6, 0x02, 0x10


def internet_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(source, destination, protocol, source_port, destination_port, flags=ACK):
    """An Ethernet frame of 60 bytes; addresses are numbers."""
    if protocol == UDP:
        header, checksum_at = struct.pack("!HHHH", source_port, destination_port, 26, 0), 6
    else:
        header, checksum_at = struct.pack("!HHIIBBHHH", source_port, destination_port, 1, 1, 0x50,
                                          flags, 8192, 0, 0), 16
    segment = bytearray(header.ljust(26, b"\0"))
    addresses = struct.pack("!II", source, destination)
    pseudo = addresses + struct.pack("!HH", protocol, len(segment))
    struct.pack_into("!H", segment, checksum_at, internet_checksum(pseudo + segment) or 0xFFFF)
    ip = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 46, 1, 0, 64, protocol, 0) + addresses)
    struct.pack_into("!H", ip, 10, internet_checksum(ip))
    return bytes.fromhex("0200000000010200000000020800") + ip + segment


def address(text):
    return int(ipaddress.IPv4Address(text))


def capture(path, frames, packets, rng):
    """`packets` of the frames, drawn at random, each of them at least once if there is room."""
    records = [struct.pack("<IIII", 1_600_000_000, 0, len(each), len(each)) + each
               for each in frames]
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        once = records[:packets]
        out.write(b"".join(once))
        left = packets - len(once)
        while left > 0:
            part = min(left, 100_000)
            out.write(b"".join(rng.choices(records, k=part)))
            left -= part


def flows(count, rng):
    """Flows from the inside of a network, half TCP and half UDP."""
    for i in range(count):
        yield frame(address("10.0.0.0") + 2 + i, address("198.51.100.0") + rng.randrange(1, 250),
                    UDP if i % 2 else TCP, 1024 + i % 50_000, rng.choice((53, 80, 443)))


def rule(i, rng):
    """The i-th rule of a firewall, and a packet that it is meant for."""
    port = rng.choice(PORTS)
    high, low = i // 250, i % 250
    client = rng.randrange(1024, 65536)
    kinds = (
        (f"src net 10.{low}.{high}.0/24 && dst host 192.0.2.{1 + low} && tcp && dst port {port}",
         (f"10.{low}.{high}.9", f"192.0.2.{1 + low}", TCP, client, port)),
        (f"src net 172.{16 + high}.{low}.0/24 && udp && dst port {port}",
         (f"172.{16 + high}.{low}.7", "203.0.113.8", UDP, client, port)),
        (f"dst net 192.168.{low}.0/24 && tcp && dst port {port} && syn",
         ("203.0.113.4", f"192.168.{low}.5", TCP, client, port, SYN)),
        (f"src host 198.51.{high}.{1 + low}",
         (f"198.51.{high}.{1 + low}", "192.168.0.1", UDP, 53, 53)),
        (f"src net 100.{64 + high}.{low}.0/24 && dst port >= {1024 + 32 * i}",
         (f"100.{64 + high}.{low}.3", "10.2.3.4", UDP, 999, client)),
        (f"tcp && src port {port} && dst port > 1023 && ack && dst net 10.{low}.{high}.0/24",
         ("203.0.113.9", f"10.{low}.{high}.4", TCP, port, client)))
    text, packet = rng.choice(kinds)
    action = rng.choice(("allow", "allow", "allow", "deny", "deny"))
    return f"{action} {text}", frame(address(packet[0]), address(packet[1]), *packet[2:])


NO_RULE = frame(address("203.0.113.200"), address("203.0.113.201"), UDP, 4000, 4001)
REPORT = 'DriverManager(pause, print "packets {}", stop);\n'


def firewalls(folder, size, rng):
    rules, frames = zip(*(rule(i, rng) for i in range(size - 1)))
    text = ",\n    ".join(rules)
    (folder / f"firewall-{size}-last.click").write_text(
        f"// A firewall of {size} rules; every packet falls through to the last.\n"
        f"define($COUNT {COUNT});\n"
        f"InfiniteSource(DATA \\<{NO_RULE.hex()}>, LIMIT $COUNT, BURST 32, TIMESTAMP false,\n"
        f"               STOP true)\n"
        f"  -> CheckIPHeader(14) -> f :: IPFilter(\n    {text},\n    allow all)\n"
        f"  -> c :: Discard;\n" + REPORT.format("$(c.count)"))
    mixed = [NO_RULE, *rng.choices(frames, k=9_999)]
    capture(folder / f"firewall-{size}.pcap", mixed, MIXED, rng)
    (folder / f"firewall-{size}-mixed.click").write_text(
        f"// A firewall of {size} rules; 10,000 flows that meet all of them. It drops what it\n"
        f"// denies, so the packets are counted by what the capture is known to have.\n"
        f"FromDump(firewall-{size}.pcap, STOP true, TIMING false)\n"
        f"  -> CheckIPHeader(14) -> f :: IPFilter(\n    {text},\n    deny all)\n"
        f"  -> c :: Discard;\n" + REPORT.format(f"{MIXED} allowed $(c.count)"))


def routes(folder, name, count, rng):
    seen = {}
    lengths, weights = range(12, 25), (1, 1, 2, 3, 8, 4, 6, 8, 10, 10, 14, 14, 50)
    while len(seen) < count - 1:
        length = rng.choices(lengths, weights)[0]
        network = rng.getrandbits(length) << (32 - length)
        if 0x01000000 <= network < 0xE0000000:
            seen.setdefault((network, length), rng.randrange(1, 200))  # few next hops, as routers
    text = ",\n    ".join(f"{ipaddress.IPv4Address(network)}/{length} 192.0.2.{hop} {hop & 3}"
                          for (network, length), hop in seen.items())
    data = frame(address("10.0.0.2"), address("192.0.2.1"), UDP, 1234, 5678).hex()
    (folder / f"{name}.click").write_text(
        f"// {count} routes; destinations are random.\n"
        f"define($COUNT {COUNT});\n"
        f"InfiniteSource(DATA \\<{data}>, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)\n"
        f"  -> SetRandIPAddress(0.0.0.0/0) -> r :: RadixIPLookup(\n    {text},\n"
        f"    0.0.0.0/0 192.0.2.254 2);\n"
        + "".join(f"r[{i}] -> c{i} :: Discard;\n" for i in range(4))
        + REPORT.format("$(add $(c0.count) $(c1.count) $(c2.count) $(c3.count))"))


def elements(folder):
    """A graph that is nothing but long."""
    (folder / "thousand-elements.click").write_text(
        "// A thousand elements, for the time that it takes to read and start them.\n"
        "InfiniteSource(LIMIT 1, STOP true)\n"
        + "".join(f"  -> n{i} :: Null\n  -> q{i} :: Queue(64) -> Unqueue\n  -> Paint({i % 256})\n"
                  for i in range(249))
        + "  -> Counter -> c :: Discard;\n")


def everything(folder):
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "complete"
    if done.exists():
        return
    capture(folder / "flows-10k.pcap", list(flows(10_000, random.Random(1))), MIXED,
            random.Random(2))
    capture(folder / "flows-1m.pcap", list(flows(1_000_000, random.Random(3))), 4_000_000,
            random.Random(4))
    for size in (100, 1_000):
        firewalls(folder, size, random.Random(size))
    routes(folder, "routes-10k", 10_000, random.Random(5))
    routes(folder, "routes-1m", 1_000_000, random.Random(6))
    elements(folder)
    done.touch()
