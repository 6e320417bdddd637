# SPDX-License-Identifier: Apache-2.0
# superfluid_monitor_program(<name> <rooms>...): a program whose processes each hold a guest, from its main.cc.
#
# It is the only program beside a guest in its process: static, and of its rooms no more than it calls. Their archives
# are linked as files, because a room as a whole names libraries that are not needed here and not static.
function(superfluid_monitor_program name)
  if(SUPERFLUID_SANITIZE STREQUAL "fuzz")
    return()
  endif()
  add_executable(${name} main.cc)
  add_dependencies(${name} ${ARGN})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  if(SUPERFLUID_SANITIZE STREQUAL "none")
    find_library(SUPERFLUID_SECCOMP_ARCHIVE libseccomp.a REQUIRED)
    target_link_options(${name} PRIVATE -static -Wl,--gc-sections)
    foreach(room IN LISTS ARGN)
      target_link_libraries(${name} PRIVATE "$<TARGET_FILE:${room}>")
    endforeach()
    target_link_libraries(${name} PRIVATE "${SUPERFLUID_SECCOMP_ARCHIVE}")
  else()
    # Sanitizers bring shared libraries of their own.
    list(GET ARGN 0 highest)
    target_link_libraries(${name} PRIVATE ${highest})
  endif()
  include(GNUInstallDirs)
  install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/superfluid")
endfunction()
