"""`show`, `show --json` and the leaderboard of `run` say what h5py reads in the result file; h5dump -H and
the README's script read it without any code of ours."""
import json
import math
import re
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy

import program


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Watches(program.Test):
    def test_until_the_end(self):
        """From before there is a result file on; every page is whole."""
        run = program.start("run", "sleepy.yaml", "--set", "search.trials=60", folder=self.folder)
        program.wait_for(self.folder / "sleepy.results.h5.journal")
        watch = program.start("show", "sleepy.results.h5", "--watch", folder=self.folder)
        self.assertEqual(program.finish(run).code, 0)
        ended = program.finish(watch)
        self.assertEqual((ended.code, ended.err), (0, ""))
        pages = re.findall(r"(?m)^sleepy: (running|complete), (\d+) trials", ended.out)
        self.assertGreater(len(pages), 1)
        self.assertEqual(pages[-1], ("complete", "60"))
        self.assertEqual({state for state, _ in pages[:-1]}, {"running"})
        again = self.muster("show", "sleepy.results.h5", "--watch").out
        self.assertEqual(again, self.muster("show", "sleepy.results.h5").out)
        self.muster("show", "nothing.h5", "--watch", code=66)

    def test_why_it_ended(self):
        words = ("sleepy.yaml", "--set", "search={method: random, trials: 60, stop: {stall: 3}}")
        pages = [self.muster("run", *words).out, self.muster("run", *words, "--resume").out,
                 self.muster("show", "sleepy.results.h5").out]
        with h5py.File(self.folder / "sleepy.results.h5") as file:
            why = text(file.attrs["stopped_because"])
        self.assertIn("stop.stall: 3 trials in a row", why)
        for page in pages:
            self.assertEqual(page.splitlines()[1], f"the search ended by {why}")


class Shows(program.Test):
    def setUp(self):
        super().setUp()
        self.ended = self.muster("run", "small.yaml", ranks=3, limit=90)
        self.out = self.folder / "small.results.h5"

    def test_json(self):
        said = json.loads(self.muster("show", self.out, "--json", "--top", 4).out)
        self.assertEqual(list(said), ["study", "status", "metric", "direction", "trials", "best", "test", "top",
                                      "seconds", "utilisation"])
        with h5py.File(self.out) as file:
            scores = file["trials/score"][:]
            order = numpy.argsort(-scores, kind="stable")
            best = int(order[0])
            self.assertEqual(said["study"], "small")
            self.assertEqual((said["status"], said["metric"], said["direction"]),
                             ("complete", "accuracy", "maximize"))
            self.assertEqual(said["trials"], {"total": 14, "complete": 14, "pruned": 0, "failed": 0})
            self.assertEqual(said["best"]["trial"], int(file["best/trial"][()]))
            self.assertEqual(said["best"]["score"], scores[best])
            self.assertEqual(said["best"]["score_std"], file["trials/score_std"][best])
            self.assertEqual([entry["trial"] for entry in said["top"]], order[:4].tolist())
            for entry in [said["best"], *said["top"]]:
                self.check_params(file, entry)
            self.assertEqual(set(said["test"]), {"accuracy", "log_loss"})
            for name, value in said["test"].items():
                self.assertEqual(value, float(file["best/test"][name][()]))
        self.assertGreater(said["seconds"], 0)
        self.assertTrue(0 < said["utilisation"] <= 1)

    def test_damage(self):
        whole = self.out.read_bytes()
        for i in range(0, len(whole), len(whole) // 20):
            damaged = bytearray(whole)
            damaged[i] ^= 1 << i % 8
            (self.folder / "damaged.h5").write_bytes(damaged)
            code = 65 if i < len(whole) - 24 else 0
            told = self.muster("show", "damaged.h5", code=code).err
            self.assertEqual("damaged.h5: damaged, its bytes are not" in told, code == 65, told)
        with h5py.File(self.out, "a") as file:  # whoever writes it takes the seal off
            file.attrs["note"] = "mine"
        self.muster("show", self.out)

    def check_params(self, file, entry):
        trial = entry["trial"]
        for name, column in file["trials/params"].items():
            if not file["trials/active"][name][trial]:
                self.assertNotIn(name, entry["params"])
            elif column.dtype.kind in "SO":
                self.assertEqual(entry["params"][name], text(column[trial]))
            else:
                self.assertEqual(entry["params"][name], column[trial])

    def test_text(self):
        shown = self.muster("show", self.out).out
        self.assertIn("small: complete, 14 trials", shown)
        self.assertIn("train.learning_rate", shown)
        self.assertTrue(self.ended.out.startswith(shown), "run ends with what show prints")
        self.assertIn("small.results.h5", self.ended.out)
        self.assertEqual(shown, self.muster("show", self.out, ranks=3).out)
        self.assertLessEqual(max(map(len, shown.splitlines())), 100)
        self.assertFalse(any(line.endswith(" ") for line in shown.splitlines()))

    def test_many_metrics(self):
        """They keep to the width of a page, and whole numbers are told as such."""
        self.muster("run", "small.yaml", "--out", "many.results.h5", "--set", "search.trials=1", "--set",
                    "validate.report=[log_loss, balanced_accuracy, precision, recall, f1, mcc, brier, flops, parameters]")
        shown = self.muster("show", "many.results.h5").out
        self.assertLessEqual(max(map(len, shown.splitlines())), 100, shown)
        with h5py.File(self.folder / "many.results.h5") as file:
            test = {name: float(file["best/test"][name][()]) for name in ("flops", "parameters", "mcc")}
        told = dict(re.findall(r"(\w+) ([0-9.e+-]+)[,\n]", shown[shown.index("held-out rows:"):]))
        self.assertEqual(len(told), 10, shown)
        for name, value in test.items():
            self.assertTrue(math.isclose(float(told[name]), value, rel_tol=1e-4), shown)
        self.assertIn(f"parameters {test['parameters']:.0f}", shown)
        self.assertFalse(any(line.endswith(" ") for line in shown.splitlines()))

    def test_best_is_refitted_and_tested(self):
        with h5py.File(self.out) as file:
            self.assertGreater(float(file["best/test/accuracy"][()]), 0.5)
            confusion = file["best/test/confusion"][:]
            self.assertEqual(confusion.sum(), len(file["best/test/rows"]))
            self.assertTrue(math.isclose(confusion.trace() / confusion.sum(),
                                         float(file["best/test/accuracy"][()])))

    def test_h5dump(self):
        if shutil.which("h5dump") is None:
            self.skipTest("h5dump is not installed")
        head = subprocess.run(["h5dump", "-H", self.out], capture_output=True, text=True, timeout=30)
        self.assertEqual((head.returncode, head.stderr), (0, ""))
        self.assertIn("fold_scores", head.stdout)

    def test_script_of_the_readme(self):
        readme = (program.SOURCE / "README.md").read_text()
        script = re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1]
        self.assertLessEqual(len(script.strip().splitlines()), 12)
        shutil.copy(self.out, self.folder / "digits.results.h5")
        ran = subprocess.run([sys.executable, "-c", script], cwd=self.folder, capture_output=True, text=True,
                             timeout=30)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("accuracy", ran.stdout)

    def test_overtuning(self):
        """The first and the default configuration, refitted and tested beside the selected one."""
        self.muster("run", "small.yaml", "--out", "out.h5", "--set", "validate.overtuning=true", "--set",
                    "search.trials=6", ranks=2)
        with h5py.File(self.folder / "out.h5") as file:
            checked, best = file["best/overtuning"], file["best"]
            self.assertEqual([name.decode() for name in checked["configuration"][:]], ["selected", "first", "default"])
            self.assertEqual(list(checked["trial"][:]), [best["trial"][()], 0, -1])
            self.assertEqual(checked["score"][0], best["score"][()])
            self.assertEqual(checked["score"][1], file["trials/score"][0])
            for metric in ("accuracy", "log_loss"):
                self.assertEqual(checked[f"test/{metric}"][0], best[f"test/{metric}"][()])
                self.assertTrue(0 < checked[f"test/{metric}"][1] < 5 and 0 < checked[f"test/{metric}"][2] < 5)
            self.assertNotEqual(checked["test/log_loss"][0], checked["test/log_loss"][2])
        self.assertRegex(self.muster("show", "out.h5").out, "test accuracy: selected .*, first .*, default ")


if __name__ == "__main__":
    unittest.main()
