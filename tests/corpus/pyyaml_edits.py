"""Judges edits with PyYAML, which shares no code with the editor: reads cases, prints what is wrong with them.

usage: pyyaml_edits.py < cases.json > faults.json

A case is {name, old, new, path, value, read}: `new` is the text after setting `value` at `path` (a list of keys) in
the text `old`; without a path, `new` has to be what `old` is. `read`, where given, is what the editor takes `new` for.
"""

import datetime
import json
import sys

import yaml


def main() -> None:
    faults = []
    for case in json.load(sys.stdin):
        try:
            fault = judge(case)
        except yaml.YAMLError as error:
            fault = f"PyYAML cannot read it: {error}"
        except ValueError:
            fault = None  # PyYAML itself stumbles over numbers such as `0b_`, and says nothing about the edit.
        if fault:
            faults.append(f"{case['name']}: {fault}\n{case['new']}")
    json.dump(faults, sys.stdout)


def judge(case: dict) -> str | None:
    expected = yaml.safe_load(case["old"]) or {}
    if case.get("path"):
        *parents, key = case["path"]
        place = expected
        for parent in parents:
            place = place.setdefault(parent, {})
        place[key] = case["value"]
    found = yaml.safe_load(case["new"])
    if typed(found) != typed(expected):
        return f"PyYAML reads {found!r}, not {expected!r}"
    if "read" in case and typed(plain(found)) != typed(case["read"]):
        return f"PyYAML reads {plain(found)!r}, the editor {case['read']!r}"
    return None


def typed(value: object) -> object:
    """A value of which 1, 1.0 and True are not equal, and in which the order of keys does not count."""
    if isinstance(value, dict):
        return {(type(key).__name__, str(key)): typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, repr(value))


def plain(value: object) -> object:
    """A value as JSON has it, dates as text."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


main()
