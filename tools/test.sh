#!/usr/bin/env bash
# All tests but the long ones: packages, build with warnings as errors, format, ctest.
#   tools/test.sh                  what CI runs
#   tools/test.sh -L long          the long ones
#   tools/test.sh -R 'system|run'  any other options of ctest
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/setup.sh

# The layout of one clang-format differs from another's: Debian 12's is the one that counts.
check_format() {
    local version
    version=$(clang-format --version 2>/dev/null | grep -o 'version [0-9]*' | head -n 1) || true
    if [ "$version" != "version 14" ]; then
        say "format: not checked (clang-format 14 is wanted, this is ${version:-none})"
        return 0
    fi
    say "format"
    find src include tests tools -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

# shellcheck disable=SC2086 # lists of words
install $build_packages $test_packages
check_format
build ci
[ $# -gt 0 ] || set -- -LE long
say "ctest $*"
ctest --test-dir build-ci --output-on-failure -j "$(nproc)" "$@"
