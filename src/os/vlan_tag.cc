// SPDX-License-Identifier: Apache-2.0
#include "os/vlan_tag.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cstring>

#include "base/endian.h"

namespace superfluid::os {

std::optional<VlanTag> vlan_tag_of(msghdr& message) {
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
    VlanTag tag{};
    std::memcpy(tag.data(), &type, sizeof type);
    std::memcpy(tag.data() + sizeof type, &control_information, sizeof control_information);
    return tag;
  }
  return std::nullopt;
}

}  // namespace superfluid::os
