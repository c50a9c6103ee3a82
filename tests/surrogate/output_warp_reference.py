"""Writes output_warp_reference.h: powers that SciPy fits to samples, and what it makes of them."""
import numpy
from scipy import optimize, stats

rng = numpy.random.default_rng(3)
SAMPLES = {
    "lognormal": numpy.exp(rng.normal(1, 0.8, 25)),
    "loss": 0.02 + rng.gamma(1.5, 0.2, 40),
    "far": 12 + rng.gamma(2.0, 3.0, 30),
    "signed": rng.gumbel(0, 2.0, 40),
    "negative": -numpy.exp(rng.normal(0, 0.7, 20)),
}


def row(values):
    return "{" + ", ".join(f"{float(value)!r}" for value in values) + "}"


def main():
    print("/* Made by output_warp_reference.py: do not edit. */")
    print("static const struct {\n    int n, box_cox;\n    double lambda, y[40], to[40];\n} power_reference[] = {")
    for name, sample in SAMPLES.items():
        y = numpy.array([float(f"{value:.6g}") for value in sample])
        for box_cox in (True, False):
            if box_cox and y.min() <= 0:
                continue
            # Box-Cox of y over its geometric mean, Yeo-Johnson of y over its standard deviation
            scaled = y / (stats.gmean(y) if box_cox else y.std())
            transform, likelihood = (stats.boxcox, stats.boxcox_llf) if box_cox else (stats.yeojohnson, stats.yeojohnson_llf)
            exponent = float(f"{likeliest(lambda power: likelihood(power, scaled)):.12g}")
            print(f"    {{{len(y)}, {int(box_cox)}, {exponent!r}, /* {name} */\n     {row(y)},\n     "
                  f"{row(transform(scaled, exponent))}}},")
    print("};")


def likeliest(value, low=-5.0, high=5.0):
    """Where a concave function is largest: SciPy's own search ends earlier."""
    return optimize.minimize_scalar(lambda at: -value(at), bounds=(low, high), method="bounded", options={"xatol": 1e-10}).x


main()
