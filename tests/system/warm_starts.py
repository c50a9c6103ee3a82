"""A run that learns from earlier ones: by name, without the old file after a resume, and with problems told."""
import unittest

import h5py

import program

OLD = """\
study: old
seed: 3
space:
  x0: {float: [-5.0, 10.0]}
  x1: {float: [0.0, 15.0]}
  more: {choice: [one, two]}
objective: {function: dummy}
search: {method: random, trials: 40}
"""

NEW = """\
study: new
seed: 4
space:
  x1: {float: [0.0, 12.0]}
  x0: {float: [-5.0, 10.0]}
  extra: {int: [1, 5]}
objective: {function: dummy, sleep: {lognormal: [-3.5, 0.3]}}
search: {method: METHOD, trials: 30, window: 4, warm_start: [old.results.h5]}
"""


class WarmStarts(program.Test):
    def setUp(self):
        super().setUp()
        self.write("old.yaml", OLD)
        for method in ("random", "bayes"):
            self.write(f"{method}.yaml", NEW.replace("METHOD", method))
        self.muster("run", "old.yaml")

    def test_begins_with_the_best(self):
        ended = self.muster("run", "random.yaml", "--log-level", "info")
        self.assertRegex(ended.err, r"old.results.h5: \d+ of its 40 trials lie in this study's space \(\d+ outside, 0 pruned\)")
        self.assertIn("no parameter extra", ended.err)
        with h5py.File(self.folder / "old.results.h5") as old, h5py.File(self.folder / "random.results.h5") as new:
            inside = [i for i in range(40) if old["trials/params/x1"][i] <= 12]
            best = sorted(inside, key=lambda i: old["trials/score"][i])[:5]
            self.assertEqual([old["trials/params/x0"][i] for i in best], list(new["trials/params/x0"][:5]))
            self.assertEqual(set(new["trials/params/extra"][:5]), {3})

    def test_resume_does_without_the_file(self):
        """Whatever the method learnt from it, on any layout."""
        self.muster("run", "bayes.yaml", "--out", "whole.h5")
        for ranks in (None, 3):
            with self.subTest(ranks=ranks):
                old = (self.folder / "old.results.h5").read_bytes()
                self.muster("run", "bayes.yaml", "--out", "out.h5", "--fresh", "--time-limit", "0.7s", ranks=ranks,
                            code=75)
                (self.folder / "old.results.h5").unlink()
                self.muster("run", "bayes.yaml", "--out", "out.h5", "--resume", ranks=ranks)
                self.same_tables("whole.h5", "out.h5")
                (self.folder / "old.results.h5").write_bytes(old)

    def test_ask_tell(self):
        process = program.start("ask-tell", "random.yaml", folder=self.folder)
        self.assertEqual(program.finish(process).code, 0)

    def test_problems_are_told(self):
        for command in ("check", "run"):
            for ranks, name, code in ((None, "none.h5", 66), (2, "digits.h5", 65)):
                ended = self.muster(command, "random.yaml", "--set", f"search.warm_start=[{name}]", ranks=ranks,
                                    code=code)
                self.assertIn(name, ended.err)
        self.write("wrong.yaml", NEW.replace("METHOD", "random").replace("old.results.h5", "digits.h5"))
        self.assertRegex(self.muster("run", "wrong.yaml", code=65).err, r"(?m)^wrong.yaml:8:62: \S*digits.h5: no result file")

    def test_a_file_of_another_space_is_refused(self):
        self.write("far.yaml", OLD.replace("x0", "y0").replace("x1", "y1").replace("study: old", "study: far"))
        self.muster("run", "far.yaml")
        for command, ranks in (("check", None), ("run", 2)):
            ended = self.muster(command, "random.yaml", "--set", "search.warm_start=[far.results.h5]",
                                ranks=ranks, code=65)
            self.assertIn("far.results.h5: it has none of this study's parameters", ended.err)


if __name__ == "__main__":
    unittest.main()
