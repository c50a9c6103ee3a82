#!/usr/bin/env python3
"""Optuna beside bench_regret: simple regret on the same plain functions with the same budget, every result known before
the next ask; median over seeds and the share of runs that stick in another basin than the best one.

usage: tools/bench/peer_optuna.py --bench build/tools/bench/bench_regret --method tpe --functions branin levy8 --seeds 10

Methods: tpe (against Optuna's multivariate TPE), cmaes, random, sobol. Optuna's are written out independently here, the
functions too; /usr/bin/python3 with Debian's python3-optuna has what is needed."""
import argparse
import math
import statistics
import subprocess
import warnings

import numpy
import optuna

HEIGHT = numpy.array([1, 1.2, 3, 3.2])
STEEP = numpy.array([[10, 3, 17, 3.5, 1.7, 8], [.05, 10, 17, .1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
                     [17, 8, .05, 10, .1, 14]])
PLACE = 1e-4 * numpy.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                            [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])


def branin(x):
    a = x[1] - 5.1 / (4 * math.pi**2) * x[0]**2 + 5 / math.pi * x[0] - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10 - 0.39788735772973816


def hartmann6(x):
    return 3.322368011391339 - HEIGHT @ numpy.exp(-(STEEP * (x - PLACE)**2).sum(1))


def ackley10(x):
    return 20 + math.e - 20 * math.exp(-.2 * math.sqrt((x * x).mean())) - math.exp(numpy.cos(2 * math.pi * x).mean())


def levy8(x):
    w = 1 + (x - 1) / 4
    inner = (w[:-1] - 1)**2 * (1 + 10 * numpy.sin(math.pi * w[:-1] + 1)**2)
    return math.sin(math.pi * w[0])**2 + inner.sum() + (w[-1] - 1)**2 * (1 + math.sin(2 * math.pi * w[-1])**2)


def rosenbrock5(x):
    return (100 * (x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum()


def michalewicz10(x):
    i = numpy.arange(1, 11)
    return 9.66015171564 - (numpy.sin(x) * numpy.sin(i * x * x / math.pi)**20).sum()


def mixed6(x):
    u, v, rate, n, act, opt = x
    return ([.3, 0, .6, .1][int(act)] + [.2, 0, .5][int(opt)] + .5 * (math.log10(rate) + 3 - .5 * opt)**2
            + .1 * (n - 3 - act)**2 + 4 * (u - .3)**2 + 4 * (v - .2 - .2 * act)**2)


def real(low, high):
    return optuna.distributions.FloatDistribution(low, high)


def choice(n):
    return optuna.distributions.CategoricalDistribution(list(range(n)))


# The function, its parameters, and the regret above which a run is in another basin than the best one (None: no such).
FUNCTIONS = {
    "branin": (branin, [real(-5, 10), real(0, 15)], None),
    "hartmann6": (hartmann6, [real(0, 1)] * 6, .05),
    "ackley10": (ackley10, [real(-5, 10)] * 10, None),
    "levy8": (levy8, [real(-10, 10)] * 8, None),
    "rosenbrock5": (rosenbrock5, [real(-5, 10)] * 5, None),
    "michalewicz10": (michalewicz10, [real(0, math.pi)] * 10, None),
    "mixed6": (mixed6, [real(0, 1), real(0, 1), optuna.distributions.FloatDistribution(1e-5, 1, log=True),
                        optuna.distributions.IntDistribution(1, 8), choice(4), choice(3)], .05),
}
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "sobol": lambda seed: optuna.samplers.QMCSampler(seed=seed, scramble=True),
}


def peer(method, name, evaluations, seed):
    """The least of all values that Optuna finds."""
    function, dimensions, _ = FUNCTIONS[name]
    study = optuna.create_study(sampler=SAMPLERS[method](seed))
    distributions = {f"x{j}": dimension for j, dimension in enumerate(dimensions)}
    for _ in range(evaluations):
        trial = study.ask(distributions)
        x = numpy.array([trial.params[f"x{j}"] for j in range(len(dimensions))], dtype=float)
        study.tell(trial, float(function(x)))
    return study.best_value


def ours(bench, method, name, evaluations, seeds):
    """(median, stuck runs) as bench_regret prints them."""
    table = subprocess.run(
        [bench, f"method={method}", f"functions={name}", f"evaluations={evaluations}", f"seeds={seeds}", "pending=0",
         "shifted=0"], check=True, capture_output=True, text=True).stdout.splitlines()
    row = dict(zip(table[0].replace("25 %", "q25").replace("75 %", "q75").split(), table[1].split()))
    return row["median"], row["stuck"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the program bench_regret")
    parser.add_argument("--method", choices=SAMPLERS, default="tpe")
    parser.add_argument("--functions", nargs="*", choices=FUNCTIONS, default=list(FUNCTIONS), metavar="NAME")
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    print(f"{'function':14} {'ours':>10} {'stuck':>6} {'Optuna':>10} {'stuck':>6}   median regret after "
          f"{options.evaluations} evaluations, {options.seeds} seeds, {options.method}")
    for name in options.functions:
        median, stuck = ours(options.bench, options.method, name, options.evaluations, options.seeds)
        values = [peer(options.method, name, options.evaluations, seed) for seed in range(options.seeds)]
        basin = FUNCTIONS[name][2]
        peers = "-" if basin is None else sum(value > basin for value in values)
        print(f"{name:14} {median:>10} {stuck:>6} {statistics.median(values):10.2g} {peers:>6}", flush=True)


if __name__ == "__main__":
    main()
