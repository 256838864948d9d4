"""What readers of CloudFormation templates take texts for: PyYAML in Python, PyYAML with libyaml, and cfn-lint.

Takes a text as JSON on each line, and answers with a line of JSON: each reader's value, or its words where it refuses.
"""

import json
import sys

import yaml
from cfnlint.decode import cfn_yaml


def function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


class InPython(yaml.SafeLoader):
    pass


InPython.add_multi_constructor("!", function)
READERS = {
    "PyYAML": lambda text: yaml.load(text, InPython),
    "cfn-lint": lambda text: cfn_yaml.loads(text, "template"),
}
if hasattr(yaml, "CSafeLoader"):

    class ByLibyaml(yaml.CSafeLoader):
        pass

    ByLibyaml.add_multi_constructor("!", function)
    READERS["libyaml"] = lambda text: yaml.load(text, ByLibyaml)


def shown(value):
    """The value as JSON has it; what it has not is marked, so that it is like nothing of JSON's."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"a key that is {key!r}": shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    return {"no value of JSON": repr(value)}


def read(reader, text):
    try:
        return {"value": shown(reader(text))}
    except Exception as error:
        return {"refused": str(error)}


for line in sys.stdin:
    text = json.loads(line)
    print(json.dumps({name: read(reader, text) for name, reader in READERS.items()}), flush=True)
