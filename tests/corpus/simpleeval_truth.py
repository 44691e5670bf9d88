"""For each query on standard input, which connectors it is true for, asked as the reference tool asks it.

usage: simpleeval_truth.py REPOSITORY < queries.json > truths.json

The queries are a JSON list; the answer maps each query to the sorted paths (below the connectors' root) of the
metadata files for which simpleeval 0.9.13 finds it true. Any exception counts as false.
"""

import json
import pathlib
import sys
import warnings

import simpleeval
import yaml


def main() -> None:
    warnings.simplefilter("ignore")
    root = pathlib.Path(sys.argv[1]) / "airbyte-integrations" / "connectors"
    documents = {}
    for file in sorted(root.glob("**/metadata.yaml")):
        if "-scaffold-" not in str(file):
            documents[file.parent.relative_to(root).as_posix()] = yaml.safe_load(file.read_text())["data"]
    truths = {}
    for query in json.load(sys.stdin):
        truths[query] = [path for path, data in documents.items() if is_true(query, data)]
    json.dump(truths, sys.stdout)


def is_true(query: str, data: dict) -> bool:
    try:
        return bool(simpleeval.simple_eval(query, names={"data": data}))
    except Exception:
        return False


main()
