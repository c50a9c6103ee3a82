#!/usr/bin/python3
"""Makes the files of tests/nn/epochs: what PyTorch makes of each network in one epoch, computed in double precision.
test_epochs.c describes the files and replays them. Needs torch and numpy.

  tools/parity/make_epochs.py [NAME...]        all of them, or some
"""
import pathlib
import sys

import numpy
import torch
import yaml
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence as pack, pad_packed_sequence as unpack

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "tests" / "nn" / "epochs"
TASKS = ["classification", "regression", "next_token", "multi_label"]  # as enum muster_task
SGD = "{optimizer: sgd, learning_rate: 0.05, momentum: 0.9}"
FAST = "{optimizer: sgd, learning_rate: 0.3, momentum: 0.9}"
ADAM = "{optimizer: adam, learning_rate: 0.01}"
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
              "rmsprop": torch.optim.RMSprop, "adagrad": torch.optim.Adagrad}
NAMES = {"learning_rate": "lr", "epsilon": "eps"}
ROWS, BATCH = 38, 5  # eight steps, the last one of three rows


# ---- numbers hashed from their places, as in test_epochs.c


def hashed(stream, n):
    k = numpy.arange(n, dtype=numpy.uint64)
    mask = numpy.uint64(0xFFFFFFFF)
    h = (k * numpy.uint64(0x9E3779B9) + numpy.uint64(stream * 0x85EBCA6B + 1)) & mask
    h = ((h ^ (h >> numpy.uint64(16))) * numpy.uint64(0x7FEB352D)) & mask
    h = ((h ^ (h >> numpy.uint64(15))) * numpy.uint64(0x846CA68B)) & mask
    return h ^ (h >> numpy.uint64(16))


def spread(stream, n):
    return (hashed(stream, n) >> numpy.uint64(8)).astype("f8") / 2**23 - 1


def whole(stream, below, n):
    return (hashed(stream, n) % numpy.uint64(below)).astype("i8")


# ---- a network and its arrays in users' shapes


class Array:
    """Array i of a layer: `view` is the tensor of PyTorch, seen in the shape that users expect."""

    def __init__(self, layer, i, name, view, offset=0.0, scale=None):
        fan = view[0].numel() if view.dim() > 1 else 1
        self.layer, self.i, self.name, self.view = layer, i, name, view
        self.offset, self.scale = offset, 1 / fan**0.5 if scale is None else scale

    def start(self):
        numbers = self.offset + self.scale * spread(2 + 8 * self.layer + self.i, self.view.numel())
        with torch.no_grad():
            self.view.copy_(torch.tensor(numbers.astype("f4").astype("f8")).reshape(self.view.shape))

    def line(self):
        numbers = " ".join(f"{v:.9g}" for v in self.view.detach().flatten().tolist())
        return (f"array {self.layer} {self.i} {self.name} {self.view.numel()} {self.offset:.9g} {self.scale:.17g}\n"
                f"{numbers}\n")


def weights(layer, module):
    """Weight and bias of a dense layer."""
    arrays = [Array(layer, 0, "weight", module.weight.data)]
    return arrays + ([Array(layer, 1, "bias", module.bias.data, scale=0.3)] if module.bias is not None else [])


def norm(layer, module):
    arrays = [Array(layer, 0, "weight", module.weight.data, 1, 0.3), Array(layer, 1, "bias", module.bias.data, 0, 0.3)]
    if isinstance(module, torch.nn.BatchNorm1d):
        arrays += [Array(layer, 2, "running_mean", module.running_mean, 0, 0),
                   Array(layer, 3, "running_var", module.running_var, 1, 0)]
    return arrays


class Case:
    def __init__(self, network, arrays, forward, dims, outputs, task="regression", train=SGD, vocabulary=0,
                 lengths=False):
        self.network, self.arrays, self.forward, self.dims = network, arrays, forward, dims
        self.outputs, self.task, self.train = outputs, task, train
        self.vocabulary, self.lengths = vocabulary, lengths
        self.targets = {"classification": 1, "next_token": dims[0]}.get(task, outputs)
        self.used = numpy.arange(ROWS) % dims[0] + 1 if lengths else numpy.full(ROWS, dims[0])

    def rows(self):
        shape = (ROWS, *self.dims)
        n = int(numpy.prod(shape))
        x = whole(0, self.vocabulary, n) if self.vocabulary else spread(0, n)
        x = x.reshape(shape) * (numpy.arange(self.dims[0]) < self.used[:, None]).reshape(
            ROWS, self.dims[0], *[1] * (len(self.dims) - 1)) if self.lengths else x.reshape(shape)
        return torch.tensor(x)

    def loss(self):
        n = ROWS * self.targets
        if self.task == "regression":
            y = torch.tensor(spread(1, n)).reshape(ROWS, -1)
            return lambda z, rows: functional.mse_loss(z, y[rows])
        y = torch.tensor(whole(1, self.outputs, n)).reshape(ROWS, -1)
        return lambda z, rows: functional.cross_entropy(z.reshape(-1, self.outputs), y[rows].flatten())

    def epoch(self):
        """Losses of the steps; the arrays are then as after the last one."""
        options = yaml.safe_load(self.train)
        kind = OPTIMIZERS[options.pop("optimizer")]
        for array in self.arrays:
            array.start()
        steps = kind(self.parameters(), **{NAMES.get(name, name): value for name, value in options.items()})
        x, loss, losses = self.rows(), self.loss(), []
        for first in range(0, ROWS, BATCH):
            rows = slice(first, min(first + BATCH, ROWS))
            value = loss(self.forward(x[rows], torch.tensor(self.used[rows])), rows)
            steps.zero_grad()
            value.backward()
            steps.step()
            losses.append(value.item())
        return losses

    def parameters(self):
        return [p for module in self.forward.modules for p in module.parameters() if p.requires_grad]

    def text(self):
        losses = self.epoch()
        words = [f"task {TASKS.index(self.task)}", f"rank {len(self.dims)}", *(f"dim {d}" for d in self.dims),
                 f"vocabulary {self.vocabulary}", f"outputs {self.outputs}", f"targets {self.targets}",
                 f"lengths {int(self.lengths)}", f"rows {ROWS}", f"batch {BATCH}", f"arrays {len(self.arrays)}"]
        return (f"network:\n{self.network}train: {self.train}\n---\n" + "\n".join(words) + "\n"
                + "".join(array.line() for array in self.arrays)
                + f"losses {len(losses)}\n" + " ".join(f"{value:.9g}" for value in losses) + "\n")


class Forward:
    """Modules in double precision and how they follow each other; `of(x, used)`, used: steps of each row."""

    def __init__(self, of, *modules):
        self.of, self.modules = of, [module.double() for module in modules]

    def __call__(self, x, used):
        return self.of(x, used)


def chain(*modules):
    return Forward(lambda x, used: torch.nn.Sequential(*modules)(x.flatten(1)), *modules)


# ---- the cases


ACTIVATIONS = {"relu": torch.nn.ReLU, "leaky_relu": torch.nn.LeakyReLU, "elu": torch.nn.ELU, "selu": torch.nn.SELU,
               "gelu": torch.nn.GELU, "silu": torch.nn.SiLU, "softplus": torch.nn.Softplus, "tanh": torch.nn.Tanh,
               "sigmoid": torch.nn.Sigmoid, "identity": torch.nn.Identity}


def dense(activation, train, task="regression"):
    """Once within a dense layer, once on its own."""
    f = ACTIVATIONS[activation]()
    a, b, c = (torch.nn.Linear(n, m).double() for n, m in ((6, 7), (7, 17), (17, 3)))
    return Case(f"  - dense: {{units: 7, activation: {activation}}}\n"
                f"  - dense: {{units: 17, activation: identity}}\n  - activation: {{kind: {activation}}}\n",
                [*weights(0, a), *weights(1, b), *weights(3, c)], chain(a, f, b, f, c), (6,), 3, task, train)


def no_bias():
    a, b = torch.nn.Linear(6, 18, bias=False).double(), torch.nn.Linear(18, 4).double()
    return Case("  - flatten: {}\n  - dense: {units: 18, activation: tanh, bias: false}\n  - dropout: 0\n",
                [*weights(0, a), *weights(1, b)], chain(a, torch.nn.Tanh(), b), (2, 3), 4, "classification", ADAM)


def normed(kind, dims):
    """On rows of numbers, or on each point of a sequence."""
    channels = dims[-1]
    module = (torch.nn.BatchNorm1d if kind == "batchnorm" else torch.nn.LayerNorm)(channels).double()
    a, b = torch.nn.Linear(int(numpy.prod(dims)), 9).double(), torch.nn.Linear(9, 2).double()

    def forward(x, used):
        points = module(x.reshape(-1, channels)) if kind == "batchnorm" else module(x)
        return b(torch.tanh(a(points.reshape(len(x), -1))))

    return Case(f"  - {kind}: {{}}\n  - dense: {{units: 9, activation: tanh}}\n",
                [*norm(0, module), *weights(1, a), *weights(2, b)], Forward(forward, module, a, b), dims, 2)


def mlp(word, make):
    """Dense without bias, normalisation, activation; twice. A dropout of 0 adds no layer."""
    modules, arrays, width = [], [], 5
    for i in range(2):
        a, b = torch.nn.Linear(width, 8, bias=False).double(), make(8).double()
        arrays += [*weights(3 * i, a), *norm(3 * i + 1, b)]
        modules += [a, b, torch.nn.SiLU()]
        width = 8
    out = torch.nn.Linear(8, 3).double()
    return Case(f"  mlp: {{layers: 2, units: 8, activation: silu, norm: {word}}}\n",
                [*arrays, *weights(6, out)], chain(*modules, out), (5,), 3, "classification")


def recurrent(kind, output, train, options=""):
    """Two stacked layers of two directions. Of PyTorch's two biases one stays zero, but in gru's last gate."""
    units, steps = 5, 4
    cell = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](
        3, units, 2, batch_first=True, bidirectional=True, **({"nonlinearity": "relu"} if options else {})).double()
    out, arrays = torch.nn.Linear(2 * units * (steps if output == "all" else 1), 3).double(), []
    for layer in range(2):
        slots = []
        for ending in ("", "_reverse"):
            of_x, of_h, bias, apart = (getattr(cell, f"{name}_l{layer}{ending}")
                                       for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            apart.data.zero_()
            slots += [("weight_input" + ending, of_x.data), ("weight_hidden" + ending, of_h.data),
                      ("bias" + ending, bias.data)]
            if kind == "gru":
                slots.append(("bias_hidden" + ending, apart.data[2 * units:]))
                apart.register_hook(lambda g: torch.cat([torch.zeros_like(g[:2 * units]), g[2 * units:]]))
            else:
                apart.requires_grad_(False)
        arrays += [Array(layer, i, name, view, scale=0.6) for i, (name, view) in enumerate(slots)]

    def forward(x, used):
        packed, last = cell(pack(x, used, batch_first=True, enforce_sorted=False))
        if output == "all":
            return out(unpack(packed, batch_first=True, total_length=steps)[0].flatten(1))
        last = last[0] if kind == "lstm" else last
        return out(last[-2:].transpose(0, 1).flatten(1))

    return Case(f"  {kind}: {{units: {units}, layers: 2, bidirectional: true, output: {output}{options}}}\n",
                [*arrays, *weights(2, out)], Forward(forward, cell, out), (steps, 3), 3, "classification", train,
                lengths=True)


CASES = {
    "relu_sgd": lambda: dense("relu", SGD),
    "leaky_relu_nesterov": lambda: dense(
        "leaky_relu", "{optimizer: sgd, learning_rate: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.1}"),
    "elu_adam": lambda: dense("elu", ADAM),
    "selu_rmsprop": lambda: dense("selu", "{optimizer: rmsprop, learning_rate: 0.005, momentum: 0.5}"),
    "gelu_adamw": lambda: dense("gelu", "{optimizer: adamw, learning_rate: 0.01, weight_decay: 0.1}"),
    "silu_adagrad": lambda: dense("silu", "{optimizer: adagrad, learning_rate: 0.02, epsilon: 1.0e-10}"),
    "softplus_adam": lambda: dense("softplus", "{optimizer: adam, learning_rate: 0.01, weight_decay: 0.1}"),
    "tanh_sgd": lambda: dense("tanh", SGD, "classification"),
    "sigmoid_sgd": lambda: dense("sigmoid", SGD, "classification"),
    "identity_sgd": lambda: dense("identity", SGD),
    "no_bias": no_bias,
    "batchnorm": lambda: normed("batchnorm", (7,)),
    "batchnorm_sequence": lambda: normed("batchnorm", (4, 3)),
    "layernorm": lambda: normed("layernorm", (7,)),
    "layernorm_sequence": lambda: normed("layernorm", (4, 3)),
    "mlp_batch": lambda: mlp("batch", torch.nn.BatchNorm1d),
    "mlp_layer": lambda: mlp("layer", torch.nn.LayerNorm),
    "rnn_last": lambda: recurrent("rnn", "last", FAST),
    "rnn_relu_all": lambda: recurrent("rnn", "all", FAST, ", activation: relu"),
    "lstm_last": lambda: recurrent("lstm", "last", ADAM),
    "lstm_all": lambda: recurrent("lstm", "all", FAST),
    "gru_last": lambda: recurrent("gru", "last", ADAM),
    "gru_all": lambda: recurrent("gru", "all", FAST),
}


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or CASES:
        (FOLDER / f"{name}.txt").write_text(CASES[name]().text())


if __name__ == "__main__":
    main()
