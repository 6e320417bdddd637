// SPDX-License-Identifier: Apache-2.0
#include "os/packet_ring.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/link.h"

namespace superfluid::os {
namespace {

constexpr std::uint32_t kBlockBytesMin = 64 << 10;
// The kernel puts a frame's bytes this far into its slot at most: headers, and 16 bytes for those
// of the link.
constexpr std::uint32_t kFrameHeaderBytes = TPACKET_ALIGN(TPACKET2_HDRLEN + 16);

template <typename T>
base::Status set(int fd, int option, const T& value, std::string_view what) {
  if (::setsockopt(fd, SOL_PACKET, option, &value, sizeof value) != 0) {
    return fail_errno(what, errno);
  }
  return {};
}

base::Result<UniqueFd> open_socket() {
  // Protocol 0: nothing is received until bind() says from which interface.
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd && (errno == EPERM || errno == EACCES)) {
    return base::fail(base::ErrorCode::kNotPermitted,
                      "packets of an interface need CAP_NET_RAW, which this process lacks")
        .try_this("run it as root");
  }
  if (!fd) {
    return fail_errno("open a packet socket", errno);
  }
  return fd;
}

base::Result<int> index_of(const std::string& link) {
  SF_CHECKED(check_link_name(link));
  const unsigned index = ::if_nametoindex(link.c_str());
  if (index == 0) {
    return base::fail(base::ErrorCode::kNotFound, base::cat("no interface ", link));
  }
  return static_cast<int>(index);
}

base::Status bind_to(int fd, int index, std::uint16_t protocol, const std::string& link) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = base::be16(protocol).raw();
  address.sll_ifindex = index;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(base::cat("bind a packet socket to ", link), errno);
  }
  return {};
}

base::Result<bool> has_ethernet_header(int fd, const std::string& link) {
  ifreq request{};
  std::memcpy(request.ifr_name, link.data(), link.size());
  if (::ioctl(fd, SIOCGIFHWADDR, &request) != 0) {
    return fail_errno(base::cat("ask what kind of interface ", link, " is"), errno);
  }
  const auto kind = request.ifr_hwaddr.sa_family;
  if (kind != ARPHRD_ETHER && kind != ARPHRD_LOOPBACK && kind != ARPHRD_NONE) {
    return base::fail(base::ErrorCode::kUnsupported,
                      base::cat("interface ", link, " carries neither Ethernet nor bare IP"));
  }
  return kind != ARPHRD_NONE;
}

}  // namespace

base::Result<PacketRing> PacketRing::open(const std::string& link, const Options& options) {
  SF_TRY(fd, open_socket());
  SF_TRY(index, index_of(link));
  PacketRing ring;
  ring.fd_ = std::move(fd);
  SF_TRY(is_ethernet, has_ethernet_header(ring.fd(), link));
  ring.is_ethernet_ = is_ethernet;
  if (!options.outgoing) {
    SF_CHECKED(set(ring.fd(), PACKET_IGNORE_OUTGOING, 1, "ignore outgoing packets"));
  }
  SF_CHECKED(ring.map(options));
  if (options.promiscuous) {
    packet_mreq promiscuous{};
    promiscuous.mr_ifindex = index;
    promiscuous.mr_type = PACKET_MR_PROMISC;
    SF_CHECKED(set(ring.fd(), PACKET_ADD_MEMBERSHIP, promiscuous,
                   base::cat("make ", link, " promiscuous")));
  }
  base::check(options.protocol == 0 || !options.outgoing,
              "the kernel shows what goes out to those alone who take all protocols");
  const std::uint16_t protocol = options.protocol == 0 ? ETH_P_ALL : options.protocol;
  SF_CHECKED(bind_to(ring.fd(), index, protocol, link));
  return ring;
}

base::Status PacketRing::map(const Options& options) {
  base::check(options.frame_bytes != 0 && options.frame_bytes <= kFrameBytesMax,
              "a frame has 1 to 65535 bytes");
  frame_bytes_ = options.frame_bytes;
  slot_bytes_ = TPACKET_ALIGN(kFrameHeaderBytes + options.frame_bytes);
  block_bytes_ = std::max(kBlockBytesMin, std::bit_ceil(slot_bytes_));
  const std::uint32_t frames_per_block = block_bytes_ / slot_bytes_;
  const auto blocks =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(options.memory.count() / block_bytes_, 1));
  frames_ = blocks * frames_per_block;
  const int version = TPACKET_V2;
  SF_CHECKED(set(fd(), PACKET_VERSION, version, "choose the version of a packet ring"));
  tpacket_req request{};
  request.tp_block_size = block_bytes_;
  request.tp_block_nr = blocks;
  request.tp_frame_size = slot_bytes_;
  request.tp_frame_nr = frames_;
  SF_CHECKED(set(fd(), PACKET_RX_RING, request, "make a packet ring"));
  SF_TRY(memory, Mapping::of_fd(fd(), 0, std::size_t{blocks} * block_bytes_,
                                {.access = Mapping::Access::kReadWrite}));
  memory_ = std::move(memory);
  return {};
}

std::uint8_t* PacketRing::header(std::uint32_t frame) const {
  const std::uint32_t per_block = block_bytes_ / slot_bytes_;
  return memory_.data() + std::size_t{frame / per_block} * block_bytes_ +
         std::size_t{frame % per_block} * slot_bytes_;
}

// The kernel may fill the frame before next_ again.
void PacketRing::give_back() {
  auto& header_of = *reinterpret_cast<tpacket2_hdr*>(header(next_ == 0 ? frames_ - 1 : next_ - 1));
  std::atomic_ref<__u32>(header_of.tp_status).store(TP_STATUS_KERNEL, std::memory_order_release);
  holds_one_ = false;
}

std::optional<PacketRing::Frame> PacketRing::next() {
  if (holds_one_) {
    give_back();
  }
  std::uint8_t* const slot = header(next_);
  auto& from = *reinterpret_cast<tpacket2_hdr*>(slot);
  const auto status = std::atomic_ref<__u32>(from.tp_status).load(std::memory_order_acquire);
  if ((status & TP_STATUS_USER) == 0) {
    return std::nullopt;
  }
  next_ = next_ + 1 == frames_ ? 0 : next_ + 1;
  holds_one_ = true;
  base::check(from.tp_mac <= slot_bytes_ && from.tp_snaplen <= slot_bytes_ - from.tp_mac,
              "the kernel fills a frame within its slot");
  const auto& address =
      *reinterpret_cast<const sockaddr_ll*>(slot + TPACKET_ALIGN(sizeof(tpacket2_hdr)));
  // A slot is longer than was asked for, by what aligns it.
  Frame frame{.bytes = {slot + from.tp_mac, std::min(from.tp_snaplen, frame_bytes_)},
              .length_on_wire = from.tp_len,
              .since_epoch = base::seconds(from.tp_sec) + base::nanoseconds(from.tp_nsec),
              .protocol = std::bit_cast<base::be16>(address.sll_protocol).host(),
              .kind = address.sll_pkttype,
              .vlan = std::nullopt};
  if ((status & TP_STATUS_VLAN_VALID) != 0) {
    const bool has_type = (status & TP_STATUS_VLAN_TPID_VALID) != 0;
    frame.vlan = {.type = has_type ? from.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q},
                  .control_information = from.tp_vlan_tci};
  }
  return frame;
}

std::uint64_t PacketRing::drops() {
  tpacket_stats since_last{};
  socklen_t length = sizeof since_last;
  if (::getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &since_last, &length) == 0) {
    drops_ += since_last.tp_drops;
  }
  return drops_;
}

std::optional<base::Error> PacketRing::take_trouble() {
  int number = 0;
  socklen_t length = sizeof number;
  ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &number, &length);
  return number == 0 ? std::nullopt : std::optional(errno_error("receive", number));
}

base::Result<PacketSender> PacketSender::open(const std::string& link) {
  SF_TRY(fd, open_socket());
  SF_TRY(index, index_of(link));
  SF_CHECKED(bind_to(fd.get(), index, 0, link));
  return PacketSender(std::move(fd));
}

PacketSender::Sent PacketSender::send(std::span<const base::ByteView> frames) {
  std::array<iovec, kFramesMax> parts;
  std::array<mmsghdr, kFramesMax> messages;
  base::check(frames.size() <= kFramesMax, "a call sends at most kFramesMax frames");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    // rules: allow const-cast: iovec serves reading and writing alike; sendmmsg() only reads
    parts[i] = {.iov_base = const_cast<std::uint8_t*>(frames[i].data()),
                .iov_len = frames[i].size()};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  std::size_t count = 0;
  bool told_of_the_past = false;
  while (count < frames.size()) {
    const int sent =
        ::sendmmsg(fd(), messages.data() + count, static_cast<unsigned>(frames.size() - count), 0);
    if (sent > 0) {
      count += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      return {.count = count, .stopped = Stopped::kBusy, .error_number = errno};
    } else if (errno == ENETDOWN && !told_of_the_past) {
      told_of_the_past = true;  // that it once was down is told though it is up again
    } else if (errno != EINTR) {
      return {.count = count, .stopped = Stopped::kRefused, .error_number = errno};
    }
  }
  return {.count = count, .stopped = Stopped::kNot, .error_number = 0};
}

}  // namespace superfluid::os
