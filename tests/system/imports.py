"""`import` reads tables as Python's csv module does, and what it writes is a data file that `run` takes."""
import csv
import io
import random
import unittest

import h5py
import numpy

import program


def texts(values):
    return [value.decode() for value in values]


class Imports(program.Test):
    def table(self, rows, name="t.csv", **how):
        out = io.StringIO()
        csv.writer(out, **how).writerows(rows)
        (self.folder / name).write_bytes(out.getvalue().encode())
        return name

    def taken(self, *words, name="t.csv"):
        self.muster("import", name, "--out", "t.h5", *words)
        with h5py.File(self.folder / "t.h5") as file:
            return {"task": file.attrs["task"], "x": file["x"][:], "y": file["y"][:],
                    "names": texts(file["feature_names"]), "categorical": file["categorical"][:].tolist(),
                    "levels": file["levels"][:].tolist(),
                    "classes": texts(file["class_names"]) if "class_names" in file else None,
                    "level_names": {key: texts(value) for key, value in file.get("level_names", {}).items()}}

    def test_columns(self):
        rows = [["n", "word", "gap", "y"]] + [[i / 8, "ab"[i % 2], ["", "?", "NA", "7.5"][i % 4], i % 3]
                                              for i in range(24)]
        rows[5][1] = "?"
        data = self.taken("--target", "y", name=self.table(rows))
        self.assertEqual((data["task"], data["classes"], data["names"]),
                         ("classification", ["0", "1", "2"], ["n", "word", "gap"]))
        self.assertEqual((data["categorical"], data["levels"], data["level_names"]),
                         ([0, 1, 0], [0, 2, 0], {"word": ["a", "b"]}))
        self.assertEqual(data["x"].dtype, numpy.float32)
        self.assertEqual(data["x"][:, 0].tolist(), [i / 8 for i in range(24)])
        codes = [float(i % 2) if i != 4 else numpy.nan for i in range(24)]
        numpy.testing.assert_array_equal(data["x"][:, 1], codes)
        numpy.testing.assert_array_equal(data["x"][:, 2], [7.5 if i % 4 == 3 else numpy.nan for i in range(24)])
        self.assertEqual(data["y"].tolist(), [i % 3 for i in range(24)])

    def test_quotes(self):
        for seed in range(20):
            draw = random.Random(seed)
            words = ["".join(draw.choice('ab,;"\n\u00e9 \t') for _ in range(draw.randint(1, 6))) + "z" for _ in range(5)]
            rows = [[draw.choice(words), draw.random(), draw.choice(words)] for _ in range(50)]
            how = {"delimiter": draw.choice(",;\t|"), "quoting": draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
                   "lineterminator": draw.choice(["\n", "\r\n"])}
            data = self.taken("--target", "-1", "--header", "no", "--delimiter", how["delimiter"],
                              name=self.table(rows, **how))
            trim = (lambda text: text) if how["quoting"] == csv.QUOTE_ALL else (
                lambda text: text if any(c in text for c in f'{how["delimiter"]}"\n\r') else text.strip(" \t"))
            first, last = [trim(row[0]) for row in rows], [trim(row[2]) for row in rows]
            self.assertEqual(data["level_names"]["x0"], sorted(set(first), key=str.encode))
            self.assertEqual([data["level_names"]["x0"][int(code)] for code in data["x"][:, 0]], first)
            self.assertEqual([data["classes"][code] for code in data["y"]], last)
            numpy.testing.assert_array_equal(data["x"][:, 1], numpy.float32([row[1] for row in rows]))

    def test_header_and_target(self):
        numbers = [[i, i * i, i % 2] for i in range(20)]
        self.assertEqual(self.taken("--target", "-1", name=self.table(numbers))["names"], ["x0", "x1"])
        named = [["a", "b", "c"]] + numbers
        for target in ("c", "2", "-1"):
            self.assertEqual(self.taken("--target", target, name=self.table(named))["names"], ["a", "b"])
        words = [["size", "colour"]] + [["small", "red"], ["large", "blue"]] * 8
        self.assertEqual(self.taken("--target", "colour", name=self.table(words))["level_names"],
                         {"size": ["large", "small"]})
        self.assertEqual(len(self.taken("--target", "1", "--header", "no", name=self.table(words))["y"]), 17)
        gaps = [["a", "", "c", ""]] + [[i, i * i, i % 2, ""] for i in range(20)]
        self.assertEqual(self.taken("--target", "c", name=self.table(gaps))["names"], ["a", "x1", "x3"])
        (self.folder / "t.csv").write_bytes(b"\xef\xbb\xbfa, y\r\n\r\n1 ,2\r\n 3, 4.5\r\n")
        data = self.taken("--target", "y")
        self.assertEqual((data["names"], data["x"].tolist(), data["y"].tolist()), (["a"], [[1], [3]], [2, 4.5]))

    def test_task(self):
        self.table([["x", "y"]] + [[i, i % 5] for i in range(50)])
        self.assertEqual(self.taken("--target", "y")["task"], "classification")
        data = self.taken("--target", "y", "--task", "regression")
        self.assertEqual((data["task"], data["y"].dtype, data["classes"]), ("regression", numpy.float64, None))
        self.table([["x", "y"]] + [[i, i] for i in range(50)])
        self.assertEqual(self.taken("--target", "y")["task"], "regression")
        self.assertEqual(len(self.taken("--target", "y", "--task", "classification")["classes"]), 50)
        self.table([["x", "y"], [1, ""], [2, 0.5], [3, 0.25], [4, "?"]])
        self.assertEqual(self.taken("--target", "y")["x"].tolist(), [[2], [3]])

    def test_chosen_columns(self):
        rows = [["id", "kind", "x", "y"]] + [[1000 + i, [10, 2, 33][i % 3], i / 4, "yn"[i % 2]] for i in range(30)]
        data = self.taken("--target", "y", "--drop", "id", "--categorical", "kind", name=self.table(rows))
        self.assertEqual((data["names"], data["level_names"]), (["kind", "x"], {"kind": ["2", "10", "33"]}))
        large = [["t", "y"]] + [[1_600_000_000 + i, i % 2] for i in range(20)]
        self.assertEqual(self.taken("--target", "y", name=self.table(large))["x"].dtype, numpy.float64)

    def test_numbers_that_are_taken_as_texts(self):
        """A word among many numbers, or another way to write them, is told of; few levels are not."""
        for cells, says in (([f"{i / 2}" for i in range(40)] + ["oops"], "t.csv:42: `oops` is no number (an empty cell"),
                            ([f"{i},5" for i in range(40)], "t.csv:2: `0,5` is no number (a point"),
                            ([f"{i * 500:,}" for i in range(40)], "t.csv:4: `1,000` is no number (a point"),
                            ([f"2024-01-{i % 30 + 1:02d}" for i in range(40)], None),
                            ([f"{i % 9}" for i in range(80)] + ["9+"], None)):
            self.table([["a", "y"]] + [[cell, i / 3] for i, cell in enumerate(cells)])
            ended = self.muster("import", "t.csv", "--target", "y", "--out", "t.h5")
            self.assertEqual("is no number" in ended.err, says is not None, ended.err)
            self.assertIn(says or "", ended.err)
            self.assertIn("levels", ended.out)

    def test_odd_texts(self):
        """Lines that end in CR alone; what is shown of levels is whole characters on one line."""
        (self.folder / "t.csv").write_bytes(b"a,y\r1,2\r3,4.5\r")
        self.assertEqual(self.taken("--target", "y")["x"].tolist(), [[1], [3]])
        self.table([["a", "y"], ["one\ntwo", 1], ["z" + "\u00e9" * 20, 2]])
        lines = self.muster("import", "t.csv", "--target", "y", "--out", "t.h5").out.splitlines()
        self.assertIn("one two, z" + "\u00e9" * 11, lines[2])
        self.assertNotIn("\u00e9" * 12, lines[2])

    def test_what_it_writes_can_be_run(self):
        draw = random.Random(2)
        rows = [["a", "b", "kind"]] + [[draw.gauss(k, 1), draw.gauss(-k, 1), "uvw"[k]] for k in [0, 1, 2] * 40]
        self.muster("import", self.table(rows, "my.table.csv"), "--target", "kind")
        self.write("t.yaml", "data: {file: my.table.h5}\nnetwork: [{dense: 8}]\n"
                   "train: {epochs: 5, learning_rate: {float: [0.01, 0.1]}}\nsearch: {trials: 2}\n")
        self.muster("run", "t.yaml")
        with h5py.File(self.folder / "t.results.h5") as file:
            self.assertEqual(texts(file["best/model/class_names"]), ["u", "v", "w"])

    def train_on_colours(self):
        """A model of a table whose colours decide; returns draws of rows and what is right for them."""
        draw = random.Random(4)

        def rows(colours, n=120):
            return [[draw.choice(colours), draw.gauss(0, 1), draw.randint(0, 60)] for _ in range(n)]

        def right(row):
            return "yes" if (row[0] in ("red", "yellow")) == (row[1] > 0) else "no"

        taught = rows(["red", "green", "blue", "yellow"], 400)
        self.table([["colour", "a", "zone", "y"]] + [row + [right(row)] for row in taught], "taught.csv")
        self.muster("import", "taught.csv", "--target", "y", "--categorical", "zone")
        self.write("t.yaml", "data: {file: taught.h5, test: none}\nnetwork: [{dense: 16}]\n"
                   "train: {epochs: 60, optimizer: adam}\nvalidate: {folds: 2}\nsearch: {trials: 1}\n")
        self.muster("run", "t.yaml")
        return rows, right

    def test_rows_for_a_model(self):
        """Another table numbers its levels otherwise, and may have other columns in another order."""
        rows, right = self.train_on_colours()
        new = rows(["red", "yellow"])
        self.table([["zone", "note", "colour", "a"]] + [[z, "-", c, a] for c, a, z in new] + [[5, "", "violet", ""]])
        ended = self.muster("import", "t.csv", "--model", "t.results.h5")
        self.assertIn("t.csv:122: `violet` is no level of column `colour`", ended.err)
        self.assertIn("left out", ended.out)
        self.muster("predict", "t.results.h5", "t.h5", "--out", "p.h5")
        with h5py.File(self.folder / "p.h5") as file, h5py.File(self.folder / "t.h5") as data:
            classes = [["no", "yes"][k] for k in file["prediction"][:]]
            self.assertEqual(texts(data["feature_names"]), ["colour", "a", "zone"])
            self.assertEqual(texts(data["level_names/colour"]), ["blue", "green", "red", "yellow"])
            numpy.testing.assert_array_equal(data["x"][-1], [numpy.nan, numpy.nan, 5])
            self.assertNotIn("y", data)
        self.assertEqual(len(classes), 121)
        self.assertGreater(sum(a == right(row) for a, row in zip(classes, new)), 100)

    def test_names_that_are_not_the_model_s(self):
        rows, right = self.train_on_colours()
        new = rows(["red", "yellow"])
        for head, order, says in ((["colour", "a", "zone", "y"], (0, 1, 2), "`colour`: code 0 stands for `red`"),
                                  (["a", "colour", "zone", "y"], (1, 0, 2), "column 0 (from 0) is `a`")):
            self.table([head] + [[row[k] for k in order] + [right(row)] for row in new])
            self.muster("import", "t.csv", "--target", "y", "--categorical", "zone")
            ended = self.muster("predict", "t.results.h5", "t.h5", "--out", "p.h5", code=65)
            self.assertIn(says, ended.err)
            self.assertIn("import --model", ended.err)
        self.table([["colour", "a", "zone"], ["red", "much", 5]])
        self.refused(65, "t.csv:2: `much` is no number", "--model", "t.results.h5")
        self.table([["color", "a", "zone"], ["red", 1, 5]])
        self.refused(65, "that the model takes: colour", "--model", "t.results.h5")
        self.table([["a", "b", "y"]] + [[i, i % 7, i / 2] for i in range(40)], "taught.csv")
        self.muster("import", "taught.csv", "--target", "y")
        self.muster("run", "t.yaml", "--fresh", "--set", "train.epochs=1")
        self.table([["b", "a"], [1, 2], [3, ""]])
        self.refused(65, "t.csv:3: column `a` is missing", "--model", "t.results.h5")
        self.refused(64, "exclude each other", "--model", "t.results.h5", "--target", "a")
        self.refused(66, "none.h5", "--model", "none.h5")

    def refused(self, code, says, *words):
        for ranks in (None, 2):
            self.assertIn(says, self.muster("import", "t.csv", "--out", "no.h5", *words, ranks=ranks, code=code).err)
        self.assertFalse((self.folder / "no.h5").exists())

    def test_wrong_tables(self):
        self.refused(66, "t.csv", "--target", "y")
        self.table([["a", "y"], [1, 2], [3, 4, 5]])
        self.refused(65, "t.csv:3: a row of 3 cells", "--target", "y")
        (self.folder / "t.csv").write_text('a,y\n1,2\n"3,4\n5,6\n')
        self.refused(65, "t.csv:3: a quote", "--target", "y")
        (self.folder / "t.csv").write_text('a,y\n"1"2,2\n')
        self.refused(65, "t.csv:2: text follows", "--target", "y")
        self.table([["a", "a", "y"], [1, 2, 3]])
        self.refused(65, "one name", "--target", "y")
        self.table([["a", "y"], ["p", 2], ["q", "?"]])
        self.refused(65, "1 row has a target", "--target", "y")
        self.table([["a", "y"], [1, "p"], [2, "q"]])
        self.refused(65, "such as `q`", "--target", "y", "--task", "regression")
        self.refused(64, "it has a, y", "--target", "z")
        self.refused(64, "--target is missing")
        self.refused(64, "is the target", "--target", "y", "--drop", "y")
        self.refused(65, "besides the target", "--target", "y", "--drop", "a")
        (self.folder / "t.csv").write_bytes(b"a,y\n1,\0\n")
        self.refused(65, "no text file", "--target", "y")
        (self.folder / "t.csv").write_bytes("a,y\nz,1\n\u00e9,2\n".encode("latin-1"))
        self.refused(65, "t.csv:3: a character is not UTF-8", "--target", "y")
        (self.folder / "t.csv").write_text("")
        self.refused(65, "empty", "--target", "y")

    def test_output(self):
        self.table([["a", "y"]] + [[i, i / 3] for i in range(9)])
        self.assertIn("overwrite", self.muster("import", "t.csv", "--target", "y", "--out", "t.csv", code=64).err)
        self.muster("import", "t.csv", "--target", "y", "--out", "no/such.h5", code=74)
        self.muster("run", "sleepy.yaml", "--set", "search.trials=2")
        ended = self.muster("import", "t.csv", "--target", "y", "--out", "sleepy.results.h5", code=64)
        self.assertIn("results of a run", ended.err)


if __name__ == "__main__":
    unittest.main()
