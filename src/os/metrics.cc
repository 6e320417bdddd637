// SPDX-License-Identifier: Apache-2.0
#include "os/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/text.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

prometheus::ClientMetric sample(const Counter& counter) {
  prometheus::ClientMetric metric;
  metric.counter.value = static_cast<double>(counter.value());
  return metric;
}

prometheus::ClientMetric sample(const Gauge& gauge) {
  prometheus::ClientMetric metric;
  metric.gauge.value = static_cast<double>(gauge.value());
  return metric;
}

// The format wants buckets that include those below them. The count is summed from the same reads,
// so that it agrees with the buckets while the owner writes on.
prometheus::ClientMetric sample(const Histogram& histogram) {
  prometheus::ClientMetric metric;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    below += histogram.bucket(i);
    const double bound = i < histogram.bounds().size() ? static_cast<double>(histogram.bounds()[i])
                                                       : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({.cumulative_count = below, .upper_bound = bound});
  }
  metric.histogram.sample_count = below;
  metric.histogram.sample_sum = static_cast<double>(histogram.sum());
  return metric;
}

prometheus::MetricType type_of(const Metrics::Source& source) {
  switch (source.index()) {
    case 0: return prometheus::MetricType::Counter;
    case 1: return prometheus::MetricType::Gauge;
    default: return prometheus::MetricType::Histogram;
  }
}

}  // namespace

Histogram::Histogram(const Bounds& bounds) : bounds_(bounds) {
  base::check(
      std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal()) == bounds.end(),
      "the bounds of a histogram rise");
}

void Histogram::observe(std::uint64_t value) {
  const auto add = [](std::atomic<std::uint64_t>& to, std::uint64_t n) {
    to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  };
  const auto* bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  add(buckets_[bound - bounds_.begin()], 1);
  add(sum_, value);
}

MetricHandle& MetricHandle::operator=(MetricHandle&& other) noexcept {
  if (this != &other) {
    reset();
    metrics_ = std::exchange(other.metrics_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void MetricHandle::reset() {
  if (Metrics* metrics = std::exchange(metrics_, nullptr)) {
    metrics->remove(id_);
  }
}

Metrics::~Metrics() { base::check(entries_.empty(), "Metrics outlive their handles"); }

base::Result<MetricHandle> Metrics::add(MetricName name, const Counter& counter) {
  return add_source(std::move(name), &counter);
}

base::Result<MetricHandle> Metrics::add(MetricName name, const Gauge& gauge) {
  return add_source(std::move(name), &gauge);
}

base::Result<MetricHandle> Metrics::add(MetricName name, const Histogram& histogram) {
  return add_source(std::move(name), &histogram);
}

base::Result<MetricHandle> Metrics::add_source(MetricName name, Source source) {
  if (!is_name(name.name)) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("\"", base::escape(name.name), "\" is no name for a metric"));
  }
  for (const auto& [label, value] : name.labels) {
    if (!is_name(label)) {
      return base::fail(ErrorCode::kInvalid,
                        base::cat("\"", base::escape(label), "\" is no name for a label"));
    }
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry.name.name != name.name) {
      continue;
    }
    if (entry.name.labels == name.labels) {
      return base::fail(ErrorCode::kConflict,
                        base::cat("metric ", name.name, " with these labels exists"));
    }
    if (entry.source.index() != source.index() || entry.name.help != name.help) {
      return base::fail(ErrorCode::kConflict,
                        base::cat("metric ", name.name, " exists with another kind or help"));
    }
  }
  const std::uint64_t id = next_id_++;
  entries_.emplace(id, Entry{std::move(name), source});
  return MetricHandle(this, id);
}

void Metrics::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

std::string Metrics::expose() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Entry*> sorted;
  for (const auto& [id, entry] : entries_) {
    sorted.push_back(&entry);
  }
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->name.name, a->name.labels) < std::tie(b->name.name, b->name.labels);
  });
  std::vector<prometheus::MetricFamily> families;
  for (const Entry* entry : sorted) {
    if (families.empty() || families.back().name != entry->name.name) {
      families.push_back({.name = entry->name.name,
                          .help = entry->name.help,
                          .type = type_of(entry->source),
                          .metric = {}});
    }
    prometheus::ClientMetric metric =
        std::visit([](const auto* source) { return sample(*source); }, entry->source);
    for (const auto& [label, value] : entry->name.labels) {
      metric.label.push_back({.name = label, .value = value});
    }
    families.back().metric.push_back(std::move(metric));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace superfluid::os
