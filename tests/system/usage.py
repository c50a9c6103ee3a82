"""Wrong command lines: 64, one message that names what is near, the same alone and on ranks; help and
version need no study and no MPI."""
import subprocess
import unittest

import program


class Usage(program.Test):
    def wrong(self, *words, says, ranks=None):
        ended = self.muster(*words, code=64, ranks=ranks)
        self.assertEqual(ended.out, "")
        self.assertEqual(ended.err.count("\n"), 1, ended.err)
        self.assertIn(says, ended.err)

    def test_wrong_words(self):
        for words, says in (([], "a command is missing"), (["rum"], "did you mean run?"),
                            (["zzz"], "muster --help"), (["run"], "STUDY is missing"),
                            (["show"], "RESULTS is missing"), (["run", "a", "b"], "one too many"),
                            (["run", "a", "--tme-limit", "3"], "did you mean --time-limit?"),
                            (["run", "a", "-x"], "unknown option -x"),
                            (["run", "a", "--time-limit", "soon"], "30m"),
                            (["run", "a", "--time-limit"], "needs a value"),
                            (["run", "a", "--out", "--no-progress"], "--out needs a value"),
                            (["run", "a", "--log-level", "loud"], "error|warning|info|debug"),
                            (["run", "a", "--fresh=1"], "takes no value"),
                            (["run", "small.yaml", "--fresh", "--resume"], "exclude each other"),
                            (["show", "a", "--top", "-1"], "whole number"),
                            (["help", "lerning"], "no help on")):
            with self.subTest(words):
                self.wrong(*words, says=says)

    def test_on_ranks_one_speaks(self):
        self.wrong("rum", says="did you mean run?", ranks=3)
        self.wrong("run", "small.yaml", "--fresh", "--resume", says="exclude each other", ranks=3)

    def test_unknown_path_of_set(self):
        self.wrong("check", "small.yaml", "--set", "train.epoch=3", says="epochs")

    def test_help_and_version(self):
        for ranks in (None, 3):
            for words, says in ((["--help"], "exit codes"), (["--version"], "HDF5"),
                                (["run", "--help"], "--time-limit T"), (["help", "train"], "learning_rate"),
                                (["help", "adamw"], "weight_decay"), (["help", "network"], "dense"),
                                (["help", "keys"], "validate"), (["help", "show"], "--top N"),
                                (["help", "search"], "initial: [{"), (["help", "forbid"], "search.forbid"),
                                (["help", "prior"], "weight: W"), (["help", "network"], "sequence: {")):
                with self.subTest(words, ranks=ranks):
                    ended = self.muster(*words, ranks=ranks)
                    self.assertEqual(ended.out.count(says) > 0, True, ended.out)
                    self.assertEqual(ended.err, "")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            ended = subprocess.run([program.MUSTER, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ended.returncode, 74)
        self.assertIn("standard output", ended.stderr)

    def test_rank_0_alone_prints_help(self):
        self.assertEqual(self.muster("--help").out, self.muster("--help", ranks=3).out)


if __name__ == "__main__":
    unittest.main()
