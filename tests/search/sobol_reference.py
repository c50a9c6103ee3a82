#!/usr/bin/env python3
"""Writes sobol_reference.h: points of scipy's unscrambled Sobol' sequence, as fractions of 2^30.

usage: tests/search/sobol_reference.py > tests/search/sobol_reference.h
"""
import numpy
from scipy.stats import qmc

DIMENSIONS = [0, 1, 2, 3, 7, 50, 333, 999]
POINTS = list(range(9)) + [31, 100, 1023, 4095]


def main():
    points = qmc.Sobol(d=1000, scramble=False, bits=30).random(4096)
    codes = numpy.rint(points[numpy.ix_(POINTS, DIMENSIONS)] * 2.0**30).astype(int)
    print("/* Written by sobol_reference.py. */\n/* clang-format off */")
    print(f"enum {{ REFERENCE_POINTS = {len(POINTS)}, REFERENCE_DIMENSIONS = {len(DIMENSIONS)} }};")
    print("static const uint32_t reference_point[] = {%s};" % ", ".join(map(str, POINTS)))
    print("static const size_t reference_dimension[] = {%s};" % ", ".join(map(str, DIMENSIONS)))
    print("static const uint32_t reference_code[REFERENCE_POINTS][REFERENCE_DIMENSIONS] = {")
    for row in codes.tolist():
        print("    {%s}," % ", ".join(map(str, row)))
    print("};")


if __name__ == "__main__":
    main()
