"""SIGUSR1 and --time-limit stop a run with 75 and everything finished on record; --resume ends in the
table of an uninterrupted run. An existing output is never overwritten silently."""
import signal
import subprocess
import time
import unittest

import h5py

import program


# One configuration whose training takes several times the time limit of a sitting.
LONG_STUDY = """\
study: long
seed: 4
data: {file: digits.h5, test: 0.2}
network: [{dense: {units: 48, activation: relu}}, batchnorm, {dropout: 0.2}]
train: {epochs: 1200, optimizer: adam, schedule: cosine, ema: 0.99}
validate: {folds: 3, report: [log_loss]}
search: {trials: 1, method: random}
"""


class Stops(program.Test):
    def train_whole(self):
        """Trains without a stop; returns a sitting's seconds: a quarter of what that took."""
        self.write("long.yaml", LONG_STUDY)
        start = time.monotonic()
        self.muster("run", "long.yaml", "--out", "whole.h5", limit=120)
        return max(1, round((time.monotonic() - start) / 4))

    def test_long_trainings_go_on(self):
        """A fold is put aside at a stop, done folds too: else none of the sittings would get to the end."""
        limit, kept, sittings = f"{self.train_whole()}s", self.folder / "out.h5.ckpt", 0
        ended = self.sit(limit, None, "--fresh")
        while ended.code == 75 and sittings < 60:
            sittings += 1
            names = {path.name for path in kept.iterdir()} if kept.exists() else set()
            self.assertLessEqual(names, {"0-0", "0-1", "0-2", "0-refit"})
            ended = self.sit(limit, (None, 3, 2, 4)[sittings % 4], "--resume")
        self.assertEqual(ended.code, 0, ended.err)
        self.assertGreater(sittings, 1)
        self.assertFalse(kept.exists())
        self.same_tables("whole.h5", "out.h5")
        with h5py.File(self.folder / "whole.h5") as a, h5py.File(self.folder / "out.h5") as b:
            for path in ("curves/valid_loss", "best/test/probability", "best/model/01-batchnorm/running_var"):
                self.assertEqual(a[path][:].tobytes(), b[path][:].tobytes(), path)

    def test_long_trainings_outlive_kills(self):
        seconds = self.train_whole()
        for sitting in range(60):
            process = program.start("run", "long.yaml", "--out", "out.h5", "--resume",
                                    "--set", "parallel.checkpoint.every=1s", folder=self.folder)
            try:
                process.communicate(timeout=1 + seconds + sitting % 3)
                break
            except subprocess.TimeoutExpired:
                program.kill_tree(process)
                process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertGreater(sitting, 0)
        self.same_tables("whole.h5", "out.h5")

    def test_stops_of_a_shared_refit(self):
        """The only fold trains on few rows, the refit on all: it is what the limit comes in."""
        study = LONG_STUDY.replace("{folds: 3,", "{folds: {holdout: 0.9},").replace("epochs: 1200", "epochs: 3000")
        self.write("long.yaml", study + "parallel: {shards: 4}\n")
        start = time.monotonic()
        self.muster("run", "long.yaml", "--out", "whole.h5", limit=120)
        limit, sittings, kept = f"{max(2, round((time.monotonic() - start) / 3))}s", 0, set()
        ended = self.sit(limit, 3, "--fresh")
        while ended.code == 75 and sittings < 60:
            sittings += 1
            folder = self.folder / "out.h5.ckpt"
            kept |= {path.name for path in folder.iterdir()} if folder.exists() else set()
            ended = self.sit(limit, (None, 2, 4, 3)[sittings % 4], "--resume")
        self.assertEqual(ended.code, 0, ended.err)
        self.assertIn("0-refit", kept)
        whole, out = (program.contents(self.folder / name, "best") for name in ("whole.h5", "out.h5"))
        self.assertIn("model/00-dense/weight", whole)
        self.assertEqual(whole, out)

    def sit(self, limit, ranks, how):
        return program.muster("run", "long.yaml", "--out", "out.h5", "--time-limit", limit, how, ranks=ranks,
                              folder=self.folder)

    def resumed(self, ranks):
        self.assertEqual(program.status(self.folder / "out.h5"), "stopped")
        self.assertIn("stopped", self.muster("show", "out.h5").out)
        self.muster("run", "sleepy.yaml", "--out", "out.h5", "--resume", ranks=ranks)
        self.assertEqual(program.status(self.folder / "out.h5"), "complete")
        self.muster("run", "sleepy.yaml", "--out", "whole.h5", ranks=ranks)
        self.same_tables("whole.h5", "out.h5")

    def stopped_by_signal(self, ranks):
        process = program.start("run", "sleepy.yaml", "--out", "out.h5", ranks=ranks, folder=self.folder)
        program.wait_for(self.folder / "out.h5.journal")
        time.sleep(0.5)
        process.send_signal(signal.SIGUSR1)
        ended = program.finish(process, 20)
        self.assertEqual(ended.code, 75, ended.err)
        self.assertIn("SIGUSR1", ended.err)
        self.assertIn("--resume", ended.err)
        self.resumed(ranks)

    def test_a_closed_terminal(self):
        """Stops resumably, too; under nohup it is no reason to."""
        for disposition, code in ((signal.SIG_DFL, 75), (signal.SIG_IGN, 0)):
            before = signal.signal(signal.SIGHUP, disposition)
            process = program.start("run", "sleepy.yaml", "--out", "out.h5", "--fresh", folder=self.folder)
            signal.signal(signal.SIGHUP, before)
            program.wait_for(self.folder / "out.h5.journal")
            process.send_signal(signal.SIGHUP)
            ended = program.finish(process, 30)
            self.assertEqual(ended.code, code, ended.err)
            (self.folder / "out.h5.journal").unlink(missing_ok=True)

    def test_signal_on_ranks(self):
        self.stopped_by_signal(3)

    def test_early_signal_is_not_lost(self):
        """One that comes while MPI starts stops the run at its first look."""
        process = program.start("run", "sleepy.yaml", "--out", "out.h5", folder=self.folder)
        for _ in range(100):  # until the handler is there, a signal would end the process
            caught = next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGUSR1)
        ended = program.finish(process, 20)
        self.assertEqual(ended.code, 75, ended.err)
        self.resumed(None)

    def test_first_signal_is_not_lost(self):
        """Blocked by the launcher, one that comes before the handler is there waits for it."""
        blocked = {signal.SIGUSR1}
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        try:
            process = program.start("run", "sleepy.yaml", "--out", "out.h5", folder=self.folder)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        process.send_signal(signal.SIGUSR1)
        ended = program.finish(process, 30)
        self.assertEqual(ended.code, 75, ended.err)
        self.assertIn("SIGUSR1", ended.err)
        self.resumed(None)

    def test_signal_alone(self):
        self.stopped_by_signal(None)

    def test_two_runs_on_one_output(self):
        self.muster("run", "sleepy.yaml", "--out", "whole.h5")
        both = [program.start("run", "sleepy.yaml", "--out", "out.h5", folder=self.folder) for _ in range(2)]
        ended = sorted((program.finish(process) for process in both), key=lambda one: one.code)
        self.assertEqual(ended[0].code, 0, ended[0].err)
        self.assertIn(ended[1].code, (64, 74), ended[1].err)
        self.assertIn("out.h5", ended[1].err)
        self.same_tables("whole.h5", "out.h5")

    def test_time_limit(self):
        for ranks in (None, 3):
            with self.subTest(ranks=ranks):
                ended = self.muster("run", "sleepy.yaml", "--out", "out.h5", "--fresh", "--time-limit", "1.2s",
                                    ranks=ranks, code=75)
                self.assertIn("--time-limit", ended.err)
                with h5py.File(self.folder / "out.h5") as file:
                    self.assertLess(len(file["trials/id"]), 40)
                self.muster("run", "sleepy.yaml", "--out", "whole.h5", "--fresh", ranks=ranks)
                self.muster("run", "sleepy.yaml", "--out", "out.h5", "--resume", ranks=ranks)
                self.same_tables("whole.h5", "out.h5")

    def test_output_is_not_overwritten(self):
        few = ("--set", "search.trials=4", "--out", "out.h5")
        self.muster("run", "sleepy.yaml", *few)
        before = (self.folder / "out.h5").read_bytes()
        for ranks in (None, 3):
            ended = self.muster("run", "sleepy.yaml", *few, ranks=ranks, code=64)
            self.assertIn("--resume", ended.err)
            self.assertIn("--fresh", ended.err)
            self.muster("run", "sleepy.yaml", *few, "--resume", ranks=ranks)
            self.assertEqual((self.folder / "out.h5").read_bytes(), before)
        self.muster("run", "sleepy.yaml", *few, "--fresh")

    def test_default_output_and_resume_of_nothing(self):
        self.muster("run", "sleepy.yaml", "--resume", "--set", "search.trials=3")
        self.assertEqual(program.status(self.folder / "sleepy.results.h5"), "complete")

    def test_resume_of_another_study_is_refused(self):
        self.muster("run", "sleepy.yaml", "--out", "out.h5", "--time-limit", "1s", code=75)
        ended = self.muster("run", "sleepy.yaml", "--out", "out.h5", "--resume", "--set", "seed=6", code=64)
        self.assertIn("seed", ended.err)

    def test_resume_with_more_trials(self):
        self.muster("run", "sleepy.yaml", "--out", "out.h5", "--set", "search.trials=10")
        self.muster("run", "sleepy.yaml", "--out", "out.h5", "--set", "search.trials=16", "--resume", ranks=3)
        self.muster("run", "sleepy.yaml", "--out", "whole.h5", "--set", "search.trials=16")
        self.same_tables("whole.h5", "out.h5")


class Failures(program.Test):
    def test_all_trials_fail(self):
        """The run is complete, and says why there is nothing in it."""
        wild = ("--set", "train.learning_rate=1e6", "--set", "train.momentum=0", "--set", "train.optimizer=sgd",
                "--set", "network.0.dense.activation=identity", "--set", "search.trials=6")
        for ranks in (None, 3):
            ended = self.muster("run", "small.yaml", "--fresh", *wild, ranks=ranks)
            self.assertRegex(ended.err, r"warning: 6 of 6 trials failed, 6 of them with: diverged in epoch \d+ of fold 1 "
                                        r"\(there is no best one: mend that and start with --fresh, or")
            self.assertEqual(program.status(self.folder / "small.results.h5"), "complete")


if __name__ == "__main__":
    unittest.main()
