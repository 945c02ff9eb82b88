"""The rows, in the order in which they are measured and shown."""

import importlib

NAMES = ("hit", "clients", "flight", "cold", "cold_minimised", "socketmap",
         "idle", "memory", "syscalls")


def rows():
    return [importlib.import_module(f"rows.{name}") for name in NAMES]


def chosen(names):
    """Those of these names, or all; ValueError names one that does not exist."""
    by_name = {row.NAME: row for row in rows()}
    for name in names:
        if name not in by_name:
            raise ValueError(f"no row {name}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names or by_name]
