"""Shares of PED-ANOVA in numpy, straight from the definition, for test `search_importance`:
python3 importance_reference.py > importance_reference.h

Space: a float in [0, 1], b float in [1e-3, 1] log, c choice of 3, e float in [-1, 1] active where c is 0 or 1."""
import numpy

GRID, N = 64, 60
rng = numpy.random.default_rng(7)
a = rng.uniform(0, 1, N)
b = 10 ** rng.uniform(-3, 0, N)
c = rng.integers(0, 3, N)
e = numpy.where(c < 2, rng.uniform(-1, 1, N), numpy.nan)
code_b = (numpy.log10(b) + 3) / 3
score = (code_b - 0.4) ** 2 * 3 + 0.3 * (c == 2) + 0.2 * numpy.abs(numpy.nan_to_num(e)) + 0.02 * a
x = numpy.stack([a, b, c, e], axis=1)


def kernels(codes, grid):
    """Density on the grid: every code a normal of Scott's width, normalised on the grid."""
    width = max(codes.std() * len(codes) ** -0.2, 0.05)
    k = numpy.exp(-0.5 * ((grid[None, :] - codes[:, None]) / width) ** 2)
    return (k / k.sum(axis=1, keepdims=True)).mean(axis=0)


def counts(codes, grid):
    n = numpy.array([(codes == g).sum() for g in grid]) + 1 / len(grid)
    return n / n.sum()


def variance(all_codes, top_codes, n, best, grid, density):
    """Var over the trials' density of p_top / p_all, of what lies within the trials where it is active."""
    p, q = density(all_codes, grid), density(top_codes, grid)
    share, share_top = len(all_codes) / n, len(top_codes) / best
    return share * (p * (share_top * q / (share * p) - share_top / share) ** 2).sum()


best = 6  # a tenth
top = numpy.argsort(score, kind="stable")[:best]
grid = (numpy.arange(GRID) + 0.5) / GRID
codes = [a, code_b, c.astype(float), (e + 1) / 2]
parts = []
for j, values in enumerate(codes):
    on, on_top = ~numpy.isnan(values), ~numpy.isnan(values[top])
    parts.append(variance(values[on], values[top][on_top], N, best,
                          numpy.arange(3.0) if j == 2 else grid, counts if j == 2 else kernels))
shares = numpy.array(parts) / sum(parts)

print("/* Made by importance_reference.py. */")
print(f"enum {{ TRIALS = {N} }};")
rows = ",\n    ".join("{" + ", ".join("NAN" if numpy.isnan(v) else repr(float(v)) for v in row) + "}" for row in x)
print(f"static const double trials[TRIALS][4] = {{\n    {rows}}};")
print("static const double scores[TRIALS] = {\n    " + ",\n    ".join(repr(float(s)) for s in score) + "};")
print("static const double shares[4] = {" + ", ".join(repr(float(s)) for s in shares) + "};")
