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
#include "os/vlan_tag.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kAddressBytes = 12;  // both MAC addresses; a VLAN tag follows them

template <typename T>
base::Status set(int fd, int level, int option, const T& value) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
    return fail_errno("set up a packet socket", errno);
  }
  return {};
}

}  // namespace

base::Result<PacketSocket> PacketSocket::open(const std::string& link, const Options& options) {
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
  if (options.queue.count() != 0) {
    const int bytes = static_cast<int>(options.queue.count());
    // Beyond the system's limit only with CAP_NET_ADMIN; without, as much as the limit allows.
    if (!set(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, bytes)) {
      SF_CHECKED(set(fd.get(), SOL_SOCKET, SO_RCVBUF, bytes));
    }
  }
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
  ssize_t sent = ::send(fd_.get(), frame.data(), frame.size(), 0);
  if (sent < 0 && (errno == EINTR || errno == ENETDOWN)) {
    // That it once was down is told at the next call, though it is up again.
    sent = ::send(fd_.get(), frame.data(), frame.size(), 0);
  }
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
  } while (got < 0 && (errno == EINTR || errno == ENETDOWN));
  if (got < 0 && errno == EAGAIN) {
    return std::nullopt;
  }
  if (got < 0) {
    return fail_errno("receive a frame", errno);
  }
  std::size_t length = static_cast<std::size_t>(got);
  const auto tag = vlan_tag_of(message);
  if (length + (tag ? kVlanTagBytes : 0) > room.size()) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("a frame is longer than ", room.size(), " bytes"));
  }
  if (tag && length >= kAddressBytes) {
    std::memmove(room.data() + kAddressBytes + kVlanTagBytes, room.data() + kAddressBytes,
                 length - kAddressBytes);
    std::memcpy(room.data() + kAddressBytes, tag->data(), kVlanTagBytes);
    length += kVlanTagBytes;
  }
  return length;
}

}  // namespace superfluid::os
