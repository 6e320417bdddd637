# SPDX-License-Identifier: Apache-2.0
# Writes the comments that element headers begin with as C++: the table behind `superfluid element`.
#
#   cmake -DOUTPUT=file.cc "-DHEADERS=a.h;b.h" -P EmbedManual.cmake
#
# A header is an element's when it declares a `static const graph::ElementClass`; it may declare several.

set(entries "")
foreach(header IN LISTS HEADERS)
  file(READ "${header}" text)
  if(NOT text MATCHES "static const graph::ElementClass ")
    continue()
  endif()
  # Semicolons and brackets would make CMake see lists where there are lines.
  string(REPLACE ";" "\\073" text "${text}")
  string(REPLACE "[" "\\133" text "${text}")
  string(REPLACE "]" "\\135" text "${text}")
  string(REGEX MATCHALL "\nclass [A-Za-z0-9]+" classes "${text}")
  list(TRANSFORM classes REPLACE "\nclass " "")
  # A class that serves under a second name says it behind that declaration.
  string(REGEX MATCHALL "ElementClass k[A-Za-z]*Class[0-9]*[^\n]*// [A-Za-z0-9]+" others "${text}")
  list(TRANSFORM others REPLACE ".*// " "")
  list(APPEND classes ${others})
  string(REGEX MATCH "^// SPDX[^\n]*\n((//[^\n]*\n)+)" comment "${text}")
  set(comment "${CMAKE_MATCH_1}")
  string(REGEX REPLACE "(^|\n)// ?" "\\1" comment "${comment}")
  list(JOIN classes " " names)
  string(APPEND entries "    {\" ${names} \",\n     R\"manual(${comment})manual\"},\n")
endforeach()
string(REPLACE "\\073" ";" entries "${entries}")
string(REPLACE "\\133" "[" entries "${entries}")
string(REPLACE "\\135" "]" entries "${entries}")
file(WRITE "${OUTPUT}"
  "#include \"superfluid/element/manual.h\"\n\n"
  "namespace superfluid::element {\n\n"
  "const ManualPage kManualPages[] = {\n${entries}};\n"
  "const std::size_t kManualPageCount = sizeof kManualPages / sizeof kManualPages[0];\n\n"
  "}  // namespace superfluid::element\n")
