// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_mapper.h"

#include <algorithm>
#include <span>

#include "base/hash_map.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using net::Ipv4FlowKey;

const graph::ElementClass RoundRobinIPMapper::kClass{"RoundRobinIPMapper", "0/0", "a/a",
                                                     graph::make_element<RoundRobinIPMapper>};
const graph::ElementClass SourceIPHashMapper::kClass{"SourceIPHashMapper", "0/0", "a/a",
                                                     graph::make_element<SourceIPHashMapper>};

IPMapper* IPMapper::of(graph::Element* element) {
  const bool is_mapper =
      element != nullptr && (&element->element_class() == &RoundRobinIPMapper::kClass ||
                             &element->element_class() == &SourceIPHashMapper::kClass);
  return is_mapper ? static_cast<IPMapper*>(element) : nullptr;
}

graph::Complaint IPMapper::check_outputs(std::uint32_t outputs) const {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (specs_[i].forward_output >= outputs || specs_[i].reply_output >= outputs) {
      return cat("output port out of range in ", name(), " :: ", element_class().name, " pattern ",
                 i);
    }
  }
  return {};
}

void RoundRobinIPMapper::configure(graph::Arguments& arguments) {
  std::vector<std::string> patterns;
  arguments.rest(patterns).complete();
  if (patterns.empty()) {
    arguments.complain("no patterns given");
  } else if (patterns.size() == 1) {
    arguments.warn("only one pattern given");
  }
  for (const std::string& pattern : patterns) {
    PatternSpec spec;
    if (graph::Complaint wrong = spec.parse(graph::split_words(pattern), *this); !wrong.empty()) {
      arguments.complain(wrong);
    } else {
      specs_.push_back(std::move(spec));
    }
  }
}

RewriteChoice RoundRobinIPMapper::choose(const Ipv4FlowKey& flow, const Rewriter& rewriter) {
  for (std::size_t tries = 0; tries < specs_.size(); ++tries) {
    const PatternSpec& spec = specs_[next_];
    next_ = (next_ + 1) % specs_.size();
    const RewriteChoice choice = spec.choose(flow, rewriter);
    if (choice.what != RewriteChoice::What::kFail) {
      return choice;
    }
  }
  return {.what = RewriteChoice::What::kFail};
}

void SourceIPHashMapper::configure(graph::Arguments& arguments) {
  std::vector<std::string> rest;
  arguments.rest(rest).complete();
  if (rest.empty()) {
    arguments.complain("no hash seed given");
    return;
  }
  if (rest.size() == 1) {
    arguments.complain("no patterns given");
    return;
  }
  if (rest.size() == 2) {
    arguments.warn("only one pattern given");
  }
  const std::vector<std::string> words = graph::split_words(rest[0]);
  std::uint32_t nodes = 0;
  std::int32_t seed = 0;
  if (words.size() != 2) {
    arguments.complain("requires 2 config params: numnodes seed");
  } else if (!graph::parse_argument(words[0], nodes).empty() || nodes == 0) {
    arguments.complain("number of nodes must be an integer");
  } else if (nodes > kNodesMax) {
    arguments.complain(cat("number of nodes must be at most ", kNodesMax));
  } else if (!graph::parse_argument(words[1], seed).empty()) {
    arguments.complain("hash seed must be an integer");
  } else {
    seed_ = base::mix_bits(static_cast<std::uint32_t>(seed) + std::uint64_t{1});
    rest.erase(rest.begin());
    read_servers(rest, nodes, arguments);
  }
}

void SourceIPHashMapper::read_servers(const std::vector<std::string>& servers, std::uint32_t nodes,
                                      graph::Arguments& arguments) {
  for (const std::string& server : servers) {
    const std::vector<std::string> words = graph::split_words(server);
    std::uint16_t id = 0;
    if (words.size() < 2 || !graph::parse_argument(words.back(), id).empty()) {
      arguments.complain("bad server ID in pattern spec");
      continue;
    }
    PatternSpec spec;
    if (graph::Complaint wrong = spec.parse(std::span(words).first(words.size() - 1), *this);
        !wrong.empty()) {
      arguments.complain(wrong);
      continue;
    }
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const std::uint64_t place = seed_ ^ base::mix_bits(std::uint64_t{id} << 32 | node);
      ring_.push_back({base::mix_bits(place), static_cast<std::uint32_t>(specs_.size())});
    }
    specs_.push_back(std::move(spec));
  }
  std::ranges::sort(ring_, {}, &Place::hash);
}

RewriteChoice SourceIPHashMapper::choose(const Ipv4FlowKey& flow, const Rewriter& rewriter) {
  const std::uint64_t hash = base::mix_bits(seed_ + base::mix_bits(flow.source.host()));
  const auto place = std::ranges::upper_bound(ring_, hash, {}, &Place::hash);
  const Place& chosen = place == ring_.end() ? ring_.front() : *place;
  return specs_[chosen.spec].choose(flow, rewriter);
}

}  // namespace superfluid::elements
