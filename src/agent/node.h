// SPDX-License-Identifier: Apache-2.0
// Node: the functions of this host, from the wish to the running guest and its end.
//
//   node.run(spec, arrived, [](Outcome outcome) { ... });   // called when the function is live
//
// A start of a known graph takes a warm shell, wires the ports, and tells the machine to clone the
// image: no file is written, nothing waits. What can be done afterwards is done afterwards: the
// pool is filled again once the answer is out. The first start of a graph boots it; starts that
// come meanwhile wait for that one image.
//
// States (api::State): pending -> building -> pending -> starting -> running <-> paused
//          running -> parked -> pending, with whatever comes for it
//                      any of them -> stopping -> stopped | failed; both -> pending again
//
// Invariants
//   1. A name belongs to one function, until it is removed. Ids are random and never come again.
//   2. Every Done is called once, from within the call or from the loop.
//   3. Before anything that outlives this process is made for a function, its machine's note
//      says so: adopt() in the next process finds it there.
//   4. A machine belongs to one function, one build or the pool; when a function's life has ended
//      its ports are unwired before its machine is given back.
//   5. A function whose first start failed was never there: the request has the error.
//   6. A machine that takes no second life is not given back: it ends, and its source says so.
//
// Threads: the loop's. Time: from the Clock.

#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/images.h"
#include "agent/limits.h"
#include "agent/machines.h"
#include "agent/park_store.h"
#include "agent/restart_policy.h"
#include "agent/shell_pool.h"
#include "agent/wiring.h"
#include "api/model.h"
#include "base/clock.h"
#include "os/event_loop.h"
#include "os/metrics.h"
#include "os/unique_fd.h"
#include "vmm/snapshot.h"

namespace superfluid::agent {

struct Entry;
using EntryPtr = std::shared_ptr<Entry>;

class Node {
 public:
  // What runs functions in one isolation.
  struct Driver {
    MachineSource* source = nullptr;
    std::string why_not;  // where there is no source
    int guest = -1;       // the guest's image file, kept open by the owner
    ImageKey build{};     // and its hash
    bool clones = true;   // false: each start boots its graph, and its machine ends with it
  };
  struct Options {
    ShellPool::Options pool = {};
    ImageCache::Options images = {};
    std::size_t functions_max = 65536;
    base::Duration boot_max = base::seconds(20);
    base::Duration start_max = base::seconds(10);
    base::Duration stop_max = base::seconds(2);  // then its machine is killed
    // Keep shells of the default size before the first start. Where there are machines that clone,
    // those that do not are for who asks for them, and are kept from the first start on.
    bool warm_default = true;
    std::string parked = {};   // the directory of parked functions; none: nothing is parked
    Limits* limits = nullptr;  // outlives the node; none: wishes for them are refused
  };
  using Outcome = base::Result<const api::Function*>;
  using Done = std::function<void(Outcome)>;
  using Answer = std::function<void(base::Result<std::string>)>;
  using Saved = std::function<void(base::Result<os::UniqueFd>)>;
  using Awake = std::function<void(const base::Status&)>;

  // Loop, clock, wiring and sources outlive the node.
  Node(os::EventLoop& loop, const base::Clock& clock, Wiring& wiring, const Options& options,
       Driver microvm, Driver process);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  // Goes on with what the sources found of an earlier process. Once, before the first request.
  void adopt();
  // Refuses what comes and ends all machines. The ports are unwired when it returns.
  void shut_down();

  void run(api::FunctionSpec spec, base::Instant arrived, Done done);
  // `which` is a name or an id.
  void start(std::string_view which, base::Instant arrived, Done done);
  void stop(std::string_view which, Done done);
  void kill(std::string_view which, Done done);
  void remove(std::string_view which, Done done);
  void pause(std::string_view which, bool paused, Done done);
  void read(std::string_view which, std::string_view handler, std::string_view argument,
            Answer answer);
  void write(std::string_view which, std::string_view handler, std::string_view value,
             Answer answer);
  // As the bytes of a file (vmm/snapshot.h) in a sealed memfd. The function goes on.
  void save(std::string_view which, Saved done);
  // Goes on with what such a file holds: `function` is its note. With a name it is a copy under
  // that name; without, it is the function that was saved.
  void restore(vmm::Saved saved, const api::Function& function, const std::string& name,
               base::Instant arrived, Done done);
  // With counters asked for now, where it runs.
  void look(std::string_view which, Done done);
  base::Result<Machine::Log> log(std::string_view which, std::uint64_t from) const;

  // By name, from behind `after` on.
  std::vector<const api::Function*> list(std::string_view after = {}) const;
  std::size_t functions() const { return by_id_.size(); }
  // Called by whoever answered a start: stamps Step::kReply.
  void replied(std::string_view id);

  std::size_t images() const { return images_.size(); }
  std::size_t idle() const;
  const std::string& why_no(api::Isolation isolation) const;
  std::string metrics() const { return metrics_.expose(); }

 private:
  struct Line {  // a driver and its pool
    Driver driver;
    std::unique_ptr<ShellPool> pool;
  };
  struct Build {
    std::vector<EntryPtr> waiting;
    MachinePtr machine;
    os::Subscription deadline;
  };

  void open_line(Line& line);
  bool clones(const Entry& entry) const;
  static void let_go(Entry& entry);
  Line* line_for(api::Isolation wish, std::string& why);
  void assign(Entry& entry, const Line& line);
  base::Result<EntryPtr> find(std::string_view which) const;
  // `send` puts the question to the function's machine; `what` cannot be done when it does not run.
  template <typename Send>
  void ask(std::string_view which, std::string_view what, Answer answer, Send send);
  base::Status may_park(const api::FunctionSpec& spec) const;
  base::Status admit(const api::FunctionSpec& spec) const;
  EntryPtr add(api::FunctionSpec spec, std::string id, Done done);
  void enter(const EntryPtr& entry);

  // node_start.cc: one life's beginning.
  void launch(const EntryPtr& entry, base::Instant arrived);
  void build(const EntryPtr& entry);
  void boot(const ImageKey& key, base::Result<MachinePtr> machine);
  void built(const ImageKey& key, vmm::Snapshot snapshot);
  void take_back(std::size_t line, const MachinePtr& machine);
  void build_failed(const ImageKey& key, const base::Error& error);
  void take_shell(const EntryPtr& entry, ImagePtr image);
  void begin(const EntryPtr& entry, MachinePtr machine, const ImagePtr& image);
  base::Status set_off(const EntryPtr& of, const ImagePtr& image);
  base::Status wire(Entry& entry);
  void unwire(Entry& entry);
  base::Status limit(const Entry& entry);
  void lift_limits(const Entry& entry, pid_t process);
  void listen(const EntryPtr& entry);
  void live(const EntryPtr& entry, const vmm::Steps& steps);
  static base::Error too_late(std::string_view what);
  void start_failed(const EntryPtr& entry, const base::Error& error);
  void note(Entry& entry);

  // node_end.cc: one life's end.
  void ended(const EntryPtr& entry, const vmm::End& end);
  void settle(const EntryPtr& entry, api::State state, std::string reason);
  void watch_stop(const EntryPtr& entry);
  void restart_or_settle(const EntryPtr& entry, Ending ending, std::string reason);
  void give_back(std::size_t line, MachinePtr machine);
  void forget(const EntryPtr& entry);
  bool cancel(const EntryPtr& entry);
  void gone(Line& line, Machine::Id id);
  void lost(Line& line);

  // node_park.cc
  void idle(const EntryPtr& entry);
  void parked(const EntryPtr& entry, base::Result<vmm::Parked> parked);
  base::Status store(Entry& entry, vmm::Parked parked);
  void drop_parked(Entry& entry);
  void rest(const EntryPtr& entry);
  void watch_parked(const EntryPtr& entry);
  void wake(const EntryPtr& entry);
  bool sleep_on(const EntryPtr& entry, const base::Error& error);
  // Calls once the function is not parked; with an error when it cannot be woken.
  void when_awake(const EntryPtr& entry, Awake then);
  static void tell_awake(Entry& entry, const base::Status& status);
  void adopt_parked(ParkStore::Rest rest);

  // node_save.cc
  static void saved(Entry& entry, base::Result<vmm::Snapshot> snapshot);

  // node_adopt.cc
  EntryPtr add_adopted(api::Function function, Line& line);
  void adopt(Line& line, MachinePtr machine, const std::set<std::string>& parked,
             std::set<std::string>& ids);
  void adopt_running(const EntryPtr& entry);
  void refill_soon();

  os::EventLoop& loop_;
  const base::Clock& clock_;
  Wiring& wiring_;
  Options options_;
  std::array<Line, 2> lines_;  // microvm, process
  ImageCache images_;
  ParkStore parked_;
  std::map<ImageKey, Build> builds_;
  std::weak_ptr<Entry> begins_here_;  // the last start that did (vmm::Life)
  std::map<std::string, EntryPtr, std::less<>> by_name_;
  std::map<std::string, EntryPtr, std::less<>> by_id_;
  bool closed_ = false;
  bool refill_posted_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is posted asks it first

  os::Counter starts_;
  os::Counter starts_failed_;
  os::Counter boots_;
  os::Counter crashes_;
  os::Counter restarts_;
  os::Counter parks_;
  os::Counter wakes_;
  os::Gauge functions_;
  os::Histogram start_us_;
  os::Metrics metrics_;
  std::vector<os::MetricHandle> handles_;
};

}  // namespace superfluid::agent
