#!/usr/bin/env python3
"""Prints recurrent_reference.h, the reference values of test_recurrent.c: torch's recurrent layers (1.13, in double)
over packed sequences behind a layer normalisation. Array a of a network (in muster's order) holds
0.5 sin(1 + 7 a + i), i its elements, and x 2 sin(i); the loss is the sum over rows of the mean of squares.
`narrow` has two stacked layers of two directions and its gradients in full; of `wide` (one layer, one direction, more
units than a vector has lanes) each array's gradient stands as its sums with cos(i) and cos(2 i)."""
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

KINDS = {"tanh": ("rnn", torch.nn.RNN, {"nonlinearity": "tanh"}), "relu": ("rnn", torch.nn.RNN, {"nonlinearity": "relu"}),
         "lstm": ("lstm", torch.nn.LSTM, {}), "gru": ("gru", torch.nn.GRU, {})}
SIZES = {"narrow": dict(channels=2, units=3, layers=2, directions=2, lengths=[2, 4, 1, 4, 3]),
         "wide": dict(channels=3, units=19, layers=1, directions=1, lengths=[3, 1, 5, 2])}


def waves(n, start):
    return torch.sin(start + torch.arange(n, dtype=torch.float64))


def fill(net, kind, units):
    """Sets the weights; returns for each of muster's arrays the places of its gradient: (parameter, first row)."""
    places, names = [], [n[len("weight_ih"):] for n, _ in net.named_parameters() if n.startswith("weight_ih")]
    for suffix in names:
        part = {n: getattr(net, n + suffix) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        part["bias_hh"].data.zero_()
        rows = {"weight_ih": 0, "weight_hh": 0, "bias_ih": 0}
        if kind == "gru":
            rows["bias_hh"] = 2 * units
        for name, first in rows.items():
            into = part[name].data[first:]
            into.copy_(0.5 * waves(into.numel(), 1 + 7 * len(places)).reshape(into.shape))
            places.append((part[name], first))
    return places


def show(name, values):
    values = [f"{v:.9g}f" for v in values.detach().flatten().tolist()]
    values = [v if "." in v or "e" in v else v[:-1] + ".0f" for v in values]
    print(f"static const float {name}[] = {{")
    for i in range(0, len(values), 6):
        print("    " + ", ".join(values[i:i + 6]) + ",")
    print("};")


def gradient(places, whole):
    found = [p.grad[first:].flatten() for p, first in places]
    if whole:
        return torch.cat(found)
    turns = [torch.arange(len(g), dtype=torch.float64) for g in found]
    return torch.stack([torch.stack([g @ torch.cos(i), g @ torch.cos(2 * i)]) for g, i in zip(found, turns)])


def case(label, kind, cell, options, output, size, channels, units, layers, directions, lengths):
    rows, steps = len(lengths), max(lengths)
    net = cell(channels, units, layers, batch_first=True, bidirectional=directions == 2, **options).double()
    places = fill(net, kind, units)
    x = 2 * waves(rows * steps * channels, 0).reshape(rows, steps, channels)
    for i, n in enumerate(lengths):
        x[i, n:] = 0
    z = torch.nn.functional.layer_norm(x, [channels]).requires_grad_()
    packed, h = net(pack_padded_sequence(z, lengths, batch_first=True, enforce_sorted=False))
    if output == "all":
        y = pad_packed_sequence(packed, batch_first=True)[0].reshape(rows, -1)
    else:
        h = h[0] if kind == "lstm" else h
        y = h[-directions:].transpose(0, 1).reshape(rows, -1)
    (y ** 2).mean(1).sum().backward()
    name = f"{size}_{label}_{output}"
    show(name + "_y", y)
    show(name + "_dx", z.grad)
    show(name + "_gradient", gradient(places, size == "narrow"))
    return (f"    {{\"{kind}\", {int(label == 'relu')}, {int(output == 'all')}, {channels}, {units}, {layers}, {directions}, "
            f"{rows}, {steps}, {{{', '.join(map(str, lengths))}}}, {name}_y, {name}_dx, {name}_gradient}},")


if __name__ == "__main__":
    print("/* Written by recurrent_reference.py. */\n/* clang-format off */")
    entries = [case(label, kind, cell, options, output, size, **SIZES[size])
               for size in SIZES for label, (kind, cell, options) in KINDS.items() for output in ("last", "all")]
    print("static const struct reference references[] = {\n" + "\n".join(entries) + "\n};\n/* clang-format on */")
