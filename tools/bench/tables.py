#!/usr/bin/env python3
"""The methods on tables of real trainings, driven through `muster ask-tell`, with Optuna's TPE beside them in the same
space: mean normalised regret after so many evaluations, over tables and seeds.

usage: tools/bench/tables.py --muster build/muster --file hpo_lcbench.h5 hpo_svm_grid.h5 --methods bayes tpe --seeds 10

Two layouts of HDF5 file are read. A grid (`/index` [n, d], `/y` [n]) is searched over its indices, as integers, so that
each configuration asked for is a row. Curves (`/curve` [task, n, epoch], `/x` [n, d] with `/low`, `/high`, `/param_int`
and `/param_log`) are of random configurations: one that is asked for is given the values of the nearest row in the unit
cube that the run has not had, for all methods alike. With a few thousand rows in seven dimensions that row is far away
(0.28 on average), so that what is optimised is rough, and whatever a method does near its best point is noise to it.
Were rows given twice, a third to a half of what model-based methods ask would be for rows that they had. Regret is
(best - least) / (most - least) of the table, and TPE's is that of Optuna's TPESampler: `optuna` as it is by default,
`optuna-mv` with multivariate=True.

With --fidelity the curves alone are searched, by epochs: schedulers are cut off at a fifth of what methods without
fidelity get for --evaluations whole trainings. Only whole trainings count as found. Beside them stand random search of
twice as much and the K best after one epoch (top-K) with a fifth; K = 5. The last column says after how many epochs, in
parts of the full budget, a method's mean regret is down to what the first of --methods has in the end.
/usr/bin/python3 with Debian's python3-optuna and python3-h5py has what is needed."""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import h5py
import numpy

TOP_K = 5


class Table:
    """Losses of rows; `curve` [n, epochs] ends with them. Parameters are (name, kind, low, high, log)."""

    def __init__(self, name, params, y, curve=None, points=None, index=None):
        self.name, self.params, self.y, self.curve, self.points = name, params, y, curve, points
        self.least, self.most = float(y.min()), float(y.max())
        self.rows = None if index is None else {tuple(row): i for i, row in enumerate(index.tolist())}

    def row(self, values, taken):
        """The row that a run is given which had the rows `taken`; it has this one too from now on."""
        if self.rows is not None:
            return self.rows[tuple(values)]
        distance = ((self.points - unit(self.params, numpy.array([values])))**2).sum(1)
        distance[taken] = numpy.inf
        taken.append(int(distance.argmin()))
        return taken[-1]

    def regret(self, value):
        return (value - self.least) / (self.most - self.least)

    def study(self, method, seed, fidelity):
        lines = [f"study: {self.name}", f"seed: {seed}", "space:"]
        for name, kind, low, high, log in self.params:
            lines.append(f"  {name}: {{{kind}: [{low}, {high}]{', log: true' if log else ''}}}")
        lines.append(f"search: {{method: {method}, fidelity: {fidelity}}}")
        if fidelity != "none":
            lines.append(f"objective: {{epochs: {self.curve.shape[1]}}}")
        return "\n".join(lines) + "\n"


def unit(params, x):
    """x [n, d] in the unit cube."""
    columns = []
    for p, (_, _, low, high, log) in enumerate(params):
        low, high, column = (numpy.log(low), numpy.log(high), numpy.log(x[:, p])) if log else (low, high, x[:, p])
        columns.append((column - low) / (high - low))
    return numpy.stack(columns, 1)


def read(path):
    name = pathlib.Path(path).stem
    with h5py.File(path) as file:
        names = [text.decode() for text in file["feature_names"]]
        if "curve" not in file:
            index = file["index"][:]
            params = [(p, "int", 0, int(index[:, i].max()), False) for i, p in enumerate(names)]
            return [Table(name, params, file["y"][:].astype(float), index=index)]
        params = []
        for p, low, high, whole, log in zip(names, file["low"], file["high"], file["param_int"], file["param_log"]):
            ends = (int(low), int(high)) if whole else (float(low), float(high))
            params.append((p, "int" if whole else "float", *ends, bool(log)))
        points = unit(params, file["x"][:].astype(float))
        return [Table(f"{name}.{task.decode()}", params, curve[:, -1], curve, points)
                for task, curve in zip(file["openml_task"], file["curve"][:].astype(float))]


def drive(command, table, method, seed, budget, fidelity="none"):
    """(epochs used, least loss of a whole training) after each evaluation, as long as the budget lasts; an evaluation
    counts 1 without a fidelity."""
    with tempfile.TemporaryDirectory() as folder:
        study = pathlib.Path(folder) / "table.yaml"
        study.write_text(table.study(method, seed, fidelity))
        process = subprocess.Popen([*command, str(study)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def say(**request):
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("ask-tell ended")
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(answer["error"])
            return answer

        used, best, reached, course, taken, rows = 0, float("inf"), {}, [], [], {}
        while used < budget:
            trials = say(op="ask")["trials"]
            if not trials:
                break
            trial = trials[0]
            number = trial.get("trial", trial["id"])
            if number not in rows:
                rows[number] = table.row([trial["params"][p[0]] for p in table.params], taken)
            row = rows[number]
            if fidelity == "none":
                value, used, whole = float(table.y[row]), used + 1, True
            else:
                epochs = trial["epochs"]
                used += epochs - reached.get(number, 0)
                reached[number] = epochs
                value, whole = float(table.curve[row, epochs - 1]), epochs == table.curve.shape[1]
            say(op="tell", id=trial["id"], value=value)
            if whole and used <= budget:
                best = min(best, value)
            course.append((used, best))
        process.stdin.close()
        if process.wait() != 0:
            raise RuntimeError(f"ask-tell ended with {process.returncode}")
    return course


def optuna_tpe(table, seed, budget, multivariate):
    import warnings
    import optuna
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = {"int": optuna.distributions.IntDistribution, "float": optuna.distributions.FloatDistribution}
    space = {name: kinds[kind](low, high, log=log) for name, kind, low, high, log in table.params}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=multivariate))
    best, course, taken = float("inf"), [], []
    for i in range(budget):
        trial = study.ask(space)
        value = float(table.y[table.row([trial.params[p[0]] for p in table.params], taken)])
        study.tell(trial, value)
        best = min(best, value)
        course.append((i + 1, best))
    return course


def top_k(table, seed, budget):
    """As many configurations for an epoch as the budget allows beside K whole trainings."""
    epochs = table.curve.shape[1]
    n = budget - TOP_K * (epochs - 1)
    rows = numpy.random.default_rng(seed).permutation(len(table.y))[:n]
    best = rows[numpy.argsort(table.curve[rows, 0], kind="stable")[:TOP_K]]
    return [(budget, float(table.y[best].min()))]


def run(task):
    command, table, name, seed, budget, fidelity = task
    if name.startswith("optuna"):
        return optuna_tpe(table, seed, budget, name == "optuna-mv")
    if name == "top-K":
        return top_k(table, seed, budget)
    return drive(command, table, name, seed, budget, fidelity)


def courses(pool, arguments, tables, name, budget, fidelity="none", unit_epochs=1):
    """regret[table][seed][used - 1] after each unit of the budget; 1 before anything was found."""
    command = [arguments.muster, "ask-tell", *(word for value in arguments.set for word in ("--set", value))]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    tasks = [(command, table, name, seed, budget, fidelity) for table in tables for seed in seeds]
    regrets = numpy.ones((len(tasks), budget * unit_epochs))
    for i, (task, course) in enumerate(zip(tasks, pool.map(run, tasks))):
        for used, best in course:
            if best < float("inf") and used * unit_epochs <= regrets.shape[1]:
                regrets[i, used * unit_epochs - 1:] = task[1].regret(best)
    return regrets.reshape(len(tables), arguments.seeds, -1)


def by_methods(pool, arguments, tables):
    means = {}
    print(f"{'regret':>12}" + "".join(f"{table.name[-14:]:>15}" for table in tables) + f"{'mean':>10}{'seconds':>9}")
    for name in arguments.methods + arguments.peers:
        start = time.time()
        means[name] = courses(pool, arguments, tables, name, arguments.evaluations)[:, :, -1].mean(1)
        print(f"{name:>12}" + "".join(f"{mean:15.5f}" for mean in means[name])
              + f"{means[name].mean():10.5f}{time.time() - start:9.0f}", flush=True)
    for peer in arguments.peers:
        for name in arguments.methods:
            print(f"{name} / {peer}: {means[name].mean() / means[peer].mean():.2f} of the means, "
                  f"{statistics.median(means[name] / numpy.maximum(means[peer], 1e-12)):.2f} in the median table")


def by_fidelities(pool, arguments, tables):
    tables = [table for table in tables if table.curve is not None]
    epochs = tables[0].curve.shape[1]
    full, fifth = arguments.evaluations * epochs, arguments.evaluations * epochs // 5
    lines = [(name, name, "none", arguments.evaluations, epochs) for name in arguments.methods]
    lines += [("random x2", "random", "none", 2 * arguments.evaluations, epochs), ("top-K", "top-K", "none", fifth, 1)]
    lines += [(name, "auto", name, fifth, 1) for name in arguments.fidelity]
    print(f"{'':>12}{'epochs':>9}{'regret':>10}{'by then':>10}    as parts of {full} epochs")
    goal = None
    for label, method, fidelity, budget, unit_epochs in lines:
        mean = courses(pool, arguments, tables, method, budget, fidelity, unit_epochs).mean((0, 1))
        goal = mean[-1] if goal is None else goal
        there = numpy.flatnonzero(mean <= goal)
        print(f"{label:>12}{len(mean):9d}{mean[-1]:10.5f}"
              + (f"{(there[0] + 1) / full:10.3f}" if there.size else f"{'never':>10}"), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--muster", default="build/muster")
    parser.add_argument("--file", nargs="+", required=True)
    parser.add_argument("--methods", nargs="*", default=["bayes", "tpe", "auto", "genetic", "random"])
    parser.add_argument("--peers", nargs="*", default=["optuna", "optuna-mv"])
    parser.add_argument("--fidelity", nargs="*", metavar="SCHEDULER", help="asha hyperband bohb freeze_thaw")
    parser.add_argument("--evaluations", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="as of muster")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    tables = [table for path in arguments.file for table in read(path)]
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        (by_fidelities if arguments.fidelity else by_methods)(pool, arguments, tables)


if __name__ == "__main__":
    main()
