# The libraries muster stands on, as imported targets. Each names the Debian package that brings it;
# on a cluster they come as modules or through Spack.
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)                                  # libopenmpi-dev
include(MusterSearchDependencies)

# Parallel HDF5: Debian names its pkg-config file by the MPI it was built with.
pkg_search_module(HDF5 IMPORTED_TARGET hdf5-openmpi hdf5-mpich)          # libhdf5-openmpi-dev
add_library(Muster::HDF5 INTERFACE IMPORTED)
if(HDF5_FOUND)
  target_link_libraries(Muster::HDF5 INTERFACE PkgConfig::HDF5 MPI::MPI_C)
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 REQUIRED COMPONENTS C)
  if(NOT HDF5_IS_PARALLEL)
    message(FATAL_ERROR "muster needs HDF5 built with MPI (found a serial one)")
  endif()
  target_include_directories(Muster::HDF5 INTERFACE ${HDF5_INCLUDE_DIRS})
  target_link_libraries(Muster::HDF5 INTERFACE ${HDF5_LIBRARIES} MPI::MPI_C)
endif()

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)             # librandom123-dev
add_library(Random123::Random123 INTERFACE IMPORTED)
target_include_directories(Random123::Random123 SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})
