# muster_install_search(): the optimizer as a library, for programs of others. They say
#   find_package(muster REQUIRED)
#   target_link_libraries(mine PRIVATE muster::search)
# or, without CMake, `pkg-config --static --cflags --libs muster-search`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(MUSTER_SEARCH_ROOMS search surrogate linalg study base) # as they are linked
set(MUSTER_SEARCH_HEADERS search surrogate linalg study base option)

function(muster_install_search)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/muster)
  foreach(room IN LISTS MUSTER_SEARCH_ROOMS)
    set_target_properties(muster-${room} PROPERTIES EXPORT_NAME ${room})
    target_include_directories(muster-${room} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    install(TARGETS muster-${room} EXPORT muster ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endforeach()
  foreach(header IN LISTS MUSTER_SEARCH_HEADERS)
    install(FILES include/muster/${header}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/muster)
  endforeach()
  install(EXPORT muster FILE muster-targets.cmake NAMESPACE muster:: DESTINATION ${package})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/muster-config-version.cmake COMPATIBILITY SameMinorVersion)
  file(RELATIVE_PATH MUSTER_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  if(LAPACKE_LIBRARY)
    set(MUSTER_PC_LAPACKE -llapacke)
  endif()
  configure_file(cmake/muster-search.pc.in muster-search.pc @ONLY)
  install(FILES cmake/muster-config.cmake cmake/MusterSearchDependencies.cmake
    ${PROJECT_BINARY_DIR}/muster-config-version.cmake DESTINATION ${package})
  install(FILES ${PROJECT_BINARY_DIR}/muster-search.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  install(FILES tools/examples/optimize.c DESTINATION ${CMAKE_INSTALL_DATADIR}/muster/examples)
  install(FILES tools/examples/outside.cmake DESTINATION ${CMAKE_INSTALL_DATADIR}/muster/examples
    RENAME CMakeLists.txt)
endfunction()
