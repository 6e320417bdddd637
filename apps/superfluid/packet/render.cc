// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/render.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>

#include "base/text.h"

namespace superfluid::packet {

using base::cat;
using base::Hex;

namespace {

constexpr std::size_t kDumpBytesPerLine = 16;

std::string_view name_of(net::LinkType link) {
  return link == net::LinkType::kEthernet ? "ethernet" : "ip";
}

std::string two(unsigned number) { return cat(number < 10 ? "0" : "", number); }

// "2024-02-29T12:00:00.000000001Z"
std::string utc(base::Duration since_epoch) {
  // Divided by hand: whole days of the earliest stamp do not fit into nanoseconds.
  constexpr std::int64_t kSecond = base::seconds(1).count();
  const std::int64_t below = since_epoch.count() % kSecond < 0 ? 1 : 0;
  const std::int64_t nanoseconds = since_epoch.count() % kSecond + below * kSecond;
  const std::chrono::sys_seconds time{std::chrono::seconds(since_epoch.count() / kSecond - below)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string fraction = cat(nanoseconds);
  fraction.insert(0, 9 - fraction.size(), '0');
  return cat(static_cast<int>(date.year()), '-', two(static_cast<unsigned>(date.month())), '-',
             two(static_cast<unsigned>(date.day())), 'T',
             two(static_cast<unsigned>(clock.hours().count())), ':',
             two(static_cast<unsigned>(clock.minutes().count())), ':',
             two(static_cast<unsigned>(clock.seconds().count())), '.', fraction, 'Z');
}

class TextFields final : public net::FieldSink {
 public:
  void number(std::string_view name, std::uint64_t value) override { add(name, cat(value)); }
  void hex(std::string_view name, std::uint64_t value, unsigned digits) override {
    add(name, cat("0x", Hex{value, digits}));
  }
  void text(std::string_view name, std::string_view value) override {
    const bool needs_quotes = value.empty() || value.find(' ') != value.npos;
    add(name, needs_quotes ? cat('"', value, '"') : std::string(value));
  }

  const std::string& line() const { return line_; }

 private:
  void add(std::string_view name, const std::string& value) {
    line_ += cat(line_.empty() ? "" : " ", name, '=', value);
  }

  std::string line_;
};

class JsonFields final : public net::FieldSink {
 public:
  void number(std::string_view name, std::uint64_t value) override { fields_[name] = value; }
  void hex(std::string_view name, std::uint64_t value, unsigned) override { fields_[name] = value; }
  void text(std::string_view name, std::string_view value) override { fields_[name] = value; }

  boost::json::object take() && { return std::move(fields_); }

 private:
  boost::json::object fields_;
};

std::string hex_of(base::ByteView bytes) {
  std::string digits;
  for (const std::uint8_t byte : bytes) {
    digits += cat(Hex{byte, 2});
  }
  return digits;
}

// "0022  48 65 6c 6c 6f                                   Hello"
std::string dump(base::ByteView bytes, std::size_t offset, std::size_t indent) {
  std::string lines;
  for (std::size_t at = 0; at < bytes.size(); at += kDumpBytesPerLine) {
    const auto line = bytes.subspan(at, std::min(kDumpBytesPerLine, bytes.size() - at));
    lines.append(indent, ' ');
    lines += cat(Hex{offset + at, 4}, ' ');
    std::string text;
    for (std::size_t i = 0; i < kDumpBytesPerLine; ++i) {
      const bool there = i < line.size();
      lines += there ? cat(' ', Hex{line[i], 2}) : std::string("   ");
      if (there) {
        text += line[i] >= ' ' && line[i] <= '~' ? static_cast<char>(line[i]) : '.';
      }
    }
    lines += cat("  ", text, '\n');
  }
  return lines;
}

std::string heading(const Shown& shown) {
  const SourcePacket& packet = shown.packet;
  std::string line = cat("packet ", shown.number, ": ", packet.bytes.size(), " bytes");
  if (packet.length_on_wire != packet.bytes.size()) {
    line += cat(" of ", packet.length_on_wire);
  }
  if (packet.since_epoch) {
    line += cat(", ", utc(*packet.since_epoch));
  }
  return line;
}

std::string sentence_of(const net::Problem& problem) {
  if (problem.cut) {
    return cat("at byte ", problem.offset, ": ", net::name_of(problem.where), ": ",
               net::name_of(problem.reason), ": cut short by the capture");
  }
  return cat("at byte ", problem.offset, ": ", net::name_of(problem.where), ": ",
             net::name_of(problem.reason), ": ", net::describe(problem.reason));
}

// The part of a payload that is shown.
base::ByteView visible(const Shown& shown, const net::Layer& layer) {
  return shown.packet.bytes.subspan(layer.offset,
                                    std::min<std::size_t>(layer.length, shown.payload_bytes_max));
}

}  // namespace

std::string text_of(const Shown& shown, const cli::Terminal& terminal) {
  std::string text = cat(terminal.styled(cli::Style::kStrong, heading(shown)), '\n');
  unsigned indent = 2;
  for (std::size_t i = 0; i < shown.dissection.layers.size(); ++i, indent += 2) {
    const net::Layer& layer = shown.dissection.layers[i];
    const std::string_view name = net::name_of(layer.protocol);
    TextFields fields;
    net::describe_fields(shown.packet.bytes, shown.dissection, i, fields);
    const unsigned column = indent + static_cast<unsigned>(name.size()) + 1;
    text +=
        cat(std::string(indent, ' '), terminal.styled(cli::Style::kGood, name), ' ',
            cli::wrap(cli::printable(fields.line()), column, indent + 4, terminal.columns), '\n');
    if (layer.protocol == net::Protocol::kPayload) {
      const base::ByteView bytes = visible(shown, layer);
      text += dump(bytes, layer.offset, indent + 2);
      if (bytes.size() < layer.length) {
        text += cat(std::string(indent + 2, ' '), "and ", layer.length - bytes.size(),
                    " bytes more (--payload shows them)\n");
      }
    }
  }
  if (shown.dissection.problem) {
    text += cat("  ", terminal.styled(cli::Style::kBad, "problem"), ' ',
                cli::wrap(sentence_of(*shown.dissection.problem), 10, 6, terminal.columns), '\n');
  }
  return text;
}

boost::json::object json_of(const Shown& shown) {
  const SourcePacket& packet = shown.packet;
  boost::json::array layers;
  for (std::size_t i = 0; i < shown.dissection.layers.size(); ++i) {
    const net::Layer& layer = shown.dissection.layers[i];
    JsonFields fields;
    net::describe_fields(packet.bytes, shown.dissection, i, fields);
    boost::json::object object{{"protocol", net::name_of(layer.protocol)},
                               {"offset", layer.offset},
                               {"length", layer.length},
                               {"fields", std::move(fields).take()}};
    if (layer.protocol == net::Protocol::kPayload) {
      object["bytes"] = hex_of(visible(shown, layer));
    }
    layers.push_back(std::move(object));
  }
  boost::json::object object{{"number", shown.number},
                             {"length", packet.bytes.size()},
                             {"length_on_wire", packet.length_on_wire},
                             {"link", name_of(packet.link)},
                             {"layers", std::move(layers)}};
  if (packet.since_epoch) {
    object["since_epoch_ns"] = packet.since_epoch->count();
  }
  if (shown.dissection.problem) {
    const net::Problem& problem = *shown.dissection.problem;
    object["problem"] = {{"reason", net::name_of(problem.reason)},
                         {"where", net::name_of(problem.where)},
                         {"offset", problem.offset},
                         {"cut", problem.cut},
                         {"text", sentence_of(problem)}};
  }
  return object;
}

}  // namespace superfluid::packet
