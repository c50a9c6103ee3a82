"""layers: every include of the sources follows the arrows of layers.txt, MPI_COMM_WORLD and MPI_Abort
stand in main.c alone, and no room reads another room's private headers."""
import pathlib
import re
import sys

here = pathlib.Path(__file__).resolve().parent
root = here.parent
parts = {"par_mpi": "par", "option": "base"}  # further headers of a room


def read_rules():
    arrows, foreign = {}, {}
    for line in (here / "layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            name, _, rest = line.partition(":")
            (foreign if name.startswith("<") else arrows)[name] = set(rest.split())
    return arrows, foreign


def problems_of(path, room, arrows, foreign):
    where = path.relative_to(root)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line)
        if found:
            name = found[1]
            if name in foreign and room not in foreign[name]:
                yield f"{where}:{number}: {room} may not include {name}"
            ours = re.match(r'"muster/(\w+)\.h"', name)
            if ours and parts.get(ours[1], ours[1]) not in arrows[room] | {room, "base"}:
                yield f"{where}:{number}: {room} may not use {ours[1]}"
            private = re.match(r'"(?:\.\./)?(\w+)/', name)
            if private and private[1] != "muster" and private[1] != room:
                yield f"{where}:{number}: {name} is private to {private[1]}"
        if path.name != "main.c" and re.search(r"\b(MPI_COMM_WORLD|MPI_Abort)\b", line):
            yield f"{where}:{number}: MPI_COMM_WORLD and MPI_Abort stand in main.c alone"


def main():
    arrows, foreign = read_rules()
    files = [(p, p.parent.name) for p in sorted((root / "src").glob("*/*.[ch]"))]
    files += [(p, parts.get(p.stem, p.stem)) for p in sorted((root / "include/muster").glob("*.h"))]
    problems = []
    for path, room in files:
        if room not in arrows:
            problems.append(f"{path.relative_to(root)}: no room of this name in layers.txt")
        else:
            problems += problems_of(path, room, arrows, foreign)
    if len(files) < 20:
        problems.append(f"only {len(files)} sources found: is this the project's root?")
    print("\n".join(problems) or f"{len(files)} files follow the arrows")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
