"""Several objectives and constraints: the same front on any layout and after a stop, what the result file,
`show`, `export` and `ask-tell` say of it, and what a study may not ask for."""
import csv
import json
import subprocess
import unittest

import h5py
import numpy

import program

STUDY = """\
study: front
seed: 3
data: {file: digits.h5, scale: standard, test: 0.2, limit: 300}
network:
  - dense: {units: {int: [4, 48], log: true}, activation: {choice: [relu, tanh]}}
train: {epochs: 4, learning_rate: {float: [1.0e-3, 1.0e-1], log: true}}
validate:
  folds: 2
  metric: [log_loss, parameters]
  constraints: {accuracy: ">= 0.4"}
search: {method: genetic, trials: 24, window: 6, genetic: {population: 8}}
"""


def dominated(f, i):
    return any((f[j] <= f[i]).all() and (f[j] < f[i]).any() for j in range(len(f)))


class Fronts(program.Test):
    def setUp(self):
        super().setUp()
        self.write("front.yaml", STUDY)

    def run_front(self, out, *words, **how):
        self.muster("run", "front.yaml", "--out", out, *words, limit=90, **how)
        with h5py.File(self.folder / out) as file:
            return {name: file[name][()] for name in
                    ("trials/id", "trials/objectives", "trials/violation", "trials/metrics/accuracy",
                     "trials/metrics/log_loss", "trials/metrics/parameters", "trials/reason", "trials/score",
                     "pareto/trial", "pareto/metric", "pareto/direction", "best/trial", "best/score")}

    def test_the_file_says_what_follows_from_the_trials(self):
        file = self.run_front("front.h5")
        f, broken = file["trials/objectives"], file["trials/violation"]
        self.assertEqual(f.shape, (24, 2))
        numpy.testing.assert_allclose(f[:, 0], file["trials/metrics/log_loss"].mean(1), rtol=1e-12)
        numpy.testing.assert_allclose(f[:, 1], file["trials/metrics/parameters"].mean(1), rtol=0)
        numpy.testing.assert_array_equal(f[:, 0], file["trials/score"])
        accuracy = file["trials/metrics/accuracy"].mean(1)
        numpy.testing.assert_allclose(broken, numpy.maximum(0, 0.4 - accuracy) / 0.4, atol=1e-12)
        self.assertTrue(0 < (broken > 0).sum() < 24)
        good = numpy.flatnonzero(broken == 0)
        front = [i for k, i in enumerate(good) if not dominated(f[good], k)]
        self.assertEqual(file["pareto/trial"].tolist(), front)
        self.assertGreater(len(front), 1)
        self.assertEqual(file["pareto/metric"].tolist(), [b"log_loss", b"parameters"])
        self.assertEqual(file["best/trial"], good[numpy.argmin(f[good, 0])])
        for i, reason in enumerate(file["trials/reason"]):
            self.assertEqual(reason.startswith(b"infeasible: accuracy"), bool(broken[i] > 0))
        self.show_and_export(file, front, broken)

    def show_and_export(self, file, front, broken):
        shown = json.loads(self.muster("show", "front.h5", "--json").out)
        self.assertEqual(sorted(t["trial"] for t in shown["pareto"]), front)
        losses = [t["objectives"]["log_loss"] for t in shown["pareto"]]
        self.assertEqual(losses, sorted(losses))
        self.assertEqual(shown["trials"]["infeasible"], int((broken > 0).sum()))
        self.assertEqual(shown["best"]["trial"], file["best/trial"])
        text = self.muster("show", "front.h5").out
        self.assertIn(f"{len(front)} trials that no other one beats", text)
        self.assertIn("beyond a constraint", text)
        self.muster("export", "front.h5", "--csv", "front.csv", "--json", "front.json")
        with open(self.folder / "front.csv", newline="") as rows:
            rows = list(csv.DictReader(rows))
        self.assertEqual([int(r["id"]) for r in rows if r["pareto"] == "1"], front)
        self.assertEqual([float(r["violation"]) > 0 for r in rows], (broken > 0).tolist())
        trials = json.loads((self.folder / "front.json").read_text())
        self.assertEqual([t["id"] for t in trials if t["pareto"]], front)

    def test_any_layout_and_a_resume(self):
        alone = self.run_front("alone.h5")
        for ranks in (3, 5):
            other = self.run_front(f"{ranks}.h5", ranks=ranks)
            self.same_tables("alone.h5", f"{ranks}.h5")
            for name in alone:
                self.assertEqual(alone[name].tobytes(), other[name].tobytes(), name)
        self.run_front("part.h5", "--set", "search.trials=13")
        whole = self.run_front("part.h5", "--resume", ranks=3)
        self.same_tables("alone.h5", "part.h5")
        self.assertEqual(whole["pareto/trial"].tobytes(), alone["pareto/trial"].tobytes())
        for change in ("validate.metric=log_loss", 'validate.constraints.accuracy=">= 0.5"'):
            refused = self.muster("run", "front.yaml", "--out", "part.h5", "--resume", "--set", change,
                                  "--set", "search.trials=50", code=64)
            self.assertIn(change.split("=")[0], refused.err)

    def test_other_methods_and_none_feasible(self):
        for method in ("evolution", "bayes"):
            file = self.run_front(f"{method}.h5", "--set", f"search.method={method}", "--set", "search.trials=14")
            self.assertEqual(file["trials/objectives"].shape, (14, 2))
        none = self.muster("run", "front.yaml", "--out", "none.h5", "--set", 'validate.constraints.accuracy=">= 2"',
                           "--set", "search.trials=5")
        self.assertIn("within the constraints", none.err)
        with h5py.File(self.folder / "none.h5") as file:
            self.assertEqual(file["pareto/trial"].shape, (0,))
            self.assertNotIn("trial", file.get("best", {}))
        self.assertIn("within the constraints", self.muster("show", "none.h5").out)
        self.assertIn("within the constraints", self.muster("export", "none.h5", "--study", "b.yaml", code=65).err)
        self.assertIn("has a best trial", self.muster("predict", "none.h5", "digits.h5", "--out", "p.h5", code=65).err)

    def test_studies_that_cannot_be_meant(self):
        for change, words in (("validate.metric=[log_loss, log_loss]", "metric log_loss stands twice"),
                              ("validate.metric=[]", "the list is empty"),
                              ("validate.metric=[log_loss, rmse]", "rmse is not for classification"),
                              ("validate.constraints.accuracy=0.9", "no bound"),
                              ('validate.constraints.accuracy="> 0.9"', ">= NUMBER"),
                              ('validate.constraints.rmse="<= 1"', "rmse is not for classification"),
                              ('validate.constraints.acuracy=">= 1"', "accuracy")):
            with self.subTest(change=change):
                ended = program.muster("run", "front.yaml", "--out", "x.h5", "--set", change, folder=self.folder)
                self.assertIn(ended.code, (64, 78), ended.err)
                self.assertIn(words, ended.err)


class Commands(program.Test):
    def test_objectives_of_a_command(self):
        self.write("cost.sh", "#!/bin/sh\nawk -v x=$1 'BEGIN { printf \"{\\\"value\\\": %.6f, \\\"size\\\": %.6f}\\n\","
                              " (x - 0.3)^2, (x - 0.8)^2 }'\n")
        self.write("command.yaml", "study: two\nspace: {x: {float: [0.0, 1.0]}}\n"
                                   "objective:\n  command: [sh, cost.sh, '{x}']\n  report: [size]\n"
                                   "  directions: [minimize, minimize]\n  constraints: ['size >= 0.01']\n"
                                   "search: {method: genetic, trials: 30, window: 4}\n")
        self.muster("run", "command.yaml", "--out", "two.h5", ranks=2)
        with h5py.File(self.folder / "two.h5") as file:
            x, f, front = file["trials/params/x"][:], file["trials/objectives"][:], file["pareto/trial"][:]
            self.assertEqual(file["pareto/metric"][:].tolist(), [b"value", b"size"])
        self.assertGreater(len(front), 3)
        numpy.testing.assert_allclose(f[:, 1], (x - 0.8) ** 2, atol=1e-6)
        self.assertTrue((f[front, 1] >= 0.01).all())
        for change, words in (("objective.directions=[minimize, minimize, maximize]", "3 directions"),
                              ("objective.constraints=['weight <= 3']", "bounds no number"),
                              ("objective.constraints=['size < 3']", "no bound")):
            ended = self.muster("run", "command.yaml", "--out", "x.h5", "--set", change, code=78)
            self.assertIn(words, ended.err)

    def test_ask_tell(self):
        self.write("outside.yaml", "space: {x: {float: [0.0, 1.0]}}\n"
                                   "objective: {directions: [minimize, maximize]}\n"
                                   "search: {method: genetic, trials: 20}\n")
        lines = [{"op": "ask", "n": 4}, {"op": "tell", "id": 0, "values": [1, 2]},
                 {"op": "tell", "id": 1, "values": [0.5, 2]}, {"op": "tell", "id": 2, "values": [2, 5]},
                 {"op": "tell", "id": 3, "value": 3}, {"op": "tell", "id": 3, "values": [1]},
                 {"op": "tell", "id": 3, "values": [1, "a"]}, {"op": "tell", "id": 3, "values": None},
                 {"op": "best"}, {"op": "pareto"}, {"op": "ask", "n": 3}]
        ended = subprocess.run([program.MUSTER, "ask-tell", "outside.yaml"], cwd=self.folder, text=True,
                               input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True,
                               timeout=60, check=True)
        answers = [json.loads(line) for line in ended.stdout.splitlines()]
        self.assertEqual([a.get("ok") for a in answers[1:8]], [True, True, True, None, None, None, True])
        self.assertTrue(all("values" in a["error"] for a in answers[4:7]))
        self.assertEqual((answers[8]["id"], answers[8]["value"]), (1, 0.5))
        self.assertEqual([(t["id"], t["values"]) for t in answers[9]["trials"]], [(1, [0.5, 2]), (2, [2, 5])])
        self.assertEqual(len(answers[10]["trials"]), 3)


if __name__ == "__main__":
    unittest.main()
