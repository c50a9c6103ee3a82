"""What the system tests share: starting the built program alone or on ranks, small studies, and reading
result files with h5py. Every start has a time limit, after which the whole tree of processes is killed."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy

MUSTER = os.environ["MUSTER"]
MPIRUN = os.environ["MPIRUN"]
SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
DIGITS = SOURCE / "inputs" / "digits.h5"
SLOW = 4 if "sanitizers" in MUSTER else 1  # time limits under sanitizers

# Words of MPI, of the C library and of the sanitizers that no user should read.
NOISE = re.compile(r"MPI_ABORT|MPI_Abort|MPI_ERR|PMIX|ORTE|Process received signal|Segmentation|core dump|"
                   r"HDF5-DIAG|Sanitizer|runtime error|Assertion|[Bb]acktrace")

DIGITS_STUDY = """\
study: small
seed: 3
data: {file: digits.h5, scale: standard, test: 0.2, limit: 600}
network:
  - dense: {units: {int: [8, 32]}, activation: {choice: [relu, tanh]}}
  - dropout: {float: [0.0, 0.3]}
train:
  epochs: 6
  batch_size: {choice: [32, 64]}
  optimizer: {choice: [sgd, adamw]}
  learning_rate: {float: [1.0e-3, 1.0e-1], log: true}
  momentum: {float: [0.5, 0.9], when: {optimizer: sgd}}
  early_stopping: {patience: 3}
validate: {folds: 3, metric: accuracy, report: [log_loss]}
search: {method: bayes, trials: 14, window: 4}
"""

# A test function that takes about 50 ms a trial.
SLEEPY_STUDY = """\
study: sleepy
seed: 5
space:
  x0: {float: [-5.0, 10.0]}
  x1: {float: [0.0, 15.0]}
objective: {function: branin, sleep: {lognormal: [-3.0, 0.5]}}
search: {method: bayes, trials: 40, window: 6}
"""


@dataclasses.dataclass
class Ended:
    code: int
    out: str
    err: str
    seconds: float


def descendants(pid):
    found = [pid]
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += descendants(int(child))
    return found


def kill_tree(process):
    """kill -9 of the launcher and of every rank."""
    for pid in descendants(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def start(*words, ranks=None, folder, **environment):
    """ranks None: without mpirun. Open MPI's shared files lie in the folder, so that what a killed job
    leaves behind goes with it."""
    command = [MUSTER, *map(str, words)]
    if ranks is not None:
        command = [MPIRUN, "-n", str(ranks), *command]
    quiet = {"OMPI_MCA_orte_execute_quiet": "1", "OMPI_MCA_btl_vader_backing_directory": str(folder),
             "MUSTER_STRICT": "1"}
    return subprocess.Popen(command, cwd=folder, env={**os.environ, **quiet, **environment}, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process, limit=60):
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=limit * SLOW)
    except subprocess.TimeoutExpired:
        kill_tree(process)
        out, err = process.communicate()
        raise AssertionError(f"{process.args}: not finished after {limit * SLOW} s\n{out}\n{err}") from None
    return Ended(process.returncode, out, err, time.monotonic() - began)


def wait_for(path, limit=30):
    """Until a file is there: the run has begun."""
    end = time.monotonic() + limit * SLOW
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not appear"
        time.sleep(0.05)


def muster(*words, ranks=None, folder, limit=60, **environment):
    return finish(start(*words, ranks=ranks, folder=folder, **environment), limit)


def table(path):
    """The trial table as bytes: what must be the same on any layout and after any kill."""
    with h5py.File(path, "r") as file:
        trials = file["trials"]
        parts = {"id": trials["id"][:], "state": trials["state"][:], "score": trials["score"][:],
                 "fold_scores": trials["fold_scores"][:], "epochs": trials["epochs"][:]}
        for group in ("params", "active", "metrics"):
            if group in trials:
                parts.update({f"{group}/{name}": column[:] for name, column in trials[group].items()})
    return {name: numpy.ascontiguousarray(values).tobytes() for name, values in parts.items()}


def contents(path, group):
    """The bytes of all datasets of a group, and its attributes, by path."""
    found = {}

    def take(name, item):
        found.update({f"{name}@{key}": str(value) for key, value in item.attrs.items()})
        if isinstance(item, h5py.Dataset):
            found[name] = repr(item[()].tolist()) if item.dtype.hasobject else item[()].tobytes()

    with h5py.File(path) as file:
        file[group].visititems(take)
    return found


def status(path):
    with h5py.File(path, "r") as file:
        text = file.attrs["status"]
        return text.decode() if isinstance(text, bytes) else str(text)


class Test(unittest.TestCase):
    """A test with a folder of its own that holds digits.h5, small.yaml and sleepy.yaml."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "digits.h5").symlink_to(DIGITS)
        self.write("small.yaml", DIGITS_STUDY)
        self.write("sleepy.yaml", SLEEPY_STUDY)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def muster(self, *words, code=0, **how):
        """Runs, and checks the exit code and that nobody but muster speaks."""
        ended = muster(*words, folder=self.folder, **how)
        told = f"muster {' '.join(map(str, words))} {how}\n{ended.out}\n{ended.err}"
        self.assertEqual(ended.code, code, told)
        self.assertIsNone(NOISE.search(ended.out + ended.err), told)
        return ended

    def same_tables(self, a, b):
        a, b = table(self.folder / a), table(self.folder / b)
        self.assertEqual(a.keys(), b.keys())
        for name in a:
            self.assertEqual(a[name], b[name], f"/trials/{name} differs")
