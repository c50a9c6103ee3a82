"""Bad input ends promptly on all ranks with its exit code and a message that says where, and nobody but
muster speaks."""
import os
import unittest

import h5py
import numpy

import program

STUDY = """\
study: bad
data: {file: digits.h5}
network:
  - dense: {units: {int: [8, 32]}}
train: {epochs: 2}
search: {trials: 2, method: random}
"""


class BadInput(program.Test):
    def refused(self, text, code, *says, study="bad.yaml"):
        if text is not None:
            self.write("bad.yaml", text)
        for command, ranks in (("check", None), ("run", None), ("run", 1), ("run", 3)):
            with self.subTest(command=command, ranks=ranks):
                ended = self.muster(command, study, ranks=ranks, code=code, limit=20)
                for words in says:
                    self.assertIn(words, ended.err)
                self.assertEqual(ended.err.count(says[0]), 1, f"said more than once:\n{ended.err}")
        self.assertFalse((self.folder / "bad.results.h5").exists())

    def data(self, name, x, y):
        with h5py.File(self.folder / name, "w") as file:
            file["x"], file["y"] = x, y
        return STUDY.replace("digits.h5", name)

    def test_missing_study(self):
        self.refused(None, 66, "missing.yaml", study="missing.yaml")

    def test_study_is_a_folder(self):
        (self.folder / "bad.yaml").mkdir()
        self.refused(None, 66, "bad.yaml")

    def test_no_yaml(self):
        self.refused("data: {file: [digits.h5\n", 78, "bad.yaml:")

    def test_wrong_key(self):
        self.refused(STUDY.replace("epochs: 2", "epoch: 2"), 78, "bad.yaml:5:9: ", "epochs")

    def test_low_above_high(self):
        self.refused(STUDY.replace("[8, 32]", "[32, 8]"), 78, "bad.yaml:4:", "32")

    def test_all_problems_at_once(self):
        text = STUDY.replace("epochs: 2", "epoch: 2").replace("[8, 32]", "[32, 8]")
        self.refused(text, 78, "bad.yaml:4:", "bad.yaml:5:9: ")

    def test_missing_data_file(self):
        self.refused(STUDY.replace("digits.h5", "nowhere.h5"), 66, "nowhere.h5")

    def test_data_file_is_not_hdf5(self):
        self.write("text.h5", "no HDF5, however long this text may be\n" * 100)
        self.refused(STUDY.replace("digits.h5", "text.h5"), 65, "text.h5")

    def test_x_and_y_do_not_match(self):
        text = self.data("odd.h5", numpy.zeros((40, 3), "f4"), numpy.arange(39) % 2)
        self.refused(text, 65, "odd.h5", "40", "39")

    def test_missing_dataset(self):
        self.refused(STUDY.replace("digits.h5", "digits.h5, x: /z"), 65, "/z")

    def test_infinite_value_names_its_row(self):
        x = numpy.random.default_rng(1).normal(size=(40, 3)).astype("f4")
        x[17, 1] = numpy.inf
        self.refused(self.data("inf.h5", x, numpy.arange(40) % 2), 65, "inf.h5", "17")

    def test_bad_value_of_set(self):
        self.write("bad.yaml", STUDY)
        for ranks in (None, 3):
            ended = self.muster("run", "bad.yaml", "--set", "train.epochs=many", ranks=ranks, code=78)
            self.assertIn("train.epochs", ended.err)

    def test_output_folder_is_missing(self):
        self.write("bad.yaml", STUDY)
        for ranks in (None, 3):
            ended = self.muster("run", "bad.yaml", "--out", "no/such/out.h5", ranks=ranks, code=74)
            self.assertIn("no/such", ended.err)

    def test_no_file_is_waited_for(self):
        """A device without an end, and a pipe that nobody writes to."""
        self.write("bad.yaml", STUDY)
        os.mkfifo(self.folder / "pipe.h5")
        self.assertIn("too much", self.muster("check", "/dev/zero", code=78, limit=20).err)
        self.assertIn("pipe.h5", self.muster("show", "pipe.h5", code=65, limit=20).err)
        for ranks in (None, 3):
            for how in ((), ("--fresh",), ("--resume",)):
                for out in ("pipe.h5", "."):
                    ended = self.muster("run", "bad.yaml", "--out", out, *how, ranks=ranks, code=64, limit=20)
                    self.assertIn(f"{out} is no regular file", ended.err)

    def test_show_of_no_result_file(self):
        self.write("text.h5", "no HDF5")
        for ranks in (None, 3):
            self.assertIn("none.h5", self.muster("show", "none.h5", ranks=ranks, code=66).err)
            self.assertIn("text.h5", self.muster("show", "text.h5", ranks=ranks, code=65).err)
            self.assertIn("digits.h5", self.muster("show", "digits.h5", ranks=ranks, code=65).err)


if __name__ == "__main__":
    unittest.main()
