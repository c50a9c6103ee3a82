#!/usr/bin/env bash
# A window larger than /dev/shm: every rank ends with the message, at once, and none hangs. Needs a
# mount namespace of its own; skips where that is not permitted.
unshare -m mount -t tmpfs -o size=64m tmpfs /dev/shm 2>/dev/null || exit 77
program=$1
for mib in 256 62; do
    output=$(unshare -m bash -c "mount -t tmpfs -o size=64m tmpfs /dev/shm &&
        timeout 50 $MPIRUN -n 3 $program $mib" 2>&1)
    status=$?
    echo "$output"
    [ $status -eq 75 ] || { echo "$mib MiB: exit code $status, not 75"; exit 1; }
    [ "$(grep -c 'MiB are free' <<<"$output")" -eq 3 ] || { echo "$mib MiB: not all ranks know"; exit 1; }
done
unshare -m bash -c "mount -t tmpfs -o size=64m tmpfs /dev/shm && timeout 50 $MPIRUN -n 3 $program 32" ||
    { echo "32 MiB: should have found room"; exit 1; }
