"""A result file is plain HDF5: h5py reads every kind of entry, and h5dump its header, without our code.
A writer that is killed leaves the file of before under the final name."""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)


def check_types(file):
    t = file["types"]
    assert t["f64"].dtype == "<f8" and t["f32"].dtype == "<f4" and t["i64"].dtype == "<i8" and t["u8"].dtype == "u1"
    assert np.array_equal(t["f64"][:], [1.5, -0.0, np.nan, np.inf, 1e-310, 3], equal_nan=True)
    assert t["f32"].shape == (2, 3) and t["u8"].shape == (2, 3, 2, 2)
    assert list(t["i64"][:]) == [-2**63, -1, 0, 1, 2, 2**63 - 1]
    assert list(t["names"].asstr()[:]) == ["alpha", "", "größe", "日本"]
    assert h5py.check_string_dtype(t["names"].dtype).encoding == "utf-8"
    assert t["names"].dtype.itemsize == len("größe".encode())
    assert file["best/trial"][()] == 42 and file["best/trial"].shape == ()
    assert file["empty/rows"].shape == (0, 5) and file["empty/names"].shape == (0,)


def check_attributes(file):
    assert file.attrs["format"] == "muster-results"  # a str, as users expect it
    assert len(file.attrs["study"]) == 200000 and file.attrs["seed"] == 7
    assert file["best"].attrs["train.learning_rate"] == 0.01
    assert h5py.check_string_dtype(file.attrs.get_id("format").dtype).encoding == "utf-8"


def check_curves(file):
    curves = file["curves/train_loss"]
    values = (np.arange(650 * 500) % 977 / 8).reshape(650, 5, 100)
    assert curves.dtype == "<f4" and curves.shape == (700, 5, 100)
    assert curves.compression == "gzip" and curves.shuffle and np.isnan(curves.fillvalue)
    assert 2**19 < np.prod(curves.chunks) * 4 <= 2**20, curves.chunks
    assert np.array_equal(curves[:650], values) and np.isnan(curves[650:]).all()
    assert file["large/packed"].compression == "gzip" and file["large/plain"].chunks is None
    assert np.array_equal(file["large/packed"][:].ravel(), file["large/plain"][:])


def check_kills(writer, path):
    """Killed at growing times after its start, until it once got through."""
    path.write_text("before")
    temporary = pathlib.Path(f"{path}.tmp")
    for k in range(70):
        process = subprocess.Popen([writer, path])
        time.sleep(0.001 * 1.15**k)
        process.send_signal(signal.SIGKILL)
        done = process.wait() == 0
        if path.read_bytes() != b"before":
            with h5py.File(path) as file:  # whole, even where the kill came right after the rename
                check_curves(file)
            break
        assert not done
    else:
        raise AssertionError("the writer never finished")
    temporary.unlink(missing_ok=True)


def main():
    writer = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file.h5"
        subprocess.run([writer, path], check=True)
        assert [p.name for p in path.parent.iterdir()] == ["file.h5"]
        with h5py.File(path) as file:
            check_types(file)
            check_attributes(file)
            check_curves(file)
        if shutil.which("h5dump"):
            subprocess.run(["h5dump", "-H", path], check=True, stdout=subprocess.DEVNULL)
        check_kills(writer, path)


main()
