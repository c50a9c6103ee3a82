#!/usr/bin/env python3
"""Prints the reference values of test_loss_options.c: cross-entropy of torch 1.13 with class weights and
label smoothing, its binary cross-entropy and losses of regression, as sums over rows, with their slopes."""
import torch
import torch.nn.functional as F

Z = [[0.5, -1.25, 2.0], [-3.0, 0.25, 0.75], [4.0, 4.0, -4.0], [0.0, 1.5, -0.5]]
Y = [2, 0, 1, 1]
WEIGHTS = [0.5, 2.0, 1.25]
LABELS = [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
TARGETS = [[0.75, -1.0, 0.0], [-3.0, 2.25, 0.5], [1.0, 4.25, -4.5], [0.5, 1.5, 1.0]]


def show(name, loss):
    z = torch.tensor(Z, requires_grad=True)
    value = loss(z)
    value.backward()
    print(f"{name}: {value.item():.9g}f, {{" + ", ".join(f"{v:.9g}f" for v in z.grad.flatten()) + "}")


if __name__ == "__main__":
    y, w, t = torch.tensor(Y), torch.tensor(WEIGHTS), torch.tensor(TARGETS)
    for smoothing, weight in ((0.0, None), (0.1, None), (0.0, w), (0.1, w)):
        show(
            f"cross_entropy {smoothing} {weight is not None}",
            lambda z: F.cross_entropy(z, y, weight=weight, label_smoothing=smoothing, reduction="sum"),
        )
    labels = torch.tensor(LABELS)
    for smoothing, weight in ((0.0, None), (0.1, None), (0.0, w), (0.1, w)):
        show(
            f"binary_cross_entropy {smoothing} {weight is not None}",
            lambda z: F.binary_cross_entropy_with_logits(
                z, (1 - smoothing) * labels + smoothing / 2, pos_weight=weight, reduction="sum"
            )
            / 3,
        )
    show("mse", lambda z: F.mse_loss(z, t, reduction="sum") / 3)
    show("mae", lambda z: F.l1_loss(z, t, reduction="sum") / 3)
    show("huber 0.5", lambda z: F.huber_loss(z, t, reduction="sum", delta=0.5) / 3)
    show("pinball 0.2", lambda z: torch.maximum(0.2 * (t - z), 0.8 * (z - t)).sum() / 3)
