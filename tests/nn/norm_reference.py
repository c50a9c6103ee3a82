#!/usr/bin/env python3
"""Prints the reference values of test_norm.c: torch's batch and layer normalisation (1.13) of four rows [2][3],
x = 3 sin(1, 2, ...), with weight (1.5, 0.5, -1) and bias (0.25, 0, -0.5); loss: the sum over rows of the mean
of squares; after two training passes the prediction."""
import torch

x = (3 * torch.sin(torch.arange(1, 25, dtype=torch.float64))).reshape(4, 2, 3)


def show(name, values):
    print(f"{name:24}", ", ".join(f"{v:.9g}f" for v in values.detach().flatten().tolist()))


def check(name, norm, forward):
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.5, 0.5, -1.0]))
        norm.bias.copy_(torch.tensor([0.25, 0.0, -0.5]))
    for _ in range(2):
        norm.zero_grad()
        loss = (forward(x) ** 2).sum() / 6
        loss.backward()
    show(name + " loss", loss)
    show(name + " weight", norm.weight.grad)
    show(name + " bias", norm.bias.grad)
    for key, value in norm.named_buffers():
        if value.numel() == 3:
            show(name + " " + key, value)
    norm.eval()
    show(name + " predicted", forward(x)[:1])


if __name__ == "__main__":
    batch = torch.nn.BatchNorm1d(3).double()
    check("batch", batch, lambda v: batch(v.transpose(1, 2)).transpose(1, 2))
    layer = torch.nn.LayerNorm(3).double()
    check("layer", layer, layer)
