# The libraries that the optimizer stands on, as imported targets; the installed package looks for
# them anew, wherever it is used.
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)                # libyaml-dev
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)               # libcjson-dev
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)                  # libnlopt-dev

# CBLAS and LAPACKE: OpenBLAS where its pkg-config file is, with LAPACKE beside it.
pkg_search_module(OPENBLAS REQUIRED IMPORTED_TARGET openblas)            # libopenblas-dev
find_library(LAPACKE_LIBRARY NAMES lapacke HINTS ${OPENBLAS_LIBRARY_DIRS}) # liblapacke-dev
if(NOT TARGET Muster::BLAS)
  add_library(Muster::BLAS INTERFACE IMPORTED)
  target_link_libraries(Muster::BLAS INTERFACE PkgConfig::OPENBLAS m)
  if(LAPACKE_LIBRARY)
    target_link_libraries(Muster::BLAS INTERFACE ${LAPACKE_LIBRARY})
  endif()
endif()
