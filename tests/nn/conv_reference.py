#!/usr/bin/env python3
"""Writes conv_reference.h, or as `conv_reference.py resnet` resnet_reference.h: torch's (1.13) convolutions and pools of two rows, in float64, channels last.
x = sin(1.3 i), weights cos(0.7 i) / 2, biases cos(1.1 i), targets sin(0.9 i), i = 1, 2, ...; the loss is the sum over
rows of the mean of squares. Stored: output, and gradients of x, weight and bias. For the network the same of the family
resnet with two stages of a block each: the k-th array is cos((0.7 + 0.1 k) i) / 2, and batchnorm's weights 1 more."""
import sys

import torch
import torch.nn.functional as F

ROWS = 2
# kind, shape of a row, options of the study file
CASES = [
    ("conv2d", (7, 6, 4), dict(filters=6)),
    ("conv2d", (7, 6, 4), dict(filters=6, stride=2, padding=1)),
    ("conv2d", (7, 6, 4), dict(filters=5, padding="valid", dilation=2)),
    ("conv2d", (7, 6, 4), dict(filters=6, groups=2, padding=1)),
    ("conv2d", (7, 6, 4), dict(filters=3, kernel=2, padding="same")),
    ("conv2d", (7, 6, 4), dict(filters=3, kernel=5, stride=3, padding=2)),
    ("conv2d", (9, 8, 4), dict(filters=6, groups=2, stride=2, dilation=2, padding=2)),
    ("conv2d", (5, 4, 4), dict(filters=8, groups=4)),
    ("conv2d", (7, 6, 2), dict(filters=4, kernel=1, stride=2, padding="valid")),
    ("conv2d", (6, 5, 1), dict(filters=17, padding="valid", bias="false")),
    ("conv2d", (5, 6, 2), dict(filters=3, kernel=3, stride=1, padding=3)),
    ("conv1d", (11, 3), dict(filters=5)),
    ("conv1d", (11, 3), dict(filters=5, kernel=4, stride=2, padding=1)),
    ("conv1d", (11, 4), dict(filters=4, groups=2, dilation=3, padding="valid")),
    ("conv1d", (12, 2), dict(filters=3, kernel=5, stride=3, padding=4)),
    ("maxpool", (6, 4, 3), dict()),
    ("maxpool", (7, 6, 3), dict(size=3, stride=2, padding=1)),
    ("maxpool", (5, 3, 17), dict(size=2)),
    ("maxpool", (9, 5), dict(size=3, stride=2)),
    ("avgpool", (6, 4, 3), dict()),
    ("avgpool", (7, 6, 3), dict(size=3, stride=1, padding=1)),
    ("avgpool", (9, 5), dict(size=4, stride=3)),
    ("globalpool", (5, 4, 3), dict()),
    ("globalpool", (9, 5), dict(kind="max")),
]


def wave(function, step, shape):
    n = int(torch.tensor(shape).prod())
    return function(step * torch.arange(1, n + 1, dtype=torch.float64)).reshape(shape)


def first(v):  # channels first
    return v.movedim(-1, 1)


def last(v):
    return v.movedim(1, -1)


def convolve(x, weight, bias, o):
    function = F.conv2d if x.dim() == 4 else F.conv1d
    return last(function(first(x), first(weight), bias, stride=o.get("stride", 1), padding=o.get("padding", "same"),
                         dilation=o.get("dilation", 1), groups=o.get("groups", 1)))


def pool(kind, x, o):
    d = x.dim() - 2
    if kind == "globalpool":
        places = tuple(range(1, d + 1))
        return x.amax(places) if o else x.mean(places)
    function = getattr(F, kind[:3] + {"max": "_pool", "avg": "_pool"}[kind[:3]] + f"{d}d")
    size = o.get("size", 2)
    return last(function(first(x), size, o.get("stride", size), o.get("padding", 0)))


def run(kind, shape, o):
    x = wave(torch.sin, 1.3, (ROWS, *shape)).requires_grad_()
    weight = bias = None
    if kind.startswith("conv"):
        kernel = (o.get("kernel", 3),) * (len(shape) - 1)
        weight = (wave(torch.cos, 0.7, (o["filters"], *kernel, shape[-1] // o.get("groups", 1))) / 2).requires_grad_()
        if o.get("bias") != "false":
            bias = wave(torch.cos, 1.1, (o["filters"],)).requires_grad_()
        y = convolve(x, weight, bias, o)
    else:
        y = pool(kind, x, o)
    loss = ((y - wave(torch.sin, 0.9, y.shape)) ** 2).flatten(1).mean(1).sum()
    loss.backward()
    return y, x.grad, None if weight is None else weight.grad, None if bias is None else bias.grad


def floats(name, values):
    if values is None:
        return "NULL", ""
    numbers = ", ".join(f"{v:#.6g}f" for v in values.detach().flatten().tolist())
    return name, f"static const float {name}[] = {{{numbers}}};\n"


def option(name, value):
    if isinstance(value, str):
        number = {"false": 0, "max": 1}.get(value, "NAN")
        return f'{{"{name}", {number}, "{value}"}}'
    return f'{{"{name}", {value}, NULL}}'


def main():
    table = ""
    print("/* Made by conv_reference.py. */\n/* clang-format off */")
    for i, (kind, shape, options) in enumerate(CASES):
        names = []
        for what, values in zip(("y", "dx", "weight", "bias"), run(kind, shape, options)):
            name, text = floats(f"{what}_{i}", values)
            names.append(name)
            print(text, end="")
        if kind.startswith("conv"):
            options = dict(options, activation="identity")
        table += "    {%s},\n" % ", ".join([f'"{kind}"', f"{{{len(shape)}, {{{', '.join(map(str, shape))}}}}}",
                                            "{" + ", ".join(option(*o) for o in options.items()) + "}"
                                            if options else "{{NULL, 0, NULL}}", *names])
    print(f"static const struct reference references[] = {{\n{table}}};\n/* clang-format on */")


def conv(below, above, kernel, stride):
    layer = torch.nn.Conv2d(below, above, kernel, stride, kernel // 2, bias=False).double()
    return torch.nn.Sequential(layer, torch.nn.BatchNorm2d(above).double())


class Net(torch.nn.Module):
    """In the order of the chain."""

    def __init__(self, channels, filters, outputs):
        super().__init__()
        self.stem = conv(channels, filters, 3, 1)
        self.a1, self.a2 = conv(filters, filters, 3, 1), conv(filters, filters, 3, 1)
        self.side = conv(filters, 2 * filters, 1, 2)
        self.b1, self.b2 = conv(filters, 2 * filters, 3, 2), conv(2 * filters, 2 * filters, 3, 1)
        self.out = torch.nn.Linear(2 * filters, outputs).double()

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = F.relu(x + self.a2(F.relu(self.a1(x))))
        x = F.relu(self.side(x) + self.b2(F.relu(self.b1(x))))
        return self.out(x.mean((2, 3)))


def network():
    net = Net(2, 3, 4)
    with torch.no_grad():
        for k, (name, array) in enumerate(net.named_parameters()):
            shape = tuple(array.shape)
            value = wave(torch.cos, 0.7 + 0.1 * k, (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape) / 2
            value = value + 1 if name.endswith(".1.weight") else value
            array.copy_(first(value) if len(shape) == 4 else value)
    x = wave(torch.sin, 1.3, (ROWS, 6, 5, 2)).requires_grad_()
    y = net(first(x))
    (((y - wave(torch.sin, 0.9, y.shape)) ** 2).mean(1).sum()).backward()
    grads = [last(p.grad).flatten() if p.dim() == 4 else p.grad.flatten() for p in net.parameters()]
    print("/* Made by conv_reference.py resnet. */\n/* clang-format off */")
    for name, values in (("resnet_y", y), ("resnet_dx", x.grad), ("resnet_gradients", torch.cat(grads))):
        print(floats(name, values)[1], end="")
    print("/* clang-format on */")


if __name__ == "__main__":
    network() if sys.argv[1:] == ["resnet"] else main()
