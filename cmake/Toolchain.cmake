# SPDX-License-Identifier: Apache-2.0
# How every line of the project is compiled. The presets choose among the options below and add nothing else.
#
#   SUPERFLUID_WORLD     hosted | guest          guest builds the freestanding rooms alone, behind the wall
#   SUPERFLUID_SANITIZE  none | address | thread | fuzz

set(SUPERFLUID_WORLD "hosted" CACHE STRING "hosted or guest")
set(SUPERFLUID_SANITIZE "none" CACHE STRING "none, address, thread or fuzz")
set(SUPERFLUID_MARCH "x86-64-v2" CACHE STRING "instruction set that every host must have")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

find_program(SUPERFLUID_CCACHE ccache)
if(SUPERFLUID_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${SUPERFLUID_CCACHE}")
endif()

# Reading the standard library's headers is a quarter of the time of compiling a small file; targets of many files read
# them once. Not with ccache, which gives more and cannot see through them; and not where all is optimised: g++ 12 then
# forgets that they are the system's, and warns of what it suspects in them.
set(SUPERFLUID_PRECOMPILE_FROM 12)  # files of a target
function(superfluid_precompile target sources)
  list(LENGTH sources count)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT SUPERFLUID_SANITIZE STREQUAL "none"
     AND count GREATER_EQUAL SUPERFLUID_PRECOMPILE_FROM)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <cstdint> <cstring> <expected> <functional> <memory> <optional> <span> <string>
      <string_view> <utility> <vector>)
  endif()
endfunction()

add_compile_options(
  -march=${SUPERFLUID_MARCH}
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Werror
  -fno-omit-frame-pointer)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wthread-safety)
else()
  # False alarms of g++ 12 when it optimises: overlaps in `"literal" + std::string`, an empty
  # std::optional inside std::expected as a read of what was never written, and copies of no bytes behind the end of a
  # std::vector. clang has its own say, and so have the sanitizers.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds)
endif()

if(SUPERFLUID_SANITIZE STREQUAL "address")
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(SUPERFLUID_SANITIZE STREQUAL "thread")
  set(flags -fsanitize=thread)
elseif(SUPERFLUID_SANITIZE STREQUAL "fuzz")
  set(flags -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
else()
  set(flags "")
endif()
add_compile_options(${flags})
add_link_options(${flags})
if(SUPERFLUID_SANITIZE MATCHES "address|fuzz")
  # For the code that tells AddressSanitizer which bytes of its own pool may be touched.
  add_compile_definitions(SUPERFLUID_ADDRESS_SANITIZER=1)
endif()

if(SUPERFLUID_WORLD STREQUAL "guest")
  # No -ffreestanding: it would also forbid the compiler to turn memcpy into moves. What keeps the wall is the list of
  # symbols that the guest supplies (cmake/freestanding-symbols.txt), checked over everything that was compiled.
  add_compile_options(
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector
    -fno-asynchronous-unwind-tables -fno-pic -mcmodel=small
    # An image holds what it calls and no more; nobody unwinds its stack.
    -ffunction-sections -fdata-sections -fomit-frame-pointer
    # Copies of a function made for one caller cannot be made one again.
    -fno-ipa-sra -fno-ipa-cp)
  add_compile_definitions(SUPERFLUID_GUEST=1 _GLIBCXX_EXTERN_TEMPLATE=0)
endif()
