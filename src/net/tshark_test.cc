// SPDX-License-Identifier: Apache-2.0
// The builders and dissect() against an implementation that is not ours: packets of every kind go
// into a capture file, tshark reads it, and every field that both name must agree. Were parser and
// builder wrong in the same way, only this would show it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/cursor.h"
#include "base/text.h"
#include "net/sample_packets.h"
#include "support/require.h"
#include "support/seed.h"

namespace superfluid::net::testing {
namespace {

// A field of ours and tshark's names for it; where there are two, the packet has one or the other
// at each place, and tshark's first list stands before its second.
struct Row {
  Protocol layer;
  std::string_view field;
  std::string_view tshark;
  std::string_view tshark_too = "";
  unsigned unit = 1;  // of ours in one of tshark's
};

using enum Protocol;
constexpr Row kRows[] = {
    {kEthernet, "destination", "eth.dst"},
    {kEthernet, "source", "eth.src"},
    {kEthernet, "ethertype", "eth.type"},
    {kVlan, "priority", "ieee8021ad.priority", "vlan.priority"},
    {kVlan, "drop_eligible", "ieee8021ad.dei", "vlan.dei"},
    {kVlan, "vlan", "ieee8021ad.id", "vlan.id"},
    {kArp, "operation", "arp.opcode"},
    {kArp, "sender_mac", "arp.src.hw_mac"},
    {kArp, "sender_ip", "arp.src.proto_ipv4"},
    {kArp, "target_mac", "arp.dst.hw_mac"},
    {kArp, "target_ip", "arp.dst.proto_ipv4"},
    {kIpv4, "header_length", "ip.hdr_len"},
    {kIpv4, "dscp", "ip.dsfield.dscp"},
    {kIpv4, "ecn", "ip.dsfield.ecn"},
    {kIpv4, "total_length", "ip.len"},
    {kIpv4, "identification", "ip.id"},
    {kIpv4, "flags", "ip.flags"},
    {kIpv4, "fragment_offset", "ip.frag_offset", "", 8},
    {kIpv4, "ttl", "ip.ttl"},
    {kIpv4, "protocol", "ip.proto"},
    {kIpv4, "checksum", "ip.checksum"},
    {kIpv4, "checksum_status", "ip.checksum.status"},
    {kIpv4, "source", "ip.src"},
    {kIpv4, "destination", "ip.dst"},
    {kIpv6, "version", "ipv6.version"},
    {kIpv6, "dscp", "ipv6.tclass.dscp"},
    {kIpv6, "ecn", "ipv6.tclass.ecn"},
    {kIpv6, "flow_label", "ipv6.flow"},
    {kIpv6, "payload_length", "ipv6.plen"},
    {kIpv6, "next_header", "ipv6.nxt"},
    {kIpv6, "hop_limit", "ipv6.hlim"},
    {kIpv6, "source", "ipv6.src"},
    {kIpv6, "destination", "ipv6.dst"},
    {kIpv6Extension, "offset", "ipv6.fraghdr.offset", "", 8},
    {kIpv6Extension, "more_fragments", "ipv6.fraghdr.more"},
    {kIpv6Extension, "identification", "ipv6.fraghdr.ident"},
    {kIpv6Extension, "routing_type", "ipv6.routing.type"},
    {kIpv6Extension, "segments_left", "ipv6.routing.segleft"},
    {kIcmpv4, "type", "icmp.type"},
    {kIcmpv4, "code", "icmp.code"},
    {kIcmpv4, "checksum", "icmp.checksum"},
    {kIcmpv4, "checksum_status", "icmp.checksum.status"},
    {kIcmpv4, "identifier", "icmp.ident"},
    {kIcmpv4, "sequence", "icmp.seq"},
    {kIcmpv4, "mtu", "icmp.mtu"},
    {kIcmpv6, "type", "icmpv6.type"},
    {kIcmpv6, "code", "icmpv6.code"},
    {kIcmpv6, "checksum", "icmpv6.checksum"},
    {kIcmpv6, "checksum_status", "icmpv6.checksum.status"},
    {kIcmpv6, "identifier", "icmpv6.echo.identifier"},
    {kIcmpv6, "sequence", "icmpv6.echo.sequence_number"},
    {kIcmpv6, "current_hop_limit", "icmpv6.nd.ra.cur_hop_limit"},
    {kIcmpv6, "managed", "icmpv6.nd.ra.flag.m"},
    {kIcmpv6, "other_configuration", "icmpv6.nd.ra.flag.o"},
    {kIcmpv6, "router_lifetime_s", "icmpv6.nd.ra.router_lifetime"},
    {kIcmpv6, "reachable_ms", "icmpv6.nd.ra.reachable_time"},
    {kIcmpv6, "retransmit_ms", "icmpv6.nd.ra.retrans_timer"},
    {kIcmpv6, "router", "icmpv6.nd.na.flag.r"},
    {kIcmpv6, "solicited", "icmpv6.nd.na.flag.s"},
    {kIcmpv6, "override", "icmpv6.nd.na.flag.o"},
    {kIcmpv6, "target", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address"},
    {kIcmpv6, "options.source_link", "icmpv6.opt.linkaddr"},
    {kIcmpv6, "options.target_link", "icmpv6.opt.linkaddr"},
    {kIcmpv6, "options.mtu", "icmpv6.opt.mtu"},
    {kIcmpv6, "options.prefix", "icmpv6.opt.prefix"},
    {kIcmpv6, "options.prefix_length", "icmpv6.opt.prefix.length"},
    {kTcp, "source_port", "tcp.srcport"},
    {kTcp, "destination_port", "tcp.dstport"},
    {kTcp, "sequence", "tcp.seq_raw"},
    {kTcp, "acknowledgment", "tcp.ack_raw"},
    {kTcp, "header_length", "tcp.hdr_len"},
    {kTcp, "flags", "tcp.flags"},
    {kTcp, "window", "tcp.window_size_value"},
    {kTcp, "checksum", "tcp.checksum"},
    {kTcp, "checksum_status", "tcp.checksum.status"},
    {kTcp, "urgent_pointer", "tcp.urgent_pointer"},
    {kTcp, "mss", "tcp.options.mss_val"},
    {kTcp, "window_scale", "tcp.options.wscale.shift"},
    {kTcp, "timestamp_value", "tcp.options.timestamp.tsval"},
    {kTcp, "timestamp_echo", "tcp.options.timestamp.tsecr"},
    {kTcp, "sack.left", "tcp.options.sack_le"},
    {kTcp, "sack.right", "tcp.options.sack_re"},
    {kUdp, "source_port", "udp.srcport"},
    {kUdp, "destination_port", "udp.dstport"},
    {kUdp, "length", "udp.length"},
    {kUdp, "checksum", "udp.checksum"},
    {kUdp, "checksum_status", "udp.checksum.status"},
    {kSctp, "source_port", "sctp.srcport"},
    {kSctp, "destination_port", "sctp.dstport"},
    {kSctp, "verification_tag", "sctp.verification_tag"},
    {kSctp, "checksum", "sctp.checksum"},
    {kSctp, "checksum_status", "sctp.checksum.status"},
    {kSctp, "chunks", "sctp.chunk_type"},
    {kVxlan, "network", "vxlan.vni"},
    {kGtpu, "version", "gtp.flags.version"},
    {kGtpu, "message_type", "gtp.message"},
    {kGtpu, "length", "gtp.length"},
    {kGtpu, "teid", "gtp.teid"},
    {kGtpu, "sequence", "gtp.seq_number"},
    {kGtpu, "npdu", "gtp.npdu_number"},
    {kGtpu, "pdu_type", "gtp.ext_hdr.pdu_ses_con.pdu_type"},
    {kGtpu, "qfi", "gtp.ext_hdr.pdu_ses_con.qos_flow_id"},
    {kGtpu, "rqi", "gtp.ext_hdr.pdu_ses_cont.rqi"},
    {kGtpu, "elements.recovery", "gtp.recovery"},
    {kGtpu, "elements.teid", "gtp.teid_data"},
    {kGtpu, "elements.peer_address", "gtp.gsn_ipv4"},
};

// What makes the whole packet suspect to tshark.
constexpr std::string_view kComplaint = "_ws.malformed";

// Our words for what tshark prints as numbers.
const std::map<std::string_view, std::string_view> kWordNumbers{
    {"yes", "1"},      {"no", "0"},     {"good", "1"},      {"bad", "0"},
    {"request", "1"},  {"reply", "2"},  {"none", "3"},      {"unverified", "2"},
    {"downlink", "0"}, {"uplink", "1"}, {"heartbeat", "4"}, {"cookie_ack", "11"},
    {"DF", "2"},       {"MF", "1"},     {"", "0"},
};

std::string tcp_flags_number(std::string_view flags) {
  constexpr std::array<std::string_view, 8> kNames{"FIN", "SYN", "RST", "PSH",
                                                   "ACK", "URG", "ECE", "CWR"};
  unsigned number = 0;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    number |= (flags.find(kNames[bit]) != std::string_view::npos ? 1u : 0u) << bit;
  }
  return std::to_string(number);
}

// Splits at commas and writes every number in base 10.
std::vector<std::string> values_of(std::string_view list) {
  std::vector<std::string> values;
  std::size_t start = 0;
  while (start <= list.size()) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string_view word = list.substr(start, end - start);
    const auto number = base::parse_u64(word, true);
    values.push_back(number ? std::to_string(*number) : std::string(word));
    start = end + 1;
  }
  return values;
}

// Collects one layer's fields in tshark's spelling. A list's items become fields of their own:
// "mtu=1500" among the options is "options.mtu".
class TsharkSpelling final : public FieldSink {
 public:
  void number(std::string_view name, std::uint64_t value) override {
    add(std::string(name), std::to_string(value));
  }
  void hex(std::string_view name, std::uint64_t value, unsigned) override { number(name, value); }
  void text(std::string_view name, std::string_view value) override {
    if (name == "flags" && value.size() > 2) {  // TCP's; IPv4's have two letters
      return add("flags", tcp_flags_number(value));
    }
    for (const std::string& word : values_of(value)) {
      if (const auto equals = word.find('='); equals != std::string::npos) {
        add_item(base::cat(name, ".", word.substr(0, equals)), word.substr(equals + 1));
      } else if (const auto dash = word.find('-'); name == "sack" && dash != std::string::npos) {
        add("sack.left", word.substr(0, dash));
        add("sack.right", word.substr(dash + 1));
      } else {
        const auto number = kWordNumbers.find(word);
        add(std::string(name), number != kWordNumbers.end() ? std::string(number->second) : word);
      }
    }
  }

  std::map<std::string, std::vector<std::string>> values;

 private:
  void add(const std::string& name, const std::string& value) { values[name].push_back(value); }
  void add_item(const std::string& name, const std::string& value) {
    const auto slash = value.find('/');
    add(name, values_of(value.substr(0, slash))[0]);
    if (slash != std::string::npos) {
      add(name + "_length", value.substr(slash + 1));
    }
  }
};

// Everything that we say about a packet, by tshark's names.
std::map<std::string_view, std::vector<std::string>> our_view(const SamplePacket& sample) {
  std::map<std::string_view, std::vector<std::string>> view;
  const Dissection dissection = dissect(sample.frame, LinkType::kEthernet);
  for (std::size_t i = 0; i < dissection.layers.size(); ++i) {
    TsharkSpelling layer;
    describe_fields(sample.frame, dissection, i, layer);
    for (const Row& row : kRows) {
      const auto found = layer.values.find(std::string(row.field));
      if (row.layer == dissection.layers[i].protocol && found != layer.values.end()) {
        auto& values = view[row.tshark];
        values.insert(values.end(), found->second.begin(), found->second.end());
      }
    }
  }
  return view;
}

// The classic capture format, microseconds, Ethernet.
void write_capture(const std::filesystem::path& path, const std::vector<SamplePacket>& samples) {
  std::ofstream file(path, std::ios::binary);
  const auto put = [&](std::uint32_t value) {
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(0xa1b2c3d4);
  put(2 | 4 << 16);  // version 2.4
  put(0);
  put(0);
  put(65535);
  put(1);
  for (std::uint32_t second = 0; const SamplePacket& sample : samples) {
    put(++second);
    put(0);
    put(static_cast<std::uint32_t>(sample.frame.size()));
    put(static_cast<std::uint32_t>(sample.frame.size()));
    file.write(reinterpret_cast<const char*>(sample.frame.data()),
               static_cast<std::streamsize>(sample.frame.size()));
  }
}

// A directory for one test that goes with it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "net_test.XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) {
      path_ = name;
    }
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<std::string> column_names() {
  std::vector<std::string> names{std::string(kComplaint)};
  for (const Row& row : kRows) {
    names.emplace_back(row.tshark);
    if (!row.tshark_too.empty()) {
      names.emplace_back(row.tshark_too);
    }
  }
  return names;
}

using Line = std::map<std::string, std::vector<std::string>>;

// One line of tshark's per packet; only columns that are not empty.
std::vector<Line> run_tshark(const std::filesystem::path& capture) {
  std::string command =
      "tshark -n -r '" + capture.string() +
      "' -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE"
      " -o udp.check_checksum:TRUE -o 'sctp.checksum:CRC 32c'"
      " -o tcp.relative_sequence_numbers:FALSE -o ip.defragment:FALSE -o ipv6.defragment:FALSE"
      " -T fields -E separator=/t -E occurrence=a -E aggregator=,";
  const std::vector<std::string> names = column_names();
  for (const std::string& name : names) {
    command += " -e " + name;
  }
  command += " 2>'" + (capture.parent_path() / "complaints").string() + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return {};
  }
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), got);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  std::vector<Line> lines;
  std::istringstream stream(output);
  for (std::string text; std::getline(stream, text);) {
    Line line;
    std::istringstream columns(text);
    std::string column;
    for (std::size_t i = 0; i < names.size() && std::getline(columns, column, '\t'); ++i) {
      if (!column.empty()) {
        line[names[i]] = values_of(column);
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> tshark_values(const Line& line, const Row& row) {
  std::vector<std::string> values;
  for (const std::string_view name : {row.tshark, row.tshark_too}) {
    if (const auto found = line.find(std::string(name)); found != line.end()) {
      for (const std::string& value : found->second) {
        const auto number = base::parse_u64(value);
        values.push_back(number ? std::to_string(*number * row.unit) : value);
      }
    }
  }
  return values;
}

TEST(Tshark, AgreesOnEveryFieldOfEveryKindOfPacket) {
  SF_REQUIRE(tshark);
  constexpr int kRounds = 12;
  base::Rng rng(superfluid::testing::test_seed());
  std::vector<SamplePacket> samples;
  for (int round = 0; round < kRounds; ++round) {
    for (SamplePacket& sample : sample_packets(rng)) {
      samples.push_back(std::move(sample));
    }
  }
  const ScratchDirectory scratch;
  ASSERT_FALSE(scratch.path().empty());
  write_capture(scratch.path() / "samples.pcap", samples);
  const std::vector<Line> lines = run_tshark(scratch.path() / "samples.pcap");
  ASSERT_EQ(lines.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const SamplePacket& sample = samples[i];
    EXPECT_FALSE(lines[i].contains(std::string(kComplaint)))
        << "packet " << i + 1 << " (" << sample.kind << ") is malformed to tshark";
    for (const auto& ours = our_view(sample); const Row& row : kRows) {
      const auto found = ours.find(row.tshark);
      const auto expected = found != ours.end() ? found->second : std::vector<std::string>{};
      auto theirs = tshark_values(lines[i], row);
      if (sample.kind == "icmp-error" && theirs.size() > expected.size()) {
        theirs.resize(expected.size());  // tshark reads the quoted datagram too
      }
      EXPECT_EQ(expected, theirs) << "packet " << i + 1 << " (" << sample.kind << "), "
                                  << row.tshark;
    }
  }
}

}  // namespace
}  // namespace superfluid::net::testing
