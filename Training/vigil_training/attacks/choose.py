"""Which files are cut: of each room and kind at most so many, evenly over the sorted names; neighbours in time are alike.

    python -m vigil_training.attacks.choose --data DIR... --most 90 [--strangers faces/utkface]

Prints full paths, one a line. `--strangers`: a folder of live faces that nothing learns from, printed instead.
"""

import argparse

from .items import labels, room, table


def evenly(paths, most):
    paths = sorted(paths)
    return paths if len(paths) <= most else [paths[i * len(paths) // most] for i in range(most)]


def chosen(roots, most):
    """Full paths of the presentation attacks' folders (pad, pad_clips) in the order of their names."""
    found = []
    for root in roots:
        believed = labels([root])
        kinds = {}
        for row in table(f"{root}/LABELS.tsv"):
            if row["path"].startswith(("pad/", "pad_clips/")) and believed[row["path"]]["label"] in ("real", "attack"):
                kinds.setdefault((room(row["path"]), row["kind"]), []).append(row["path"])
        found += sorted(f"{root}/{path}" for paths in kinds.values() for path in evenly(paths, most))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--most", type=int, default=90)
    parser.add_argument("--strangers")
    options = parser.parse_args()
    if options.strangers:
        lines = [f"{root}/{row['path']}" for root in options.data for row in table(f"{root}/LABELS.tsv")
                 if row["path"].startswith(options.strangers)]
    else:
        lines = chosen(options.data, options.most)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
