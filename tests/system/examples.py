"""The example programs of tools/examples run and find what they look for."""
import os
import pathlib
import subprocess
import unittest

EXAMPLES = pathlib.Path(os.environ["MUSTER_EXAMPLES"])


class Examples(unittest.TestCase):
    def test_optimize(self):
        ended = subprocess.run([EXAMPLES / "example_optimize"], capture_output=True, text=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        words = ended.stdout.split()
        # wool: 2 sqrt(100 0.040 60) at 0.258 m; foam at its best pressure: 2 sqrt(100 0.025 120)
        self.assertLess(float(words[1]), 1.02 * 2 * (100 * 0.040 * 60) ** 0.5, ended.stdout)
        self.assertIn('"material": "wool"', ended.stdout)


if __name__ == "__main__":
    unittest.main()
