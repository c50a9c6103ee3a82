"""`predict` gives every held-out row the bits of /best/test, wherever it stands, from the result file alone."""
import unittest

import h5py
import numpy

import program

STUDY = """\
study: any
seed: 2
data: {file: any.h5, test: 0.3}
network: [{dense: {units: {int: [3, 20]}, activation: gelu}}, {dropout: 0.1}, {dense: 5}]
train: {epochs: 4, batch_size: 33, learning_rate: 0.05}
validate: {folds: 2}
search: {trials: 2, method: random}
"""


class Predicts(program.Test):
    def predict(self, data, *words, results="any.results.h5", code=0, **how):
        return self.muster("predict", results, data, "--out", "p.h5", *words, code=code, **how)

    def same_as_test(self, data, results="any.results.h5", x="/x"):
        """The predictions of the whole of x have the bits of the held-out rows' in the results."""
        self.predict(data, "--x", x, results=results)
        with h5py.File(self.folder / results) as file, h5py.File(self.folder / "p.h5") as said:
            rows, names = file["best/test/rows"][:], [n for n in ("prediction", "probability") if n in said]
            self.assertTrue(x == "/x" or rows.tolist() == list(range(len(rows))), rows)  # numbers in /test/x
            for name in names:
                test = file["best/test"][name]
                self.assertEqual(test.dtype, said[name].dtype)
                self.assertEqual(test[:].tobytes(), numpy.ascontiguousarray(said[name][:][rows]).tobytes(), name)
            return {name: said[name][:] for name in names}

    def make(self, x, y, study=STUDY, **more):
        with h5py.File(self.folder / "any.h5", "w") as file:
            file["x"], file["y"] = x, y
            for name, value in more.items():
                file[name.replace("__", "/")] = value
        self.write("any.yaml", study)
        self.muster("run", "any.yaml", "--fresh", ranks=2)

    def test_digits(self):
        self.muster("run", "small.yaml")
        said = self.same_as_test("digits.h5", "small.results.h5")
        self.assertEqual(said["probability"].shape, (1797, 10))
        self.assertTrue((said["probability"].argmax(1) == said["prediction"]).all())
        numpy.testing.assert_allclose(said["probability"].sum(1), 1, rtol=1e-5)
        with h5py.File(self.folder / "digits.h5") as file:
            self.assertGreater((said["prediction"] == file["y"][:]).mean(), 0.7)
        with h5py.File(self.folder / "p.h5") as file:
            self.assertEqual(file["class_names"][:].tolist(), [b"%d" % i for i in range(10)])
        (self.folder / "small.yaml").unlink()
        out = self.predict("digits.h5", results="small.results.h5", ranks=3).out
        self.assertIn("1797 rows predicted", out)

    def test_regression(self):
        draw = numpy.random.default_rng(3)
        x = draw.normal(50, 7, (500, 6))
        self.make(x.astype("f8"), x[:, :2] * [3, 100] + 5)
        self.assertEqual(self.same_as_test("any.h5")["prediction"].shape, (500, 2))
        self.make(x.astype("f4"), x[:, 0] * 30)
        said = self.same_as_test("any.h5")["prediction"]
        self.assertEqual(said.shape, (500,))
        self.assertLess(abs(said.mean() - 1500), 200)

    def test_several_labels(self):
        draw = numpy.random.default_rng(8)
        x = draw.normal(size=(500, 4)).astype("f4")
        study = STUDY.replace(
            "folds: 2", "folds: 2, metric: micro_f1, report: [roc_auc, hamming_loss, flops, parameters]")
        self.make(x, (x[:, :3] + x[:, 1:] > 0).astype("i1"), study, class_names=["red", "round", "ripe"])
        said = self.same_as_test("any.h5")
        self.assertEqual(said["prediction"].shape, (500, 3))
        self.assertTrue((said["prediction"] == (said["probability"] > 0.5)).all())
        with h5py.File(self.folder / "any.results.h5") as file:
            test = file["best/test"]
            right = test["target"][:] == test["prediction"][:]
            self.assertAlmostEqual(test["hamming_loss"][()], 1 - right.mean())
            self.assertEqual(test["confusion"].shape, (3, 2, 2))
            self.assertEqual(test["confusion"][:, 1, 1].tolist(),
                             (test["target"][:] * test["prediction"][:]).sum(0).tolist())
            self.assertEqual(sorted(test["roc_curve"]), ["red", "ripe", "round"])
            self.assertEqual(test["parameters"][()], file["best/model"].attrs["parameters"])
            self.assertTrue((file["trials/metrics/flops"][:] > 0).all())
        with h5py.File(self.folder / "p.h5") as file:
            self.assertEqual(file["class_names"][:].tolist(), [b"red", b"round", b"ripe"])
        self.assertIn("ripe", self.predict("any.h5").out)
        self.assertIn("3 labels", self.muster("check", "any.yaml").out)

    def test_gaps_and_codes(self):
        draw = numpy.random.default_rng(4)
        x = numpy.column_stack([draw.normal(size=400), draw.integers(0, 3, 400), draw.normal(9, 2, 400)])
        y = (x[:, 0] + x[:, 1] > 1).astype("i4")
        x[draw.integers(0, 400, 60), 0] = numpy.nan
        x[draw.integers(0, 400, 20), 1] = numpy.nan
        self.make(x.astype("f4"), y, categorical=numpy.uint8([0, 1, 0]), levels=[0, 3, 0])
        self.same_as_test("any.h5")
        self.make(x.astype("f4"), y, STUDY.replace("test: 0.3", "test: 0.3, one_hot: 2"),
                  categorical=numpy.uint8([0, 1, 0]), levels=[0, 3, 0])
        self.same_as_test("any.h5")
        with h5py.File(self.folder / "any.results.h5") as file:
            self.assertEqual(file["best/model/00-embedding/weight_0"].shape, (3, 2))
            self.assertEqual(file["best/model/input/names"][-1], b"x1")
        x[7, 1] = 3
        with h5py.File(self.folder / "odd.h5", "w") as file:
            file["x"] = x
        self.assertRegex(self.predict("odd.h5", code=65).err, "row 7, column 1.*3 is no code.*that the model knows")
        self.assertFalse((self.folder / "p.h5.tmp").exists())

    def test_lengths(self):
        """What stands behind a row's length changes no bit, in training or prediction."""
        draw = numpy.random.default_rng(8)
        used, y = draw.integers(1, 4, 200), draw.integers(0, 2, 200)
        behind = numpy.arange(3)[None, :, None] >= used[:, None, None]
        x = (draw.normal(3, 2, (200, 3, 2)) * [1, 40] + y[:, None, None]).astype("f4")
        both = []
        for garbage in (0, numpy.nan):
            self.make(numpy.where(behind, numpy.float32(garbage), x), y, length=used)
            both.append(self.same_as_test("any.h5")["probability"].tobytes())
        self.assertEqual(*both)
        with h5py.File(self.folder / "any.h5", "r+") as file:
            file["far/x"], file["far/steps"] = file["x"][:], file["length"][:]
            del file["length"]
        self.predict("any.h5", "--length", "/far/steps")
        with h5py.File(self.folder / "p.h5") as said:
            self.assertEqual(said["probability"][:].tobytes(), both[0])
        self.assertIn("row", self.predict("any.h5", code=65).err)  # NaN in steps that now count
        self.assertIn("no data set /far/none", self.predict("any.h5", "--length", "/far/none", code=65).err)
        with h5py.File(self.folder / "short.h5", "w") as file:
            file["x"] = x[:1, :-1]
        self.assertIn("fewer steps are filled up", self.predict("short.h5", code=65).err)
        with h5py.File(self.folder / "one.h5", "w") as file:
            file["x"] = x[:1]
        self.assertIn(": 1 row predicted", self.predict("one.h5").out)

    def test_next_tokens(self):
        """Losses and scores are of the tokens that have a next one, all rows together."""
        draw = numpy.random.default_rng(9)
        x, used = draw.integers(0, 9, (60, 7)).astype("u1"), draw.integers(1, 8, 60)
        x[:, 1:] = (x[:, :1] + numpy.arange(1, 7)) % 9  # one after the other
        y = numpy.where(numpy.arange(1, 8) < used[:, None], numpy.roll(x, -1, 1), -1)
        study = STUDY.replace("test: 0.3", "test: 0.3, task: next_token").replace(
            STUDY[STUDY.index("[{dense"):STUDY.index("\ntrain")], "[{embedding: {size: {int: [3, 5]}}}, {gru: {units: 6, output: all}}]")
        study = study.replace("folds: 2", "folds: 2, report: [accuracy]")
        both = []
        for targets in ({}, {"y": y}):
            with h5py.File(self.folder / "any.h5", "w") as file:
                file["x"], file["length"], file["vocab"] = x, used, numpy.arange(65, 74)
                for name, value in targets.items():
                    file[name] = value
            self.write("any.yaml", study)
            self.muster("run", "any.yaml", "--fresh", ranks=2)
            with h5py.File(self.folder / "any.results.h5") as file:
                test, rows = file["best/test"], file["best/test/rows"][:]
                both.append([test[name][()].tobytes() for name in sorted(test)])
                self.assertEqual(test["target"][:].tolist(), y[rows].tolist())
                there, likely = y[rows] >= 0, test["probability"][:]
                says = numpy.take_along_axis(likely, numpy.maximum(y[rows], 0)[..., None], 2)[..., 0][there]
                numpy.testing.assert_allclose(test["log_loss"][()], -numpy.log(says.astype("f8")).mean(), rtol=1e-5)
                self.assertEqual(test["prediction"][:].tolist(), numpy.where(there, likely.argmax(2), -1).tolist())
                self.assertEqual(test["accuracy"][()], (test["prediction"][:] == y[rows])[there].mean())
                self.assertEqual(test["confusion"][:].sum(), there.sum())
                self.assertEqual(file["best/model/vocabulary"][:].tolist(), list(range(65, 74)))
                self.assertEqual(file["best/model"].attrs["vocabulary"], 9)
        self.assertEqual(*both)
        self.predict("any.h5")
        with h5py.File(self.folder / "p.h5") as said:
            self.assertEqual((said["prediction"][:] >= 0).sum(1).tolist(), used.tolist())
            last = likely[numpy.arange(len(rows)), used[rows] - 1]
            numpy.testing.assert_allclose(said["probability"][:][rows], last, rtol=1e-5)

    def test_codes_alone(self):
        """A table without a column of numbers has nothing to scale."""
        x = numpy.random.default_rng(8).integers(0, 4, (60, 3)).astype("f4")
        self.make(x, (x[:, 0] > 1).astype("i4"), categorical=numpy.ones(3, "u1"), levels=numpy.full(3, 4, "i4"))
        for scale in ("standard", "minmax", "robust"):
            self.muster("run", "any.yaml", "--fresh", "--set", f"data.scale={scale}")
            self.same_as_test("any.h5")

    def test_official_test_part_and_channels_first(self):
        draw = numpy.random.default_rng(5)
        x, y = draw.integers(0, 200, (300, 2, 3, 4)).astype("u1"), draw.integers(0, 3, 300)
        self.make(x[:200], y[:200], STUDY.replace(", test: 0.3", ""), test__x=x[200:], test__y=y[200:])
        self.same_as_test("any.h5", x="/test/x")
        with h5py.File(self.folder / "any.h5", "a") as file:
            file.attrs["layout"] = "CHW"
        self.muster("run", "any.yaml", "--fresh")
        self.same_as_test("any.h5", x="/test/x")

    def test_many_rows_in_blocks(self):
        draw = numpy.random.default_rng(6)
        x = draw.normal(size=(400, 300)).astype("f4")
        self.make(x, (x[:, 0] > 0).astype("i4"))
        few = self.same_as_test("any.h5")
        with h5py.File(self.folder / "many.h5", "w") as file:
            file.create_dataset("x", data=numpy.tile(x, (75, 1)), chunks=(700, 300), compression=1)
        self.predict("many.h5")
        with h5py.File(self.folder / "p.h5") as said:
            for name, values in few.items():
                self.assertEqual(said[name].shape[0], 30000)
                self.assertEqual(said[name][:].tobytes(), numpy.concatenate([values] * 75).tobytes())

    def test_wrong_use(self):
        draw = numpy.random.default_rng(7)
        x = draw.normal(size=(80, 3)).astype("f4")
        self.make(x, (x[:, 0] > 0).astype("i4"))
        self.assertIn("[n, 8, 8] does not fit", self.predict("digits.h5", code=65).err)
        self.assertIn("/z", self.predict("any.h5", "--x", "/z", code=65).err)
        self.predict("none.h5", code=66)
        self.predict("any.h5", results="none.h5", code=66)
        self.predict("any.h5", results="digits.h5", code=65)
        self.assertIn("--out", self.muster("predict", "any.results.h5", "any.h5", code=64).err)
        self.assertIn("DATA is missing", self.muster("predict", "any.results.h5", code=64).err)
        for out in ("any.h5", "any.results.h5"):
            self.assertIn("overwrit", self.muster("predict", "any.results.h5", "any.h5", "--out", out, code=64).err)
        self.muster("predict", "any.results.h5", "any.h5", "--out", "no/such.h5", code=74)
        x[11, 2] = numpy.nan
        with h5py.File(self.folder / "odd.h5", "w") as file:
            file["x"] = x
        self.assertIn("row 11, column 2", self.predict("odd.h5", code=65).err)
        self.muster("run", "sleepy.yaml", "--set", "search.trials=2")
        self.assertIn("no model (its objective trains no network",
                      self.predict("any.h5", results="sleepy.results.h5", code=65).err)


if __name__ == "__main__":
    unittest.main()
