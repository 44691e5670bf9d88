"""Judges migrated metadata with PyYAML: reads cases, prints what differs besides the values that were to change.

usage: pyyaml_plan.py < cases.json > faults.json

A case is {name, old, new, image, version}: the texts before and after, the base image that was to be set, and the
version before. The version has to be raised by a patch, in the main place and in every registry's pin that equalled it.
"""

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
        if fault:
            faults.append(f"{case['name']}: {fault}")
    json.dump(faults, sys.stdout)


def judge(case: dict) -> str | None:
    expected = yaml.safe_load(case["old"])
    data = expected["data"]
    old = data["dockerImageTag"]
    if old != case["version"]:
        return f"the version was {old!r}, not {case['version']!r}"
    major, minor, patch = old.split(".")
    new = f"{major}.{minor}.{int(patch) + 1}"
    data["dockerImageTag"] = new
    for registry in (data.get("registries") or {}).values():
        if isinstance(registry, dict) and registry.get("dockerImageTag") == old:
            registry["dockerImageTag"] = new
    data.setdefault("connectorBuildOptions", {})["baseImage"] = case["image"]
    found = yaml.safe_load(case["new"])
    # `repr` tells apart what `==` does not: 1, 1.0 and True; and the order of keys may not change but for the new one.
    if repr(ordered(found)) != repr(ordered(expected)):
        return f"PyYAML reads {found!r}, not {expected!r}"
    return None


def ordered(value: object) -> object:
    if isinstance(value, dict):
        return sorted((str(key), ordered(item)) for key, item in value.items())
    if isinstance(value, list):
        return [ordered(item) for item in value]
    return (type(value).__name__, repr(value))


if __name__ == "__main__":
    main()
