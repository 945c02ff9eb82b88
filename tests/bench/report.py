#!/usr/bin/python3
"""Makes tables and plots of a run's data.

    report.py FOLDER               prints the table of FOLDER/data.tsv, and makes
                                   the plots there again
    report.py FOLDER --publish     and puts data, tables and plots into docs/
"""

import math
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent
DOCS = FOLDER.parents[1] / "docs"
sys.path.insert(0, str(FOLDER))

import catalogue  # noqa: E402
import plots  # noqa: E402
from results import Data  # noqa: E402

HEADS = ("what", "danebound", "beside it", "value", "ratio", "goal", "")


def number(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def spread(found, unit=""):
    """The median, and in brackets the least and the most."""
    unit = {"us": "µs"}.get(unit, unit)
    text = f"{number(found.middle)} {unit}".strip()
    if found.least == found.most:
        return text
    return f"{text} ({number(found.least)} to {number(found.most)})"


def goal_cells(data, row, goal):
    """One line of the table; None where nothing was measured."""
    of_goal = data.of_goal(row.NAME, goal)
    if of_goal is None:
        return None
    unit = row.UNITS[goal.measure]
    ours = data.spread(row.NAME, goal.ours, goal.measure)
    title = f"{row.TITLE}, {goal.measure}" if len(row.UNITS) > 1 else row.TITLE
    if goal.ours != "danebound":
        title += f": {row.PEERS[goal.ours]}"
    beside = theirs = ratio = "-"
    if goal.beside:
        beside = row.PEERS[goal.beside]
        theirs = spread(data.spread(row.NAME, goal.beside, goal.measure), unit)
        ratio = spread(of_goal) + (" times less" if goal.times_less else "")
    state = "-"
    if goal.bound:
        state = "met" if goal.is_met(of_goal.middle) else "missed"
    return (title, spread(ours, unit), beside, theirs, ratio,
            goal.bound or "-", state)


def goals_table(data):
    return [cells for row in catalogue.rows() for goal in row.GOALS
            if (cells := goal_cells(data, row, goal)) is not None]


def peers_table(data, row):
    """All peers of a row with all that was measured of them."""
    measures = [each for each in row.UNITS
                if data.spread(row.NAME, "danebound", each)]
    lines = [("", *measures)]
    for peer, words in row.PEERS.items():
        found = [data.spread(row.NAME, peer, each) for each in measures]
        if any(found):
            lines.append((words, *(
                spread(each, row.UNITS[measure]) if each else "-"
                for each, measure in zip(found, measures))))
    return lines


def calls_table(data, row):
    """A line for each peer: which calls, how often."""
    return [("", "calls of a hit")] + [
        (words, ", ".join(
            f"{number(data.spread(row.NAME, peer, name).middle)} {name}"
            for name in data.measures(row.NAME, peer) if name not in row.UNITS))
        for peer, words in row.PEERS.items() if data.measures(row.NAME, peer)]


def as_text(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(
        cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
        for line in lines)


def as_markdown(lines):
    head, *rest = lines
    return "\n".join(["| " + " | ".join(line) + " |" for line in
                      (head, ("---",) * len(head), *rest)])


def print_all(data):
    for name, text in data.notes.items():
        print(f"{name}: {text}")
    print()
    print(as_text([HEADS, *goals_table(data)]))


def section(data, row):
    """What docs/performance.md says of a row."""
    parts = [f"### {row.TITLE}", row.__doc__.strip()]
    if row.NAME in plots.OF_ROW:
        parts.append(f"![{row.TITLE}](performance/{plots.OF_ROW[row.NAME]}.svg)")
    table = calls_table if row.NAME == "syscalls" else peers_table
    parts.append(as_markdown(table(data, row)))
    return "\n\n".join(parts)


def publish(data, folder):
    target = DOCS / "performance"
    target.mkdir(exist_ok=True)
    for path in [folder / "data.tsv", *folder.glob("*.svg")]:
        shutil.copy(path, target)
    page = DOCS / "performance.md"
    made = {
        "machine": "\n".join(f"- {name}: {text}"
                             for name, text in data.notes.items()),
        "goals": as_markdown([HEADS, *goals_table(data)]),
        "rows": "\n\n".join(section(data, row) for row in catalogue.rows()
                            if data.peers(row.NAME))}
    text = page.read_text(encoding="utf-8")
    for name, part in made.items():
        mark = rf"(?s)(<!-- {name}: [^\n]*-->\n).*?(<!-- end -->)"
        text, count = re.subn(
            mark, lambda found, part=part: f"{found[1]}\n{part}\n\n{found[2]}",
            text)
        assert count == 1, name
    page.write_text(text, encoding="utf-8")
    print(f"written: {page}, {target}")


def make(folder, is_published):
    data = Data.read(folder / "data.tsv")
    print_all(data)
    plots.make(data, folder)
    if is_published:
        publish(data, folder)


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]), "--publish" in sys.argv[2:])
