"""The data of a run: samples by row, peer, measure and round, and what they add
up to.

data.tsv has one sample a line, and says in comments on what machine it was:

    # machine: …
    row	peer	measure	round	value
    hit	danebound	p50	0	5.21
"""

import dataclasses
import statistics

HEAD = ("row", "peer", "measure", "round", "value")


@dataclasses.dataclass(frozen=True)
class Spread:
    """A median, and the least and the most that there was."""
    middle: float
    least: float
    most: float

    @staticmethod
    def of(values):
        return Spread(statistics.median(values), min(values), max(values))


@dataclasses.dataclass(frozen=True)
class Goal:
    """What a row is to reach. With `beside`, the ratio of our value to that of
    the peer beside us in the same round counts; `times_less` turns it round:
    how many times less ours is. Without, the value itself counts."""
    measure: str
    bound: str  # "<= 1.25", ">= 14", or "" where it is only shown
    ours: str = "danebound"
    beside: str = ""
    times_less: bool = False

    def is_met(self, value):
        word, number = self.bound.split()
        shown = round(value, 2)
        return shown <= float(number) if word == "<=" else shown >= float(number)


class Data:
    """All samples of a run, in the order in which they came."""

    def __init__(self):
        self.notes = {}
        self._samples = {}  # (row, peer, measure) to values by round

    def add(self, row, peer, measure, value):
        self._samples.setdefault((row, peer, measure), []).append(value)

    def values(self, row, peer, measure):
        return self._samples.get((row, peer, measure), [])

    def spread(self, row, peer, measure):
        """None where nothing was measured."""
        values = self.values(row, peer, measure)
        return Spread.of(values) if values else None

    def of_goal(self, row, goal):
        """What a goal is about: the ratio round by round, or the value."""
        ours = self.values(row, goal.ours, goal.measure)
        if not goal.beside:
            return Spread.of(ours) if ours else None
        theirs = self.values(row, goal.beside, goal.measure)
        ratios = [there / here if goal.times_less else here / there
                  for here, there in zip(ours, theirs)]
        return Spread.of(ratios) if ratios else None

    def peers(self, row):
        return list(dict.fromkeys(
            peer for each, peer, _ in self._samples if each == row))

    def measures(self, row, peer):
        return [measure for each, other, measure in self._samples
                if (each, other) == (row, peer)]

    def rows(self):
        return list(dict.fromkeys(row for row, _, _ in self._samples))

    def write(self, path):
        lines = [f"# {name}: {text}" for name, text in self.notes.items()]
        lines.append("\t".join(HEAD))
        for (row, peer, measure), values in self._samples.items():
            lines += [f"{row}\t{peer}\t{measure}\t{number}\t{value:.6g}"
                      for number, value in enumerate(values)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def read(path):
        data = Data()
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                name, _, text = line[2:].partition(": ")
                data.notes[name] = text
            elif not line.startswith(HEAD[0] + "\t"):
                row, peer, measure, _, value = line.split("\t")
                data.add(row, peer, measure, float(value))
        return data
