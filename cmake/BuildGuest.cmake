# SPDX-License-Identifier: Apache-2.0
# What the target guest_image does (GuestImage.cmake), under its lock: builds the tree TREE and copies what changed.
#
#   cmake -D TREE=... -D IMAGE=... [-D LAUNCHER=ccache] -P BuildGuest.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message(FATAL_ERROR "${said}")
  endif()
endfunction()

# Each time, since the preset may have changed; where it has not, that is a moment.
run("${CMAKE_COMMAND}" --preset guest "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
run("${CMAKE_COMMAND}" --build "${TREE}" --target superfluid-guest -j 3)
cmake_path(GET IMAGE PARENT_PATH folder)
file(MAKE_DIRECTORY "${folder}")
file(COPY_FILE "${TREE}/src/guest/superfluid-guest.bin" "${IMAGE}" ONLY_IF_DIFFERENT)
