"""Prints what parliament finds in the policy documents given as a JSON list: a JSON list of issues for each."""

import json
import sys

from parliament import analyze_policy_string

documents = json.load(sys.stdin)
found = []
for document in documents:
    policy = analyze_policy_string(json.dumps(document))
    found.append([f"{finding.issue} {finding.detail}" for finding in policy.findings])
json.dump(found, sys.stdout)
