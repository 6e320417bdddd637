// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/save.h"

#include <fcntl.h>

#include <filesystem>

#include "base/text.h"
#include "os/files.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "superfluid/vm/connect.h"
#include "superfluid/vm/describe.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kFileBytesMax = api::kMemoryMax + base::mib(16);
constexpr mode_t kOwnersAlone = 0600;  // all that the function knows is in it

base::Failure fail_no_saved(const std::string& path, base::Error why) {
  return base::fail(ErrorCode::kCorrupt, cat(cli::printable(path), " holds no saved function"))
      .caused_by(std::move(why));
}

// The node gets what does not change under its eyes.
base::Result<os::UniqueFd> sealed_copy(const std::string& path) {
  auto file = os::open_file(path, O_RDONLY);
  if (!file) {
    return base::fail(file.error().code(), cat(cli::printable(path), " cannot be read"))
        .caused_by(std::move(file).error());
  }
  auto bytes = os::read_whole(file->get(), kFileBytesMax);
  if (!bytes) {
    return fail_no_saved(path, std::move(bytes).error());
  }
  return os::sealed_memfd("saved", *bytes);
}

// The file is replaced, and what is no file is not to be.
base::Status check_target(const std::string& path) {
  std::error_code unknown;
  const std::filesystem::file_status there = std::filesystem::status(path, unknown);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return base::fail(ErrorCode::kInvalid, cat(cli::printable(path), " is no file"))
        .try_this("the name of a file, which is made or replaced");
  }
  return {};
}

}  // namespace

base::Status run_save(const cli::Invocation& invocation, cli::Output& output) {
  const std::string& name = invocation.arguments()[0];
  const std::string& path = invocation.arguments()[1];
  SF_CHECKED(check_target(path));
  SF_TRY(client, connect(invocation));
  SF_TRY(saved, client.save(name));
  SF_TRY(size, os::size_of(saved.get()));
  SF_TRY(bytes, os::Mapping::of_fd(saved.get(), 0, size.count(), {}));
  if (base::Status written = os::write_atomically(path, bytes.bytes(), kOwnersAlone); !written) {
    return base::fail(written.error().code(), cat(cli::printable(path), " cannot be written"))
        .caused_by(std::move(written).error());
  }
  if (output.json()) {
    output.result({{"file", cli::printable(path)}, {"bytes", size.count()}});
  } else {
    output.text(cat(cli::printable(name), " saved in ", cli::printable(path), ", ",
                    base::to_string(size), "\n"));
  }
  return {};
}

base::Status run_restore(const cli::Invocation& invocation, cli::Output& output) {
  const std::string& path = invocation.arguments().front();
  SF_TRY(saved, sealed_copy(path));
  SF_TRY(client, connect(invocation));
  auto function = client.restore(saved.get(), invocation.text("name").value_or(""));
  if (!function && function.error().code() == ErrorCode::kCorrupt) {
    return fail_no_saved(path, std::move(function).error());
  }
  if (!function) {
    return base::pass(std::move(function).error());
  }
  if (output.json()) {
    output.result({{"function", json_of(*function)}});
  } else {
    output.text(sentence_of(*function));
  }
  return {};
}

}  // namespace superfluid::vm
