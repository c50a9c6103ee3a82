"""The peer of bench_train: fits of scikit-learn's MLPClassifier on the same rows, configurations and
numbers of epochs. One line a fit on standard output: CPU seconds and accuracy.

usage: peer_sklearn.py DATA CONFIGS OPTIMIZER EPOCHS INDEX...
"""
import json
import sys
import time
import warnings

import h5py
import numpy as np
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")
data, configs, optimizer, epochs, *indices = sys.argv[1:]
with h5py.File(data) as file:
    x, y = file["x"][:], file["y"][:]
x = (x.reshape(len(x), -1) / 16).astype(np.float32)
fold = np.zeros(len(y), int)  # row i is the c-th of its class: fold c mod 3
for label in np.unique(y):
    rows = np.flatnonzero(y == label)
    fold[rows] = np.arange(len(rows)) % 3
configs = json.load(open(configs))["configs"]
for i in map(int, indices):
    net = MLPClassifier(
        (64, 32), solver=optimizer, alpha=1e-4, max_iter=int(epochs), tol=0.0, n_iter_no_change=10**6,
        momentum=0.9, nesterovs_momentum=True, random_state=0, **configs[i])
    start = time.process_time()
    net.fit(x[fold != 0], y[fold != 0])
    seconds = time.process_time() - start
    print(seconds, net.score(x[fold == 0], y[fold == 0]), flush=True)
