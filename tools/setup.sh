# Sourced by quickstart.sh and test.sh: the packages muster stands on, and the environment for mpirun
# on a machine of one's own. The one list of packages is here.
# shellcheck shell=bash

build_packages="gcc make cmake pkg-config openmpi-bin libopenmpi-dev libhdf5-openmpi-dev libopenblas-dev
  liblapacke-dev libyaml-dev libnlopt-dev librandom123-dev libcjson-dev"
test_packages="libcmocka-dev python3 python3-h5py python3-numpy hdf5-tools clang-format"

say() {
    printf '\n== %s\n' "$*"
}

missing_of() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

without_apt() {
    cat <<'TEXT'
This machine has no apt. muster needs a C compiler, CMake >= 3.21, pkg-config, MPI, HDF5 built with
that MPI, OpenBLAS with LAPACKE, libyaml, NLopt, Random123 and cJSON (tests: cmocka, python3 with h5py
and numpy). On a cluster load them, names differ by site:
  module load gcc cmake openmpi hdf5-parallel openblas nlopt
or build what is not there:
  spack install openmpi hdf5+mpi openblas libyaml nlopt random123 cjson cmocka
  spack load    openmpi hdf5+mpi openblas libyaml nlopt random123 cjson cmocka
TEXT
}

# install PACKAGE...: those that are missing, by apt. Returns 1 where that is left to the user.
install() {
    local missing as_root=()
    if ! command -v apt-get >/dev/null; then
        without_apt
        return 0
    fi
    missing=$(missing_of "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    set -- $missing
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            printf 'Packages are missing. Install them and start again:\n  sudo apt-get install --no-install-recommends %s\n' "$*"
            return 1
        fi
        as_root=(sudo)
    fi
    say "packages: $*"
    "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# mpirun as root and with more ranks than cores; the conductor sleeps, so that costs nothing.
mpi_environment() {
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
    export OPENBLAS_NUM_THREADS=1
}

# build PRESET [CMAKE OPTION...]: configures and compiles, quiet unless it fails.
build() {
    local preset=$1 log
    shift
    log=$(mktemp)
    say "build ($preset)"
    if ! { cmake --preset "$preset" "$@" && cmake --build --preset "$preset" -j "$(nproc)"; } >"$log" 2>&1; then
        cat "$log"
        rm -f "$log"
        return 1
    fi
    tail -n 1 "$log"
    rm -f "$log"
}
