#!/bin/sh
# Stands for a program of yours: reads --NAME VALUE from its command line, computes for a while, writes whatever it likes,
# and at last one line with the score. An exit code other than 0 says that it failed.
while [ $# -gt 1 ]; do
    case $1 in
    --lr) lr=$2 ;;
    --depth) depth=$2 ;;
    --kind) kind=$2 ;;
    *)  echo "unknown option $1" >&2
        exit 64 ;;
    esac
    shift 2
done
echo "trial ${MUSTER_TRIAL:-alone}: lr $lr, depth $depth, $kind"
exec awk -v lr="$lr" -v depth="$depth" -v kind="$kind" 'BEGIN {
    off = log(lr / 0.02) / log(10)
    score = 0.95 * exp(-off * off / 2) - 0.01 * (depth - 5) ^ 2 - (kind == "wide" ? 0 : 0.02)
    printf "{\"value\": %.9g, \"cost\": %d}\n", score, depth * (kind == "wide" ? 4 : 1)
}'
