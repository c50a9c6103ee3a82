"""Writes normal_reference.h: log h(z), its derivative, erfcx and quantiles to 60 digits (mpmath)."""
import random

import mpmath as mp

mp.mp.dps = 80
random.seed(1)


def h(z):
    # far out in the tail h cancels: raise the precision by as much
    with mp.workdps(80 + int(4 * mp.log10(1 + abs(z))) + int(z * z / 4.6 if -200 < z < 0 else 0)):
        if z < -200:  # asymptotic series of 1 - x R(x), alternating, terms far below 1e-60
            x, total, term = -z, mp.mpf(0), mp.mpf(1)
            for k in range(1, 60):
                term *= -(2 * k - 1) / x**2
                total -= term
                if abs(term) < abs(total) * mp.mpf(10) ** -90:
                    break
            return mp.log(total) - z * z / 2 - mp.log(2 * mp.pi) / 2
        return mp.log(mp.npdf(z) + z * mp.ncdf(z))


def slope(z):
    if z < -200:
        x, low, t = -z, 400, -z
        for n in range(low, 1, -1):
            t = x + n / t
        return t
    with mp.workdps(80 + int(z * z / 2 if z < 0 else 0)):
        return mp.ncdf(z) / (mp.npdf(z) + z * mp.ncdf(z))


def row(*values):
    return "    {" + ", ".join(mp.nstr(mp.mpf(v), 25) if i else float(v).hex() for i, v in enumerate(values)) + "},"


zs = [0.0, 1.0, -1.0, -1.0000001, -0.9999999, 2.5, 8.0, 40.0, 1e6, 1e300, -2.0, -3.0, -5.0, -8.3, -15.0, -38.5, -40.0,
      -100.0, -199.0, -1e3, -1e4, -1e5, -1e6, -1e8, -1e12, -1e100, -1e150] + [random.uniform(-12, 4) for _ in range(40)]
print("/* Written by normal_reference.py. */")
print("static const double log_h_reference[][3] = {")
for z in zs:
    print(row(z, h(mp.mpf(z)), slope(mp.mpf(z))))
print("};\nstatic const double erfcx_reference[][2] = {")
for x in [0.0, 0.5, 1.0, 1.99, 2.0, 2.01, 3.0, 5.0, 10.0, 27.0, 1e3, 1e10, 1e200, -0.5, -1.0, -5.0, -10.0, -20.0, -26.0]:
    v = mp.mpf(x)
    value = mp.exp(v * v) * mp.erfc(v) if v < 100 else 1 / (mp.sqrt(mp.pi) * v) * (1 - 1 / (2 * v**2) + 3 / (4 * v**4) - 15 / (8 * v**6))
    print(row(x, value))
print("};\nstatic const double quantile_reference[][2] = {")
for p in [0.5, 0.5 + 2**-20, 0.6, 0.75, 0.9, 0.975, 0.999, 0.25, 0.1]:
    print(row(p, mp.sqrt(2) * mp.erfinv(2 * mp.mpf(p) - 1)))
print("};")
