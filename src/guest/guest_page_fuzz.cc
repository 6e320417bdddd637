// SPDX-License-Identifier: Apache-2.0
// A device page of any content: the guest lives by it, or says why not. Only where its memory lies
// is left as it is, since a wrong place there is a fault, and a port's window is where it was, or
// nowhere: in a guest that would be a fault as well.
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "guest/testing.h"

namespace {

using namespace superfluid;

constexpr int kTurns = 20;

void disturb(abi::DevicePage& page, base::ByteView by) {
  const abi::DevicePage before = page;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(&page);
  for (std::size_t i = 0; i < std::min(by.size(), sizeof page); ++i) {
    bytes[i] ^= by[i];
  }
  page.magic = before.magic;
  page.version = before.version;
  page.ram_bytes = before.ram_bytes;
  page.text_address = before.text_address;
  page.text_bytes = before.text_bytes;
  for (std::size_t i = 0; i < std::size(page.ports); ++i) {
    const bool is_nowhere = page.ports[i].window % 2 != 0;
    page.ports[i].window = is_nowhere ? ~0ull : before.ports[i].window;
    page.ports[i].window_bytes = before.ports[i].window_bytes;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  guest::testing::TestMachine machine(
      "AddressInfo(me eth0); FromDevice(eth0) -> q :: Queue(8) -> ToDevice(eth1);"
      "FromDevice(eth1) -> IPClassifier(dst host eth0, -)[0,1] => [0] Discard, [1] Discard;"
      "Idle -> ToDevice(eth0);");
  guest::Guest guest(machine.memory(), machine, guest::testing::TestMachine::limits());
  const base::ByteView input(data, size);
  const std::size_t half = input.size() / 2;
  disturb(machine.page(), input.first(half));
  if (!guest.boot() || !guest.begin()) {
    return 0;
  }
  if (machine.run(guest, kTurns)) {
    disturb(machine.page(), input.subspan(half));
    ++machine.page().incarnation;
    machine.run(guest, kTurns);
  }
  return 0;
}
