#!/usr/bin/python3
"""Optuna's NSGA-II sampler beside `genetic`: median simple regret on the functions of bench_regret, and
median hypervolume after half of the evaluations and after all, in parts of the whole front's, on the problems
of bench_front; there its TPE of several objectives (MOTPE) and its random sampler too, with --samplers."""
import argparse
import math
import warnings

import numpy as np
import optuna

PI = math.pi
STEEP = np.array([[10, 3, 17, 3.5, 1.7, 8], [.05, 10, 17, .1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
                  [17, 8, .05, 10, .1, 14]])
PLACE = 1e-4 * np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                         [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])


def branin(x):
    return ((x[1] - 5.1 / (4 * PI**2) * x[0]**2 + 5 / PI * x[0] - 6)**2
            + 10 * (1 - 1 / (8 * PI)) * np.cos(x[0]) + 10 - 0.39788735772973816)


def hartmann6(x):
    return 3.322368011391339 - np.sum([1, 1.2, 3, 3.2] * np.exp(-np.sum(STEEP * (x - PLACE)**2, 1)))


def ackley(x):
    return -20 * np.exp(-.2 * np.sqrt(np.mean(x * x))) - np.exp(np.mean(np.cos(2 * PI * x))) + 20 + np.e


def levy(x):
    w = 1 + (x - 1) / 4
    return (np.sin(PI * w[0])**2 + np.sum((w[:-1] - 1)**2 * (1 + 10 * np.sin(PI * w[:-1] + 1)**2))
            + (w[-1] - 1)**2 * (1 + np.sin(2 * PI * w[-1])**2))


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)


def michalewicz(x):
    return 9.66015171564 - np.sum(np.sin(x) * np.sin(np.arange(1, len(x) + 1) * x * x / PI)**20)


FUNCTIONS = {"branin": (branin, [(-5, 10), (0, 15)]), "hartmann6": (hartmann6, [(0, 1)] * 6),
             "ackley10": (ackley, [(-5, 10)] * 10), "levy8": (levy, [(-10, 10)] * 8),
             "rosenbrock5": (rosenbrock, [(-5, 10)] * 5), "michalewicz10": (michalewicz, [(0, PI)] * 10)}


def mixed6(trial):
    u, v = trial.suggest_float("u", 0, 1), trial.suggest_float("v", 0, 1)
    rate, n = trial.suggest_float("rate", 1e-5, 1, log=True), trial.suggest_int("n", 1, 8)
    act, opt = trial.suggest_categorical("act", [0, 1, 2, 3]), trial.suggest_categorical("opt", [0, 1, 2])
    return ([.3, 0, .6, .1][act] + [.2, 0, .5][opt] + .5 * (math.log10(rate) + 3 - .5 * opt)**2
            + .1 * (n - 3 - act)**2 + 4 * (u - .3)**2 + 4 * (v - .2 - .2 * act)**2)


def zdt(kind):
    def value(u):
        g = 1 + 9 * np.mean(u[1:])
        share = u[0] / g
        f = g * (1 - share**2 if kind == 2 else 1 - math.sqrt(share))
        return u[0], f - (u[0] * math.sin(10 * PI * u[0]) if kind == 3 else 0)
    return value


def dtlz2_of_two(u):
    g = 1 + np.sum((u[1:] - .5)**2)
    return g * math.cos(u[0] * PI / 2), g * math.sin(u[0] * PI / 2)


def dtlz2(u):
    g = 1 + np.sum((u[2:] - .5)**2)
    a, b = u[0] * PI / 2, u[1] * PI / 2
    return g * math.cos(a) * math.cos(b), g * math.cos(a) * math.sin(b), g * math.sin(a)


FRONTS = {"zdt1": (zdt(1), 2, .21 + 2 / 3), "zdt2": (zdt(2), 2, .21 + 1 / 3), "zdt3": (zdt(3), 2, 1.331762),
          "dtlz2 of 2": (dtlz2_of_two, 2, 1.21 - PI / 4), "dtlz2": (dtlz2, 3, 1.331 - PI / 6)}


def hypervolume(points, r=1.1):
    """By slices along the last objective."""
    points = [p for p in points if max(p) < r]
    if not points:
        return 0
    if len(points[0]) == 1:
        return r - min(points)[0]
    points.sort(key=lambda p: p[-1])
    ends = [p[-1] for p in points[1:]] + [r]
    return sum((end - p[-1]) * hypervolume([q[:-1] for q in points[:i + 1]])
               for i, (p, end) in enumerate(zip(points, ends)) if end > p[-1])


def regret(name, n, seed, population):
    study = optuna.create_study(sampler=optuna.samplers.NSGAIISampler(seed=seed, population_size=population))
    if name == "mixed6":
        study.optimize(mixed6, n_trials=n)
    else:
        value, box = FUNCTIONS[name]
        study.optimize(lambda t: value(np.array([t.suggest_float(f"x{j}", *b) for j, b in enumerate(box)])),
                       n_trials=n)
    return study.best_value


def front(name, n, seed, sampler):
    """[after half, after all]"""
    value, m, whole = FRONTS[name]
    study = optuna.create_study(directions=["minimize"] * m, sampler=sampler(seed))
    study.optimize(lambda t: value(np.array([t.suggest_float(f"x{j}", 0, 1) for j in range(6)])), n_trials=n)
    values = [t.values for t in study.trials]
    return [hypervolume(undominated(values[:part])) / whole for part in (n // 2, n)]


def undominated(values):
    f = np.unique(np.array(values), axis=0)
    return [tuple(p) for p in f if not np.any(np.all(f <= p, axis=1) & np.any(f < p, axis=1))]


def samplers(arguments):
    """(name, maker of a sampler from its seed)"""
    of = optuna.samplers
    others = {"random": lambda seed: of.RandomSampler(seed=seed), "tpe": lambda seed: of.TPESampler(seed=seed),
              "tpe-mv": lambda seed: of.TPESampler(seed=seed, multivariate=True)}
    for name in arguments.samplers:
        for size in arguments.populations if name == "nsga2" else [None]:
            yield (f"{name} {size or ''}", others.get(name) or
                   (lambda seed, size=size: of.NSGAIISampler(seed=seed, population_size=size)))


def print_fronts(arguments):
    print(f"{'sampler':24}", *(f"{name:>13}" for name in FRONTS))
    for label, sampler in samplers(arguments):
        print(f"{label:24}", end="")
        for name in FRONTS:
            shares = [front(name, arguments.evaluations, s, sampler) for s in range(arguments.seeds)]
            print(" {:6.3f} {:6.3f}".format(*np.median(shares, axis=0)), end="", flush=True)
        print()


def print_regrets(arguments):
    names = [*FUNCTIONS, "mixed6"]
    print("population", *(f"{name:>13}" for name in names))
    for population in arguments.populations:
        medians = (np.median([regret(name, arguments.evaluations, s, population) for s in range(arguments.seeds)])
                   for name in names)
        print(f"{population:10}", *(f"{v:13.3g}" for v in medians))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--populations", type=int, nargs="*", default=[10, 50])
    parser.add_argument("--fronts", action="store_true", help="hypervolumes in place of regret")
    parser.add_argument("--samplers", nargs="*", default=["nsga2"], choices=["nsga2", "tpe", "tpe-mv", "random"],
                        help="of --fronts")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore") # multivariate TPE is experimental
    (print_fronts if arguments.fronts else print_regrets)(arguments)


if __name__ == "__main__":
    main()
