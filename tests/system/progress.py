"""Progress: plain lines that thin out where standard error is a file, one redrawn line on a terminal (also
below mpirun), nothing with --no-progress, and never on standard output."""
import os
import pty
import re
import subprocess
import unittest

import program


class Progress(program.Test):
    def test_log(self):
        for ranks in (None, 3):
            ended = self.muster("run", "sleepy.yaml", "--fresh", ranks=ranks)
            lines = [line for line in ended.err.splitlines() if " of 40 trials" in line]
            self.assertTrue(1 <= len(lines) <= 3 + ended.seconds, ended.err)
            self.assertNotIn("\r", ended.err)
            self.assertNotIn(" of 40 trials", ended.out)

    def epochs_are_told(self, folds, *words, ranks=None):
        """`folds`: of three, that the rank which tells trains."""
        for epochs in (400, 1600, 6400, 25600):  # until a trial takes longer than the time between two lines
            ended = self.muster("run", "small.yaml", "--fresh", "--set", "search.trials=1", "--set",
                                f"train.epochs={epochs}", "--set", f"train.early_stopping.patience={epochs}",
                                *words, ranks=ranks)
            most = folds * epochs
            counts = [int(n) for n in re.findall(rf"0 of 1 trials, .*, (\d+) of at most {most} epochs", ended.err)]
            if counts:
                break
        self.assertTrue(counts == sorted(set(counts)) and counts, ended.err)
        self.assertTrue(all(0 < n <= most for n in counts), counts)

    def test_epochs_of_a_long_trial(self):
        self.epochs_are_told(3)

    def test_epochs_of_a_long_trial_of_a_group(self):
        self.epochs_are_told(2, "--set", "parallel.group_size=2", ranks=3)

    def test_none(self):
        ended = self.muster("run", "sleepy.yaml", "--no-progress")
        self.assertNotIn("trials/s", ended.err)

    def on_terminal(self, *before):
        master, slave = pty.openpty()
        process = subprocess.Popen([*before, program.MUSTER, "run", "sleepy.yaml", "--fresh"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        seen = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # the terminal's other side is closed
                break
            if not chunk:
                break
            seen += chunk
        process.communicate(timeout=60)
        os.close(master)
        self.assertEqual(process.returncode, 0)
        drawn = seen.decode().split("\r")
        self.assertGreater(sum("/40, " in line for line in drawn), 5)
        for line in drawn:
            self.assertLess(len(line.replace("\x1b[K", "").strip("\n")), 80)

    def test_terminal(self):
        self.on_terminal()

    def test_terminal_below_mpirun(self):
        self.on_terminal(program.MPIRUN, "-n", "3")


if __name__ == "__main__":
    unittest.main()
