"""`ask-tell` is driven line by line: it learns from what it is told in any order, in both directions, and goes
on after a wrong line."""
import json
import subprocess
import unittest

import numpy

import program

SPACE = """\
study: outside
seed: 4
space:
  x0: {float: [-5.0, 10.0]}
  x1: {float: [0.0, 15.0]}
  kind: {choice: [a, b]}
  deep: {int: [1, 8], when: {kind: b}}
"""


class Dialog:
    def __init__(self, test, *words):
        self.process = subprocess.Popen([program.MUSTER, "ask-tell", *map(str, words)], cwd=test.folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        test.addCleanup(program.kill_tree, self.process)

    def line(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __call__(self, op, **fields):
        return self.line(json.dumps({"op": op, **fields}))

    def end(self):
        return self.process.communicate(timeout=60), self.process.returncode


def bowl(params):
    return (params["x0"] - 2) ** 2 + (params["x1"] - 7) ** 2 + (3 if params["kind"] == "b" else 0)


class AskTells(program.Test):
    def setUp(self):
        super().setUp()
        self.write("outside.yaml", SPACE)

    def optimize(self, sign, *words):
        say, values = Dialog(self, "outside.yaml", *words), {}
        for _ in range(20):
            trials = say("ask", n=2)["trials"]
            self.assertEqual(len(trials), 2)
            for trial in reversed(trials):
                values[trial["id"]] = sign * bowl(trial["params"])
                self.assertEqual(say("tell", id=trial["id"], value=values[trial["id"]]), {"ok": True})
        best = say("best")
        self.assertEqual(best["id"], min(values, key=lambda i: sign * values[i]))
        self.assertEqual(best["value"], values[best["id"]])
        self.assertEqual(sign * bowl(best["params"]), best["value"])
        self.assertEqual(say.end(), (("", ""), 0))
        self.assertEqual(sorted(values), list(range(40)))
        return values

    def test_both_directions(self):
        down = self.optimize(1)
        self.assertLess(min(down.values()), 0.1)
        self.write("outside.yaml", SPACE + "objective: {direction: maximize}\n")
        up = self.optimize(-1)
        self.assertEqual([down[i] for i in down], [-up[i] for i in down])
        self.write("outside.yaml", SPACE + "objective: {direction: upwards}\n")
        self.muster("ask-tell", "outside.yaml", code=78)

    def test_params(self):
        say = Dialog(self, "outside.yaml", "--set", "search.method=random")
        for trial in say("ask", n=30)["trials"]:
            params = trial["params"]
            self.assertEqual("deep" in params, params["kind"] == "b")
            self.assertTrue(-5 <= params["x0"] <= 10 and 1 <= params.get("deep", 1) <= 8)

    def test_wrong_lines(self):
        say = Dialog(self, "outside.yaml")
        self.assertEqual(say("best"), {"id": None, "value": None, "params": None})
        self.assertEqual([trial["id"] for trial in say("ask")["trials"]], [0])
        for line in ("", "nonsense", "[1]", '{"op": "ask"', '{"op": "dance"}', '{"op": "ask", "n": -1}',
                     '{"op": "ask", "n": "2"}', '{"op": "tell", "id": 5, "value": 1}', '{"op": "tell", "id": 0}',
                     '{"op": "tell", "value": 1}', '{"op": "tell", "id": 0, "value": 1e999}',
                     '{"op": "tell", "id": 0, "value": NaN}', '{"op": "tell", "id": 0, "value": "1"}', "x" * 5000):
            self.assertEqual(list(say.line(line)), ["error"], line[:50])
        self.assertEqual(say("tell", id=0, value=2), {"ok": True})
        self.assertIn("error", say("tell", id=0, value=1))
        self.assertEqual(say("best")["value"], 2)
        self.assertEqual([trial["id"] for trial in say("ask")["trials"]], [1])

    def test_failures_and_an_exhausted_space(self):
        self.write("few.yaml", "space: {n: {int: [1, 5]}}\n")
        say = Dialog(self, "few.yaml")
        trials = say("ask", n=9)["trials"]
        self.assertEqual(sorted(trial["params"]["n"] for trial in trials), [1, 2, 3, 4, 5])
        for trial in trials:
            say("tell", id=trial["id"], value=None)
        self.assertIsNone(say("best")["id"])
        self.assertEqual(say("ask")["trials"], [])

    def test_any_study(self):
        say = Dialog(self, "small.yaml")
        params = say("ask")["trials"][0]["params"]
        self.assertIn("network.0.dense.units", params)
        self.assertEqual(say.end()[1], 0)
        ended = self.muster("ask-tell", "none.yaml", code=66)
        self.assertIn("none.yaml", ended.err)

    def climb(self, fidelity, horizon, n=60):
        """Every step of a study whose trials get better with `fidelity.of`, the lower `x` the better in the end."""
        self.write("climb.yaml", f"seed: 2\nspace: {{x: {{float: [0.0, 1.0]}}}}\n{horizon}"
                                 f"search: {{method: random, fidelity: {fidelity}}}\n")
        say, steps = Dialog(self, "climb.yaml"), []
        while len(steps) < n:
            trials = say("ask", n=2)["trials"]
            self.assertTrue(trials)
            for step in trials:
                budget = step.get("epochs", step.get("folds", step.get("rows")))
                step["value"] = step["params"]["x"] + 1 / budget
                self.assertEqual(say("tell", id=step["id"], value=step["value"]), {"ok": True})
                steps.append((step["trial"], budget, step))
        best = say("best")
        self.assertEqual(say.end(), (("", ""), 0))
        return steps, best

    def test_a_fidelity_of_epochs(self):
        steps, best = self.climb("asha", "objective: {epochs: 27}\n")
        self.assertEqual({budget for _, budget, _ in steps}, {1, 3, 9, 27})
        self.assertEqual([step["id"] for _, _, step in steps], list(range(60)))
        budgets, x = {}, {}
        for trial, budget, step in steps:
            self.assertEqual(set(step), {"id", "trial", "epochs", "params", "value"})
            self.assertEqual(budget, 3 * budgets.get(trial, 1 / 3))  # a rung after the other
            self.assertEqual(x.setdefault(trial, step["params"]["x"]), step["params"]["x"])
            budgets[trial] = budget
        whole = [step for _, budget, step in steps if budget == 27]
        self.assertEqual(best["id"], min(whole, key=lambda step: step["value"])["id"])
        self.assertLess(numpy.mean([step["params"]["x"] for step in whole]), 0.25)  # the good ones were promoted

    def test_fidelities_of_folds_and_rows(self):
        steps, _ = self.climb("{method: hyperband, of: folds}", "objective: {folds: 9}\n")
        self.assertEqual({budget for _, budget, _ in steps}, {1, 3, 9})
        self.assertTrue(all("folds" in step for _, _, step in steps))
        steps, _ = self.climb("{method: asha, of: rows}", "")
        self.assertEqual({round(9 * budget) for _, budget, _ in steps}, {1, 3, 9})

    def test_nothing_to_cut(self):
        self.write("climb.yaml", "space: {x: {float: [0.0, 1.0]}}\nsearch:\n  fidelity: asha\n")
        self.assertIn("climb.yaml:3:3: search.fidelity: there are no epochs",
                      self.muster("ask-tell", "climb.yaml", code=78).err)
        self.assertIn("search.racing: there is one fold",
                      self.muster("ask-tell", "climb.yaml", "--set", "search.fidelity=none", "--set",
                                  "search.racing=paired", code=78).err)

    def test_racing(self):
        for kind, sign in (("forgiving", 1), ("paired", -1)):
            self.write("race.yaml", "space: {x: {float: [0.0, 1.0]}}\n"
                                    f"objective: {{folds: 5, direction: {'minimize' if sign > 0 else 'maximize'}}}\n"
                                    f"search: {{method: random, racing: {kind}}}\n")
            say, spread, folds = Dialog(self, "race.yaml"), [0.02, -0.03, 0.01, 0.03, -0.03], {}
            for i in range(20):
                trial = say("ask")["trials"][0]
                self.assertEqual(set(trial), {"id", "params"})
                values = [sign * (trial["params"]["x"] + s + 0.01 * ((i * k) % 3)) for k, s in enumerate(spread)]
                n = next((n for n in range(1, 5) if say("judge", id=i, folds=values[:n])["discard"]), 5)
                self.assertEqual(say("judge", id=i, folds=values), {"discard": False})  # all are run already
                folds[i] = (sign * numpy.mean(values), n)
                self.assertEqual(say("tell", id=i, folds=values[:n]), {"ok": True})
            self.assertGreater(sum(n < 5 for _, n in folds.values()), 8)
            best = min(folds, key=lambda i: folds[i][0])
            self.assertEqual(folds[best][1], 5)
            self.assertEqual(say("best")["id"], best)
            self.assertAlmostEqual(sign * say("best")["value"], folds[best][0])
            trial = say("ask")["trials"][0]
            for line in ({"folds": []}, {"folds": [1] * 6}, {"folds": ["1"]}, {"folds": 1}, {}):
                self.assertEqual(list(say("tell", id=trial["id"], **line)), ["error"])
                self.assertEqual(list(say("judge", id=trial["id"], **line)), ["error"])
            self.assertEqual(list(say("judge", id=99, folds=[1])), ["error"])
            self.assertEqual(say("tell", id=trial["id"], value=None), {"ok": True})


if __name__ == "__main__":
    unittest.main()
