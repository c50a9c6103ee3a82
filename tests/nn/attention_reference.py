#!/usr/bin/env python3
"""Prints attention_reference.h: what torch (1.13, in double precision) makes of the networks of test_attention.c. Of the
prediction and of each array's gradient three numbers are kept: its norm, and its products with sin(1 + 1.3 k) and with
cos(0.7 k). Weight k of array a is wave(k, a), the same in both programs; so are tokens, lengths and next tokens."""
import math

import numpy
import torch
from torch import nn

ROWS, VOCABULARY, WIDTH, HEADS, HIDDEN = 3, 7, 12, 3, 20


def wave(n, a, shift=0.0):
    k = torch.arange(n, dtype=torch.float64)
    return (shift + 0.3 * torch.sin(1.7 * k + a)).float().double()


def fill(parameters):
    with torch.no_grad():
        for a, p in enumerate(parameters):
            shift = 1.0 if getattr(p, "of_norm", False) else 0.0
            p.copy_(wave(p.numel(), a, shift).reshape(p.shape))


def tokens(steps):
    i, t = numpy.meshgrid(range(ROWS), range(steps), indexing="ij")
    return torch.tensor((i * 5 + t * t + t // 3) % VOCABULARY)


def lengths(steps):
    return torch.tensor([steps, 1, (steps + 1) // 2])


def used(steps, ragged):
    length = lengths(steps) if ragged else torch.full((ROWS,), steps)
    return torch.arange(steps)[None, :] < length[:, None]


def next_tokens(steps, ragged):
    i, t = numpy.meshgrid(range(ROWS), range(steps), indexing="ij")
    y = torch.tensor((3 * i + 2 * t + t // 4) % VOCABULARY)
    y[torch.tensor((i + t) % 5 == 3) | ~used(steps, ragged)] = -1
    return y


def summary(v):
    v = v.detach().flatten()
    k = torch.arange(v.numel(), dtype=torch.float64)
    return [v.norm().item(), (v * torch.sin(1 + 1.3 * k)).sum().item(), (v * torch.cos(0.7 * k)).sum().item()]


def show(name, loss, tensors):
    print(f'    {{"{name}",\n     {loss.item():.9g},\n     {{')
    for v in tensors:
        print("         {" + ", ".join(f"{x:.9g}" for x in summary(v)) + "},")
    print("     }},")


def masks(steps, ragged, causal):
    return (~used(steps, ragged) if ragged else None,
            torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1) if causal else None)


def block(norm, activation):
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, 0.0, activation, batch_first=True, norm_first=norm == "pre")
    for one in (layer.norm1, layer.norm2):
        one.weight.of_norm = True
    return layer.double()


def parameters_of(layer):
    if isinstance(layer, nn.MultiheadAttention):
        return [layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias]
    return parameters_of(layer.self_attn) + [layer.linear1.weight, layer.linear1.bias, layer.linear2.weight,
                                             layer.linear2.bias, layer.norm1.weight, layer.norm1.bias,
                                             layer.norm2.weight, layer.norm2.bias]


def run(layer, x, padding, causal):
    if isinstance(layer, nn.MultiheadAttention):
        return layer(x, x, x, key_padding_mask=padding, attn_mask=causal, need_weights=False)[0]
    return layer(x, src_mask=causal, src_key_padding_mask=padding)


def check(name, layer, steps, ragged, causal):
    """Embedding, layer; the loss is the rows' sum of the mean of squares, 0 behind used steps."""
    embedding = nn.Embedding(VOCABULARY, WIDTH).double()
    parameters = [embedding.weight] + parameters_of(layer)
    fill(parameters)
    y = run(layer, embedding(tokens(steps)), *masks(steps, ragged, causal)) * used(steps, ragged)[:, :, None]
    loss = (y ** 2).sum() / (steps * WIDTH)
    loss.backward()
    show(name, loss, [y] + [p.grad for p in parameters])


def positions(steps):
    t, j = torch.meshgrid(torch.arange(steps), torch.arange(WIDTH), indexing="ij")
    angle = t.double() * 10000.0 ** (-(2 * (j // 2)).double() / WIDTH)
    return torch.where(j % 2 == 0, torch.sin(angle), torch.cos(angle))


def check_next_token(name, steps, ragged, smoothing):
    """The family: embedding, positions, two blocks, a last normalisation, output at each step."""
    embedding, last = nn.Embedding(VOCABULARY, WIDTH).double(), nn.LayerNorm(WIDTH).double()
    output = nn.Linear(WIDTH, VOCABULARY).double()
    last.weight.of_norm = True
    blocks = [block("pre", "relu"), block("pre", "relu")]
    parameters = [embedding.weight] + sum(map(parameters_of, blocks), []) + [last.weight, last.bias, output.weight,
                                                                             output.bias]
    fill(parameters)
    x = embedding(tokens(steps)) + positions(steps)
    for one in blocks:
        x = run(one, x, *masks(steps, ragged, True))
    z = output(last(x))
    loss = nn.functional.cross_entropy(z.flatten(0, 1), next_tokens(steps, ragged).flatten(), ignore_index=-1,
                                       label_smoothing=smoothing, reduction="sum")
    loss.backward()
    p = torch.softmax(z, 2) * used(steps, ragged)[:, :, None]
    show(name, loss, [p] + [v.grad for v in parameters])


if __name__ == "__main__":
    print("/* Made by attention_reference.py. */")
    print("static const struct reference references[] = {")
    mha = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).double()
    for name, layer, steps, ragged, causal in (
            ("attention", mha, 5, False, False),
            ("attention, lengths", mha, 9, True, False),
            ("attention, causal", mha, 70, False, True),
            ("attention, causal, lengths", mha, 37, True, True),
            ("post", block("post", "relu"), 6, False, False),
            ("post, lengths", block("post", "gelu"), 9, True, False),
            ("pre", block("pre", "relu"), 6, False, False),
            ("pre, causal, lengths", block("pre", "gelu"), 37, True, True)):
        layer.zero_grad()
        check(name, layer, steps, ragged, causal)
    check_next_token("next token", 6, False, 0.0)
    check_next_token("next token, lengths, smoothing", 9, True, 0.1)
    print("};")
