"""The rows of the benchmark, one module each.

A module's docstring is what docs/performance.md says of the row: what is
measured and how. It has

    NAME, TITLE     in the data, and for people
    UNITS           measure to unit
    PEERS           peer to what it is, in the order shown
    GOALS           of results.Goal
    ROUNDS          where it is another number than the run's
    start(quick)    a context manager: peer to a call that measures it once and
                    returns measure to value. bench.py calls all in turn, round
                    by round
"""
