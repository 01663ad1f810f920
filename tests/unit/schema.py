#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema that `reevectl policy schema` prints, against the files that the loader takes and refuses. TAP.

Every shipped file and every file of tests/data/policy/valid is valid; files whose mistakes a schema can see are not; and a member that
nobody knows, put into any object of a valid file, is refused by both.
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

STRICT = os.environ.get("REEVE_TEST_STRICT") == "1"
SOURCE = pathlib.Path(os.environ.get("srcdir", "."))
# What needs more than the one file, or more than its grammar, to be seen.
BEYOND = {"author-names", "author-policy", "detections-names", "duplicate-member", "empty", "loosens", "names-nobody-has", "networks",
          "profile-cycle", "same-name", "syntax", "two-files"}

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(1 if STRICT else 77)

count = failed = 0


def result(good, what):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, what))


def read(path):
    """JSON with comments; what stands in a string stays."""
    text = path.read_text()
    text = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or " ", text, flags=re.S)
    return json.loads(text)


def objects(value, path=()):
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from objects(item, path + (key,))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from objects(item, path + (i,))


def loader_takes(document):
    with tempfile.TemporaryDirectory() as directory:
        node = "runtime" in document
        path = pathlib.Path(directory, "file.json")
        path.write_text(json.dumps(document))
        empty = pathlib.Path(directory, "empty")
        empty.mkdir()
        args = ["--dir", str(empty), "--node", str(path)] if node else [str(path)]
        run = subprocess.run(["./reevectl", "policy", "check", *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return run.returncode == 0


schema = json.loads(subprocess.run(["./reevectl", "policy", "schema"], check=True, stdout=subprocess.PIPE).stdout)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
data = SOURCE / "tests/data/policy"

for path in sorted(SOURCE.glob("policy/profiles/*/*.json")) + sorted(data.glob("valid/*/*.json")):
    error = next(validator.iter_errors(read(path)), None)
    result(error is None, "%s is valid%s" % (path.relative_to(SOURCE), ": " + error.message[:200] if error else ""))

for directory in sorted(data.glob("invalid/*")):
    if directory.name in BEYOND:
        continue
    for path in sorted(directory.glob("*.json")):
        alone = re.search(r"^%s:.*(there is no profile|needs \"extends\")" % re.escape(path.name),
                          (directory / "expected").read_text(), re.M)
        if not alone:
            result(not validator.is_valid(read(path)), "%s is not valid" % path.relative_to(SOURCE))

everything = data / "valid/everything"
for path in (everything / "10-all.json", everything / "reeve.json", everything / "own.json"):
    document = read(path)
    for change in (("enforce", "baseline"), ("audit", "restricted")):
        if change[0] in document:
            document[change[0]] = change[1]
    for entry in document.get("allow", []):
        if "grant" in entry:
            entry["grant"] = "csi"
    document.pop("default", None)
    result(loader_takes(document), "%s: the loader takes it" % path.name)
    for where in objects(document):
        wrong = copy.deepcopy(document)
        at = wrong
        for key in where:
            at = at[key]
        at["zz"] = {}
        result(not validator.is_valid(wrong) and not loader_takes(wrong),
               "%s: an unknown member in /%s is refused" % (path.name, "/".join(map(str, where))))

print("1..%d" % count)
sys.exit(1 if failed or not count else 0)
