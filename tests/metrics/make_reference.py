"""Writes reference.h: metrics and curves of small random cases as scikit-learn computes them
(1.2: log_loss clipped at the eps of float32). Probabilities are multiples of 1/64, so that they are
exact in single precision and ties are many. Run: python3 make_reference.py > reference.h"""
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261125)
EPS = float(np.finfo(np.float32).eps)


def probabilities(n, c, sharp=False):
    p = np.zeros((n, c))
    for row in p:
        row += rng.multinomial(64, np.eye(c)[rng.integers(c)] if sharp else rng.dirichlet(np.ones(c)))
    return p / 64


def areas(score, y, p):
    """The mean over classes that have rows and are not alone; class 1 where there are two."""
    c = p.shape[1]
    values = [score(y == k, p[:, k]) for k in range(1 if c == 2 else 0, c)
              if 0 < np.sum(y == k) < len(y)]
    return np.mean(values) if values else np.nan


def ece(y, p):
    """Guo et al. 2017: 15 bins (low, high] of the winning probability."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == y
    place = np.digitize(sure, np.linspace(0, 1, 16), right=True)
    return sum(abs(np.mean(sure[place == b]) - np.mean(right[place == b])) * np.mean(place == b)
               for b in np.unique(place))


def top(k, y, p):
    c = p.shape[1]
    return sk.top_k_accuracy_score(y, p[:, 1] if c == 2 else p, k=k, labels=range(c))


def labels(y, p):
    """Indicator matrices; what scikit-learn has for one label only is averaged over labels."""
    guess, each = (p > 0.5).astype(int), range(p.shape[1])
    aside = [c for c in each if 0 < np.sum(y[:, c]) < len(y)]
    out = {"accuracy": sk.accuracy_score(y, guess), "hamming_loss": sk.hamming_loss(y, guess),
           "log_loss": np.mean([sk.log_loss(y[:, c], p[:, c], eps=EPS, labels=[0, 1]) for c in each]),
           "brier": np.mean([sk.brier_score_loss(y[:, c], p[:, c], pos_label=1) for c in each]),
           "roc_auc": sk.roc_auc_score(y[:, aside], p[:, aside]) if aside else np.nan,
           "pr_auc": sk.average_precision_score(y[:, aside], p[:, aside]) if aside else np.nan}
    for name in ("precision", "recall", "f1"):
        score = getattr(sk, name + "_score")
        out["macro_" + name] = out[name] = score(y, guess, average="macro", zero_division=0)
        out["micro_" + name] = score(y, guess, average="micro", zero_division=0)
    return out


def classification(y, p):
    c = p.shape[1]
    guess = p.argmax(axis=1)
    out = {"accuracy": sk.accuracy_score(y, guess),
           "balanced_accuracy": sk.balanced_accuracy_score(y, guess),
           "hamming_loss": sk.hamming_loss(y, guess), "ece": ece(y, p),
           "top_3_accuracy": top(3, y, p), "top_5_accuracy": top(5, y, p),
           "perplexity": np.exp(sk.log_loss(y, p, eps=EPS, labels=range(c))),
           "mcc": sk.matthews_corrcoef(y, guess),
           "log_loss": sk.log_loss(y, p, eps=EPS, labels=range(c)),
           "brier": sk.brier_score_loss(y, p[:, 1], pos_label=1) if c == 2
           else np.mean(np.sum((p - np.eye(c)[y]) ** 2, axis=1)),
           "roc_auc": areas(sk.roc_auc_score, y, p),
           "pr_auc": areas(sk.average_precision_score, y, p)}
    for name in ("precision", "recall", "f1"):
        score = getattr(sk, name + "_score")
        out["macro_" + name] = score(y, guess, average="macro", zero_division=0)
        out["micro_" + name] = score(y, guess, average="micro", zero_division=0)
        out[name] = score(y, guess, pos_label=1, zero_division=0) if c == 2 else out["macro_" + name]
    return out


def regression(t, p):
    return {"mse": sk.mean_squared_error(t, p), "rmse": sk.mean_squared_error(t, p, squared=False),
            "mae": sk.mean_absolute_error(t, p),
            "r2": sk.r2_score(t, p) if len(t) > 1 else np.nan,
            "mape": sk.mean_absolute_percentage_error(t, p),
            "pinball": sk.mean_pinball_loss(t, p, alpha=0.5)}


def array(kind, name, values):
    text = ", ".join(repr(float(v)).replace("inf", "INFINITY").replace("nan", "NAN")
                     if kind != "int32_t" else str(v) for v in np.ravel(values))
    print(f"static const {kind} {name}[] = {{{text}}};")


def case(index, truth, prediction, expected):
    classes = truth.ndim == 1
    array("int32_t" if classes else "float", f"truth_{index}", truth)
    array("float", f"prediction_{index}", prediction)
    print(f"static const struct expected expected_{index}[] = {{")
    for name, value in expected.items():
        print(f'    {{"{name}", {"NAN" if np.isnan(value) else repr(float(value))}}},')
    print("};")
    n, outputs = prediction.shape
    return (f"    {{{{.n = {n}, .outputs = {outputs}, .{'classes' if classes else 'targets'} = truth_{index}, "
            f".prediction = prediction_{index}}}, {len(expected)}, expected_{index}}},")


print(f"/* Made by make_reference.py with scikit-learn {sklearn.__version__}; do not edit. */")
print("/* clang-format off */")
rows = []
absent = rng.choice([0, 1, 4], 30)
truths = [(rng.integers(0, 2, 40), probabilities(40, 2)), (rng.integers(0, 3, 45), probabilities(45, 3)),
          (absent, probabilities(30, 5)), (np.ones(9, int), probabilities(9, 2)),
          (np.zeros(7, int), probabilities(7, 3)), (rng.integers(0, 2, 20), probabilities(20, 2, True)),
          (rng.integers(0, 4, 25), probabilities(25, 4, True)), (np.array([1]), probabilities(1, 3))]
for y, p in truths:
    rows.append(case(len(rows), y, p, classification(y, p)))
t = np.round(rng.normal(size=(30, 1)), 3)
m = np.round(rng.normal(size=(20, 3)), 3)
m[:, 1] = 2.5
zero = np.array([[0.0], [1.0], [0.0], [-2.0]])
for truth, guess in [(t, t + np.round(rng.normal(size=t.shape), 2)), (m, m * 0.5 + 0.25), (m, m * 1.0),
                     (zero, zero + 0.5), (t[:1], t[:1] + 1)]:
    truth, guess = (a.astype(np.float32).astype(np.float64) for a in (truth, guess))
    rows.append(case(len(rows), truth, guess, regression(truth, guess)))
for n, c in ((60, 7), (40, 9)):
    truths.append((rng.integers(0, c - 1, n), probabilities(n, c)))
for y, p in truths[-2:]:
    rows.append(case(len(rows), y, p, classification(y, p)))
flags = rng.integers(0, 2, (40, 3))
some = rng.integers(0, 2, (30, 4))
some[:, 1], some[:, 3] = 0, 1
for y in (flags, some, flags[:, :2], np.zeros((7, 3), int), flags[3:4], flags):
    sharp = len(rows) % 2 == 0
    p = np.round(rng.random(y.shape) * 64) / 64 if not sharp else rng.integers(0, 2, y.shape) * 1.0
    rows.append(case(len(rows), y, p, labels(y, p)))
print("static const struct reference references[] = {")
print("\n".join(rows) + "\n};")
last = y, p
y, p = truths[0]
fpr, tpr, at = sk.roc_curve(y, p[:, 1], drop_intermediate=False)
at[0] = np.inf
array("double", "roc_0", np.column_stack([fpr, tpr, at]))
precision, recall, at = sk.precision_recall_curve(y, p[:, 1])
array("double", "pr_0", np.column_stack([precision, recall, np.append(at, np.inf)]))
confusion = sk.confusion_matrix(truths[2][0], truths[2][1].argmax(axis=1), labels=range(5))
array("int32_t", "confusion_2", confusion)
array("int32_t", "confusions_last", sk.multilabel_confusion_matrix(last[0], last[1] > 0.5))
print("/* clang-format on */")
