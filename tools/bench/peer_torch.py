"""The peer of bench_models: training steps of the same networks in PyTorch, one thread. For each
line MODEL OPTIMIZER BATCH SECONDS on standard input one line on standard output: processor seconds a
step (forward, backward, update). Convolutional networks are timed with both memory layouts, and the
better one counts.
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.skip = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.skip = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.skip(x))


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(32, 128, batch_first=True)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.encoder(x).mean(1))


def mlp(units):
    return nn.Sequential(
        nn.Linear(784, units), nn.ReLU(), nn.Linear(units, units), nn.ReLU(), nn.Linear(units, 10))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10))


def resnet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1),
        Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(64, 10))


MODELS = {
    "mlp512": (lambda: mlp(512), (784,)),
    "mlp2048": (lambda: mlp(2048), (784,)),
    "cnn": (cnn, (1, 28, 28)),
    "resnet": (resnet, (1, 28, 28)),
    "lstm": (lambda: Recurrent(nn.LSTM), (64, 32)),
    "gru": (lambda: Recurrent(nn.GRU), (64, 32)),
    "transformer": (Transformer, (64, 64)),
}


class Training:
    def __init__(self, name, optimizer, batch, layout):
        make, shape = MODELS[name]
        torch.manual_seed(0)
        self.net = make().to(memory_format=layout)
        self.x = [torch.randn(batch, *shape).contiguous(memory_format=layout) if len(shape) == 3
                  else torch.randn(batch, *shape) for _ in range(4)]
        self.y = torch.randint(0, 10, (4, batch))
        self.steps = 0
        if optimizer == "sgd":
            self.optimizer = torch.optim.SGD(self.net.parameters(), 0.01, momentum=0.9)
        else:
            self.optimizer = torch.optim.Adam(self.net.parameters(), 1e-3)
        for _ in range(3):
            self.step()

    def step(self):
        i = self.steps % 4
        self.steps += 1
        loss = F.cross_entropy(self.net(self.x[i]), self.y[i])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def seconds(self, enough):
        start, spent, steps = time.process_time(), 0.0, 0
        while spent < enough:
            self.step()
            steps += 1
            spent = time.process_time() - start
        return spent / steps


torch.set_num_threads(1)
trainings = {}
for line in sys.stdin:
    name, optimizer, batch, enough = line.split()
    key = name, optimizer, batch
    if key not in trainings:
        layouts = [torch.contiguous_format]
        if len(MODELS[name][1]) == 3:
            layouts.append(torch.channels_last)
        trainings = {key: [Training(name, optimizer, int(batch), layout) for layout in layouts]}
    print(min(each.seconds(float(enough)) for each in trainings[key]), flush=True)
