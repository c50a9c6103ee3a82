"""The study that a new user runs first: it reaches what the README promises, in far less time than two
minutes on two cores."""
import unittest

import h5py

import program


class FirstStudy(program.Test):
    def test_promises(self):
        study = program.SOURCE / "inputs" / "digits.yaml"
        ended = self.muster("run", study, ranks=3, limit=240)
        with h5py.File(self.folder / "digits.results.h5") as file:
            self.assertEqual(file["trials/fold_scores"].shape, (60, 5))
            self.assertGreaterEqual(float(file["best/score"][()]), 0.975)
            self.assertGreaterEqual(float(file["best/test/accuracy"][()]), 0.965)
        print(ended.out, f"{ended.seconds:.1f} s", sep="\n")


if __name__ == "__main__":
    unittest.main()
