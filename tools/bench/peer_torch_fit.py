"""The peer of bench_train in PyTorch: fits of the MLP 64-64-32-10 as a careful user writes them (eager,
the rows in memory, one thread) on the same rows, configurations and numbers of epochs. One line a
fit on standard output: CPU seconds and accuracy.

usage: peer_torch_fit.py DATA CONFIGS OPTIMIZER EPOCHS INDEX...
"""
import json
import sys
import time

import h5py
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
data, configs, optimizer, epochs, *indices = sys.argv[1:]
with h5py.File(data) as file:
    x, y = file["x"][:], file["y"][:]
x = (x.reshape(len(x), -1) / 16).astype(np.float32)
fold = np.zeros(len(y), int)  # row i is the c-th of its class: fold c mod 3
for label in np.unique(y):
    rows = np.flatnonzero(y == label)
    fold[rows] = np.arange(len(rows)) % 3
train_x, train_y = torch.from_numpy(x[fold != 0]), torch.from_numpy(y[fold != 0].astype(np.int64))
valid_x, valid_y = torch.from_numpy(x[fold == 0]), torch.from_numpy(y[fold == 0].astype(np.int64))
configs = json.load(open(configs))["configs"]
for i in map(int, indices):
    torch.manual_seed(0)
    rate, batch = configs[i]["learning_rate_init"], configs[i]["batch_size"]
    start = time.process_time()
    net = nn.Sequential(
        nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    if optimizer == "sgd":
        step = torch.optim.SGD(
            net.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=1e-4)
    else:
        step = torch.optim.Adam(net.parameters(), rate, weight_decay=1e-4)
    for _ in range(int(epochs)):
        for index in torch.randperm(len(train_x)).split(batch):
            loss = F.cross_entropy(
                net(train_x.index_select(0, index)), train_y.index_select(0, index))
            step.zero_grad(set_to_none=True)
            loss.backward()
            step.step()
    seconds = time.process_time() - start
    with torch.no_grad():
        accuracy = (net(valid_x).argmax(1) == valid_y).float().mean().item()
    print(seconds, accuracy, flush=True)
