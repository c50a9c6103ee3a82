"""`check` says what a run would do and leaves nothing behind; --set reaches what it prints."""
import re
import unittest

import h5py
import numpy

import program


class Checks(program.Test):
    def value(self, out, name):
        found = re.search(rf"^\s+{re.escape(name)} +(.*)$", out, re.MULTILINE)
        self.assertIsNotNone(found, f"{name} is missing in\n{out}")
        return found[1].strip()

    def test_report(self):
        before = sorted(self.folder.iterdir())
        out = self.muster("check", "small.yaml", "--ranks", 5).out
        self.assertIn("small: a space of 7 parameters", out)
        self.assertIn("8 .. 32", self.value(out, "network.0.dense.units"))
        self.assertIn("where train.optimizer: sgd", self.value(out, "train.momentum"))
        self.assertIn("plan for 5 ranks", out)
        self.assertIn("14 configurations, each on 3 folds", self.value(out, "trials"))
        self.assertIn("480 for training and validation, 120 held out", self.value(out, "rows"))
        self.assertIn("no problem found", out)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_cost_grows_with_the_ranges(self):
        row = self.value(self.muster("check", "small.yaml").out, "parameters of the network")
        low, middle, high = map(int, row.split())
        self.assertEqual(low, 64 * 8 + 8 + 8 * 10 + 10)
        self.assertEqual(high, 64 * 32 + 32 + 32 * 10 + 10)
        self.assertTrue(low < middle < high)

    def test_memory_of_ranks_that_share_a_fold(self):
        """Of seven shards two ranks need more room than one alone, seven ranks less."""
        def report(ranks, memory):
            out = self.muster("check", "small.yaml", "--ranks", ranks, "--set", "parallel.shards=7", "--set",
                              "validate.folds={holdout: 0.3}", "--set", f"parallel.group_size={max(ranks - 1, 1)}",
                              "--set", "network.0.dense.units=3000", "--set", f"train.memory={memory}").out
            number, unit = self.value(out, "memory a rank").split()[:2]
            return float(number) * {"KiB": 1024, "MiB": 1048576}[unit], out
        (alone, _), (two, out), (seven, _) = report(1, "1GB"), report(3, "1GB"), report(8, "1GB")
        self.assertTrue(seven < alone < two, (seven, alone, two))
        self.assertNotIn("within train.memory", out)
        _, out = report(3, f"{round((alone + two) / 2)}")
        self.assertEqual(self.value(out, "ranks a fold within train.memory").split(), ["1", "1", "1"])

    def test_three_dimensions(self):
        """[n, h, w] or [n, t, c]: what they were taken as, and the attribute that changes it."""
        numbers = numpy.random.default_rng(1).integers(0, 255, (60, 6, 4))
        study = ("study: three\nseed: 1\ndata: {file: three.h5}\nnetwork: [{dense: {units: 4}}]\n"
                 "train: {epochs: 1}\nsearch: {trials: 1}\n")
        self.write("three.yaml", study)
        for kind, layout, taken in (("u1", None, "images, height x width.*TC"), ("u1", "TC", None), ("u1", "HW", None),
                                    ("f4", None, "sequences, time x channels.*HW"), ("f4", "HW", None)):
            with h5py.File(self.folder / "three.h5", "w") as file:
                file["x"], file["y"] = numbers.astype(kind), numpy.arange(60) % 2
                if layout is not None:
                    file["x"].attrs["layout"] = layout
            out = self.muster("check", "three.yaml").out
            if taken is None:
                self.assertNotIn("taken as", out)
            else:
                self.assertRegex(self.value(out, "taken as"), taken)
            images = layout == "HW" or layout is None and kind == "u1"
            self.assertIn("6 x 4 x 1 numbers" if images else "6 x 4 numbers", self.value(out, "a row"))

    def test_set(self):
        out = self.muster("check", "small.yaml", "--set", "search.trials=77",
                          "--set=network.0.dense.units={int: [4, 6]}", ranks=3).out
        self.assertIn("77 configurations", self.value(out, "trials"))
        self.assertIn("4 .. 6", self.value(out, "network.0.dense.units"))
        self.assertIn("plan for 3 ranks", out)

    def test_options_without_effect(self):
        """Those of plug-ins that are not chosen, of early stopping without patience; not those that a range chooses."""
        self.assertEqual(self.muster("check", "small.yaml", ranks=2).err, "")
        for words, says in ((["optimizer=adamw"], []),  # momentum is there `when: {optimizer: sgd}`
                            (["optimizer=lion", "momentum=0", "beta2=0.9"], ["`train.momentum`", "optimizer adam, adamw, nadam"]),
                            (["gamma=0.5"], ["`train.gamma` has no effect here: it is an option of schedule step"]),
                            (["gamma=0.5", "schedule={choice: [constant, step]}"], []),
                            (["loss=cross_entropy", "quantile={float: [0.1, 0.9]}"], ["an option of loss pinball"]),
                            (["early_stopping={min_delta: 0.1}"], ["`train.early_stopping.min_delta` has no effect without"]),
                            (["early_stopping={min_delta: 0.1, patience: 2}", "label_smoothing=0.1"], [])):
            sets = [word for each in words for word in ("--set", f"train.{each}")]
            lines = self.muster("check", "small.yaml", *sets, ranks=2).err.splitlines()
            self.assertEqual(len(lines), len(says), lines)
            for line, said in zip(lines, says):
                self.assertRegex(line, r"^muster: warning: (\S+:\d+:\d+|--set \S+):")
                self.assertIn(said, line)

    def test_function(self):
        out = self.muster("check", "sleepy.yaml").out
        self.assertIn("40 configurations, each on 1 fold", self.value(out, "trials"))
        self.assertIn("minimize", self.value(out, "objective"))

    def test_for_ask_tell(self):
        """Such a study has nothing to evaluate: no fault, but for `run`."""
        self.write("space.yaml", "space: {lr: {float: [0.1, 1], log: true, prior: {value: 0.2, weight: 0.3}}}\n"
                                 "search: {method: genetic}\n")
        out = self.muster("check", "space.yaml", ranks=2).out
        self.assertEqual(self.value(out, "lr"), "float  0.1 .. 1, log, prior 0.2 of weight 0.3")
        self.assertIn("for ask-tell", out)
        self.assertIn("no problem found", out)
        self.assertIn("nothing to evaluate", self.muster("run", "space.yaml", code=78).err)
        ended = self.muster("check", "space.yaml", "--set", "search.fidelity=asha", code=78)
        self.assertRegex(ended.err, r"(?m)^--set search.fidelity")

    def test_comparisons_that_the_ranges_decide(self):
        self.write("forbid.yaml", "space: {a: {float: [0, 1]}, b: {choice: [2, 3]}, c: {int: [1, 4], when: {b: 2}}}\n"
                                  "objective: {function: dummy}\n"
                                  "search:\n  forbid: ['b < a', 'a < c', 'c == 4', 'c > 4', 'a != 2']\n")
        warnings = re.findall(r"warning: (.*)", self.muster("check", "forbid.yaml", code=78).err)
        self.assertEqual(warnings, ['forbid.yaml:4:12: `search.forbid`: "b < a" never holds in these ranges',
                                    'forbid.yaml:4:40: `search.forbid`: "c > 4" never holds in these ranges',
                                    'forbid.yaml:4:49: `search.forbid`: "a != 2" always holds in these ranges'])

    def test_methods_that_wait(self):
        self.assertIn("results up to", self.muster("check", "sleepy.yaml").out)
        self.assertIn("wait for no result",
                      self.muster("check", "sleepy.yaml", "--set", "search.method=random").out)

    def busy(self, *sets):
        words = [word for value in sets for word in ("--set", value)]
        out = self.muster("check", "small.yaml", "--ranks", 9, "--set", "parallel.group_size=1", "--set",
                          "search.trials=900", "--set", "search.window=8", *words).out
        return int(re.search(r"about (\d+) %", self.value(out, "busy"))[1]), out

    def test_generations(self):
        whole, out = self.busy("search.method=cmaes", "search.cmaes.population=10")
        self.assertIn("generations of 10 wait for all results before them", self.value(out, "order"))
        window, out = self.busy("search.method=cmaes", "search.cmaes.generations=window")
        self.assertIn("results up to i - 9", self.value(out, "order"))
        small, _ = self.busy("search.method=cmaes", "search.cmaes.population=4")
        self.assertTrue(small <= 50 and small < whole < window)  # four of eight groups, at most
        _, out = self.busy("search.method=genetic", "search.genetic.replacement=generations",
                           "search.genetic.population=30")
        self.assertIn("generations of 30 wait", self.value(out, "order"))

    def test_rungs(self):
        share, out = self.busy("search.method=random")
        self.assertNotIn("rungs", out)
        self.assertGreater(share, 95)  # nobody waits
        waits, out = self.busy("search.method=random", "search.fidelity=asha", "train.epochs=27")
        self.assertEqual(self.value(out, "rungs"), "1, 3, 9, 27 epochs")
        self.assertIn("about 1333,", self.value(out, "steps"))  # 900 + 300 + 100 + 33.3
        self.assertTrue(5 < waits < share)  # the window counts steps, and all wait for the longest
        _, out = self.busy("search.fidelity={method: freeze_thaw, eta: 3}", "train.epochs=27")
        self.assertEqual(self.value(out, "rungs"), "3, 9, 27 epochs")  # one rung less
        self.assertIn("about 1125,", self.value(out, "steps"))  # 900 + 150 + 75: fewer go on
        self.assertIn("search.fidelity.method = freeze_thaw", out)
        self.assertNotIn("search.fidelity = ", out)  # its default is not in effect
        _, out = self.busy("search.fidelity={method: asha, of: rows, eta: 2}")
        self.assertEqual(self.value(out, "rungs"), "25, 50, 100 % of the rows")
        self.assertIn("about 1575,", self.value(out, "steps"))

    def folds(self, y, metrics="metric: log_loss", code=0):
        """What is said of folds of these classes, in the order of time."""
        with h5py.File(self.folder / "any.h5", "w") as file:
            file["x"], file["y"] = numpy.random.default_rng(1).normal(size=(len(y), 2)), y
            file["class_names"] = ["cat", "dog", "owl"]
        self.write("any.yaml", "data: {file: any.h5, test: none, time_order: true}\n"
                               f"network: [{{dense: 4}}]\nvalidate: {{folds: 4, {metrics}}}\n")
        return self.muster("check", "any.yaml", code=code)

    def test_classes_that_are_not_trained_on(self):
        y = numpy.arange(50) % 2
        self.assertNotIn("validate on", self.folds(y).err)
        y[44:] = 2
        self.assertIn("any.yaml:3:12: validate.folds: 1 of 4 folds validate on classes that they do not train "
                      "on; fold 4 on 6 rows of class 2 (owl)", self.folds(y).err)

    def test_metrics_that_no_fold_could_have(self):
        y = numpy.arange(50) % 2
        y[20:30] = 1
        self.assertIn("warning: any.yaml:3:22: validate.report: roc_auc is undefined on fold 2, whose 10 rows are "
                      "all of class 1 (dog)", self.folds(y, "report: [roc_auc]").err)
        ended = self.folds(y, "metric: roc_auc", code=78)
        self.assertIn("any.yaml:3:22: validate.metric: roc_auc is undefined on fold 2", ended.out + ended.err)


if __name__ == "__main__":
    unittest.main()
