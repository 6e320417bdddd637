// SPDX-License-Identifier: Apache-2.0
// Fields of summary lines that are more than a number of a header: options, what follows the
// headers, link-layer addresses. Each has the form of SummaryField::write and SummaryField::read.

#pragma once

#include <string>
#include <string_view>

#include "hostgraph/summary_fields.h"

namespace superfluid::hostgraph {

// What follows the headers. Nothing known of the transport: what follows IP's.
base::ByteView payload_of(const SummaryView& view, bool& there);

bool write_tcp_options(const SummaryView& from, std::string& to);
bool write_tcp_options_but_timestamp(const SummaryView& from, std::string& to);
bool write_sack_options(const SummaryView& from, std::string& to);
bool read_tcp_options(std::string_view from, SummaryDraft& to);

bool write_ip_options(const SummaryView& from, std::string& to);
bool read_ip_options(std::string_view from, SummaryDraft& to);

bool write_ether_destination(const SummaryView& from, std::string& to);
bool write_ether_source(const SummaryView& from, std::string& to);
bool write_ether_type(const SummaryView& from, std::string& to);

bool write_payload_md5(const SummaryView& from, std::string& to);
bool write_payload_md5_hex(const SummaryView& from, std::string& to);

// What is wrong with the packet's headers; empty when nothing is.
std::string_view what_is_bad(const SummaryView& view);

}  // namespace superfluid::hostgraph
