"""`import` on real tables, where MUSTER_DATA_DIR has them in raw/; reported as skipped elsewhere."""
import os
import pathlib
import sys
import unittest

import h5py
import numpy

import program

RAW = pathlib.Path(os.environ.get("MUSTER_DATA_DIR", "none")) / "raw"


class ImportsReal(program.Test):
    def taken(self, name, *words):
        self.muster("import", RAW / name, *words, "--out", "t.h5")
        with h5py.File(self.folder / "t.h5") as file:
            return {key: value[:] for key, value in file.items() if isinstance(value, h5py.Dataset)}, file.attrs["task"]

    def test_housing(self):
        data, task = self.taken("housing.csv", "--target", "median_house_value")
        self.assertEqual((task, data["x"].shape), ("regression", (20640, 9)))
        self.assertEqual(numpy.isnan(data["x"]).sum(), 207)
        self.assertEqual((data["categorical"].sum(), data["levels"][8]), (1, 5))
        self.assertEqual(data["y"][:2].tolist(), [452600.0, 358500.0])

    def test_german(self):
        data, task = self.taken("german.csv", "--target", "-1")
        self.assertEqual((task, data["x"].shape, data["categorical"].sum()), ("classification", (1000, 20), 13))
        self.assertEqual(numpy.bincount(data["y"]).tolist(), [700, 300])

    def test_auto_imports(self):
        data, task = self.taken("auto_imports.csv", "--target", "-1")
        self.assertEqual((task, data["x"].shape[1], len(data["y"])), ("regression", 25, len(data["x"])))
        self.assertEqual(numpy.isnan(data["x"][:, 1]).sum(), 37)


if __name__ == "__main__":
    if not RAW.is_dir():
        print(f"no tables in {RAW}")
        sys.exit(77)
    unittest.main()
