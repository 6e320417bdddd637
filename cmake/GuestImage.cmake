# SPDX-License-Identifier: Apache-2.0
# The guest's image as a product of the hosted presets.
#
#   target guest_image              builds it
#     its property IMAGE            where it then is, beside the programs of this preset
#
# It comes out of one tree, build/guest, whoever asks: the same that the preset `guest` and its tests use, so that
# nothing is compiled twice. Two presets that build at once take turns at a lock. To ask costs a look at that tree's
# files; nothing that depends on the image is rebuilt unless its bytes have changed.

set(SUPERFLUID_GUEST_IMAGE "${PROJECT_BINARY_DIR}/share/superfluid/superfluid-guest.bin")
set(guest_tree "${PROJECT_SOURCE_DIR}/build/guest")
find_program(SUPERFLUID_FLOCK flock REQUIRED)

file(MAKE_DIRECTORY "${guest_tree}")
add_custom_target(guest_image
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${guest_tree}"
  COMMAND "${SUPERFLUID_FLOCK}" "${guest_tree}/.lock"
          "${CMAKE_COMMAND}" -D "TREE=${guest_tree}" -D "IMAGE=${SUPERFLUID_GUEST_IMAGE}"
          -D "LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}" -P "${CMAKE_CURRENT_LIST_DIR}/BuildGuest.cmake"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  BYPRODUCTS "${SUPERFLUID_GUEST_IMAGE}"
  COMMENT "Building the guest's image"
  VERBATIM)

set_target_properties(guest_image PROPERTIES IMAGE "${SUPERFLUID_GUEST_IMAGE}")

install(FILES "${SUPERFLUID_GUEST_IMAGE}" DESTINATION share/superfluid OPTIONAL)
