#!/usr/bin/env python3
"""Prints the reference values of test_schedule.c: rates of torch.optim.lr_scheduler (1.13) from 0.2 over 40
epochs of 10 steps."""
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

warnings.simplefilter("ignore")


def rates(kind, steps, losses=None, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2, momentum=0.9)
    schedule = kind(optimizer, **options)
    found = []
    for t in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([losses[t]] if losses else []))
    return found


def show(name, values, places):
    print(f"{name:20}", ", ".join(f"{{{p}, {values[p]:.9g}}}" for p in places))


if __name__ == "__main__":
    epochs, steps = [0, 6, 7, 20, 39], [3, 63, 118, 119, 120, 203, 393, 399]
    show("step", rates(schedulers.StepLR, 40, step_size=7, gamma=0.5), epochs)
    show("exponential", rates(schedulers.ExponentialLR, 40, gamma=0.9), epochs)
    show("cosine", rates(schedulers.CosineAnnealingLR, 400, T_max=400, eta_min=0.01), steps)
    show("one_cycle", rates(schedulers.OneCycleLR, 400, max_lr=0.2, total_steps=400), steps)
    losses = [max(1.0 / (t + 1), 0.2) for t in range(40)]
    show("reduce_on_plateau", rates(schedulers.ReduceLROnPlateau, 40, losses, patience=3, min_lr=0.0005),
         [4, 8, 9, 12, 13, 17, 39])
