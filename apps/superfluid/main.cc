// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/commands.h"
#include "superfluid/cli/entry.h"

#include <string_view>
#include <vector>

// Called `click` or `click-flatten`, by a link of that name, the program is its command click.
int main(int argc, char** argv) {
  std::vector<char*> words(argv, argv + argc);
  const std::string_view path = argc > 0 ? argv[0] : "";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  char click[] = "click";
  char flatten[] = "--flatten";
  if (name == "click-flatten") {
    words.insert(words.begin() + 1, {click, flatten});
  } else if (name == click) {
    words.insert(words.begin() + 1, click);
  }
  return superfluid::cli::enter(superfluid::cli::commands(), static_cast<int>(words.size()),
                                words.data());
}
