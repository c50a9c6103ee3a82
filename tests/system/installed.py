"""An installation holds what a program of others needs of the search library: outside of the source tree, with
CMake and with pkg-config alone, the example finds what it looks for."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["MUSTER"]).parent


def run(*words, **more):
    ended = subprocess.run(words, capture_output=True, text=True, timeout=100, **more)
    if ended.returncode != 0:
        raise AssertionError(f"{words}: {ended.stdout}{ended.stderr}")
    return ended.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.folder.name) / "prefix"
        cls.source = pathlib.Path(cls.folder.name) / "outside"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        shutil.copytree(cls.prefix / "share/muster/examples", cls.source)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_a_cmake_project_finds_the_package(self):
        run("cmake", "-S", self.source, "-B", self.source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", self.source / "build")
        self.assertIn('"material": "wool"', run(self.source / "build/optimize"))

    def test_pkg_config_says_all_that_a_compiler_needs(self):
        (where,) = self.prefix.glob("**/pkgconfig")
        flags = run("pkg-config", "--static", "--cflags", "--libs", "muster-search",
                    env=dict(os.environ, PKG_CONFIG_PATH=str(where)))
        run("cc", "-std=c11", self.source / "optimize.c", *flags.split(), "-o", self.source / "optimize")
        self.assertIn('"material": "wool"', run(self.source / "optimize"))

    def test_the_program_runs_from_its_new_place(self):
        self.assertIn("muster", run(self.prefix / "bin/muster", "--version"))


if __name__ == "__main__":
    unittest.main()
