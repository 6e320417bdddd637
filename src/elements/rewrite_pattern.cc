// SPDX-License-Identifier: Apache-2.0
#include "elements/rewrite_pattern.h"

#include <algorithm>

#include "elements/ip_argument.h"
#include "elements/ip_rewriter_patterns.h"
#include "elements/rewriter.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Complaint;
using net::Ipv4Address;
using net::Ipv4FlowKey;

namespace {

bool read_port(std::string_view text, std::uint16_t least, std::uint16_t& port) {
  return graph::parse_argument(text, port).empty() && port >= least;
}

}  // namespace

std::string_view RewritePattern::without_mark(std::string_view text) {
  if (text.ends_with('#')) {
    sequential_ = true;
    prefer_own_ = false;
    text.remove_suffix(1);
  } else if (text.ends_with('?')) {
    prefer_own_ = false;
    text.remove_suffix(1);
  }
  return text;
}

bool RewritePattern::parse_source(std::string_view text, const graph::Element& user) {
  if (text == "-") {
    return true;
  }
  if (const auto address = read_address(text, &user)) {
    source_ = *address;
    return true;
  }
  text = without_mark(text);
  if (const std::size_t dash = text.find('-'); dash != text.npos) {
    const auto first = read_address(text.substr(0, dash), &user);
    const auto last = read_address(text.substr(dash + 1), &user);
    if (!first || !last || last->host() < first->host()) {
      return false;
    }
    source_ = *first;
    last_ = last->host() - first->host();
    return true;
  }
  const auto range = read_range(text, &user);
  const auto length = range ? prefix_length(range->mask) : std::nullopt;
  if (!length || *length == 0 || range->address == Ipv4Address{}) {
    return false;
  }
  const std::uint32_t first = range->address.host() & range->mask.host();
  switch (*length) {
    case 32: source_ = range->address; break;
    case 31:
      source_ = Ipv4Address::from_host(first);
      last_ = 1;
      break;
    default:  // without the prefix's own and its broadcast address
      source_ = Ipv4Address::from_host(first | 1);
      last_ = ~range->mask.host() - 2;
  }
  return true;
}

bool RewritePattern::parse_source_port(std::string_view text) {
  if (text == "-" || read_port(text, 1, source_port_)) {
    return true;
  }
  text = without_mark(text);
  const std::size_t dash = text.find('-');
  std::uint16_t last = 0;
  if (dash == text.npos || !read_port(text.substr(0, dash), 0, source_port_) ||
      !read_port(text.substr(dash + 1), source_port_, last)) {
    return false;
  }
  last_ = static_cast<std::uint32_t>(last - source_port_);
  return true;
}

Complaint RewritePattern::parse(std::span<const std::string> words, const graph::Element& user) {
  if (words.size() < 2 || words.size() > 4) {
    return "syntax error";
  }
  ports_ = words.size() > 2;
  const std::string& destination = words[words.size() == 4 ? 2 : 1];
  if (!parse_source(words[0], user)) {
    return "bad source address";
  }
  if (ports_) {
    if (last_ != 0) {
      return "bad source address";  // one thing varies: with ports, it is the port
    }
    if (!parse_source_port(words[words.size() == 4 ? 1 : 2])) {
      return "bad source port";
    }
  }
  if (destination != "-") {
    const auto address = read_address(destination, &user);
    if (!address) {
      return "bad destination address";
    }
    destination_ = *address;
  }
  if (words.size() == 4 && words[3] != "-" && !read_port(words[3], 1, destination_port_)) {
    return "bad destination port";
  }
  return {};
}

void RewritePattern::set_candidate(Ipv4FlowKey& flow, std::uint32_t number) const {
  if (ports_) {
    flow.source_port.set(static_cast<std::uint16_t>(source_port_ + number));
  } else {
    flow.source = Ipv4Address::from_host(source_.host() + number);
  }
}

Ipv4FlowKey RewritePattern::with_fixed_parts(const Ipv4FlowKey& flow) const {
  Ipv4FlowKey made = flow;
  if (source_ != Ipv4Address{}) {
    made.source = source_;
  }
  if (source_port_ != 0) {
    made.source_port.set(source_port_);
  }
  if (destination_ != Ipv4Address{}) {
    made.destination = destination_;
  }
  if (destination_port_ != 0) {
    made.destination_port.set(destination_port_);
  }
  return made;
}

std::optional<std::uint32_t> RewritePattern::own_candidate(const Ipv4FlowKey& flow) const {
  const std::uint32_t own = std::uint32_t{flow.source_port.host()} - source_port_;
  return prefer_own_ && ports_ && own <= last_ ? std::optional(own) : std::nullopt;
}

Ipv4FlowKey RewritePattern::first_choice(const Ipv4FlowKey& flow) const {
  Ipv4FlowKey made = with_fixed_parts(flow);
  if (last_ != 0) {
    set_candidate(made, own_candidate(flow).value_or(std::min(next_, last_)));
  }
  return made;
}

std::optional<Ipv4FlowKey> RewritePattern::apply(const Ipv4FlowKey& flow,
                                                 const Rewriter& rewriter) {
  Ipv4FlowKey made = with_fixed_parts(flow);
  if (last_ == 0) {
    return made;
  }
  const std::uint64_t candidates = std::uint64_t{last_} + 1;
  if (const auto own = own_candidate(flow)) {
    set_candidate(made, *own);
    if (!rewriter.is_taken(made)) {
      next_ = *own + 1;
      return made;
    }
  }
  std::uint64_t number = sequential_ ? next_ : rewriter.rng().next() % candidates;
  for (std::uint64_t tries = 0; tries < candidates && tries < kTriesMax; ++tries, ++number) {
    number = number < candidates ? number : 0;
    set_candidate(made, static_cast<std::uint32_t>(number));
    if (!rewriter.is_taken(made)) {
      next_ = static_cast<std::uint32_t>(number + 1);
      return made;
    }
  }
  next_ = static_cast<std::uint32_t>(number % candidates);
  return std::nullopt;
}

std::string RewritePattern::text() const {
  const auto address = [](const Ipv4Address& value) {
    return value == Ipv4Address{} ? std::string("-") : std::string(to_text(value).view());
  };
  const auto port = [](std::uint16_t value) { return value == 0 ? std::string("-") : cat(value); };
  if (!ports_) {
    const std::string range =
        last_ == 0 ? std::string()
                   : cat("-", to_text(Ipv4Address::from_host(source_.host() + last_)).view());
    return cat(last_ == 0 ? address(source_) : std::string(to_text(source_).view()), range, " ",
               address(destination_));
  }
  const std::string ports =
      last_ == 0 ? port(source_port_) : cat(source_port_, "-", source_port_ + last_);
  return cat(address(source_), " ", ports, " ", address(destination_), " ",
             port(destination_port_));
}

Complaint parse_output_ports(std::span<const std::string> words, std::uint32_t& forward,
                             std::uint32_t& reply) {
  if (words.size() != 2 || !graph::parse_argument(words[0], forward).empty()) {
    return "bad forward port";
  }
  return graph::parse_argument(words[1], reply).empty() ? Complaint() : "bad reply port";
}

Complaint PatternSpec::parse(std::span<const std::string> words, const graph::Element& context) {
  if (words.size() < 3) {
    return "syntax error";
  }
  const auto front = words.first(words.size() - 2);
  if (front.size() == 1) {
    pattern = IPRewriterPatterns::find(context, front[0]);
    if (!pattern) {
      return cat("no such pattern '", base::escape(front[0]), "'");
    }
  } else {
    pattern = SharedPattern::make();
    if (Complaint wrong = pattern->parse(front, context); !wrong.empty()) {
      return wrong;
    }
  }
  return parse_output_ports(words.last(2), forward_output, reply_output);
}

RewriteChoice PatternSpec::choose(const Ipv4FlowKey& flow, const Rewriter& rewriter) const {
  const auto made = pattern->apply(flow, rewriter);
  if (!made) {
    return {.what = RewriteChoice::What::kFail};
  }
  return {RewriteChoice::What::kMap, forward_output, reply_output, *made};
}

}  // namespace superfluid::elements
