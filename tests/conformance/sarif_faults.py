"""Prints where a SARIF log departs from the schema in an npm package: sarif_faults.py PACKAGE LOG."""

import json
import sys
import tarfile

import jsonschema

package, log = sys.argv[1:]
with tarfile.open(package) as archive:
    name = next(name for name in archive.getnames() if "/schemas/sarif-2.1.0" in name)
    schema = json.load(archive.extractfile(name))
with open(log, encoding="utf-8") as file:
    document = json.load(file)
for fault in jsonschema.validators.validator_for(schema)(schema).iter_errors(document):
    print(fault.json_path, fault.message)
