"""Options of bayes: shown by check, the same trials on any layout and after a resume, predictions on the scale of
scores."""
import unittest

import h5py
import numpy

import program

STUDY = """\
study: bent
seed: 7
space:
  x0: {float: [-5.0, 10.0]}
  x1: {float: [0.0, 15.0]}
objective: {function: branin}
search: {method: bayes, trials: 26, window: 4, bayes: {design: 9, OPTIONS}}
"""
SETTINGS = ("acquisition: thompson, input_warping: kumaraswamy, output_warping: box_cox", "region: turbo, output_warping: rank")


class BayesOptions(program.Test):
    def setUp(self):
        super().setUp()
        for number, options in enumerate(SETTINGS):
            self.write(f"{number}.yaml", STUDY.replace("OPTIONS", options))

    def test_check_shows_them(self):
        out = self.muster("check", "0.yaml").out
        for line in ("acquisition = thompson", "input_warping = kumaraswamy", "output_warping = box_cox", "region = none"):
            self.assertIn(f"search.bayes.{line}", out)

    def test_any_layout_and_resume(self):
        for number in range(len(SETTINGS)):
            with self.subTest(SETTINGS[number]):
                study = f"{number}.yaml"
                self.muster("run", study, "--out", "whole.h5", "--fresh")
                self.muster("run", study, "--out", "three.h5", "--fresh", ranks=3)
                self.muster("run", study, "--out", "grown.h5", "--fresh", "--set", "search.trials=15")
                self.muster("run", study, "--out", "grown.h5", "--resume")
                for name in ("three.h5", "grown.h5"):
                    self.same_tables("whole.h5", name)
                self.predictions_are_scores("whole.h5", (0.25, 0.5)[number])

    def predictions_are_scores(self, name, share):
        """Within this share of their spread, half of them; those of branin go from 0.4 to 300."""
        with h5py.File(self.folder / name) as file:
            trials = {column: file["trials"][column][:] for column in ("source", "predicted", "predicted_std", "score")}
        modelled = numpy.array([source != b"design" for source in trials["source"]])
        self.assertGreater(modelled.sum(), 10)
        self.assertTrue((trials["predicted_std"][modelled] >= 0).all())
        off = abs(trials["predicted"] - trials["score"])[modelled]
        self.assertLess(numpy.median(off), share * trials["score"].std())
        self.assertGreater(trials["predicted"][modelled].max(), 5)  # no rank's normal score, no root


if __name__ == "__main__":
    unittest.main()
