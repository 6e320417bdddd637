// SPDX-License-Identifier: Apache-2.0
// The text inside an element's parentheses: how it is cut into arguments and words, quoted, and how
// variables are put into it.
//
// Click's rules, which two decades of configurations rely upon:
//   - arguments are separated by commas outside quotes; comments count as space; a last empty
//     argument is none;
//   - "double quotes" take backslash escapes, 'single quotes' take nothing, \<48 69> is bytes in
//     hexadecimal, also outside quotes;
//   - $name, ${name}, ${name[2]}, ${name-default} are replaced, except in single quotes; a name
//     that is not defined stays as it is.
//
// Invariants: unquote(quote(x)) == x for every string of bytes. No function here fails: text that
// is not well quoted ends at the end of the text.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace superfluid::graph {

// Where the item that begins at `at` ends. `at` points at the opening quote, backslash or slash.
std::size_t skip_single_quoted(std::string_view text, std::size_t at);
std::size_t skip_double_quoted(std::string_view text, std::size_t at);
std::size_t skip_backslash(std::string_view text, std::size_t at);
std::size_t skip_comment(std::string_view text, std::size_t at);
std::size_t skip_space_and_comments(std::string_view text, std::size_t at);
bool comment_begins(std::string_view text, std::size_t at);

// Surrounding space removed, comments turned into one space.
std::string uncomment(std::string_view text);

std::vector<std::string> split_arguments(std::string_view text);
std::string join_arguments(const std::vector<std::string>& arguments);

// Cuts at unquoted space. Words keep their quotes.
std::vector<std::string> split_words(std::string_view text);
// Takes the first word off `text`.
std::string shift_word(std::string& text);

std::string unquote(std::string_view text);
// Always in double quotes, on one line.
std::string quote(std::string_view text);

// Letters, digits, '_', '@', and '/' between them.
bool is_identifier(std::string_view text);

}  // namespace superfluid::graph
