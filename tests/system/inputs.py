"""Several inputs: digits as images, a table of their sums with gaps and codes, and tokens of several lengths,
joined by a concat; from the check of the study to the predictions of the model."""
import unittest

import h5py
import numpy

import program

ROWS = 300

STUDY = """\
study: several
seed: 3
data:
  file: several.h5
  inputs: {image: /image, table: /extra/table, text: /text/x}
network:
  - concat:
      image: [{conv2d: {filters: {int: [3, 6]}, kernel: 3}}, globalpool]
      table: {dense: {units: {int: [4, 16]}, repeat: 2}}
      text: [{embedding: 4}, {gru: {units: 5}}]
  - dense: {units: 12}
train: {epochs: 3, batch_size: 32, optimizer: adam, learning_rate: 0.01, augment: {shift: 1}}
validate: {folds: 2, report: [log_loss]}
search: {trials: 3, method: random}
"""

# The same columns as one table and as two, of which the first's come first.
TABLES = """\
study: tables
seed: 4
data: {file: several.h5, INPUTS}
network: [CONCAT{dense: {units: 9}}]
train: {epochs: 4, learning_rate: {float: [0.01, 0.2], log: true}, augment: {mixup: 0.3}}
validate: {folds: 3, report: [log_loss, flops, parameters]}
search: {trials: 2, method: random}
"""


def digits(n):
    with h5py.File(program.DIGITS) as file:
        return file["x"][:n], file["y"][:n]


def write(path, **changes):
    """The data set; `changes` put others in place of some arrays, or NAME=None takes one away."""
    image, y = digits(ROWS)
    rng = numpy.random.default_rng(1)
    sums = numpy.concatenate([image.sum(1), image.sum(2)], 1).astype("f4")
    table = numpy.concatenate([sums, rng.integers(0, [3, 50], (ROWS, 2))], 1, dtype="f4")
    table[5, 2] = table[9, 16] = numpy.nan
    arrays = {"image": image, "y": y, "extra/table": table,
              "extra/categorical": numpy.array([0] * 16 + [1, 1], "u1"),
              "extra/levels": numpy.array([0] * 16 + [3, 50], "i4"),
              "extra/feature_names": numpy.array([b"column"] * 16 + [b"few", b"many"]),
              "text/x": (image.reshape(ROWS, 64)[:, 10:20] // 2).astype("i4"),
              "text/length": rng.integers(1, 11, ROWS).astype("i4"),
              "left": sums[:, :7], "right": sums[:, 7:], "both": sums}
    arrays.update({name.replace("__", "/"): value for name, value in changes.items()})
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            if value is not None:
                file[name] = value
        file["image"].attrs["layout"] = "HW"


class Inputs(program.Test):
    def setUp(self):
        super().setUp()
        write(self.folder / "several.h5")
        self.write("several.yaml", STUDY)

    def test_any_layout(self):
        self.muster("run", "several.yaml", "--out", "alone.h5")
        self.muster("run", "several.yaml", "--out", "three.h5", ranks=3)
        self.same_tables("alone.h5", "three.h5")
        cut = ("--set", "parallel.shards=2", "--set", "data.block=70")
        self.muster("run", "several.yaml", "--out", "shards.h5", *cut)
        self.muster("run", "several.yaml", "--out", "grouped.h5", "--set", "parallel.group_size=2", *cut, ranks=3)
        self.same_tables("shards.h5", "grouped.h5")

    def test_goes_on(self):
        self.muster("run", "several.yaml", "--out", "whole.h5")
        self.muster("run", "several.yaml", "--out", "parts.h5", "--set", "search.trials=1")
        self.muster("run", "several.yaml", "--out", "parts.h5", "--resume")
        self.same_tables("whole.h5", "parts.h5")
        write(self.folder / "several.h5", text__length=numpy.full(ROWS, 10, "i4"))
        more = self.muster("run", "several.yaml", "--out", "parts.h5", "--resume", "--set", "search.trials=4", code=64)
        self.assertIn("data", more.err)

    def test_predictions_are_those_of_the_test(self):
        self.muster("run", "several.yaml", "--out", "r.h5", ranks=2)
        self.muster("predict", "r.h5", "several.h5", "--out", "p.h5")
        with h5py.File(self.folder / "r.h5") as run, h5py.File(self.folder / "p.h5") as said:
            rows, test = run["best/test/rows"][:], run["best/test"]
            for name in ("prediction", "probability"):
                self.assertEqual(test[name][:].tobytes(), said[name][:][rows].tobytes(), name)
            model = run["best/model"]
            self.assertEqual(model["inputs"][:].tolist(), [b"image", b"table", b"text"])
            self.assertEqual(model["input/table"].attrs["path"], "/extra/table")
            self.assertEqual(model["input/table/names"][16:].tolist(),
                             [b"few=0", b"few=1", b"few=2", b"column missing", b"few missing", b"many"])
            self.assertEqual(model["00-concat/text/08-embedding/weight"].shape[1], 4)
            self.assertIn("- concat: {image: [{conv2d: ", model.attrs["layers"])
        with h5py.File(self.folder / "several.h5", "a") as file:
            file["other/words"], file["other/length"] = file["text/x"][:50], file["text/length"][:50]
        self.muster("predict", "r.h5", "several.h5", "--x", "text=/other/words", "--out", "p.h5", code=65)
        self.muster("predict", "r.h5", "several.h5", "--x", "txt=/other/words", "--out", "p.h5", code=64)

    def test_two_tables_are_one(self):
        one = TABLES.replace("INPUTS", "x: /both").replace("CONCAT", "")
        two = (TABLES.replace("INPUTS", "inputs: {a: /left, b: /right}")
               .replace("CONCAT", "{concat: {a: [], b: []}}, "))
        for name, text in (("one", one), ("two", two)):
            self.write(f"{name}.yaml", text)
            self.muster("run", f"{name}.yaml")
        self.same_tables("one.results.h5", "two.results.h5")
        with h5py.File(self.folder / "one.results.h5") as a, h5py.File(self.folder / "two.results.h5") as b:
            for name in ("prediction", "target", "rows", "accuracy"):
                self.assertEqual(a["best/test"][name][()].tobytes(), b["best/test"][name][()].tobytes(), name)

    def test_a_test_part_of_the_files_own(self):
        image, y = digits(400)
        write(self.folder / "several.h5", test__left=image[300:].sum(1)[:, :7].astype("f4"), test__y=y[300:],
              test__right=numpy.concatenate([image[300:].sum(1)[:, 7:], image[300:].sum(2)], 1, dtype="f4"))
        self.write("t.yaml", TABLES.replace("INPUTS", "inputs: {a: /left, b: /right}, limit: 200")
                   .replace("CONCAT", "{concat: {b: [], a: {dense: {units: 4}}}}, "))
        told = self.muster("check", "t.yaml").out
        self.assertRegex(told, "200 for training and validation, 100 in the file's test part")
        self.muster("run", "t.yaml")
        self.muster("predict", "t.results.h5", "several.h5", "--x", "a=/test/left", "--x", "b=/test/right",
                    "--out", "p.h5")
        with h5py.File(self.folder / "t.results.h5") as run, h5py.File(self.folder / "p.h5") as said:
            self.assertEqual(run["best/test/probability"][:].tobytes(), said["probability"][:].tobytes())
        self.refused("t.yaml", "data.test.inputs.c", 78, "--set", "data.test.inputs.c=/test/left")

    def refused(self, study, words, code, *sets):
        told = self.muster("check", study, *sets, code=code).err
        self.assertIn(words, told)

    def test_what_is_refused(self):
        concat = "network.0.concat"
        for words, path, value in (
                ("several.yaml:7:5: network.0: concat has no branch for the input `more`",
                 "data.inputs.more", "/both"),
                ("there is no input `imag` (did you mean `image`?", "network",
                 "[concat: {imag: [], table: [], text: []}]"),
                ("dense takes one input, the data have 3 (first `concat: {image: [...], table", "network",
                 "[dense: {units: 3}]"),
                ("conv2d", f"{concat}.table", "[conv2d: {filters: 3}]"),
                ("embedding needs tokens", "data.inputs.text", "{x: /text/x, tokens: false}"),
                ("data.x: beside data.inputs", "data.x", "/both"),
                ("data.length: of which of data.inputs? (data.inputs.NAME.length)", "data.length", "none"),
                ("data.inputs.text: no path is given", "data.inputs.text", "{scale: none}"),
                ("next tokens are told of one input alone", "data.task", "next_token"),
                ("mixup cannot mix columns of codes", "train.augment.mixup", "0.2"),
                ("did you mean `scale`?", "data.inputs.text", "{x: /text/x, scal: none}")):
            with self.subTest(words=words):
                self.refused("several.yaml", words, 78, "--set", f"{path}={value}")
        for words, changes in (
                ("/extra/table [299, 18] and /image [300, 8, 8] have not as many rows",
                 {"extra__table": numpy.ones((299, 18))}),
                ("no data set /extra/levels (data.inputs.table.levels names another one", {"extra__levels": None}),
                ("/text/length does not fit /text/x (data.inputs.text.length: [300]",
                 {"text__length": numpy.ones(3, "i4")}),
                ("several.h5: no data set /text/x (data.inputs names another one", {"text__x": None})):
            with self.subTest(words=words):
                if "text__x" in changes:
                    with h5py.File(self.folder / "several.h5", "a") as file:
                        del file["text/x"]
                else:
                    write(self.folder / "several.h5", **changes)
                self.refused("several.yaml", words, 65)

    def test_inputs_of_one_group(self):
        write(self.folder / "several.h5", categorical=numpy.array([0] * 6 + [1], "u1"), levels=numpy.full(7, 200, "i4"))
        self.write("t.yaml", TABLES.replace("INPUTS", "inputs: {a: /left, b: /right}")
                   .replace("CONCAT", "{concat: {b: [], a: []}}, "))
        told = self.muster("check", "t.yaml")
        self.assertIn("/categorical is not looked at for /left", told.err)
        self.assertRegex(told.out, "input a +7 numbers, scale: standard")
        self.muster("check", "t.yaml", "--set", "data.inputs.b={x: /right, categorical: none, scale: {divide: 4}}",
                    "--set", "data.inputs.a={x: /left, categorical: /categorical, levels: /levels, one_hot: 1}",
                    "--set", "train.augment.mixup=0")


if __name__ == "__main__":
    unittest.main()
