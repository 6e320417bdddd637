// SPDX-License-Identifier: Apache-2.0
#include "elements/alignment_info.h"

#include <algorithm>

#include "graph/arguments.h"
#include "graph/words.h"

namespace superfluid::elements {

const graph::ElementClass AlignmentInfo::kClass{"AlignmentInfo", "0/0", "a/a",
                                                graph::make_element<AlignmentInfo>};

void AlignmentInfo::configure(graph::Arguments& arguments) {
  std::vector<std::string> notes;
  arguments.rest(notes).complete();
  for (const std::string& note : notes) {
    const std::vector<std::string> words = graph::split_words(note);
    const bool numbers = std::ranges::all_of(words.begin() + (words.empty() ? 0 : 1), words.end(),
                                             [](const std::string& word) {
                                               std::uint32_t number = 0;
                                               return graph::parse_argument(word, number).empty();
                                             });
    if (words.size() % 2 != 1 || !numbers) {
      arguments.complain("expected 'ELEMENTNAME CHUNK OFFSET [CHUNK OFFSET...]'");
    }
  }
}

}  // namespace superfluid::elements
