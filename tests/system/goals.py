"""`bayes` with more than a score to go by (several metrics, a bound, costs, failures, noise from folds): the
same trials on any layout and after a kill, and what does not go together is refused with its place."""
import time
import unittest

import h5py
import numpy

import program

STUDY = """\
study: goals
seed: 3
data: {file: digits.h5, scale: standard, test: none, limit: 200}
network:
  - dense: {units: {int: [4, 48], log: true}, activation: {choice: [relu, tanh]}}
train: {epochs: {int: [1, 5]}, learning_rate: {float: [1.0e-3, 1.0e+3], log: true}}
validate:
  folds: 3
  metric: [log_loss, parameters]
  constraints: {accuracy: ">= 0.4"}
search:
  method: bayes
  trials: 26
  window: 3
  bayes: {objectives: hypervolume, cost: flops, failures: feasibility, noise: folds}
"""


class Goals(program.Test):
    def setUp(self):
        super().setUp()
        self.write("goals.yaml", STUDY)

    def reasons(self, name):
        with h5py.File(self.folder / name) as file:
            return file["trials/source"][:].tolist(), file["trials/acquisition"][:]

    def test_any_layout_and_a_kill(self):
        self.muster("run", "goals.yaml", "--out", "alone.h5")
        sources, values = self.reasons("alone.h5")
        informed = [source == b"log_ehvi" for source in sources]
        self.assertGreater(sum(informed), 10)
        self.assertTrue(numpy.isfinite(values[informed]).all())
        self.muster("run", "goals.yaml", "--out", "three.h5", ranks=3)
        self.same_tables("alone.h5", "three.h5")
        process = program.start("run", "goals.yaml", "--out", "killed.h5", ranks=3, folder=self.folder)
        program.wait_for(self.folder / "killed.h5.journal")
        time.sleep(0.4)
        program.kill_tree(process)
        self.muster("run", "goals.yaml", "--out", "killed.h5", "--resume", ranks=2)
        self.same_tables("alone.h5", "killed.h5")

    def test_seconds_under_arrival(self):
        words = ["--set", "search.bayes.cost=seconds", "--set", "search.order=arrival", "--out", "arrival.h5"]
        self.muster("run", "goals.yaml", *words, "--set", "search.trials=18", ranks=3)
        before = program.table(self.folder / "arrival.h5")
        self.muster("run", "goals.yaml", *words, "--resume", ranks=2)
        self.assertEqual(program.status(self.folder / "arrival.h5"), "complete")
        self.assertNotEqual(program.table(self.folder / "arrival.h5"), before)

    def test_what_does_not_go_together(self):
        for old, new, words in (
                ("cost: flops", "cost: seconds", "cost: seconds are measured"),
                ("noise:", "acquisition: ucb, noise:", "acquisition: the growth of a hypervolume"),
                ("hypervolume,", "scalarised, acquisition: ucb,", "acquisition: this is no gain")):
            self.write("bad.yaml", STUDY.replace(old, new))
            for command in ("check", "run"):
                with self.subTest(new=new, command=command):
                    refused = self.muster(command, "bad.yaml", code=78)
                    self.assertRegex(refused.err, r"bad.yaml:15:\d+: search\.bayes\." + words)
        self.write("four.yaml", STUDY.replace("log_loss, parameters", "log_loss, parameters, f1, flops"))
        self.assertIn("two or three metrics", self.muster("check", "four.yaml", code=78).err)
        self.write("function.yaml", "study: f\nspace: {x0: {float: [-5.0, 10.0]}, x1: {float: [0.0, 15.0]}}\n"
                                    "objective: {function: branin}\nsearch: {bayes: {cost: flops}}\n")
        refused = self.muster("check", "function.yaml", code=78)
        self.assertRegex(refused.err, r"function.yaml:4:\d+: search.bayes.cost: only of trainings")


if __name__ == "__main__":
    unittest.main()
