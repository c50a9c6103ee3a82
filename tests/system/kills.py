"""kill -9 of the whole job at random moments, each followed by --resume, ends in the table of an
uninterrupted run. The number of kills is the argument."""
import random
import sys
import time
import unittest

import program

KILLS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 3


class Kills(program.Test):
    def run_through(self, study, ranks, seed):
        """Kills at moments spread over the time that an uninterrupted run takes."""
        whole = self.muster("run", study, "--out", "whole.h5", ranks=ranks, limit=120)
        moments = random.Random(seed)
        for kill in range(KILLS):
            process = program.start("run", study, "--out", "killed.h5", "--resume", ranks=ranks,
                                    folder=self.folder)
            time.sleep(moments.uniform(0.1, max(0.6 * whole.seconds, 1.0)))
            program.kill_tree(process)
            process.communicate()
        self.muster("run", study, "--out", "killed.h5", "--resume", ranks=ranks, limit=120)
        self.assertEqual(program.status(self.folder / "killed.h5"), "complete")
        self.same_tables("whole.h5", "killed.h5")
        self.assertEqual(list(self.folder.glob("*.tmp")), [])

    def test_training(self):
        self.write("repeated.yaml", program.DIGITS_STUDY.replace("folds: 3", "folds: 2, repeats: 2"))
        self.run_through("repeated.yaml", 3, 1)

    def test_shared_folds(self):
        """Three ranks share two folds; the table is that of one rank."""
        self.write("shared.yaml", program.DIGITS_STUDY.replace("folds: 3", "folds: 2")
                   + "parallel: {shards: 4, group_size: 3}\n")
        self.run_through("shared.yaml", 4, 4)
        self.muster("run", "shared.yaml", "--out", "alone.h5", limit=90)
        self.same_tables("alone.h5", "killed.h5")

    def test_function(self):
        self.run_through("sleepy.yaml", 3, 2)

    def test_one_rank(self):
        self.run_through("sleepy.yaml", None, 3)


if __name__ == "__main__":
    unittest.main()
