"""What is refused before any training starts, and how: a table of wrong studies and wrong data, each with its exit
code and what its message says. `check` is asked; `bad_input` sees that `run` says the same on ranks."""
import unittest

import h5py
import numpy

import program

# ---- studies: `#! COLUMN MESSAGE` (a regular expression) stands behind each wrong line; all are told in one go

STUDIES = {"sections": r"""
study: bad
seed: -1                             #! 7 `seed` is `-1` \(a whole number from 0
sede: 3                              #! 1 `sede` is not known in a study \(did you mean `seed`
data:
  file: data.h5
  test: 1.5                          #! 9 `data.test` is `1.5` \(a number from 0 to 0.9 or `none`
  scale: {divide: 0}                 #! 19 `data.scale.divide` is `0`
  limit: 1                           #! 10 `data.limit` is `1` \(a whole number from 2
  task: ranking                      #! 9 `data.task` is `ranking` \(one of classification
  impute: zero                       #! 11 `data.impute` is `zero` \(one of auto
  time_order: sometimes              #! 15 `data.time_order` is `sometimes` \(true or false
network: {mlp: {}}
validate:
  folds: 1                           #! 10 `validate.folds` is `1` \(a whole number from 2
  repeats: 0                         #! 12 `validate.repeats` is `0`
  stratify: 3                        #! 13 `validate.stratify` is `3` \(true or false
  metric: acuracy                    #! 11 `validate.metric` is `acuracy` .*did you mean `accuracy`
  report: [f1, f2]                   #! 16 `validate.report` is `f2` \(
search:
  method: anneal                     #! 11 `search.method` is `anneal` \(one of auto
  trials: 0                          #! 11 `search.trials` is `0`
  window: 2.5                        #! 11 `search.window` is `2.5` \(a whole number
  stop: {score: high}                #! 17 `search.stop.score` is `high` \(a number
  metod: grid                        #! 3 `metod` is not known in `search` \(did you mean `method`
""", "bayes": r"""
data: {file: data.h5}
network: {mlp: {}}
search:
  method: bayes
  bayes:
    acquisition: ei                  #! 18 `search.bayes.acquisition` is `ei` \(one of log_ei, log_pi, ucb, thompson
    input_warping: beta              #! 20 `search.bayes.input_warping` is `beta` \(one of none, kumaraswamy
    region: trust                    #! 13 `search.bayes.region` is `trust` \(one of none, turbo
    output_warping: log              #! 21 `search.bayes.output_warping` is `log` \(one of half_rank, rank, box_cox
    objectives: pareto               #! 17 `search.bayes.objectives` is `pareto` \(one of auto, hypervolume, scalarised
    cost: money                      #! 11 `search.bayes.cost` is `money` \(one of none, flops, seconds
    failures: avoid                  #! 15 `search.bayes.failures` is `avoid` \(one of ignore, feasibility
    noise: known                     #! 12 `search.bayes.noise` is `known` \(one of fitted, folds
""", "layers": r"""
data: {file: data.h5}
network:
  - dens: {units: 8}                 #! 5 there is no layer `dens` \(did you mean `dense`
  - dense: {unit: 8}                 #! 13 `unit` is not known in `network.1.dense` \(did you mean `units`
  - dense: {units: 0}                #! 20 `network.2.dense.units` is `0` \(a whole number from 1 to 65536
  - dense: {units: 1.5}              #! 20 `network.3.dense.units` is `1.5`
  - dense: {units: 1e400}            #! 20 `network.4.dense.units` is `1e400`
  - dense: {units: [8, 9]}           #! 20 `network.5.dense.units` is a list .*\{choice: \[...\]\}
  - dense: {units: 8, bias: 3}       #! 29 `network.6.dense.bias` is `3` \(true or false
  - dense: {units: 8, init: he}      #! 29 `network.7.dense.init` is `he` \(one of auto, he_uniform
  - dense: {units: 8, activation: relo}  #! 35 `network.8.dense.activation` is `relo` .*did you mean `relu`
  - dense: {units: 8, repeat: -1}    #! 31 `network.9.dense.repeat` is `-1`
  - dropout: 1                       #! 14 `network.10.dropout` is `1` \(a number from 0 to 0.99
  - dropout: {rate: -0.1}            #! 21 `network.11.dropout.rate` is `-0.1`
  - activation: {kind: swish}        #! 24 `network.12.activation.kind` is `swish` \(one of relu
  - batchnorm: {momentum: 0.1}       #! 17 `momentum` is not known in `network.13.batchnorm`
  - layernorm: 3                     #! 16 `network.14.layernorm` is `3`
  - mlp: {layers: 0}                 #! 19 `network.15.mlp.layers` is `0` \(a whole number from 1 to 100
  - mlp: {norm: instance}            #! 17 `network.16.mlp.norm` is `instance` \(one of none, batch, layer
  - mlp: {dropout: 0.999}            #! 20 `network.17.mlp.dropout` is `0.999` \(a number from 0 to 0.99
  - {dense: 8, dropout: 0.1}         #! 16 `dropout` beside `dense` \(a layer is one key
""", "ranges": r"""
data: {file: data.h5}
network:
  - dense: {units: {int: [8, 2]}}    #! 26 `network.0.dense.units`: the lower bound 8 is above the upper bound 2
  - dense: {units: {int: [8]}}       #! 26 `network.1.dense.units`: `int` takes two bounds
  - dense: {units: {int: [0, 4]}}    #! 27 `network.2.dense.units` is `0` \(a whole number from 1
  - dense: {units: {float: [1, 4]}}  #! 21 `network.3.dense.units`: its values are not of the kind `float`
  - dense: {units: {choice: []}}     #! 29 `network.4.dense.units`: `choice` is an empty list
  - dense: {units: {choice: [8, x]}}          #! 33 `network.5.dense.units` is `x`
  - dense: {units: {int: [1, 8], log: yes}}   #! 39 `network.6.dense.units`: `log` is `yes` \(true or false
  - dense: {units: {int: [1, 8], step: 0}}    #! 40 `network.7.dense.units`: `step` is `0`
  - dense: {units: {int: [1, 8], when: {optimiser: sgd}}}  #! 41 `when` names `optimiser`
train:
  learning_rate: {float: [0, 1], log: true}   #! 27 `train.learning_rate` is `0` \(a number from 1e-12
""", "training": r"""
data: {file: data.h5}
network: {mlp: {}}
train:
  epochs: 0                          #! 11 `train.epochs` is `0` \(a whole number from 1
  batch_size: some                   #! 15 `train.batch_size` is `some` \(a whole number .* or `all`
  learning_rate: -1                  #! 18 `train.learning_rate` is `-1` \(a number from 1e-12
  optimizer: adma                    #! 14 `train.optimizer` is `adma` .*did you mean `adam`
  schedule: linear                   #! 13 `train.schedule` is `linear` \(one of constant
  loss: hinge                        #! 9 `train.loss` is `hinge` \(one of cross_entropy
  delta: 0                           #! 10 `train.delta` is `0`
  quantile: 1                        #! 13 `train.quantile` is `1` \(a number from 0.001 to 0.999
  momentum: 1.5                      #! 13 `train.momentum` is `1.5` \(a number from 0 to 1
  weight_decay: -1                   #! 17 `train.weight_decay` is `-1`
  l1: -1                             #! 7 `train.l1` is `-1`
  clip_norm: 0                       #! 14 `train.clip_norm` is `0`
  clip_value: none                   #! 15 `train.clip_value` is `none` \(a number
  ema: 1                             #! 8 `train.ema` is `1`
  beta1: 1                           #! 10 `train.beta1` is `1` \(a number from 0 to 0.9999
  epsilon: 0                         #! 12 `train.epsilon` is `0`
  label_smoothing: 2                 #! 20 `train.label_smoothing` is `2` \(a number from 0 to 1
  class_weight: even                 #! 17 `train.class_weight` is `even` .* or `balanced`
  early_stopping: 3                  #! 19 `train.early_stopping` is `3` \(a mapping: \{patience: ...
  warmup: -1                         #! 11 `train.warmup` is `-1`
  gamma: 0                           #! 10 `train.gamma` is `0`
  step_every: 0                      #! 15 `train.step_every` is `0`
  epochs: 3                          #! 3 `epochs` stands twice \(first in line 4\)
"""}

# ---- data, and studies that do not fit them: one refusal a start

STUDY = """\
study: bad
data: {file: data.h5, test: 0.2}
network:
  - dense: {units: 8}
train: {epochs: 2, batch_size: 16}
validate: {folds: 3}
search: {trials: 2, method: random}
"""
CHANCE = numpy.random.default_rng(3)
ROWS, CLASSES = 60, 3
LABELS = (numpy.arange(ROWS) % CLASSES).astype("i4")


def table(**sets):
    return {"x": CHANCE.normal(size=(ROWS, 4)).astype("f4"), "y": LABELS, **sets}


def amounts(**sets):
    return table(y=CHANCE.normal(size=ROWS).astype("f4"), **sets)


def images(**sets):
    return {"x": CHANCE.integers(0, 255, size=(ROWS, 6, 5)).astype("u1"), "y": LABELS, **sets}


def having(sets, name, where, value):
    sets[name] = sets[name].copy()
    sets[name][where] = value
    return sets


def cut(rows):
    return {name: values[:rows] for name, values in table().items()}


def codes(which, levels, **sets):
    x = table()["x"]
    x[:, 1] = numpy.arange(ROWS) % 3
    return table(x=x, categorical=numpy.array(which, "u1"), levels=numpy.array(levels, "i4"), **sets)


def signals(**sets):
    return {"x": CHANCE.normal(size=(ROWS, 5, 4)).astype("f4"), "y": LABELS, "layout": "TC", **sets}


def tokens(**sets):
    return {"x": (numpy.arange(ROWS * 7).reshape(ROWS, 7) % 9).astype("i4"), "y": LABELS, "layout": "T", **sets}


def layer(sets, text, message):
    return sets, ("dense: {units: 8}", text), 78, f"bad.yaml:4:5: {message}"


# name: (the data sets, words of the study each with what stands in its place, exit code, message)
CASES = {
    # labels and targets
    "negative label": (having(table(), "y", 7, -1), (), 65, r"/y row 7, .*: -1 is negative"),
    "label beyond the rows": (having(table(), "y", 7, 5000), (), 65, r"/y: the greatest label is 5000 in only 60"),
    "label beyond the names": (table(class_names=numpy.array([b"a", b"b"])), (), 65,
                               r"/y row 2, .*: 2 is beyond the number of classes"),
    "label between classes": (having(amounts(), "y", 0, 0.5), ("test: 0.2", "test: 0.2, task: classification"), 65,
                              r"/y row 0, .*: 0.5 is not a label"),
    "one class": (table(y=LABELS * 0 + 1), (), 65, r"/y: all rows are of class 1, from row 0 to row 59"),
    "missing target": (having(amounts(), "y", 9, numpy.nan), (), 65, r"/y row 9, .*: nan is no number"),
    "infinite target": (having(amounts(), "y", 9, numpy.inf), (), 65, r"/y row 9, .*: inf is infinite"),
    "constant target": (table(y=numpy.full(ROWS, 3.0, "f4")), (), 65,
                        r"/y: the number is the same in all 48 rows for training, \d+ to \d+"),
    "fewer targets": (table(y=LABELS[:59]), (), 65, r"/x has 60 rows, /y has 59"),
    "targets that are no numbers": (table(y=numpy.full(ROWS, b"a")), (), 65, r"/y does not hold numbers"),
    "several labels a row": (table(y=numpy.stack([LABELS, LABELS], 1)), (), 65,
                            r"/y row 2, column 0 .*: 2 says of a label neither 0 nor 1"),
    # inputs
    "infinite input": (having(table(), "x", (9, 1), numpy.inf), (), 65, r"/x row 9, column 1 .*: inf is infinite"),
    "gap in an image": (having(images(x=CHANCE.normal(size=(ROWS, 6, 5)).astype("f4")), "x", (3, 2, 1), numpy.nan),
                        (), 65, r"/x row 3, column 11 .*: nan is missing \(only tables may have gaps"),
    "constant columns only": (table(x=numpy.ones((ROWS, 4), "f4")), (), 65,
                              r"/x: the numbers of a row are the same in all 48 rows for training"),
    "no column": (table(x=numpy.zeros((ROWS, 0), "f4")), (), 65, r"/x \[60, 0\] is empty"),
    "no row": (cut(0), (), 65, r"/x \[0, 4\] is empty"),
    "one row": (cut(1), (), 65, r"/x has one row"),
    "five dimensions": (table(x=numpy.zeros((ROWS, 1, 1, 1, 2), "f4")), (), 65,
                        r"/x \[60, 1, 1, 1, 2\] has too many dimensions"),
    "channels that are not there": (images(layout="CHW"), (), 65, r"/x \[60, 6, 5\] has layout CHW"),
    # codes, groups, test part
    "no levels": (table(categorical=numpy.array([0, 1, 0, 0], "u1")), (), 65, r"no data set /levels"),
    "number in a column of codes": (having(codes([0, 1, 0, 0], [0, 3, 0, 0]), "x", (5, 1), 0.5), (), 65,
                                    r"/x row 5, column 1 .*: 0.5 is no code"),
    "code beyond the levels": (codes([0, 1, 0, 0], [0, 2, 0, 0]), (), 65, r"/x row 2, column 1 .*: 2 is no code"),
    "negative levels": (codes([0, 1, 0, 0], [0, -3, 0, 0]), (), 65,
                        r"/categorical: column 1 \(x1\) holds codes, and /levels has no"),
    "mask of another width": (codes([0, 1, 0], [0, 3, 0]), (), 65, r"/categorical does not fit /x"),
    "groups of other rows": (table(group=numpy.zeros(50, "i4")), (), 65, r"/group does not fit /x .*\[60\] integers"),
    "one group": (table(group=numpy.zeros(ROWS, "i4")), (), 78, r"bad.yaml:2:23: data.test: all rows are of one group"),
    "fewer groups than folds": (table(group=numpy.arange(ROWS) % 3), (), 78,
                                r"bad.yaml:6:12: validate.folds: 3 parts of 2 groups"),
    "test rows of another width": (table(**{"test/x": numpy.zeros((9, 3), "f4"), "test/y": LABELS[:9]}),
                                   (", test: 0.2", ""), 65, r"rows of /test/x \[9, 3\] are not like rows of /x"),
    "test rows without targets": (table(**{"test/x": numpy.zeros((9, 4), "f4"), "test/y": LABELS[:8]}),
                                  (", test: 0.2", ""), 65, r"/test/x has 9 rows, /test/y has 8"),
    "half a test part": (table(), ("test: 0.2", "test: {x: /test/x}"), 78, r"bad.yaml:2:23: data.test.y: not given"),
    "no such inputs": (table(), ("test: 0.2", "test: 0.2, x: /z"), 65, r"no data set /z \(data.x names another one"),
    "no such groups": (table(), ("test: 0.2", "test: 0.2, groups: /g"), 65, r"no data set /g"),
    "no such mask": (table(), ("test: 0.2", "test: 0.2, categorical: /c"), 65, r"no data set /c"),
    "by time and by groups": (table(), ("test: 0.2", "test: 0.2, time_order: true, groups: /y"), 78,
                              r"bad.yaml:2:34: data.time_order: rows cannot be parted both"),
    # sequences
    "no step": (signals(length=numpy.where(LABELS == 1, 0, 3)), (), 65, r"/length row 1, .*: 0 is no length"),
    "more steps than there are": (signals(length=LABELS + 4), (), 65, r"/length row 2, .*: 6 is no length"),
    "lengths of other rows": (signals(length=LABELS[:50] + 1), (), 65, r"/length does not fit /x .*\[60\] integers"),
    "no such lengths": (signals(), ("test: 0.2", "test: 0.2, length: /l"), 65, r"no data set /l"),
    "lengths of a table": (table(length=LABELS), ("test: 0.2", "test: 0.2, length: /length"), 78,
                           r"bad.yaml:2:34: data.length: rows of /x are no sequences"),
    "negative token": (having(tokens(), "x", (4, 2), -1), (), 65, r"/x row 4, column 2 .*: -1 is no token"),
    "token beyond all tokens": (having(tokens(), "x", (4, 2), 2**23), (), 65,
                                r"/x: the greatest token is 8388608 in only 420 tokens"),
    "tokens without targets": ({name: values for name, values in tokens().items() if name != "y"}, (), 65,
                               r"no data set /y \(data.task: next_token needs none; data.y names another one"),
    "token beyond any vocabulary": (having(tokens(), "x", (4, 2), 2**30), (), 65, r"/x row 4, .*: 1073741824 is"),
    "tokens that are numbers": (table(), ("test: 0.2", "test: 0.2, tokens: true"), 65, r"/x \[60, 4\] does not hold"),
    "next token of numbers": (table(), ("test: 0.2", "test: 0.2, task: next_token"), 65, r"/x \[60, 4\] does not hold"),
    # blocks
    "batches larger than a block": (table(), ("test: 0.2", "test: 0.2, block: 15"), 78,
                                    r"bad.yaml:5:20: train.batch_size: a batch of 16 rows is more than data.block, 15"),
    "counting all values in blocks": (table(), ("test: 0.2", "test: 0.2, block: 20, impute: most_frequent"), 78,
                                      r"bad.yaml:2:45: data.impute: most_frequent counts all values"),
    "infinite input in a block": (having(table(), "x", (47, 3), -numpy.inf), ("test: 0.2", "test: 0.2, block: 20"), 65,
                                  r"/x row 47, column 3 .*: -inf is infinite"),
    # folds
    "more folds than rows": (table(), ("folds: 3", "folds: 61"), 78,
                             r"bad.yaml:6:12: validate.folds: 61 parts of 48 rows"),
    "more folds than rows of a class": (table(), ("folds: 3", "folds: 20"), 78,
                                        r"bad.yaml:6:12: validate.folds: class 0 has 16 rows"),
    "a class of one row": (table(y=numpy.where(numpy.arange(ROWS) == 5, 2, LABELS % 2)), (), 78,
                           r"validate.folds: class 2 has 1 row to train and validate on, and 3 parts need one each"),
    "a fold of one class": (table(y=numpy.sort(LABELS)), ("test: 0.2", "test: 0.2, time_order: true"), 78,
                            r"bad.yaml:6:12: validate.folds: fold 1 trains on 12 rows, row 0 to row 11, all of class"),
    "groups that are classes": (table(y=LABELS % 2, group=LABELS % 2),
                                ("test: 0.2", "test: none", "folds: 3", "folds: 2"), 78,
                                r"validate.folds: fold 1 trains on .0 rows, row . to row 5., all of class . \(other"),
    "leave one out in time": (table(), ("test: 0.2", "test: 0.2, time_order: true", "folds: 3", "folds: loo"), 78,
                              r"bad.yaml:6:12: validate.folds: loo does not go with data.time_order"),
    "repeats in time": (table(), ("test: 0.2", "test: 0.2, time_order: true", "folds: 3", "folds: 3, repeats: 2"), 78,
                        r"bad.yaml:6:22: validate.repeats: with data.time_order"),
    "metric undefined on a fold": (table(), ("folds: 3", "folds: 24, stratify: false, metric: roc_auc"), 78,
                                   r"bad.yaml:6:40: validate.metric: roc_auc is undefined on fold \d+, whose 2 rows"),
    "metric of the other task": (table(), ("folds: 3", "folds: 3, metric: rmse"), 78,
                                 r"bad.yaml:6:22: metric rmse is not for classification \(one of: accuracy"),
    "seconds in strict order": (table(), ("folds: 3", "folds: 3, metric: seconds"), 78,
                                r"bad.yaml:6:22: metric seconds is measured, and differs from run to run \(search.order"),
    "seconds reported in strict order": (table(), ("folds: 3", "folds: 3, report: [f1, seconds]"), 78,
                                         r"bad.yaml:6:22: metric seconds is measured"),
    "report of the other task": (amounts(), ("folds: 3", "folds: 3, report: [r2, f1]"), 78,
                                 r"bad.yaml:6:22: metric f1 is not for regression \(one of: mse"),
    # layers and losses on these data
    "tokens without embedding": layer(tokens(), "dense: 4", r"network.0: dense cannot take tokens"),
    "embedding of what is said to be numbers": (tokens(), ("test: 0.2", "test: 0.2, tokens: false", "dense: {units: 8}",
                                                           "embedding: 4"), 78,
                                                r"bad.yaml:4:5: network.0: embedding needs tokens"),
    "fewer levels than tokens": layer(tokens(), "embedding: {size: 4, levels: 5}", r"network.0: 5 levels are too few"),
    "embedding of numbers": layer(table(), "embedding: 4", r"network.0: embedding needs tokens"),
    "convolution of plain numbers": layer(table(), "conv2d: 4", r"network.0: conv2d cannot take a row of 4 plain"),
    "convolution of an image as a signal": layer(images(), "conv1d: 4",
                                                 r"network.0: conv1d cannot take an image of 6 x 5"),
    "kernel above the image": layer(images(), "conv2d: {filters: 4, kernel: 7, padding: valid}",
                                    r"network.0: a kernel of 7 covers 7 places, and the input has 6"),
    "groups that do not divide": layer(images(), "conv2d: {filters: 4, groups: 3}",
                                      r"network.0: 3 groups do not divide 1 channels and 4 filters"),
    "no filters": layer(images(), "conv2d: {kernel: 3}", r"network.0: conv2d needs `filters`"),
    "window above the image": layer(images(), "maxpool: 7", r"network.0: a window of 7 covers 7 places"),
    "padding above half a window": layer(images(), "avgpool: {size: 2, padding: 2}",
                                          r"network.0: a padding of 2 is more than half the size"),
    "pool of plain numbers": layer(table(), "globalpool: {}", r"network.0: globalpool cannot take a row of 4 plain"),
    "blocks that leave nothing": layer(images(), "cnn: {blocks: 4}", r"network.0: 4 blocks, each of which halves"),
    "recurrence over plain numbers": layer(table(), "lstm: 4", r"network.0: lstm needs a sequence"),
    "recurrence over an image": layer(images(), "gru: 4", r"network.0: gru needs a sequence"),
    "heads that do not divide": layer(signals(), "attention: {heads: 3}", r"network.0: 3 heads do not divide the 4"),
    "attention to plain numbers": layer(table(), "attention: {heads: 2}", r"network.0: attention needs a sequence"),
    "positions of plain numbers": layer(table(), "positional: {}", r"network.0: positional needs a sequence"),
    "blocks on heads that do not divide": layer(signals(), "transformer: {heads: 5}",
                                                r"network.0: 5 heads do not divide the 4 numbers"),
    "sum of other shapes": layer(table(), "residual: {layers: [{dense: 5}]}",
                                 r"network.0: the layers of residual make \[5\] of \[4\]"),
    "residual of nothing": layer(table(), "residual: {layers: [{dropout: 0}]}", r"network.0: residual holds no layer"),
    "no units": (table(), ("{units: 8}", "{}"), 78, r"bad.yaml:4:5: network.0: dense needs `units`"),
    "warm-up beyond the training": (table(), ("epochs: 2", "epochs: 2, schedule: cosine, warmup: 3"), 78,
                                    r"bad.yaml:5:38: train.warmup: 3 epochs of warm-up in a training of 2"),
    "warm-up of ranges": (table(), ("epochs: 2", "epochs: {int: [2, 9]}, schedule: one_cycle, warmup: 5"), 78,
                          r"bad.yaml:5:53: train.warmup: 5 epochs of warm-up in a training of 2"),
    "memory for nothing": (table(), ("epochs: 2", "epochs: 2, memory: 1kB", "units: 8", "units: {int: [4, 8]}"), 78,
                           r"bad.yaml:5:20: train.memory: 1 kB is less than any configuration needs"),
    "loss of the other task": (table(), ("epochs: 2", "epochs: 2, loss: mse"), 78,
                               r"bad.yaml:5:20: train.loss: mse is not for classification"),
    "labels' loss of three classes": (table(), ("epochs: 2", "epochs: 2, loss: binary_cross_entropy"), 78,
                                      r"bad.yaml:5:20: train.loss: binary_cross_entropy is not for classification"),
    "weights of other classes": (table(), ("epochs: 2", "epochs: 2, class_weight: [1, 2]"), 78,
                                 r"bad.yaml:5:20: train.class_weight has 2 numbers .* 3 classes"),
    "weights of nothing": (table(), ("epochs: 2", "epochs: 2, class_weight: [0, 0, 0]"), 78,
                           r"bad.yaml:5:20: train.class_weight is 0 for every class"),
    "weights of amounts": (amounts(), ("epochs: 2", "epochs: 2, class_weight: balanced"), 78,
                           r"bad.yaml:5:20: train.class_weight is for classification only"),
}


class Refusals(program.Test):
    def data(self, sets):
        with h5py.File(self.folder / "data.h5", "w") as file:
            for name, values in sets.items():
                if name != "layout":
                    file[name] = values
            if "layout" in sets:
                file.attrs["layout"] = sets["layout"]

    def check(self, study, code):
        self.write("bad.yaml", study)
        return self.muster("check", "bad.yaml", code=code, limit=20).err

    def test_studies(self):
        for name, study in STUDIES.items():
            with self.subTest(name):
                lines = study.lstrip().split("\n")
                expected = [(number, *line.split("#! ")[1].split(" ", 1))
                            for number, line in enumerate(lines, 1) if "#! " in line]
                told = self.check(study.lstrip(), 78).splitlines()
                self.assertEqual(len(told), len(expected), "\n".join(told))
                for (line, column, message), found in zip(expected, told):
                    self.assertRegex(found, f"^bad.yaml:{line}:{column}: {message}")

    def test_data(self):
        for name, (sets, change, code, message) in CASES.items():
            with self.subTest(name):
                self.data(sets)
                study = STUDY
                for old, new in zip(change[::2], change[1::2]):
                    self.assertIn(old, study)
                    study = study.replace(old, new)
                told = self.check(study, code)
                self.assertRegex(told, f"^(muster: data.h5: )?{message}" if code == 65 else message)
                self.assertEqual(len(told.splitlines()), 1, told)

    def test_constant_columns(self):
        sets = table()
        sets["x"][:, 2] = 5
        self.data({**sets, "feature_names": numpy.array([b"a", b"b", b"c", b"d"])})
        self.assertRegex(self.check(STUDY, 0), 
                         r"/x: column that tells nothing, the same in all 48 rows .*, \d+ to \d+: 2 \(c\) is 5")

    def test_filters_of_others(self):
        """h5py's own compression, of which no other program knows."""
        with h5py.File(self.folder / "data.h5", "w") as file:
            file["x"] = table()["x"]
            file.create_dataset("y", data=LABELS, compression="lzf")
        self.assertIn("data.h5: /y is compressed by the filter `lzf`", self.check(STUDY, 65))

    def test_there_are_sixty(self):
        self.assertGreaterEqual(sum(study.count("#! ") for study in STUDIES.values()) + len(CASES), 60)


if __name__ == "__main__":
    unittest.main()
