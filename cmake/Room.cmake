# SPDX-License-Identifier: Apache-2.0
# A room is one folder under src/. Its files say by their names what they are:
#
#   x.h  x.cc          the room's library
#   x_hosted.cc        part of the library in the hosted world only (the guest supplies its own)
#   x_guest.cc         part of the guest's program alone, which its room links
#   x_test.cc          unit and property tests, one program per room (x_threads_test.cc: also run under TSan)
#   x_fuzz.cc          a libFuzzer target of that name
#   x_bench.cc         Google Benchmark, one program per room
#   testing.h testing.cc  the room's test harness: a library of its own, <room>_testing, linked by the tests, fuzzers
#                      and benchmarks of this room and of the rooms that use it, and by nothing else
#
# so that adding a file to a room needs no edit of a build file.

# Reads the table of rooms: SUPERFLUID_ROOMS, SUPERFLUID_<room>_WORLD, SUPERFLUID_<room>_USES.
macro(superfluid_read_layers path)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  set(SUPERFLUID_ROOMS "")
  file(STRINGS "${path}" layers_lines REGEX "^[a-z]+ +(freestanding|hosted) *:")
  foreach(layers_line IN LISTS layers_lines)
    string(REGEX MATCH "^([a-z]+) +(freestanding|hosted) *:(.*)$" layers_line "${layers_line}")
    set(layers_room "${CMAKE_MATCH_1}")
    list(APPEND SUPERFLUID_ROOMS "${layers_room}")
    set(SUPERFLUID_${layers_room}_WORLD "${CMAKE_MATCH_2}")
    string(REGEX MATCHALL "[a-z]+" SUPERFLUID_${layers_room}_USES "${CMAKE_MATCH_3}")
  endforeach()
endmacro()

# superfluid_room(<name> [LIBRARIES <third-party target>...])
function(superfluid_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  if(SUPERFLUID_WORLD STREQUAL "guest" AND NOT SUPERFLUID_${room}_WORLD STREQUAL "freestanding")
    return()
  endif()

  set(here "${CMAKE_CURRENT_SOURCE_DIR}")
  file(GLOB headers CONFIGURE_DEPENDS "${here}/*.h")
  file(GLOB sources CONFIGURE_DEPENDS "${here}/*.cc")
  file(GLOB tests CONFIGURE_DEPENDS "${here}/*_test.cc")
  file(GLOB fuzzers CONFIGURE_DEPENDS "${here}/*_fuzz.cc")
  file(GLOB benches CONFIGURE_DEPENDS "${here}/*_bench.cc")
  file(GLOB hosted CONFIGURE_DEPENDS "${here}/*_hosted.cc")
  file(GLOB program CONFIGURE_DEPENDS "${here}/*_guest.cc")
  list(REMOVE_ITEM sources ${tests} ${fuzzers} ${benches} ${program} "${here}/testing.cc" _)
  if(SUPERFLUID_WORLD STREQUAL "guest")
    list(REMOVE_ITEM sources ${hosted} _)
  endif()

  # A room of headers alone is a library without an archive.
  if(sources)
    set(scope PUBLIC)
    add_library(${room} STATIC ${sources})
    set_target_properties(${room} PROPERTIES LINKER_LANGUAGE CXX)
    superfluid_precompile(${room} "${sources}")
  else()
    set(scope INTERFACE)
    add_library(${room} INTERFACE)
  endif()
  superfluid_headers(${room} ${scope} "${PROJECT_SOURCE_DIR}/src" "${headers}" "${sources}")
  foreach(used IN LISTS SUPERFLUID_${room}_USES)
    if(TARGET ${used})
      target_link_libraries(${room} ${scope} ${used})
    endif()
  endforeach()
  target_link_libraries(${room} ${scope} ${arg_LIBRARIES})

  if(SUPERFLUID_WORLD STREQUAL "guest")
    return()
  endif()
  if(EXISTS "${here}/testing.cc")
    add_library(${room}_testing STATIC EXCLUDE_FROM_ALL "${here}/testing.cc")
    target_link_libraries(${room}_testing PUBLIC ${room})
    foreach(used IN LISTS SUPERFLUID_${room}_USES)
      if(TARGET ${used}_testing)
        target_link_libraries(${room}_testing PUBLIC ${used}_testing)
      endif()
    endforeach()
  endif()
  set(tested ${room})
  foreach(used IN LISTS room SUPERFLUID_${room}_USES)
    if(TARGET ${used}_testing)
      list(APPEND tested ${used}_testing)
    endif()
  endforeach()
  if(tests)
    superfluid_test_program(${room}_test SOURCES ${tests} USES ${tested} LABELS unit)
  endif()
  if(SUPERFLUID_SANITIZE STREQUAL "fuzz")
    foreach(source IN LISTS fuzzers)
      superfluid_fuzzer("${source}" "${tested}")
    endforeach()
  endif()
  if(benches AND SUPERFLUID_SANITIZE STREQUAL "none")
    find_package(benchmark QUIET)
    if(NOT benchmark_FOUND)
      return()
    endif()
    add_executable(${room}_bench EXCLUDE_FROM_ALL ${benches})
    add_dependencies(benches ${room}_bench)
    target_link_libraries(${room}_bench PRIVATE ${tested} benchmark::benchmark_main)
  endif()
endfunction()

# superfluid_headers(<target> <scope> <base> <headers> <sources>): the headers of a library. Each stands alone: x.h, since
# x.cc begins with it (a rule of tools/rules) and would not compile; the others are compiled by themselves.
function(superfluid_headers target scope base headers sources)
  list(TRANSFORM sources REPLACE "\\.cc$" ".h")
  set(lone ${headers})
  list(REMOVE_ITEM lone ${sources} _)
  list(REMOVE_ITEM headers ${lone} _)
  target_sources(${target} ${scope}
    FILE_SET HEADERS BASE_DIRS "${base}" FILES ${headers}
    FILE_SET lone_headers TYPE HEADERS BASE_DIRS "${base}" FILES ${lone})
  set_target_properties(${target} PROPERTIES
    VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY lone_headers)
endfunction()

# superfluid_test_program(<name> SOURCES ... USES <targets> LABELS ...): a GoogleTest program whose tests CTest knows
# one by one. Suites whose name contains `Threads` carry a label that ends in `-threads`, which is what runs under TSan
# (one label, since a list of labels does not survive the way into gtest_discover_tests).
function(superfluid_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LABELS")
  if(NOT SUPERFLUID_TESTS)
    return()
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${arg_SOURCES})
  superfluid_precompile(${name} "${arg_SOURCES}")
  if(NOT SUPERFLUID_SANITIZE STREQUAL "none")
    # Half the time of compiling it, and what is tested is as fast as before.
    target_compile_options(${name} PRIVATE -O0)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A further false alarm of g++ 12 about copies of no bytes (cmake/Toolchain.cmake), in packets that tests put together.
    target_compile_options(${name} PRIVATE -Wno-stringop-overread)
  endif()
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_USES} test_support GTest::gtest GTest::gmock rapidcheck)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    TEST_FILTER "-*Threads*" PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_LIST ${name}_threads_tests
    TEST_FILTER "*Threads*" PROPERTIES LABELS "${arg_LABELS}-threads" TIMEOUT 300)
endfunction()

# One libFuzzer program per x_fuzz.cc. CTest runs each for a moment over its corpus and the crashes once found.
function(superfluid_fuzzer source libraries)
  cmake_path(GET source STEM name)
  add_executable(${name} "${source}")
  target_link_libraries(${name} PRIVATE ${libraries})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz.${name} COMMAND "${PROJECT_SOURCE_DIR}/tools/fuzz" smoke "$<TARGET_FILE:${name}>")
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
