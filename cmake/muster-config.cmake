# The package `muster` of an installation: the target muster::search.
include(${CMAKE_CURRENT_LIST_DIR}/MusterSearchDependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/muster-targets.cmake)
