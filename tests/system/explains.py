"""What a result file says of why: importance and partial dependence of a complete run, and each proposal's reason,
the same on any layout and after a resume."""
import unittest

import h5py
import numpy

import program

STUDY = """\
study: explained
seed: 6
space:
  strong: {float: [1.0e-4, 1.0], log: true}
  kind: {choice: [one, two]}
  weak: {int: [1, 9]}
  nested: {float: [0.0, 1.0], when: {kind: one}}
objective:
  command: [awk, -v, "a={strong}", -v, "k={kind}", -v, "w={weak}",
            'BEGIN { l = log(a) / log(10) + 2; print 1 - l * l + (k == "one" ? 0.5 : 0) + 0.01 * w }']
  direction: maximize
search: {method: bayes, trials: 30, window: 4}
"""


class Explains(program.Test):
    def setUp(self):
        super().setUp()
        self.write("explained.yaml", STUDY)

    def parts(self, name):
        """All of /importance and of the reasons, as bytes."""
        found = {}
        with h5py.File(self.folder / name) as file:
            file["importance"].visititems(
                lambda path, item: found.update({path: item[:].tobytes()}) if isinstance(item, h5py.Dataset) else None)
            for column in ("source", "acquisition", "predicted", "predicted_std"):
                found[column] = file["trials"][column][:].tobytes()
        return found

    def test_the_file(self):
        self.muster("run", "explained.yaml")
        with h5py.File(self.folder / "explained.results.h5") as file:
            importance, trials = file["importance"], file["trials"]
            names = [name.decode() for name in importance["name"][:]]
            self.assertAlmostEqual(importance["value"][:].sum(), 1)
            self.assertEqual(names[int(importance["total"][:].argmax())], "strong")
            self.assertEqual(importance["pairs"].shape, (4, 4))
            self.assertLess(importance.attrs["unexplained"], 0.1)
            curve = importance["dependence/strong"]
            peak = curve["value"][int(curve["mean"][:].argmax())]  # as it is told: larger is better
            self.assertTrue(1e-3 < peak < 1e-1, peak)
            self.assertTrue((curve["deviation"][:] > 0).all())
            words = importance["dependence/kind"]
            self.assertEqual([word.decode() for word in words["value"][:]], ["one", "two"])
            self.assertGreater(words["mean"][0], words["mean"][1])
            modelled = [i for i in range(30) if trials["source"][i] not in (b"design", b"initial")]
            self.assertGreater(len(modelled), 10)
            off = [abs(trials["predicted"][i] - trials["score"][i]) for i in modelled]
            self.assertLess(numpy.median(off), 0.1)
            self.assertTrue(all(numpy.isfinite(trials["predicted_std"][i]) for i in modelled))
        self.assertIn("strong", self.muster("show", "explained.results.h5").out.split("apart:")[1])

    def test_any_layout_and_resume(self):
        self.muster("run", "explained.yaml", "--out", "whole.h5")
        self.muster("run", "explained.yaml", "--out", "three.h5", ranks=3)
        self.muster("run", "explained.yaml", "--out", "grown.h5", "--set", "search.trials=12")
        self.muster("run", "explained.yaml", "--out", "grown.h5", "--resume")
        for name in ("three.h5", "grown.h5"):
            self.assertEqual(self.parts("whole.h5"), self.parts(name), name)

    def test_few_trials_say_nothing(self):
        """The datasets are there, of the same shapes, without a number."""
        self.muster("run", "explained.yaml", "--set", "search.trials=6")
        with h5py.File(self.folder / "explained.results.h5") as file:
            self.assertEqual(file["importance/name"].shape, (4,))
            for name, shape in (("value", (4,)), ("first", (4,)), ("total", (4,)), ("pairs", (4, 4))):
                self.assertEqual(file["importance"][name].shape, shape)
                self.assertTrue(numpy.isnan(file["importance"][name][:]).all())
        self.assertNotIn("apart", self.muster("show", "explained.results.h5").out)


if __name__ == "__main__":
    unittest.main()
