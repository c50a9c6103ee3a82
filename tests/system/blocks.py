"""Inputs that stay in the file, read in blocks: a file larger than what a run may take, the same trials on any
layout and after a stop, and no resuming with other blocks."""
import signal
import subprocess
import sys
import time
import unittest

import h5py
import numpy

import program

ROWS, WIDTH = 80_000, 256

STUDY = """\
study: blocks
seed: 5
data: {file: FILE, test: 0.1, block: BLOCK}
network: {mlp: {units: {int: [4, 8]}}}
train: {epochs: 3, batch_size: 64, learning_rate: 0.05}
validate: {folds: 2, report: [log_loss]}
search: {method: random, trials: 4}
"""


def write(path, rows, width):
    """A table of two classes that its first columns tell; compressed in chunks."""
    rng = numpy.random.default_rng(3)
    with h5py.File(path, "w") as file:
        x = file.create_dataset("x", (rows, width), "f4", chunks=(min(rows, 1000), width))
        y = file.create_dataset("y", (rows,), "i4")
        for first in range(0, rows, 10_000):
            n = min(10_000, rows - first)
            labels = rng.integers(0, 2, n)
            part = rng.standard_normal((n, width), dtype=numpy.float32)
            part[:, :4] += labels[:, None]
            x[first:first + n] = part
            y[first:first + n] = labels


def peak_bytes(*words, folder):
    """The most memory that one muster had in use at a time, as the kernel saw it."""
    code = ("import resource, subprocess, sys; ended = subprocess.run(sys.argv[1:]).returncode; "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024); sys.exit(ended)")
    ended = subprocess.run([sys.executable, "-c", code, program.MUSTER, *words], cwd=folder, timeout=240,
                           capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout.splitlines()[-1])


class Blocks(program.Test):
    def study(self, file, block):
        return self.write("blocks.yaml", STUDY.replace("FILE", file).replace("BLOCK", str(block)))

    def test_larger_than_memory(self):
        write(self.folder / "large.h5", ROWS, WIDTH)
        size = ROWS * WIDTH * 4
        self.study("large.h5", 4000)
        told = self.muster("check", "blocks.yaml").out
        self.assertRegex(told, r"blocks +of 4000 rows that stay in the file; a rank holds 7\.8 MiB of them")
        self.assertRegex(told, r"read by an epoch of a fold +156\.[23] MiB")  # 20 blocks, twice
        words = ("eval", "blocks.yaml", "--params", '{"network.mlp.units": 4}', "--set", "train.epochs=1")
        streamed = peak_bytes(*words, folder=self.folder)
        whole = peak_bytes(*words, "--set", f"data.block={ROWS}", folder=self.folder)
        self.assertLess(streamed, size * 0.7)
        self.assertLess(streamed + size * 0.7, whole)

    def test_any_layout(self):
        write(self.folder / "small.h5", 1100, 6)
        self.study("small.h5", 128)
        self.muster("run", "blocks.yaml", "--out", "alone.h5")
        for ranks in (2, 3):
            self.muster("run", "blocks.yaml", "--out", f"{ranks}.h5", ranks=ranks)
            self.same_tables("alone.h5", f"{ranks}.h5")
        self.muster("run", "blocks.yaml", "--out", "whole.h5", "--set", "data.block=2000")
        with h5py.File(self.folder / "alone.h5") as some, h5py.File(self.folder / "whole.h5") as whole:
            self.assertNotEqual(some["trials/metrics/log_loss"][:].tobytes(),
                                whole["trials/metrics/log_loss"][:].tobytes())
            numpy.testing.assert_allclose(some["trials/score"][:], whole["trials/score"][:], atol=0.05)

    def test_resuming(self):
        write(self.folder / "small.h5", 1100, 6)
        self.study("small.h5", 128)
        self.muster("run", "blocks.yaml", "--out", "whole.h5")
        self.muster("run", "blocks.yaml", "--out", "cut.h5", "--set", "search.trials=2")
        told = self.muster("run", "blocks.yaml", "--out", "cut.h5", "--resume", "--set", "data.block=256", code=64).err
        self.assertRegex(told, r"now: data\.block = 256")
        self.muster("run", "blocks.yaml", "--out", "cut.h5", "--resume")
        self.same_tables("whole.h5", "cut.h5")

    def test_stopped_in_a_training(self):
        """Folds that are interrupted between two epochs, and go on with the orders that they would have had."""
        write(self.folder / "small.h5", 1100, 6)
        self.study("small.h5", 128)
        longer = ("--set", "train.epochs=150", "--set", "search.trials=2")
        self.muster("run", "blocks.yaml", "--out", "whole.h5", *longer)
        process = program.start("run", "blocks.yaml", "--out", "cut.h5", *longer, folder=self.folder)
        program.wait_for(self.folder / "cut.h5.journal")
        time.sleep(0.2)
        process.send_signal(signal.SIGUSR1)
        self.assertIn(program.finish(process).code, (0, 75))
        self.muster("run", "blocks.yaml", "--out", "cut.h5", "--resume", *longer)
        self.same_tables("whole.h5", "cut.h5")


if __name__ == "__main__":
    unittest.main()
