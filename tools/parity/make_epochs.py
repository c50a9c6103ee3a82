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

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "tests" / "nn" / "epochs"
TASKS = ["classification", "regression", "next_token", "multi_label"]  # as enum muster_task
SGD = "{optimizer: sgd, learning_rate: 0.05, momentum: 0.9}"
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
        numbers = self.offset + self.scale * spread(2 + 16 * self.layer + self.i, self.view.numel())
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
    if hasattr(module, "running_mean"):
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


def residual():
    """Around two layers, and one within."""
    a, b, c, d = (torch.nn.Linear(n, m).double() for n, m in ((6, 9), (9, 6), (6, 6), (6, 3)))

    def forward(x, used):
        h = x + b(torch.relu(a(x)))
        inner = h + torch.tanh(c(h))
        return d(h + torch.sigmoid(inner))

    return Case("  - residual: {layers: [{dense: {units: 9}}, {dense: {units: 6, activation: identity}}]}\n"
                "  - residual:\n      layers:\n        - residual: {layers: [{dense: {units: 6, activation: tanh}}]}\n"
                "        - activation: sigmoid\n",
                [*weights(1, a), *weights(2, b), *weights(6, c), *weights(10, d)], Forward(forward, a, b, c, d),
                (6,), 3)


def branches():
    """Three of a dense layer's values, one of which passes them on."""
    a, b, c, d, out = (torch.nn.Linear(n, m).double() for n, m in ((6, 9), (9, 7), (7, 5), (9, 4), (18, 3)))

    def forward(x, used):
        h = torch.tanh(a(x))
        return out(torch.cat([torch.tanh(c(torch.relu(b(h)))), h, torch.sigmoid(d(h))], 1))

    return Case("  - dense: {units: 9, activation: tanh}\n  - concat:\n"
                "      deep: [{dense: {units: 7}}, {dense: {units: 5, activation: tanh}}]\n"
                "      bare: []\n      wide: {dense: {units: 4, activation: sigmoid}}\n",
                [*weights(0, a), *weights(3, b), *weights(4, c), *weights(7, d), *weights(9, out)],
                Forward(forward, a, b, c, d, out), (6,), 3)


def inception():
    """Windows of two sizes and a dense layer, all of the image itself."""
    a, b = torch.nn.Conv2d(2, 3, 1).double(), torch.nn.Conv2d(2, 4, 3, padding=1).double()
    c, out = torch.nn.Linear(40, 5).double(), torch.nn.Linear(3 * 20 + 4 + 5, 3).double()

    def forward(x, used):
        points = torch.tanh(a(first(x))), torch.tanh(b(first(x)))
        return out(torch.cat([last(points[0]).flatten(1), points[1].mean((2, 3)), torch.relu(c(x.flatten(1)))], 1))

    return Case("  - concat:\n      one: [{conv2d: {filters: 3, kernel: 1, activation: tanh}}]\n"
                "      three: [{conv2d: {filters: 4, kernel: 3, activation: tanh}}, globalpool]\n"
                "      all: [{dense: {units: 5}}]\n",
                [*convolution(1, a), *convolution(3, b), *weights(6, c), *weights(8, out)],
                Forward(forward, a, b, c, out), (4, 5, 2), 3, "classification", ADAM)


def recurrent_weights(layer, cell, depth, gates):
    """Arrays of one layer of a stack. PyTorch's second bias is fixed at zero, where ours is the sum of both."""
    arrays = []
    for suffix in ("", "_reverse") if cell.bidirectional else ("",):
        part = {name: getattr(cell, f"{name}_l{depth}{suffix}")
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        units = cell.hidden_size
        part["bias_hh"].data.zero_()
        found = [("weight_input", part["weight_ih"].data), ("weight_hidden", part["weight_hh"].data),
                 ("bias", part["bias_ih"].data)]
        if gates == "apart":
            found.append(("bias_hidden", part["bias_hh"].data[2 * units:]))
            part["bias_hh"].register_hook(lambda slope: slope * (torch.arange(len(slope)) >= 2 * units))
        else:
            part["bias_hh"].requires_grad_(False)
        for name, view in found:
            arrays.append(Array(layer, len(arrays), name + suffix, view, scale=0.4))
    return arrays


def recurrent(kind, make, options, layers=1, both=False, output="last", lengths=False, train=SGD):
    """Over sequences of 5 steps of 3 numbers; one layer of the chain for each of the stack."""
    cell = make(3, 7, layers, batch_first=True, bidirectional=both).double()
    ways = 2 if both else 1
    dense = torch.nn.Linear(7 * ways * (5 if output == "all" else 1), 2).double()

    def forward(x, used):
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, used, batch_first=True, enforce_sorted=False)
        out, state = cell(packed)
        if output == "all":
            return dense(torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=5)[0].flatten(1))
        state = state[0] if kind == "lstm" else state
        return dense(state[-ways:].transpose(0, 1).flatten(1))

    arrays = [a for depth in range(layers)
              for a in recurrent_weights(depth, cell, depth, "apart" if kind == "gru" else "summed")]
    return Case(f"  - {kind}: {{units: 7{options}}}\n", [*arrays, *weights(layers, dense)],
                Forward(forward, cell, dense), (5, 3), 2, train=train, lengths=lengths)


def embedding(task):
    """Of 11 tokens; the next-token output is a dense layer at each step."""
    table = torch.nn.Embedding(11, 4).double()
    arrays = [Array(0, 0, "weight", table.weight.data, scale=1.0)]
    if task == "next_token":
        cell, dense = torch.nn.GRU(4, 6, batch_first=True).double(), torch.nn.Linear(6, 11).double()
        return Case("  - embedding: 4\n  - gru: {units: 6, output: all}\n",
                    [*arrays, *recurrent_weights(1, cell, 0, "apart"), *weights(2, dense)],
                    Forward(lambda x, used: dense(cell(table(x))[0]), table, cell, dense), (6,), 11, task,
                    vocabulary=11)
    dense = torch.nn.Linear(24, 3).double()
    return Case("  - embedding: {size: 4}\n", [*arrays, *weights(1, dense)],
                Forward(lambda x, used: dense(table(x).flatten(1)), table, dense), (6,), 3, task, ADAM, vocabulary=11)


def convolution(layer, module):
    """Channels last, as in [filters][kernel][kernel][c / groups]."""
    arrays = [Array(layer, 0, "weight", module.weight.data.movedim(1, -1))]
    return arrays + ([Array(layer, 1, "bias", module.bias.data, scale=0.3)] if module.bias is not None else [])


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def images():
    """conv2d, with and without groups, batchnorm of channels, both kinds of windows, mean of all places."""
    a, b = torch.nn.Conv2d(2, 4, 3, padding=1).double(), torch.nn.Conv2d(4, 6, 3, 2, 1, groups=2, bias=False).double()
    n, out = torch.nn.BatchNorm2d(6).double(), torch.nn.Linear(6, 3).double()
    pool = torch.nn.functional

    def forward(x, used):
        h = pool.max_pool2d(torch.tanh(a(first(x))), 2)
        h = pool.avg_pool2d(torch.relu(n(b(h))), 3, 1, 1)
        return out(h.mean((2, 3)))

    return Case("  - conv2d: {filters: 4, activation: tanh}\n  - maxpool: 2\n"
                "  - conv2d: {filters: 6, stride: 2, padding: 1, groups: 2, bias: false, activation: identity}\n"
                "  - batchnorm: {}\n  - activation: relu\n  - avgpool: {size: 3, stride: 1, padding: 1}\n"
                "  - globalpool: {}\n",
                [*convolution(0, a), *convolution(2, b), *norm(3, n), *weights(7, out)],
                Forward(forward, a, b, n, out), (8, 6, 2), 3, "classification")


def signals():
    """conv1d with dilation, overlapping windows, the greatest of all steps."""
    a, b = torch.nn.Conv1d(3, 5, 3, dilation=2).double(), torch.nn.Conv1d(5, 4, 2, 2).double()
    out = torch.nn.Linear(4, 2).double()

    def forward(x, used):
        h = torch.nn.functional.max_pool1d(torch.tanh(a(first(x))), 3, 2)
        return out(torch.tanh(b(h)).amax(2))

    return Case("  - conv1d: {filters: 5, dilation: 2, padding: valid, activation: tanh}\n"
                "  - maxpool: {size: 3, stride: 2}\n"
                "  - conv1d: {filters: 4, kernel: 2, stride: 2, padding: valid, activation: tanh}\n"
                "  - globalpool: max\n",
                [*convolution(0, a), *convolution(2, b), *weights(4, out)], Forward(forward, a, b, out), (13, 3), 2)


def cnn():
    a, b = torch.nn.Conv2d(1, 3, 3, padding=1).double(), torch.nn.Conv2d(3, 6, 3, padding=1).double()
    c, out = torch.nn.Linear(12, 7).double(), torch.nn.Linear(7, 4).double()
    pool = torch.nn.functional.max_pool2d

    def forward(x, used):
        h = pool(torch.relu(b(pool(torch.relu(a(first(x))), 2))), 2)
        return out(torch.relu(c(last(h).flatten(1))))

    return Case("  cnn: {blocks: 2, filters: 3, units: 7, dropout: 0}\n",
                [*convolution(0, a), *convolution(2, b), *weights(4, c), *weights(5, out)],
                Forward(forward, a, b, c, out), (8, 6, 1), 4, "classification", ADAM)


def resnet():
    """A block of the same shape, and one that halves the image; batchnorms hold the activations behind them."""
    def pair(layer, *shape):
        conv, of = torch.nn.Conv2d(*shape, bias=False).double(), torch.nn.BatchNorm2d(shape[1]).double()
        arrays.extend([*convolution(layer, conv), *norm(layer + 1, of)])
        modules.extend([conv, of])
        return torch.nn.Sequential(conv, of)

    arrays, modules, relu = [], [], torch.relu
    stem = pair(0, 1, 3, 3, 1, 1)
    a, b = pair(3, 3, 3, 3, 1, 1), pair(5, 3, 3, 3, 1, 1)
    side, c, d = pair(9, 3, 6, 1, 2, 0), pair(12, 3, 6, 3, 2, 1), pair(14, 6, 6, 3, 1, 1)
    out = torch.nn.Linear(6, 3).double()

    def forward(x, used):
        h = relu(stem(first(x)))
        h = relu(b(relu(a(h))) + h)
        return out(relu(d(relu(c(h))) + side(h)).mean((2, 3)))

    return Case("  resnet: {stages: 2, blocks: 1, filters: 3}\n", [*arrays, *weights(18, out)],
                Forward(forward, *modules, out), (6, 6, 1), 3, "classification")


def seen(used, steps):
    return torch.arange(steps)[None, :] < used[:, None]


def attention_weights(layer, module):
    return [Array(layer, 0, "weight_input", module.in_proj_weight.data),
            Array(layer, 1, "bias_input", module.in_proj_bias.data, scale=0.3),
            Array(layer, 2, "weight_output", module.out_proj.weight.data),
            Array(layer, 3, "bias_output", module.out_proj.bias.data, scale=0.3)]


def attention(causal, lengths):
    """Behind positions, learned ones where all steps are used."""
    steps, width = 5, 6
    attend = torch.nn.MultiheadAttention(width, 2, batch_first=True).double()
    out, place = torch.nn.Linear(steps * width, 2).double(), torch.nn.Embedding(steps, width).double()
    mask = torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1) if causal else None

    def forward(x, used):
        there = seen(used, steps)
        h = (x + (sinusoidal(steps, width) if lengths else place.weight)) * there[:, :, None]
        h = attend(h, h, h, key_padding_mask=~there, attn_mask=mask, need_weights=False)[0] * there[:, :, None]
        return out(h.flatten(1))

    arrays = [] if lengths else [Array(0, 0, "weight", place.weight.data)]
    return Case(f"  - positional: {{kind: {'sinusoidal' if lengths else 'learned'}}}\n"
                f"  - attention: {{heads: 2, causal: {str(causal).lower()}}}\n",
                [*arrays, *attention_weights(1, attend), *weights(2, out)],
                Forward(forward, attend, out, *([] if lengths else [place])), (steps, width), 2, lengths=lengths)


def sinusoidal(steps, width):
    t, j = torch.meshgrid(torch.arange(steps), torch.arange(width), indexing="ij")
    angle = t.double() * 10000.0 ** (-(2 * (j // 2)).double() / width)
    return torch.where(j % 2 == 0, torch.sin(angle), torch.cos(angle))


def block(layer, width, hidden, pre, activation):
    """A transformer block and its arrays."""
    module = torch.nn.TransformerEncoderLayer(width, 2, hidden, 0.0, activation, batch_first=True,
                                              norm_first=pre).double()
    arrays = attention_weights(layer, module.self_attn)
    for number, linear in (("1", module.linear1), ("2", module.linear2)):
        arrays += [Array(layer, len(arrays), "weight_linear" + number, linear.weight.data),
                   Array(layer, len(arrays) + 1, "bias_linear" + number, linear.bias.data, scale=0.3)]
    for number, of in (("1", module.norm1), ("2", module.norm2)):
        arrays += [Array(layer, len(arrays), "weight_norm" + number, of.weight.data, 1, 0.3),
                   Array(layer, len(arrays) + 1, "bias_norm" + number, of.bias.data, 0, 0.3)]
    return module, arrays


def transformer():
    """Blocks alone, on rows of different lengths."""
    a, of_a = block(0, 4, 9, False, "gelu")
    b, of_b = block(1, 4, 9, False, "gelu")
    out = torch.nn.Linear(20, 2).double()

    def forward(x, used):
        there = seen(used, 5)
        h = b(a(x, src_key_padding_mask=~there), src_key_padding_mask=~there)
        return out((h * there[:, :, None]).flatten(1))

    return Case("  - transformer: {layers: 2, heads: 2, feedforward: 9, norm: post, activation: gelu}\n",
                [*of_a, *of_b, *weights(2, out)], Forward(forward, a, b, out), (5, 4), 2, lengths=True)


def language_model():
    """The family, of tokens: embedding, positions, a block, a last normalisation, an output at each step."""
    table, last_norm = torch.nn.Embedding(7, 6).double(), torch.nn.LayerNorm(6).double()
    a, of_a = block(2, 6, 10, True, "relu")
    out = torch.nn.Linear(6, 7).double()
    mask = torch.triu(torch.ones(6, 6, dtype=torch.bool), 1)
    return Case("  transformer: {layers: 1, width: 6, heads: 2, feedforward: 10, dropout: 0}\n",
                [Array(0, 0, "weight", table.weight.data, scale=1.0), *of_a, *norm(3, last_norm), *weights(4, out)],
                Forward(lambda x, used: out(last_norm(a(table(x) + sinusoidal(6, 6), src_mask=mask))),
                        table, a, last_norm, out), (6,), 7, "next_token", vocabulary=7)


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
    "residual": residual,
    "concat": branches,
    "concat_image": inception,
    "rnn": lambda: recurrent("rnn", torch.nn.RNN, ""),
    "rnn_stacked": lambda: recurrent("rnn", torch.nn.RNN, ", layers: 2, output: all", layers=2, output="all"),
    "lstm": lambda: recurrent("lstm", torch.nn.LSTM, "", train=ADAM),
    "lstm_both_lengths": lambda: recurrent(
        "lstm", torch.nn.LSTM, ", layers: 2, bidirectional: true", layers=2, both=True, lengths=True),
    "gru": lambda: recurrent("gru", torch.nn.GRU, ", output: all", output="all"),
    "gru_lengths": lambda: recurrent("gru", torch.nn.GRU, ", bidirectional: true", both=True, lengths=True),
    "embedding": lambda: embedding("classification"),
    "next_token": lambda: embedding("next_token"),
    "conv2d": images,
    "conv1d": signals,
    "cnn": cnn,
    "resnet": resnet,
    "attention": lambda: attention(False, False),
    "attention_causal_lengths": lambda: attention(True, True),
    "transformer_lengths": transformer,
    "transformer_next_token": language_model,
}


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or CASES:
        (FOLDER / f"{name}.txt").write_text(CASES[name]().text())


if __name__ == "__main__":
    main()
