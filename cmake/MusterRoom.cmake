# muster_add_room(NAME [USES room...] [LINK target...]): the static library muster-NAME of
# src/NAME/*.c, with its public face in include/muster.

function(muster_target_flags target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla
    -fno-math-errno -fno-trapping-math -ffp-contract=fast)
  if(MUSTER_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(MUSTER_NATIVE)
    target_compile_options(${target} PRIVATE -march=native)
  endif()
  if(MUSTER_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${MUSTER_SANITIZE} -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=${MUSTER_SANITIZE})
  endif()
endfunction()

function(muster_add_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(muster-${name} STATIC ${sources})
  muster_target_flags(muster-${name})
  list(TRANSFORM ROOM_USES PREPEND muster- OUTPUT_VARIABLE uses)
  target_link_libraries(muster-${name} PUBLIC ${uses} ${ROOM_LINK})
endfunction()
