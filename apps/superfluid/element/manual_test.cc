// SPDX-License-Identifier: Apache-2.0
#include "superfluid/element/manual.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>

#include "base/text.h"
#include "elements/registry.h"
#include "graph/router.h"
#include "hostgraph/registry.h"

namespace superfluid::element {
namespace {

// The page of the class; nullptr when no header declares it.
const ManualPage* page_of(std::string_view class_name) {
  for (const ManualPage& page : std::span(kManualPages, kManualPageCount)) {
    if (page.classes.contains(base::cat(' ', class_name, ' '))) {
      return &page;
    }
  }
  return nullptr;
}

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_word(text[at - 1])) && (end == text.size() || !is_of_word(text[end]))) {
      return true;
    }
  }
  return false;
}

// The page says so itself, or that the handlers are also those of another class, whose page does.
bool tells_of_handler(std::string_view page, std::string_view handler) {
  constexpr std::string_view kOthers[] = {"those of ", "as "};
  if (has_word(page, handler)) {
    return true;
  }
  if (handler == "home_thread") {  // of every task, as tickets
    return has_word(page, "tickets");
  }
  for (const std::string_view words : kOthers) {
    for (std::size_t at = page.find(words); at != page.npos; at = page.find(words, at + 1)) {
      std::string_view other = page.substr(at + words.size());
      std::size_t length = 0;
      while (length < other.size() && is_of_word(other[length])) {
        ++length;
      }
      const ManualPage* const found = page_of(other.substr(0, length));
      if (found != nullptr && found->text != page && has_word(found->text, handler)) {
        return true;
      }
    }
  }
  return false;
}

// What an element adds to the handlers that all have, as far as it needs no configuration for it.
graph::HandlerTable own_handlers(graph::Element& element) {
  graph::HandlerTable handlers;
  element.add_handlers(handlers);
  return handlers;
}

// Those that drop nothing but what they are told to, and what an output would get: there a Counter
// tells how many. SetVLANAnno drops nothing, but shares its page with some that do.
bool needs_no_count(std::string_view class_name) {
  constexpr std::string_view kNames[] = {"BandwidthRatedSplitter",
                                         "CheckLength",
                                         "CheckPaint",
                                         "Classifier",
                                         "DriverManager",
                                         "HashSwitch",
                                         "IPClassifier",
                                         "IPFilter",
                                         "InputSwitch",
                                         "PaintSwitch",
                                         "RatedSplitter",
                                         "Script",
                                         "SetVLANAnno",
                                         "StaticSwitch",
                                         "Suppressor",
                                         "Switch"};
  return std::ranges::find(kNames, class_name) != std::end(kNames);
}

// Every class that a configuration can name has a page, which names it and shows an example.
TEST(ElementManual, EveryElementHasItsPage) {
  graph::Registry registry;
  elements::register_elements(registry);
  hostgraph::register_elements(registry);
  ASSERT_FALSE(registry.names().empty());
  for (const std::string_view name : registry.names()) {
    const std::string_view class_name = registry.find(name)->name;
    std::size_t pages = 0;
    for (const ManualPage& page : std::span(kManualPages, kManualPageCount)) {
      if (page.classes.contains(base::cat(' ', class_name, ' '))) {
        ++pages;
        EXPECT_TRUE(page.text.contains(class_name)) << class_name;
        EXPECT_TRUE(page.text.contains("Example")) << class_name;
      }
    }
    EXPECT_EQ(pages, 1u) << class_name;
  }
}

TEST(ElementManual, TellsOfEveryHandlerAndOfWhatIsDropped) {
  graph::Registry registry;
  elements::register_elements(registry);
  hostgraph::register_elements(registry);
  for (const std::string_view name : registry.names()) {
    const graph::ElementClass& of = *registry.find(name);
    const ManualPage* const page = page_of(of.name);
    ASSERT_NE(page, nullptr) << of.name;
    const std::unique_ptr<graph::Element> element = of.make();
    const graph::HandlerTable handlers = own_handlers(*element);
    for (const graph::Handler& handler : handlers.all()) {
      EXPECT_TRUE(handler.is_private || tells_of_handler(page->text, handler.name))
          << of.name << '.' << handler.name;
    }
    // IPReassembler counts packets as failed, and fragments as bad.
    const bool counts = handlers.find("drops") != nullptr || handlers.find("failed") != nullptr;
    const bool drops = page->text.contains("\nDrops ");
    EXPECT_EQ(counts, drops && !needs_no_count(of.name)) << of.name;
  }
}

}  // namespace
}  // namespace superfluid::element
