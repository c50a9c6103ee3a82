"""`export` gives the table that h5py reads, and the best configuration as a study that gives its scores again."""
import csv
import json
import os
import unittest

import h5py
import numpy

import program


def text(value):
    return value.decode() if isinstance(value, bytes) else value


PER_LAYER = ("network=[{dense: {repeat: {int: [1, 3]}, units: {int: [4, 9], per_layer: true}, "
             "activation: {choice: [relu, tanh]}}}, flatten]")


class Exports(program.Test):
    def check_number(self, said, value):
        self.assertEqual(said, "" if numpy.isnan(value) else float(said) == value and said)

    def check_csv(self, results, name):
        with open(self.folder / name, newline="") as lines, h5py.File(self.folder / results) as file:
            rows, trials = list(csv.DictReader(lines)), file["trials"]
            self.assertEqual(len(rows), len(trials["id"]))
            for i, row in enumerate(rows):
                self.assertEqual(int(row["id"]), trials["id"][i])
                self.assertEqual(row["state"], text(trials["state"][i]))
                self.assertEqual(row["reason"], text(trials["reason"][i]))
                for column in ("score", "score_std", "seconds"):
                    self.check_number(row[column], trials[column][i])
                for column, values in trials["params"].items():
                    if not trials["active"][column][i]:
                        self.assertEqual(row[column], "")
                    elif values.dtype.kind == "S":
                        self.assertEqual(row[column], text(values[i]))
                    else:
                        self.check_number(row[column], values[i])
                for column, values in trials["metrics"].items():
                    if not numpy.isnan(values[i]).any():
                        self.assertAlmostEqual(float(row[column]), values[i].mean(), places=12)
            return rows

    def again(self, results, study):
        """The exported study is sound, and evaluated as that trial it has its scores."""
        self.muster("export", results, "--study", study)
        self.assertIn("no problem found", self.muster("check", study).out)
        with h5py.File(self.folder / results) as file:
            best = int(file["best/trial"][()])
            scores = file["trials/fold_scores"][best].tolist()
        entry, = json.loads(self.muster("eval", study, "--trial", best, "--json").out)
        self.assertEqual(entry["fold_scores"], scores)

    def test_tables(self):
        self.muster("run", "small.yaml")
        self.muster("export", "small.results.h5", "--csv", "out.csv", "--json", "out.json")
        rows = self.check_csv("small.results.h5", "out.csv")
        for row, trial in zip(rows, json.loads((self.folder / "out.json").read_text()), strict=True):
            self.assertEqual(list(trial), ["id", "state", "score", "score_std", "seconds", "epochs", "params",
                                           "metrics", "reason"])
            self.assertEqual(trial["score"], float(row["score"]))
            self.assertEqual(trial["epochs"], float(row["epochs"]))
            for name, value in {**trial["params"], **trial["metrics"]}.items():
                self.assertEqual(row[name], value if isinstance(value, str) else row[name])
                self.assertEqual(row[name] != "", True)
        self.assertEqual(self.muster("export", "small.results.h5", "--csv", "-").out,
                         (self.folder / "out.csv").read_text())
        self.assertEqual([path.name for path in self.folder.glob("*.tmp")], [])

    def test_quotes_and_failures(self):
        self.write("odd.yaml", 'space: {c: {choice: ["a,b", "say \\"x\\"", "plain", [1, 2]]}, x: {float: [0, 1]}}\n'
                   "objective: {function: dummy, fail_every: 3}\nsearch: {method: random, trials: 12}\n")
        self.muster("run", "odd.yaml")
        self.muster("export", "odd.results.h5", "--csv", "out.csv")
        rows = self.check_csv("odd.results.h5", "out.csv")
        self.assertLess({row["c"] for row in rows}, {"a,b", 'say "x"', "plain", "[1, 2]", "other"})
        failed = [row for row in rows if row["state"] == "failed"]
        self.assertEqual(len(failed), 4)
        self.assertTrue(all(row["score"] == "" and row["reason"] for row in failed))
        self.muster("export", "odd.results.h5", "--study", "best.yaml")
        self.assertIn("no problem found", self.muster("check", "best.yaml").out)

    def test_what_json_says_can_be_evaluated(self):
        """Choices of lists, truth values, and numbers beside words are what the study has."""
        sets = ("--set", "train.class_weight={choice: [balanced, [1, 2, 1, 1, 1, 1, 1, 1, 1, 1]]}",
                "--set", "train.batch_size={choice: [64, 1.28e+2, all]}", "--set", "train.nesterov={choice: [true, false]}",
                "--set", "train.epochs=1", "--set", "search={trials: 9, method: random}")
        self.muster("run", "small.yaml", *sets)
        self.muster("export", "small.results.h5", "--json", "out.json")
        trials = json.loads((self.folder / "out.json").read_text())
        said = [{repr(trial["params"][f"train.{name}"]) for trial in trials}
                for name in ("class_weight", "batch_size", "nesterov")]
        self.assertEqual(said, [{"'balanced'", "[1, 2, 1, 1, 1, 1, 1, 1, 1, 1]"}, {"'all'", "128", "64"},
                                {"False", "True"}])
        self.write("params.json", json.dumps([trial["params"] for trial in trials]))
        again = json.loads(self.muster("eval", "small.yaml", *sets, "--params", "@params.json", "--json").out)
        self.assertEqual([entry["score"] for entry in again], [trial["score"] for trial in trials])

    def test_study_of_a_function(self):
        self.muster("run", "sleepy.yaml", "--set", "search.trials=3")
        self.again("sleepy.results.h5", "best.yaml")

    def test_study(self):
        self.muster("run", "small.yaml")
        self.again("small.results.h5", "best.yaml")

    def test_what_is_inactive_is_left_out(self):
        """An option that its own condition switches off would be warned of as one without effect."""
        self.write("both.yaml", program.DIGITS_STUDY.split("train:")[0].split("\n", 1)[1] +
                   "train: {epochs: 1, optimizer: {choice: [sgd, adam]},\n"
                   "        momentum: {float: [0.1, 0.9], when: {optimizer: sgd}}}\n"
                   "search: {trials: 2, initial: [{train.optimizer: adam}, {train.optimizer: sgd}]}\n")
        self.muster("run", "both.yaml", "--set", "search.trials=1")
        self.again("both.results.h5", "best.yaml")
        self.assertNotIn("momentum", (self.folder / "best.yaml").read_text())
        self.assertIn("study: both\n", (self.folder / "best.yaml").read_text())

    def test_study_with_sets(self):
        self.muster("run", "small.yaml", "--set", PER_LAYER, "--set", "validate.folds=4", "--set", "search.trials=6")
        self.again("small.results.h5", "best.yaml")

    def test_what_is_no_plain_file_is_kept(self):
        """Pipes and links are written into, not replaced; data sets are refused there."""
        self.muster("run", "sleepy.yaml", "--set", "search.trials=2")
        out = "sleepy.results.h5"
        table = self.muster("export", out, "--csv", "-").out
        os.mkfifo(self.folder / "pipe")
        reader = os.open(self.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.muster("export", out, "--csv", "pipe")
        self.assertEqual(os.read(reader, 1 << 16).decode(), table)
        os.close(reader)
        self.assertTrue((self.folder / "pipe").is_fifo())
        (self.folder / "link.csv").symlink_to("table.csv")
        self.muster("export", out, "--csv", "link.csv")
        self.assertTrue((self.folder / "link.csv").is_symlink())
        self.assertEqual((self.folder / "table.csv").read_text(), table)
        (self.folder / "t.csv").write_text("a,b\n1,0\n2,1\n3,0\n")
        err = self.muster("import", "t.csv", "--target", "b", "--out", "pipe", code=64).err
        self.assertIn("no regular file", err)
        self.assertTrue((self.folder / "pipe").is_fifo())

    def test_wrong_use(self):
        self.muster("run", "sleepy.yaml", "--set", "search.trials=2")
        out = "sleepy.results.h5"
        before = (self.folder / out).read_bytes()
        self.assertIn("--csv", self.muster("export", out, code=64).err)
        self.assertIn("overwrite", self.muster("export", out, "--csv", out, code=64).err)
        self.assertIn("no/such", self.muster("export", out, "--csv", "no/such.csv", code=74).err)
        self.muster("export", "none.h5", "--csv", "a.csv", code=66)
        self.muster("export", "digits.h5", "--csv", "a.csv", code=65)
        self.muster("export", out, "--csv", "a.csv", ranks=1, code=74, MUSTER_FAULT="write:1")
        self.assertFalse((self.folder / "a.csv").exists() or (self.folder / "a.csv.tmp").exists())
        self.assertEqual((self.folder / out).read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
