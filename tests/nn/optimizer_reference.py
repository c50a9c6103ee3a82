#!/usr/bin/env python3
"""Prints the reference values of test_optimizer.c: four steps of torch.optim (1.13); lamb and lion, which
PyTorch does not have, from their papers' lines in double precision; so is nadam, since 1.13 multiplies
mu_product by mu twice in mu_product_next."""
import math

import torch

RATES = [0.1, 0.05, 0.1, 0.1]


def gradient(t):
    return [0.3, -0.2 * (t + 1), 0.0 if t % 2 else 1.5]


def by_torch(kind, **options):
    w = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
    optimizer = kind([w], lr=0.1, **options)
    for t, rate in enumerate(RATES):
        optimizer.param_groups[0]["lr"] = rate
        w.grad = torch.tensor(gradient(t))
        optimizer.step()
    return w.tolist()


def nadam(decay=0.0, beta1=0.9, beta2=0.999, momentum_decay=0.004, epsilon=1e-8):
    w, m, v, product = [1.0, -2.0, 0.5], [0.0] * 3, [0.0] * 3, 1.0
    for t, rate in enumerate(RATES, 1):
        mu, following = (beta1 * (1 - 0.5 * 0.96 ** (s * momentum_decay)) for s in (t, t + 1))
        product *= mu
        for i, g in enumerate(gradient(t - 1)):
            g += decay * w[i]
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g**2
            step = (1 - mu) / (1 - product) * g + following / (1 - product * following) * m[i]
            w[i] -= rate * step / (math.sqrt(v[i] / (1 - beta2**t)) + epsilon)
    return w


def lamb(arrays, decay, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """`arrays`: lists of places, each with norms of its own."""
    w, m, v = [1.0, -2.0, 0.5], [0.0] * 3, [0.0] * 3
    for t, rate in enumerate(RATES, 1):
        g = gradient(t - 1)
        for array in arrays:
            u = {}
            for i in array:
                m[i] = beta1 * m[i] + (1 - beta1) * g[i]
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
                u[i] = m[i] / (1 - beta1**t) / (math.sqrt(v[i] / (1 - beta2**t)) + epsilon) + decay * w[i]
            ratio = math.hypot(*(w[i] for i in array)) / math.hypot(*u.values())
            for i in array:
                w[i] -= rate * ratio * u[i]
    return w


def lion(decay, beta1=0.9, beta2=0.99):
    w, m = [1.0, -2.0, 0.5], [0.0] * 3
    for t, rate in enumerate(RATES):
        for i, g in enumerate(gradient(t)):
            c = beta1 * m[i] + (1 - beta1) * g
            w[i] -= rate * ((c > 0) - (c < 0) + decay * w[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g
    return w


def show(name, values):
    print(f"{name:32}", ", ".join(f"{v:.9g}f" for v in values))


if __name__ == "__main__":
    optim = torch.optim
    show("sgd", by_torch(optim.SGD, weight_decay=0.01))
    show("sgd momentum", by_torch(optim.SGD, weight_decay=0.01, momentum=0.9))
    show("sgd nesterov", by_torch(optim.SGD, weight_decay=0.01, momentum=0.9, nesterov=True))
    show("adam", by_torch(optim.Adam, weight_decay=0.01))
    show("adam betas", by_torch(optim.Adam, betas=(0.8, 0.95), eps=1e-3))
    show("adamw", by_torch(optim.AdamW, weight_decay=0.05))
    show("nadam", nadam(0.01))
    show("nadam betas", nadam(0.0, 0.8, 0.95, 0.1))
    show("rmsprop", by_torch(optim.RMSprop, weight_decay=0.01))
    show("rmsprop momentum centered", by_torch(optim.RMSprop, alpha=0.9, momentum=0.5, centered=True))
    show("adagrad", by_torch(optim.Adagrad, weight_decay=0.01, eps=1e-8))
    show("lamb one array", lamb([[0, 1, 2]], 0.05))
    show("lamb 1 + 2", lamb([[0], [1, 2]], 0.05))
    show("lion", lion(0.05))
    show("lion betas", lion(0.0, 0.5, 0.8))
