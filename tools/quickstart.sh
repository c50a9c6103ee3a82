#!/usr/bin/env bash
# From a bare Debian or Ubuntu to the first leaderboard: packages, build, the study inputs/digits.yaml.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/setup.sh

# shellcheck disable=SC2086 # a list of words
install $build_packages
build release -DBUILD_TESTING=OFF
mpi_environment
say "mpirun -n 3 build/muster run inputs/digits.yaml"
mpirun -n 3 build/muster run inputs/digits.yaml --fresh
printf '\nnext: build/muster show digits.results.h5; build/muster check inputs/digits.yaml; README.md\n'
