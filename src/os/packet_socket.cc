// SPDX-License-Identifier: Apache-2.0
#include "os/packet_socket.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/endian.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/link.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kAddressBytes = 12;  // both MAC addresses; a VLAN tag follows them
constexpr std::size_t kTagBytes = 4;

template <typename T>
base::Status set(int fd, int level, int option, const T& value) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
    return fail_errno("set up a packet socket", errno);
  }
  return {};
}

// The tag that the kernel took out of this frame, if it did.
std::optional<std::array<std::uint8_t, kTagBytes>> tag_of(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_PACKET || control->cmsg_type != PACKET_AUXDATA ||
        control->cmsg_len < CMSG_LEN(sizeof(tpacket_auxdata))) {
      continue;
    }
    tpacket_auxdata extra{};
    std::memcpy(&extra, CMSG_DATA(control), sizeof extra);
    if ((extra.tp_status & TP_STATUS_VLAN_VALID) == 0) {
      continue;
    }
    const bool has_type = (extra.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const base::be16 type(has_type ? extra.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q});
    const base::be16 control_information(extra.tp_vlan_tci);
    std::array<std::uint8_t, kTagBytes> tag{};
    std::memcpy(tag.data(), &type, sizeof type);
    std::memcpy(tag.data() + sizeof type, &control_information, sizeof control_information);
    return tag;
  }
  return std::nullopt;
}

}  // namespace

base::Result<PacketSocket> PacketSocket::open(const std::string& link) {
  SF_CHECKED(check_link_name(link));
  const unsigned index = ::if_nametoindex(link.c_str());
  if (index == 0) {
    return fail_errno(base::cat("look for interface ", link), errno);
  }
  // Protocol 0: nothing is queued until bind() says from which interface.
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno("open a packet socket", errno);
  }
  SF_CHECKED(set(fd.get(), SOL_PACKET, PACKET_AUXDATA, 1));
  SF_CHECKED(set(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1));
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = static_cast<int>(index);
  promiscuous.mr_type = PACKET_MR_PROMISC;
  SF_CHECKED(set(fd.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = base::be16(ETH_P_ALL).raw();
  address.sll_ifindex = static_cast<int>(index);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(base::cat("bind a packet socket to ", link), errno);
  }
  return PacketSocket(std::move(fd));
}

base::Status PacketSocket::send(base::ByteView frame) {
  ssize_t sent = 0;
  do {
    sent = ::send(fd_.get(), frame.data(), frame.size(), 0);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    return fail_errno("send a frame", errno);
  }
  return {};
}

base::Result<std::optional<std::size_t>> PacketSocket::receive(base::ByteSpan room) {
  iovec part{.iov_base = room.data(), .iov_len = room.size()};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(tpacket_auxdata))> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(fd_.get(), &message, MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) {
    return std::nullopt;
  }
  if (got < 0) {
    return fail_errno("receive a frame", errno);
  }
  std::size_t length = static_cast<std::size_t>(got);
  const auto tag = tag_of(message);
  if (length + (tag ? kTagBytes : 0) > room.size()) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("a frame is longer than ", room.size(), " bytes"));
  }
  if (tag && length >= kAddressBytes) {
    std::memmove(room.data() + kAddressBytes + kTagBytes, room.data() + kAddressBytes,
                 length - kAddressBytes);
    std::memcpy(room.data() + kAddressBytes, tag->data(), kTagBytes);
    length += kTagBytes;
  }
  return length;
}

}  // namespace superfluid::os
