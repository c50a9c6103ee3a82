#!/usr/bin/env python3
"""Search quality on real trainings: multilayer perceptrons on digits in a mixed, conditional space of 8 parameters (up
to 10 with the widths of all layers). Best mean accuracy over the folds after so many trials, by methods of `muster
run`, and by Optuna's TPE, which drives `muster eval` of the same study, so that both train alike.

usage: tools/bench/digits.py --muster build/muster --file digits.h5 --methods bayes auto --peers optuna optuna-mv

With --racing, the methods run once more under each kind of racing, and the share of fold trainings that it left of
those without is reported beside the best score, and the best score at half of the fold trainings. Scores are medians
over seeds (or means, --statistic). Any data file of classes will do for --file. Every proposal knows all earlier results (`window: 1` knows all but
one), as the peer's does. /usr/bin/python3 with Debian's python3-optuna and python3-h5py has what is needed."""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import tempfile

import h5py
import numpy

STUDY = """study: digits
seed: {seed}
data: {{file: {file}, test: none}}
network:
  - dense: {{repeat: {{int: [1, 3]}}, units: {{int: [8, 256], log: true, per_layer: true}}, activation: {{choice: [relu, tanh]}}}}
train:
  epochs: {epochs}
  batch_size: {{int: [16, 256]}}
  optimizer: sgd
  nesterov: true
  learning_rate: {{float: [1.0e-5, 1.0], log: true}}
  weight_decay: {{float: [1.0e-7, 1.0e-1], log: true}}
  momentum: {{float: [0.5, 0.99]}}
  schedule: inverse_time
  decay: {{float: [0.0, 1.0]}}
validate: {{folds: {folds}}}
search: {{method: {method}, trials: {trials}, window: 1, racing: {racing}}}
"""


def by_run(arguments, folder, method, seed, racing):
    """(best score after each trial, fold trainings up to each)."""
    out = folder / "digits.h5"
    (folder / "digits.yaml").write_text(study(arguments, method, seed, racing))
    sets = [word for value in arguments.set for word in ("--set", value)]
    subprocess.run([arguments.muster, "run", str(folder / "digits.yaml"), "--out", str(out), "--no-progress", *sets],
                   check=True, capture_output=True)
    with h5py.File(out) as file:
        state = file["trials/state"].asstr()[:]
        score = numpy.where(state == "complete", file["trials/score"][:], 0.0)
        folds = numpy.isfinite(file["trials/fold_scores"][:]).sum(axis=1)
    return numpy.maximum.accumulate(score), numpy.cumsum(folds)


def by_optuna(arguments, folder, seed, multivariate):
    import warnings
    import optuna
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    (folder / "digits.yaml").write_text(study(arguments, "random", seed, "none"))
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=multivariate, group=multivariate)
    scores = []

    def objective(trial):
        layers = trial.suggest_int("network.0.dense.repeat", 1, 3)
        params = {"network.0.dense.repeat": layers,
                  "network.0.dense.activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
                  "train.batch_size": trial.suggest_int("batch_size", 16, 256),
                  "train.learning_rate": trial.suggest_float("learning_rate", 1e-5, 1, log=True),
                  "train.weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-1, log=True),
                  "train.momentum": trial.suggest_float("momentum", 0.5, 0.99),
                  "train.decay": trial.suggest_float("decay", 0, 1)}
        for i in range(layers):
            params[f"network.0.dense.units.{i}"] = trial.suggest_int(f"units.{i}", 8, 256, log=True)
        ended = subprocess.run([arguments.muster, "eval", str(folder / "digits.yaml"), "--params", json.dumps(params),
                                "--json"], check=True, capture_output=True, text=True)
        result = json.loads(ended.stdout)[0]
        scores.append(result["score"] if result["state"] == "complete" else 0.1) # diverged: as chance
        return scores[-1]

    optuna.create_study(direction="maximize", sampler=sampler).optimize(objective, n_trials=arguments.trials)
    return numpy.maximum.accumulate(scores), arguments.folds * numpy.arange(1, len(scores) + 1)


def study(arguments, method, seed, racing):
    return STUDY.format(seed=seed, file=pathlib.Path(arguments.file).resolve(), epochs=arguments.epochs,
                        folds=arguments.folds, method=method, trials=arguments.trials, racing=racing)


def run(task):
    arguments, name, seed, racing = task
    with tempfile.TemporaryDirectory() as folder:
        if name.startswith("optuna"):
            return by_optuna(arguments, pathlib.Path(folder), seed, name == "optuna-mv")
        return by_run(arguments, pathlib.Path(folder), name, seed, racing)


def print_line(arguments, label, marks, results):
    middle, whole = getattr(statistics, arguments.statistic), arguments.trials * arguments.folds
    line = [middle(best[n - 1] for best, _ in results) for n in marks]
    line.append(middle(best[max(int(numpy.searchsorted(folds, whole / 2, "right")), 1) - 1] for best, folds in results))
    share = statistics.mean(folds[-1] for _, folds in results) / whole
    print(f"{label:>20}" + "".join(f"{value:10.5f}" for value in line) + f"{100 * share:7.0f}%   "
          + " ".join(f"{best[-1]:.5f}" for best, _ in results), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--muster", default="build/muster")
    parser.add_argument("--file", required=True)
    parser.add_argument("--methods", nargs="*", default=["bayes", "auto"])
    parser.add_argument("--peers", nargs="*", default=["optuna"])
    parser.add_argument("--racing", nargs="*", default=[], metavar="KIND", help="forgiving paired")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--statistic", choices=["median", "mean"], default="median", help="over seeds")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="as of muster run")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    marks = [n for n in (20, 40, 60, arguments.trials) if n <= arguments.trials]
    marks = sorted(set(marks))
    print(f"{'':>20}" + "".join(f"{head:>10}" for head in [*(f"after {n}" for n in marks), "at half"])
          + f"{'folds':>8}   best of each seed", flush=True)
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        for name, racing in ([(name, racing) for name in arguments.methods for racing in ["none", *arguments.racing]]
                             + [(name, "none") for name in arguments.peers]):
            tasks = [(arguments, name, arguments.first + seed, racing) for seed in range(arguments.seeds)]
            results = list(pool.map(run, tasks))
            print_line(arguments, name if racing == "none" else f"{name} {racing}", marks, results)


if __name__ == "__main__":
    main()
