"""Studies whose objective is a program: the same trials on any layout, after kills and stops, failures on record
with their reason, and problems of the study found before the first trial."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import h5py

import program

STUDY = """\
study: commanded
seed: 5
space:
  a: {float: [0.0, 1.0]}
  b: {choice: [left, right]}
  c: {int: [1, 9], when: {b: right}}
objective:
  command: [./score.sh, "{a}", "{b}", "{c}", "{trial}"]
  report: [twice]
  timeout: 20
search: {method: random, trials: 12, window: 4}
"""

# Trial 5 fails, trial 7 writes garbage; every trial leaves its number in `begun`, and in `ended` at its end.
SCRIPT = """\
#!/bin/sh
echo "$4 $MUSTER_TRIAL $2-$3" >> begun
test "$4" = 5 && { echo "no luck" >&2; exit 9; }
test "$4" = 7 && { echo garbage; exit 0; }
sleep ${PAUSE:-0}
echo "$4" >> ended
awk -v a="$1" 'BEGIN { printf "some words\\n{\\"value\\": %.9g, \\"twice\\": %.9g}\\n", a * a, 2 * a }'
"""


class Commands(program.Test):
    whole = None  # the table of a run that nothing stops

    def setUp(self):
        super().setUp()
        self.write("commanded.yaml", STUDY)
        self.script(SCRIPT)

    def script(self, text):
        path = self.folder / "score.sh"
        path.write_text(text)
        path.chmod(0o755)

    def lines(self, name):
        return (self.folder / name).read_text().splitlines()

    def test_names_that_are_not_recorded(self):
        """Are told of once, where the study does not ask for them."""
        self.assertNotIn("also says", self.muster("run", "commanded.yaml").err)
        ended = self.muster("run", "commanded.yaml", "--fresh", "--set", "objective.report=[]")
        self.assertEqual(ended.err.count("also says twice"), 1, ended.err)

    def test_same_trials_on_any_layout(self):
        for ranks in (None, 2, 3):
            self.muster("run", "commanded.yaml", "--out", f"out{ranks}.h5", ranks=ranks)
        self.same_tables("outNone.h5", "out2.h5")
        self.same_tables("outNone.h5", "out3.h5")
        with h5py.File(self.folder / "out3.h5") as file:
            trials = file["trials"]
            reasons = [text.decode() for text in trials["reason"][:]]
            self.assertEqual([text.decode() for text in trials["state"][:]],
                             ["failed" if i in (5, 7) else "complete" for i in range(12)])
            self.assertEqual(reasons[5], "exit code 9: no luck")
            self.assertIn("`garbage`", reasons[7])
            self.assertEqual(file.attrs["objective"], "command")
            for i in (0, 1, 11):
                a = trials["params/a"][i]
                self.assertAlmostEqual(trials["score"][i], a * a, places=7)
                self.assertAlmostEqual(trials["metrics/twice"][i, 0], 2 * a, places=7)
        begun = [line.split() for line in self.lines("begun")]
        self.assertEqual(len(begun), 36)
        for trial, known, words in begun:
            self.assertEqual(trial, known)  # of the command line and of the environment
            self.assertRegex(words, "^(left-|right-[1-9])$")

    def test_maximize(self):
        self.muster("run", "commanded.yaml", "--out", "low.h5")
        self.muster("run", "commanded.yaml", "--out", "high.h5", "--set", "objective.direction=maximize")
        with h5py.File(self.folder / "low.h5") as low, h5py.File(self.folder / "high.h5") as high:
            scores = [s for s in low["trials/score"][:] if s == s]
            self.assertEqual(low["best/score"][()], min(scores))
            self.assertEqual(high["best/score"][()], max(scores))

    def stop_and_go_on(self, ranks, stop):
        """Stops in the middle of trials that sleep; what was not ended is done again, once."""
        if Commands.whole is None:
            self.muster("run", "commanded.yaml", "--out", "whole.h5")
            Commands.whole = program.table(self.folder / "whole.h5")
            (self.folder / "ended").unlink()
        process = program.start("run", "commanded.yaml", "--out", "out.h5", ranks=ranks, folder=self.folder,
                                PAUSE="0.2")
        program.wait_for(self.folder / "ended")
        stop(process)
        self.muster("run", "commanded.yaml", "--out", "out.h5", "--resume", ranks=ranks)
        self.assertEqual(program.table(self.folder / "out.h5"), Commands.whole)

    def test_signals(self):
        def stop(process):
            began = time.monotonic()
            process.send_signal(signal.SIGUSR1)
            ended = program.finish(process, 20)
            self.assertEqual(ended.code, 75, ended.err)
            self.assertLess(time.monotonic() - began, 10 * program.SLOW)
        for ranks in (None, 3):
            with self.subTest(ranks=ranks):
                self.stop_and_go_on(ranks, stop)
                for name in ("begun", "ended", "out.h5", "out.h5.journal"):
                    (self.folder / name).unlink(missing_ok=True)

    def test_kill(self):
        def kill(process):
            program.kill_tree(process)
            process.communicate()
        self.stop_and_go_on(3, kill)

    def test_a_long_program_does_not_hold_up_a_stop(self):
        """It and what it has started are gone when muster is."""
        self.script("#!/bin/sh\nsleep 300 &\necho $! > child\nwait\n")
        for ranks in (None, 3):
            with self.subTest(ranks=ranks):
                (self.folder / "child").unlink(missing_ok=True)
                process = program.start("run", "commanded.yaml", "--fresh", "--set", "objective.timeout=200",
                                        ranks=ranks, folder=self.folder)
                program.wait_for(self.folder / "child")
                time.sleep(0.2)
                process.send_signal(signal.SIGUSR1)
                self.assertEqual(program.finish(process, 20).code, 75)
                child = pathlib.Path("/proc", (self.folder / "child").read_text().strip())
                for _ in range(100):
                    if not child.exists() or "zombie" in (child / "status").read_text():
                        break
                    time.sleep(0.05)
                else:
                    self.fail(f"{child} is still there")

    def test_signals_to_all_processes(self):
        """As batch systems send them: a program that dies of it is no failed trial."""
        def stop(process):
            for pid in program.descendants(process.pid)[1:]:
                os.kill(pid, signal.SIGUSR1)
            self.assertEqual(program.finish(process, 20).code, 75)
        self.stop_and_go_on(3, stop)

    def test_timeouts_are_failures(self):
        self.script("#!/bin/sh\ntest $MUSTER_TRIAL = 1 && sleep 100\necho 1\n")
        self.muster("run", "commanded.yaml", "--set", "objective.timeout=0.4", "--set", "search.trials=3", ranks=2)
        with h5py.File(self.folder / "commanded.results.h5") as file:
            self.assertEqual([text.decode() for text in file["trials/state"][:]],
                             ["complete", "failed", "complete"])
            self.assertIn(b"after 0.4 s", file["trials/reason"][1])

    def test_problems_are_found_first(self):
        for change, code, message in (
                ("objective.command=[./none.sh, '{a}']", 66, "./none.sh"),
                ("objective.command=[./score.sh, '{alpha}']", 78, "{alpha}"),
                ("objective.timeout=soon", 78, "objective.timeout"),
                ("objective.sleep={lognormal: [1, 1]}", 78, "sleep")):
            for command, ranks in (("check", None), ("run", 2)):
                ended = self.muster(command, "commanded.yaml", "--set", change, ranks=ranks, code=code)
                self.assertIn(message, ended.err)
        self.assertFalse((self.folder / "begun").exists())
        ended = self.muster("check", "commanded.yaml", "--set", "objective.command=[./score.sh, '{a}', '{b}']")
        self.assertIn("no word passes on c", ended.err)

    def test_eval_takes_one_rank_each(self):
        """Programs have no shards that ranks could share: three wait for each other, on four ranks."""
        self.script('#!/bin/sh\necho "$4" >> begun\nuntil test $(wc -l < begun) = 3; do sleep 0.05; done\necho 1\n')
        params = json.dumps([{"a": a, "b": "left"} for a in (0.1, 0.2, 0.3)])
        ended = self.muster("eval", "commanded.yaml", "--params", params, "--json", "--set", "parallel.shards=4",
                            "--set", "objective.report=[]", ranks=4)
        self.assertEqual([trial["score"] for trial in json.loads(ended.out)], [1, 1, 1], ended.out)

    def test_eval_and_show(self):
        ended = self.muster("eval", "commanded.yaml", "--params", '{"a": 0.5, "b": "left"}', "--json")
        told, = json.loads(ended.out)
        self.assertEqual((told["score"], told["metrics"]), (0.25, {"twice": [1]}))
        self.muster("run", "commanded.yaml")
        self.assertIn("twice", self.muster("export", "commanded.results.h5", "--csv", "out.csv").out +
                      (self.folder / "out.csv").read_text())
        self.assertIn("commanded", self.muster("show", "commanded.results.h5").out)

    def test_example(self):
        for name in ("command.yaml", "command.sh"):
            shutil.copy(program.SOURCE / "inputs" / name, self.folder)
        os.chmod(self.folder / "command.sh", 0o755)
        self.muster("check", "command.yaml")
        self.muster("run", "command.yaml", "--set", "search.trials=12", ranks=3)
        with h5py.File(self.folder / "command.results.h5") as file:
            self.assertTrue(all(state == b"complete" for state in file["trials/state"][:]))
        told = subprocess.run(["./command.sh", "--oops", "1"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(told.returncode, 64)


if __name__ == "__main__":
    unittest.main()
