"""The same study gives the same trial table, bit for bit, on any number of ranks, in groups of any size,
and with Open MPI out of the way."""
import unittest

import program


class SameTrials(program.Test):
    def test_any_layout(self):
        self.muster("run", "small.yaml", "--out", "alone.h5", limit=90)
        self.assertEqual(program.status(self.folder / "alone.h5"), "complete")
        for ranks, size in ((1, "auto"), (2, "auto"), (3, "1"), (3, "2"), (5, "1"), (5, "2")):
            with self.subTest(ranks=ranks, size=size):
                out = f"{ranks}-{size}.h5"
                self.muster("run", "small.yaml", "--out", out, "--set", f"parallel.group_size={size}",
                            ranks=ranks, limit=90)
                self.same_tables("alone.h5", out)

    def test_shared_refit(self):
        """Ranks that share the refit, and those of the overtuning check, make the model of one rank."""
        models = []
        for ranks in (1, 2, 3, 4):
            self.muster("run", "small.yaml", "--out", f"{ranks}.h5", "--set", "parallel.shards=3", "--set",
                        "validate.overtuning=true", "--set", "search.trials=4", ranks=ranks, limit=90)
            models.append(program.contents(self.folder / f"{ranks}.h5", "best"))
        self.assertIn("model/00-dense/weight", models[0])
        self.assertIn("test/probability", models[0])
        self.assertIn("overtuning/test/accuracy", models[0])
        for model in models[1:]:
            self.assertEqual(models[0], model)

    def test_any_layout_of_a_function(self):
        self.muster("run", "sleepy.yaml", "--out", "alone.h5")
        for ranks in (2, 7):
            with self.subTest(ranks=ranks):
                self.muster("run", "sleepy.yaml", "--out", f"{ranks}.h5", ranks=ranks)
                self.same_tables("alone.h5", f"{ranks}.h5")

    def test_another_seed_gives_other_trials(self):
        for seed in (3, 4):
            self.muster("run", "sleepy.yaml", "--out", f"{seed}.h5", "--set", f"seed={seed}",
                        "--set", "search.trials=5")
        self.assertNotEqual(program.table(self.folder / "3.h5"), program.table(self.folder / "4.h5"))


if __name__ == "__main__":
    unittest.main()
