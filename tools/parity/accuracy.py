#!/usr/bin/python3
"""Trains the same configurations with `muster eval` and with PyTorch, and compares their mean accuracy.

Folds, preparation, distributions of fresh weights, schedules and optimizers are the same; random numbers are not.
Every configuration is cross-validated --repeats times by each side. A diverged training counts as chance.
Passes (exit code 0) where the mean difference is within 0.01 and Spearman's rank correlation above 0.9.

  tools/parity/accuracy.py --muster build/muster          some minutes on one core; needs torch, h5py and numpy
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import h5py
import numpy
import torch

HERE = pathlib.Path(__file__).resolve().parent
DIGITS = HERE.parent.parent / "inputs" / "digits.h5"
CLASSES = 10
DEFAULTS = {"network.mlp.layers": 1, "network.mlp.units": 32, "network.mlp.activation": "relu",
            "network.mlp.dropout": 0.0, "train.epochs": 20, "train.batch_size": 32, "train.optimizer": "sgd",
            "train.learning_rate": 0.01, "train.momentum": 0.0, "train.nesterov": False,
            "train.weight_decay": 0.0, "train.schedule": "constant", "train.decay": 0.01}  # as digits.yaml
ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "gelu": torch.nn.GELU,
               "silu": torch.nn.SiLU, "elu": torch.nn.ELU, "leaky_relu": torch.nn.LeakyReLU}
HE = ("relu", "gelu", "silu", "elu", "leaky_relu")  # starts as He has it; the others as Glorot has it


# ---- data: stratified folds, dealt out in random order, the same for both sides


def folds_of(y, count):
    random = numpy.random.default_rng(5)
    fold = numpy.empty(len(y), "i4")
    for label in numpy.unique(y):
        rows = random.permutation(numpy.flatnonzero(y == label))
        fold[rows] = (numpy.arange(len(rows)) + label) % count
    return fold


def standardised(x, train):
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    return (x - mean) / numpy.where(deviation > 0, deviation, 1)


# ---- muster


def by_muster(options, x, y, fold, configs):
    """Accuracy [repeats][configurations]; the place in the list keys the random numbers."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with h5py.File(folder / "digits.h5", "w") as file:
            file["x"], file["y"], file["group"] = x.astype("f4"), y, fold
        (folder / "params.json").write_text(json.dumps(configs * options.repeats))
        command = [options.muster, "eval", HERE / "digits.yaml", "--set", f"data.file={folder / 'digits.h5'}",
                   "--params", f"@{folder / 'params.json'}", "--json"]
        entries = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    scores = [entry["score"] if entry["score"] is not None else 1 / CLASSES for entry in entries]
    return numpy.reshape(scores, (options.repeats, len(configs)))


# ---- PyTorch


def network(width, config):
    layers, kind = [], config["network.mlp.activation"]
    for _ in range(config["network.mlp.layers"]):
        dense = torch.nn.Linear(width, config["network.mlp.units"])
        if kind in HE:
            torch.nn.init.kaiming_uniform_(dense.weight, nonlinearity="relu")
        else:
            torch.nn.init.xavier_uniform_(dense.weight)
        layers += [dense, ACTIVATIONS[kind](), torch.nn.Dropout(config["network.mlp.dropout"])]
        width = config["network.mlp.units"]
    layers.append(torch.nn.Linear(width, CLASSES))
    torch.nn.init.xavier_uniform_(layers[-1].weight)
    for layer in layers:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.zeros_(layer.bias)
    return torch.nn.Sequential(*layers)


def optimizer(weights, config):
    how = {"lr": config["train.learning_rate"], "weight_decay": config["train.weight_decay"]}
    momentum = {"momentum": config["train.momentum"]}
    return {"sgd": lambda: torch.optim.SGD(weights, **how, **momentum, nesterov=config["train.nesterov"]),
            "adam": lambda: torch.optim.Adam(weights, **how),
            "adamw": lambda: torch.optim.AdamW(weights, **how),
            "rmsprop": lambda: torch.optim.RMSprop(weights, **how, **momentum),
            "adagrad": lambda: torch.optim.Adagrad(weights, **how, eps=1e-8)}[config["train.optimizer"]]()


def schedule(steps, config):
    """Of an optimizer, called after each step; one that changes by epochs gets the step's whole epochs."""
    of = torch.optim.lr_scheduler
    epochs, gamma, decay = config["train.epochs"], config.get("train.gamma"), config["train.decay"]
    by_epoch = {"constant": lambda t: 1.0, "inverse_time": lambda t: 1 / (1 + decay * t),
                "exponential": lambda t: gamma**t, "step": lambda t: gamma ** (t // config["train.step_every"])}
    name = config["train.schedule"]
    if name == "cosine":
        return lambda o: of.CosineAnnealingLR(o, steps * epochs)
    if name == "one_cycle":
        return lambda o: of.OneCycleLR(o, config["train.learning_rate"], total_steps=steps * epochs,
                                       cycle_momentum=False)
    return lambda o: of.LambdaLR(o, lambda step: by_epoch[name](step // steps))


def fit(x, y, config):
    net = network(x.shape[1], config)
    n = len(x)
    size = n if config["train.batch_size"] == "all" else config["train.batch_size"]
    optimize = optimizer(net.parameters(), config)
    rate = schedule(math.ceil(n / size), config)(optimize)
    for _ in range(config["train.epochs"]):
        for rows in torch.randperm(n).split(size):
            loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
            if not torch.isfinite(loss):
                return None
            optimize.zero_grad()
            loss.backward()
            optimize.step()
            rate.step()
    return net.eval()


def accuracy(x, y, fold, config):
    scores = []
    for k in range(fold.max() + 1):
        train = fold != k
        scaled = torch.tensor(standardised(x, train), dtype=torch.float32)
        net = fit(scaled[train], y[train], config)
        if net is None:
            return 1 / CLASSES
        with torch.no_grad():
            scores.append((net(scaled[~train]).argmax(1) == y[~train]).float().mean().item())
    return numpy.mean(scores)


def by_torch(options, x, y, fold, configs):
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    labels = torch.tensor(y, dtype=torch.int64)
    return numpy.array([[accuracy(x, labels, fold, {**DEFAULTS, **config}) for config in configs]
                        for _ in range(options.repeats)])


# ---- comparison


def ranks(values):
    """From 0; the mean rank where values are equal."""
    below = (values[None, :] < values[:, None]).sum(axis=1)
    return below + ((values[None, :] == values[:, None]).sum(axis=1) - 1) / 2


def report(configs, muster, torched):
    print("muster  PyTorch  difference  configuration")
    for ours, theirs, config in zip(muster, torched, configs):
        words = " ".join(f"{name.split('.')[-1]}={value}" for name, value in config.items())
        print(f"{ours:.4f}   {theirs:.4f}     {ours - theirs:+.4f}  {words}")
    mean, apart = (muster - torched).mean(), numpy.abs(muster - torched).mean()
    correlation = numpy.corrcoef(ranks(muster), ranks(torched))[0, 1]
    passed = abs(mean) <= 0.01 and correlation > 0.9
    print(f"{len(configs)} configurations: mean difference {mean:+.4f} (mean absolute {apart:.4f}), "
          f"Spearman's rank correlation {correlation:.4f}: {'pass' if passed else 'FAIL'}")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--muster", default="build/muster", help="the program (build/muster)")
    parser.add_argument("--configs", type=pathlib.Path, default=HERE / "configs20.json", help="list for --params")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3, help="trainings of each configuration and fold")
    parser.add_argument("--seed", type=int, default=1, help="of PyTorch's random numbers")
    options = parser.parse_args()
    configs = json.loads(options.configs.read_text())
    with h5py.File(DIGITS) as file:
        x, y = file["x"][:].reshape(len(file["y"]), -1).astype("f8"), file["y"][:]
    fold = folds_of(y, options.folds)
    muster = by_muster(options, x, y, fold, configs).mean(axis=0)
    return 0 if report(configs, muster, by_torch(options, x, y, fold, configs).mean(axis=0)) else 1


if __name__ == "__main__":
    sys.exit(main())
