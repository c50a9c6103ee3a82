# muster_add_test(NAME SOURCES file... [USES room...] [RANKS n...] [LABELS l...] [TIMEOUT s] [ARGS a...])
# builds one test program on cmocka and makes one CTest entry per rank count (NAME.np3), or a plain
# one where no RANKS are given. Every entry has a time limit, one thread a rank, and reports exit
# code 77 as a skip.
#
# muster_add_script_test(NAME SCRIPT file [ARGS a...] [LABELS l...] [TIMEOUT s] [BUSY]) runs a Python
# or shell test with MUSTER, MUSTER_SOURCE and MPIRUN in its environment. Most of them wait more than
# they compute; BUSY: this one keeps two cores busy and runs beside no other.

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka) # libcmocka-dev
find_package(Python3 REQUIRED COMPONENTS Interpreter)
if(EXISTS /usr/bin/python3) # where Debian's h5py and numpy are
  set(Python3_EXECUTABLE /usr/bin/python3)
endif()

set(MUSTER_TEST_ENVIRONMENT
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
  OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
  ASAN_OPTIONS=fast_unwind_on_malloc=0
  LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  MUSTER=${PROJECT_BINARY_DIR}/muster MUSTER_SOURCE=${PROJECT_SOURCE_DIR}
  MUSTER_EXAMPLES=${PROJECT_BINARY_DIR}/tools/examples MPIRUN=${MPIEXEC_EXECUTABLE})

function(muster_test_properties name ranks)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  if(MUSTER_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "${MUSTER_TEST_ENVIRONMENT}" LABELS "${ARG_LABELS}")
  if(ranks GREATER 1)
    set_tests_properties(${name} PROPERTIES PROCESSORS 2)
  endif()
endfunction()

function(muster_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES;RANKS;LABELS;ARGS" ${ARGN})
  foreach(room IN LISTS ARG_USES)
    if(NOT TARGET muster-${room})
      message(STATUS "test ${name}: room ${room} is not there, left out")
      return()
    endif()
  endforeach()
  add_executable(test_${name} ${ARG_SOURCES})
  muster_target_flags(test_${name})
  target_compile_options(test_${name} PRIVATE -Wno-missing-prototypes -Wno-conversion -Wno-missing-field-initializers)
  list(TRANSFORM ARG_USES PREPEND muster- OUTPUT_VARIABLE uses)
  target_link_libraries(test_${name} PRIVATE ${uses} muster-base PkgConfig::CMOCKA)
  if(NOT ARG_RANKS)
    add_test(NAME ${name} COMMAND test_${name} ${ARG_ARGS})
    muster_test_properties(${name} 1)
  endif()
  foreach(n IN LISTS ARG_RANKS)
    add_test(NAME ${name}.np${n} COMMAND ${MPIEXEC_EXECUTABLE} -n ${n} $<TARGET_FILE:test_${name}> ${ARG_ARGS})
    muster_test_properties(${name}.np${n} ${n})
  endforeach()
endfunction()

function(muster_add_script_test name)
  cmake_parse_arguments(ARG "BUSY" "TIMEOUT;SCRIPT" "LABELS;ARGS" ${ARGN})
  if(ARG_SCRIPT MATCHES "\\.py$")
    set(interpreter ${Python3_EXECUTABLE})
  else()
    set(interpreter bash)
  endif()
  add_test(NAME ${name} COMMAND ${interpreter} ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SCRIPT} ${ARG_ARGS})
  muster_test_properties(${name} 1)
  if(ARG_BUSY)
    set_tests_properties(${name} PROPERTIES PROCESSORS 2)
  endif()
endfunction()
