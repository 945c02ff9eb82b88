"""Plots of a run, by gnuplot: horizontal bars of medians, with whiskers from the
least to the most of the rounds."""

import dataclasses
import pathlib
import subprocess

import catalogue

SCRIPT = pathlib.Path(__file__).resolve().parent / "bars.gnuplot"


@dataclasses.dataclass(frozen=True)
class Plot:
    """Bars of one measure of one or more rows, ours in a colour of its own."""
    name: str
    rows: tuple
    measure: str
    axis: str
    scale: float = 1
    logarithmic: bool = False
    without: tuple = ()  # peers


PLOTS = (
    Plot("hit", ("hit",), "p50", "µs for a verdict, median (logarithmic)",
         logarithmic=True, without=("copy",)),
    Plot("throughput", ("clients", "flight"), "rate", "thousand verdicts a second",
         scale=1e-3),
    Plot("cold", ("cold", "cold-minimised"), "p50", "ms for a cold verdict, median"),
    Plot("socketmap", ("socketmap",), "p50", "µs for a request, median (logarithmic)",
         logarithmic=True),
)
OF_ROW = {row: plot.name for plot in PLOTS for row in plot.rows[:1]}
HEADINGS = {"clients": "64 clients", "flight": "1 client, 32 in flight",
            "cold": "qname-minimisation off", "cold-minimised": "and on"}


def lines_of(plot, data):
    """Label, middle, least, most, kind: 0 a heading, 1 ours, 2 another's."""
    for name in plot.rows:
        row, = catalogue.chosen([name])
        found = [(peer, data.spread(name, peer, plot.measure))
                 for peer in row.PEERS if peer not in plot.without]
        found = [(peer, each) for peer, each in found if each]
        if found and name in HEADINGS:
            yield f"{{/:Bold {HEADINGS[name]}}}", 0, 0, 0, 0
        for peer, each in sorted(found, key=lambda pair: pair[1].middle,
                                 reverse=plot.name == "throughput"):
            yield (row.PEERS[peer], each.middle * plot.scale,
                   each.least * plot.scale, each.most * plot.scale,
                   1 if peer in ("danebound", "texts") else 2)


def make(data, folder):
    """Makes those that there is data for; returns their paths."""
    made = []
    for plot in PLOTS:
        lines = list(lines_of(plot, data))
        if not lines:
            continue
        table = folder / f"{plot.name}.plot.tsv"
        table.write_text("".join(
            "\t".join([str(len(lines) - at), *map(str, line)]) + "\n"
            for at, line in enumerate(lines)), encoding="utf-8")
        path = folder / f"{plot.name}.svg"
        subprocess.run(
            ["gnuplot", "-e", f"data='{table}'; target='{path}'; "
             f"axis='{plot.axis}'; count={len(lines)}; "
             f"logarithmic={int(plot.logarithmic)}", str(SCRIPT)], check=True)
        made.append(path)
    return made
