#!/usr/bin/env python3
"""Writes src/search/sobol_table.c: the first 1,000 dimensions of Joe and Kuo's direction numbers
(new-joe-kuo-6.21201), as scipy distributes them (scipy/stats/_sobol_direction_numbers.npz).

usage: tools/sobol_table.py > src/search/sobol_table.c
"""
import os

import numpy
import scipy.stats

DIMENSIONS = 1000
HEAD = """\
/* The direction numbers new-joe-kuo-6 of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with
 * better two-dimensional projections", SIAM J. Sci. Comput. 30, 2635-2654 (2008), dimensions 1 to
 * %d. Written by tools/sobol_table.py.
 *
 * For every dimension: its primitive polynomial over GF(2), all coefficients as the bits of one
 * number, and as many initial numbers m_1, m_2, ... as its degree. The first dimension (van der
 * Corput's) has the polynomial 1 and all m_i = 1. */
#include "search/sobol_impl.h"

/* clang-format off */
const uint16_t muster_sobol_table[] = {"""


def main():
    path = os.path.join(os.path.dirname(scipy.stats.__file__), "_sobol_direction_numbers.npz")
    with numpy.load(path) as table:
        poly, initial = table["poly"][:DIMENSIONS], table["vinit"][:DIMENSIONS]
    numbers = []
    for p, m in zip(poly.tolist(), initial.tolist()):
        degree = p.bit_length() - 1
        assert all(v % 2 == 1 and v < 2 << i for i, v in enumerate(m[:degree]))
        numbers += [p] + m[:degree]
    assert max(numbers) < 1 << 16
    print(HEAD % DIMENSIONS)
    line = "   "
    for number in numbers:
        word = f" {number},"
        if len(line) + len(word) > 100:
            print(line)
            line = "   "
        line += word
    print(line)
    print("};")


if __name__ == "__main__":
    main()
