"""Prints what is wrong with the template and the list of a CloudFormation resource import; nothing if all is well.

TEMPLATE LIST: cfn-lint reads the template; the list must name each of its resources by the primary identifier that
CloudFormation's own schema of the type has, and the type must have a read handler, without which none is imported.
"""

import json
import pathlib
import sys

from cfnlint.api import lint_file
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER


def main():
    template_path, list_path = map(pathlib.Path, sys.argv[1:])
    template = json.loads(template_path.read_text(encoding="utf-8"))
    imported = json.loads(list_path.read_text(encoding="utf-8"))
    for match in lint_file(template_path):
        print(match)
    if "Outputs" in template:
        print("an import takes no outputs")
    listed = {resource["LogicalResourceId"]: resource for resource in imported}
    if list(listed) != list(template["Resources"]) or len(listed) != len(imported):
        print("the list and the template hold different resources")
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        identifier = [path.removeprefix("/properties/") for path in schema["primaryIdentifier"]]
        if list(listed[name]["ResourceIdentifier"]) != identifier:
            print(f"{name} is identified by {identifier}")
        if listed[name]["ResourceType"] != kind:
            print(f"{name} is a {kind}")
        if "read" not in schema["handlers"]:
            print(f"{kind} cannot be imported")
        if "DeletionPolicy" not in resource:
            print(f"{name} has no deletion policy")


main()
