"""`eval` gives the bits of the trials of `run`, on any number of ranks, and says what is wrong with a configuration
before anything is trained."""
import json
import math
import unittest

import h5py
import numpy

import program


class Evals(program.Test):
    def trials(self, name):
        """The parameters of every trial of a result file, as a list for --params."""
        with h5py.File(self.folder / name) as file:
            trials = file["trials"]
            columns = {key: column[:] for key, column in trials["params"].items()}
            active = {key: column[:] for key, column in trials["active"].items()}
            n = len(trials["id"])
        return [{key: value[i].decode() if value.dtype.kind == "S" else value[i].item()
                 for key, value in columns.items() if active[key][i]} for i in range(n)]

    def evaluate(self, study, params, *words, ranks=None):
        (self.folder / "params.json").write_text(json.dumps(params))
        out = self.muster("eval", study, "--params", "@params.json", "--json", *words, ranks=ranks).out
        entries = json.loads(out)
        for entry in entries:
            self.assertGreaterEqual(entry.pop("seconds"), 0)
        return entries

    def refused(self, params, code, *says):
        for ranks in (None, 3):
            ended = self.muster("eval", "small.yaml", "--params", params, ranks=ranks, code=code)
            self.assertEqual(ended.out, "")
            for words in says:
                self.assertIn(words, ended.err)

    def test_bits_of_a_run(self):
        self.muster("run", "small.yaml")
        params = self.trials("small.results.h5")
        entries = self.evaluate("small.yaml", params)
        with h5py.File(self.folder / "small.results.h5") as file:
            trials = file["trials"]
            for i, entry in enumerate(entries):
                self.assertEqual(list(entry), ["params", "state", "reason", "score", "score_std", "fold_scores",
                                               "metrics", "epochs"])
                self.assertEqual((entry["state"], entry["reason"]), ("complete", ""))
                self.assertEqual(entry["params"], params[i])
                self.assertEqual(entry["score"], trials["score"][i])
                self.assertEqual(entry["score_std"], trials["score_std"][i])
                self.assertEqual(entry["fold_scores"], trials["fold_scores"][i].tolist())
                self.assertEqual(entry["epochs"], trials["epochs"][i].tolist())
                self.assertEqual(entry["metrics"], {"log_loss": trials["metrics/log_loss"][i].tolist()})
        for ranks in (1, 2, 3, 7):
            self.assertEqual(self.evaluate("small.yaml", params, ranks=ranks), entries)
        self.assertEqual(self.evaluate("small.yaml", params[5:6], "--trial", 5, ranks=2), entries[5:6])

    def test_shared_folds(self):
        """Four ranks, two a fold."""
        shared = ("--set", "validate.folds=2", "--set", "parallel.shards=3")
        params = {"network.0.dense.units": 16, "network.0.dense.activation": "relu", "network.1.dropout": 0.2,
                  "train.batch_size": 64, "train.optimizer": "adamw", "train.learning_rate": 0.01}
        entries = self.evaluate("small.yaml", params, *shared)
        self.assertEqual(self.evaluate("small.yaml", params, *shared, ranks=4), entries)

    def test_constants(self):
        self.muster("run", "small.yaml", "--set", "search.trials=2")
        first, second = self.trials("small.results.h5")
        params = [first, {**first, "train.epochs": 2}, {**second, "train.epochs": 2}, second]
        entries = self.evaluate("small.yaml", params, ranks=3)
        self.assertEqual([entry["params"] for entry in entries], params)
        self.assertTrue(all(epochs <= 2 for entry in entries[1:3] for epochs in entry["epochs"]))
        shown = self.muster("eval", "small.yaml", "--params", "@params.json").out
        for words in ("small: 4 configurations; accuracy is to be maximized", "fold 3", "log_loss", "train.epochs"):
            self.assertIn(words, shown)
        self.assertLessEqual(max(map(len, shown.splitlines())), 100)
        fixed = ["--set=network=[{dense: 8}]", "--set=train={epochs: 2}"]
        self.assertEqual(self.evaluate("small.yaml", {}, *fixed)[0]["params"], {})

    def test_function(self):
        entry, = self.evaluate("sleepy.yaml", {"x0": math.pi, "x1": 2.275}, ranks=3)
        self.assertAlmostEqual(entry["score"], 0.39788735772973816, places=12)
        self.assertEqual((entry["fold_scores"], entry["metrics"]), ([entry["score"]], {}))

    def test_failed_is_an_outcome(self):
        first, second = self.evaluate("sleepy.yaml", [{"x0": 1, "x1": 2}, {"x0": 1, "x1": 2}],
                                      "--set", "objective.fail_every=2", ranks=2)
        self.assertEqual({first["state"], second["state"]}, {"complete", "failed"})
        failed = first if first["state"] == "failed" else second
        self.assertIsNone(failed["score"])
        self.assertNotEqual(failed["reason"], "")

    def test_wrong_parameters(self):
        self.refused("{}", 64, "train.learning_rate", "network.0.dense.units")
        self.refused('{"train.learning_rate": 7}', 64, "0.001, 0.1")
        self.refused('[{"train.epoch": 3}]', 64, "configuration 0", "epochs")
        self.refused('{"train.epochs": -1}', 64, "whole number")
        self.refused('{"validate.folds": 4}', 64, "`validate.folds` is `4` (it is the constant 3)")
        self.refused('{"train', 64, "no JSON")
        self.refused("[3]", 64, "configuration 0")
        self.refused("@none.json", 66, "none.json")

    def test_empty_list(self):
        self.assertEqual(self.evaluate("small.yaml", [], ranks=3), [])
        self.assertIn("0 configurations", self.muster("eval", "small.yaml", "--params", "[]").out)


class Warnings(program.Test):
    def test_once(self):
        """What all configurations have in common is said once, and what one has alone is not left out."""
        with h5py.File(self.folder / "flat.h5", "w") as file:
            x = numpy.random.default_rng(2).normal(size=(60, 4)).astype("f4")
            x[:, 2] = 3
            file["x"], file["y"] = x, (numpy.arange(60) % 2).astype("i4")
        self.write("flat.yaml", "data: {file: flat.h5}\nnetwork: [{dense: {units: 4}}]\n"
                                "train: {epochs: 1, learning_rate: {float: [0.1, 1]}}\nvalidate: {folds: 2}\n")
        told = self.muster("eval", "flat.yaml", "--params",
                           '[{"train.learning_rate": 0.1}, {"train.learning_rate": 0.2, "train.epochs": 2}]').err
        self.assertEqual(told.count("column that tells nothing"), 1, told)


class Tokens(program.Test):
    def setUp(self):
        super().setUp()
        with h5py.File(self.folder / "tokens.h5", "w") as file:
            x = numpy.random.default_rng(3).integers(0, 7, (60, 5))
            file["x"], file["y"] = x.astype("i4"), (x[:, 0] > 2).astype("i4")

    def study(self, task, network):
        self.write("tokens.yaml", f"data: {{file: tokens.h5, task: {task}}}\nnetwork: {network}\n"
                                  "train: {epochs: 2}\nvalidate: {folds: 2}\n")
        return "tokens.yaml"

    def evaluate(self, task, network, code=0):
        return self.muster("eval", self.study(task, network), "--json", code=code)

    def test_families(self):
        """On their defaults they take tokens, and tell the next ones."""
        for kind in ("rnn", "lstm", "gru", "transformer"):
            with self.subTest(kind=kind):
                trial, = json.loads(self.evaluate("next_token, y: none", f"{{{kind}: {{}}}}").out)
                self.assertEqual(trial["state"], "complete")
                self.assertLess(trial["score"], 3)  # log 7 is 1.95

    def test_a_network_that_begins_with_what_embeds(self):
        """Integers [n, t] are tokens then; a table to any other network, and where the study says so."""
        for network in ("[embedding: 3, gru: {}]", "[gru: {}]", "{lstm: {units: 4}}", "{transformer: {width: 8}}"):
            with self.subTest(network=network):
                trial, = json.loads(self.evaluate("classification", network).out)
                self.assertEqual(trial["state"], "complete")
        self.assertIn("5 numbers", self.muster("check", self.study("classification", "[dense: 4]")).out)
        self.assertIn("not plain numbers", self.evaluate("classification, tokens: false", "[gru: {}]", code=78).err)


class Seconds(program.Test):
    def test_seconds(self):
        """What a training took, as far as the whole run's clock agrees; the quickest trial is the best."""
        ended = self.muster("run", "small.yaml", "--set", "search.order=arrival", "--set", "validate.metric=seconds",
                            "--set", "search.trials=5", ranks=3)
        with h5py.File(self.folder / "small.results.h5") as file:
            took, scores = file["trials/seconds"][:], file["trials/score"][:]
            folds = file["trials/fold_scores"][:]
            self.assertTrue((folds > 0).all() and (folds.sum(1) <= took * 2 + 0.1).all())  # folds over two ranks
            self.assertLess(scores.sum() * 3, 3 * ended.seconds)
            self.assertEqual(int(file["best/trial"][()]), int(scores.argmin()))
            self.assertGreater(float(file["best/test/seconds"][()]), 0)
            self.assertEqual(file.attrs["direction"], "minimize")


if __name__ == "__main__":
    unittest.main()
