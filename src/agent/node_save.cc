// SPDX-License-Identifier: Apache-2.0
// Saving a function into a file, and going on with it from one: here, later or elsewhere.
#include <boost/json/serialize.hpp>

#include "agent/entry.h"
#include "agent/node.h"
#include "api/codec.h"
#include "base/text.h"
#include "os/memfd.h"
#include "vmm/snapshot.h"

namespace superfluid::agent {

using api::State;
using base::cat;
using base::ErrorCode;

namespace {

base::Result<os::UniqueFd> file_of(const vmm::Snapshot& snapshot, const api::Function& function) {
  const std::string note = boost::json::serialize(api::encode(function));
  if (note.size() > vmm::kFileNoteBytesMax) {
    return base::fail(ErrorCode::kExhausted,
                      cat("the function's graph is too long for a file: with all else ",
                          note.size(), " bytes, of ", vmm::kFileNoteBytesMax));
  }
  SF_TRY(bytes, vmm::encode_snapshot(snapshot, note));
  return os::sealed_memfd("saved", bytes);
}

}  // namespace

void Node::save(std::string_view which, Saved done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  when_awake(*found, [entry = *found, done = std::move(done)](const base::Status& awake) {
    if (!awake) {
      done(base::pass(awake.error()));
    } else if (!entry->runs()) {
      done(not_now(*entry, "saved"));
    } else if (base::Status asked = entry->machine->save(); !asked) {
      done(base::pass(std::move(asked).error()));
    } else {
      entry->on_saved.push_back(done);
    }
  });
}

void Node::saved(Entry& entry, base::Result<vmm::Snapshot> snapshot) {
  if (entry.on_saved.empty()) {
    return;
  }
  const Saved done = std::move(entry.on_saved.front());
  entry.on_saved.pop_front();
  if (snapshot) {
    done(file_of(*snapshot, entry.function));
  } else {
    done(base::pass(std::move(snapshot).error()));
  }
}

void Node::restore(vmm::Saved saved, const api::Function& function, const std::string& name,
                   base::Instant arrived, Done done) {
  api::FunctionSpec spec = function.spec;
  if (!name.empty()) {
    spec.name = name;
  }
  const auto may = [&]() -> base::Status {
    SF_CHECKED(admit(spec));
    if (lines_[0].pool == nullptr) {
      return base::fail(ErrorCode::kUnsupported, "only a microVM can go on with a saved function")
          .caused_by(base::Error(ErrorCode::kUnsupported, lines_[0].driver.why_not))
          .try_this("superfluid doctor");
    }
    if (saved.snapshot.size != size_for(spec)) {
      return base::fail(ErrorCode::kCorrupt, "the saved function is not of the size that it says");
    }
    return {};
  };
  if (base::Status can = may(); !can) {
    done(base::pass(std::move(can).error()));
    return;
  }
  // What goes on where it was keeps its id, and with it the addresses that are made of it; a second
  // one beside it gets its own.
  const bool is_copy = !name.empty() || by_id_.contains(function.id);
  const EntryPtr entry = add(std::move(spec), is_copy ? new_id() : function.id, std::move(done));
  entry->arrived = arrived;
  ++entry->life;
  assign(*entry, lines_[0]);
  entry->function.image = to_text(entry->key);
  entry->function.isolation_why = "it was saved in one";
  take_shell(entry, std::make_shared<const vmm::Snapshot>(std::move(saved.snapshot)));
}

}  // namespace superfluid::agent
