"""jobs/single-node.sbatch without Slurm: a stand-in for scontrol notes that the job was queued again after
SIGUSR1, and the second start ends the run."""
import os
import signal
import subprocess
import time
import unittest

import program

SCRIPT = program.SOURCE / "jobs" / "single-node.sbatch"


class Job(program.Test):
    def start(self, *options, restarts):
        commands = self.folder / "bin"
        commands.mkdir(exist_ok=True)
        (commands / "scontrol").write_text('#!/bin/sh\necho "$@" >>requeued\n')
        (commands / "scontrol").chmod(0o755)
        environment = {**os.environ, "PATH": f"{commands}:{os.path.dirname(program.MPIRUN)}:{os.environ['PATH']}",
                       "MUSTER": program.MUSTER, "SLURM_NTASKS": "2", "SLURM_JOB_ID": "17",
                       "SLURM_RESTART_COUNT": str(restarts), "OMPI_MCA_orte_execute_quiet": "1",
                       "OMPI_MCA_btl_vader_backing_directory": str(self.folder)}
        return subprocess.Popen(["bash", SCRIPT, "sleepy.yaml", *options], cwd=self.folder, env=environment,
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_requeue(self):
        process = self.start("--fresh", "--out", "out.h5", restarts=0)
        program.wait_for(self.folder / "out.h5.journal")
        time.sleep(0.5)
        process.send_signal(signal.SIGUSR1)
        ended = program.finish(process, 20)
        self.assertEqual(ended.code, 75, ended.err)
        self.assertEqual((self.folder / "requeued").read_text(), "requeue 17\n")
        ended = program.finish(self.start("--fresh", "--out", "out.h5", restarts=1), 30)
        self.assertEqual(ended.code, 0, ended.err)
        self.muster("run", "sleepy.yaml", "--out", "whole.h5")
        self.same_tables("whole.h5", "out.h5")

    def test_failure_is_not_queued_again(self):
        ended = program.finish(self.start("--set", "seed=", restarts=0), 20)
        self.assertNotIn(ended.code, (0, 75), ended.err)
        self.assertFalse((self.folder / "requeued").exists())


if __name__ == "__main__":
    unittest.main()
