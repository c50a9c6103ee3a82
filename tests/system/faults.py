"""An allocation, a file opening, a write or an MPI set-up that fails, on any rank, ends the run promptly on
all ranks with a message and leaves neither memory nor a hanging process; and the run can be resumed."""
import unittest

import program

CODES = {"alloc": {75}, "open": {65, 66, 74}, "write": {74}, "mpi": {70}}


class Faults(program.Test):
    def fails(self, fault, ranks, *more):
        kind = fault.split(":")[0]
        ended = program.muster("run", "small.yaml", "--fresh", "--set", "search.trials=3", *more, ranks=ranks,
                               folder=self.folder, limit=30, MUSTER_FAULT=fault)
        told = f"{fault} on {ranks} ranks: {ended.code}\n{ended.err}"
        self.assertIsNone(program.NOISE.search(ended.err), told)
        self.assertNotIn("never freed", ended.err, told)
        if ended.code != 0:  # the run may end before the N-th one
            self.assertIn(ended.code, CODES[kind], told)
            self.assertIn("muster: ", ended.err, told)
        return ended.code

    def test_alone(self):
        codes = [self.fails(f"{kind}:{n}", None) for kind in CODES for n in (1, 2, 3, 5, 9)]
        codes += [self.fails(f"alloc:{n}", None) for n in (20, 60, 150, 400, 1000)]
        self.assertGreater(sum(code != 0 for code in codes), 12)

    def test_one_rank_of_three(self):
        codes = [self.fails(fault, 3) for fault in ("alloc:3@1", "alloc:40@2", "alloc:300@0", "alloc:500@1",
                                                    "open:1@0", "open:1@1", "write:2@0", "mpi:1@1", "mpi:2@2")]
        self.assertGreater(sum(code != 0 for code in codes), 4)

    def test_one_of_those_that_share_a_refit(self):
        codes = [self.fails(f"alloc:{n}@1", 3, "--set", "parallel.shards=2", "--set", "validate.folds={holdout: 0.3}",
                            "--set", "search.trials=1") for n in range(600, 1400, 90)]
        self.assertIn(75, codes)

    def test_show_without_memory(self):
        self.muster("run", "sleepy.yaml", "--set", "search.trials=3", "--out", "few.h5")
        for n in (2, 3, 9, 12, 20, 32, 45, 62):
            ended = self.muster("show", "few.h5", code=75, MUSTER_FAULT=f"alloc:{n}")
            self.assertIn("memory", ended.err)

    def test_resume_after_a_failed_write(self):
        for n in (3, 6):
            program.muster("run", "sleepy.yaml", "--resume", ranks=3, folder=self.folder, MUSTER_FAULT=f"write:{n}")
        self.muster("run", "sleepy.yaml", "--resume", ranks=3)
        self.muster("run", "sleepy.yaml", "--out", "whole.h5")
        self.same_tables("whole.h5", "sleepy.results.h5")


if __name__ == "__main__":
    unittest.main()
