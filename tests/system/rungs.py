"""Trainings that a fidelity and a race cut short are killed, and stopped, in the middle: --resume ends in
the table of an uninterrupted run, and a study with another fidelity is not gone on with."""
import signal
import time
import unittest

import h5py

import program

RUNGS = {
    "epochs": ("tpe", "{method: hyperband, min_epochs: 2}, racing: forgiving"),
    "rows": ("bayes", "{method: asha, of: rows, min_rows: 0.1}, racing: paired"),
    "curves": ("auto", "{method: freeze_thaw, eta: 2}"),
}


class Rungs(program.Test):
    def study(self, of, epochs=18, patience=3):
        method, fidelity = RUNGS[of]
        text = program.DIGITS_STUDY.replace("method: bayes, ", f"method: {method}, fidelity: {fidelity}, ")
        text = text.replace("patience: 3", f"patience: {patience}")
        return self.write(f"{of}.yaml", text.replace("epochs: 6", f"epochs: {epochs}"))

    def killed(self, study, out, seconds):
        """kill -9 so long after the journal began; whether it came before the end."""
        process = program.start("run", study, "--out", out, "--resume", ranks=3, folder=self.folder)
        program.wait_for(self.folder / f"{out}.journal")
        time.sleep(seconds)
        early = process.poll() is None
        program.kill_tree(process)
        process.communicate()
        return early

    def test_kills_and_stops(self):
        for of in RUNGS:
            with self.subTest(of=of):
                study = self.study(of, epochs=162, patience=40)  # so long that the stop comes before the end
                self.muster("run", study, "--out", f"{of}.h5", limit=90)
                with h5py.File(self.folder / f"{of}.h5") as file:
                    reasons = file["trials/reason"].asstr()[:]
                self.assertTrue(any("fidelity: not promoted" in reason for reason in reasons), reasons)
                out = f"{of}-killed.h5"
                self.assertTrue(self.killed(study, out, 0.05))
                self.muster("run", study, "--out", out, "--resume", "--time-limit", "0.1", ranks=2, code=75)
                self.killed(study, out, 0.2)
                self.muster("run", study, "--out", out, "--resume", ranks=3, limit=90)
                self.assertEqual(program.status(self.folder / out), "complete")
                self.same_tables(f"{of}.h5", out)

    def test_what_is_given_up_is_not_kept(self):
        """Weights of trials that their bracket left behind go while the run goes on: what is there are those of
        the last brackets, of 9, 3 and 3 trials."""
        words = ("search.racing=none", "search.method=random", "search.trials=5000", "search.window=4",
                 "train.early_stopping.patience=18", "data.limit=100")
        process = program.start("run", self.study("epochs"), *(word for value in words for word in ("--set", value)),
                                ranks=3, folder=self.folder)
        journal = self.folder / "epochs.results.h5.journal"
        program.wait_for(journal)
        while process.poll() is None and journal.stat().st_size < 200000:
            time.sleep(0.02)
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(program.finish(process).code, 75)
        with h5py.File(self.folder / "epochs.results.h5") as file:
            self.assertGreater(len(file["trials/id"]), 60)
        kept = {path.name.split("-")[0] for path in (self.folder / "epochs.results.h5.ckpt").iterdir()}
        self.assertLess(len(kept), 30, kept)

    def test_another_fidelity_is_refused(self):
        study = self.study("epochs")
        self.muster("run", study, "--out", "some.h5", "--time-limit", "0.05", code=75)
        for change, says in (("search.fidelity.eta=2", "was: search.fidelity.eta = 3"),
                             ("search.fidelity.method=asha", "was: search.fidelity.method = hyperband"),
                             ("search.racing=paired", "was: search.racing = forgiving"),
                             ("search.forbid=['network.1.dropout > 0.2']", "now: search.forbid = "),
                             ("validate.metric=log_loss", "was: validate.metric = [accuracy]")):
            with self.subTest(change=change):
                ended = self.muster("run", study, "--out", "some.h5", "--resume", "--set", change, code=64)
                self.assertIn(says, ended.err)


if __name__ == "__main__":
    unittest.main()
