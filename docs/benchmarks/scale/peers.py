"""The programs that Landgrant is measured beside: how each is set up, and whether it says the same as Landgrant."""
import filecmp
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# What a script would not write: Landgrant's record of what it wrote, and how to deploy it.
LANDGRANTS_OWN = {"landgrant.lock", "DEPLOY.md", "deploy.json", "terraform/matrix.json"}


class Missing(Exception):
    """Why a peer cannot be measured here."""


def jinja(folder):
    """The command of the Jinja2 script, in an environment of its own."""
    environment = f"{folder}/venv"
    python = f"{environment}/bin/python"
    if not os.path.exists(python):
        install([sys.executable, "-m", "venv", environment])
    install([python, "-m", "pip", "install", "-q", "-r", f"{HERE}/jinja/requirements.txt"])
    return [python, f"{HERE}/jinja/render.py"]


def cdk(folder):
    """The command of the CDK app, beside its packages."""
    for program in ["node", "npm"]:
        if shutil.which(program) is None:
            raise Missing(f"{program} is not there")
    app = f"{folder}/cdk"
    os.makedirs(app, exist_ok=True)
    for name in ["package.json", "app.js"]:
        shutil.copy(f"{HERE}/cdk/{name}", app)
    for name, version in packages().items():
        if installed(f"{app}/node_modules/{name}/package.json") != version:
            install(["npm", "install", "--prefix", app, "--no-audit", "--no-fund", "--silent"])
            break
    return ["node", f"{app}/app.js"]


def packages():
    """The packages of the CDK app, each with its version."""
    with open(f"{HERE}/cdk/package.json", encoding="utf-8") as file:
        return json.load(file)["dependencies"]


def versions():
    """What is measured, for the reader."""
    with open(f"{HERE}/jinja/requirements.txt", encoding="utf-8") as file:
        jinja2 = file.readline().strip().replace("==", " ")
    node = shutil.which("node") and subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    python = ".".join(map(str, sys.version_info[:3]))
    of_node = [f"Node.js {node.strip().lstrip('v')}"] if node else []
    return [f"Python {python}", jinja2, *of_node, f"aws-cdk-lib {packages()['aws-cdk-lib']}"]


def installed(manifest):
    """The version of a package that is there, or nothing."""
    try:
        with open(manifest, encoding="utf-8") as file:
            return json.load(file)["version"]
    except FileNotFoundError:
        return None


def install(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        said = done.stdout.strip().splitlines() or ["it says nothing"]
        raise Missing(f"`{os.path.basename(command[0])}` could not install it: {said[-1]}")


def files(folder):
    """The files below a folder by their paths in it, each with its bytes."""
    found = {}
    folders = [""]
    while folders:
        inside = folders.pop()
        with os.scandir(f"{folder}/{inside}") as entries:
            for entry in entries:
                path = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                else:
                    found[path] = entry.stat().st_size
    return found


def same_roots(landgrant, other):
    """That a script wrote each file that Landgrant wrote, byte for byte, and no other."""
    ours = files(landgrant).keys() - LANDGRANTS_OWN
    theirs = files(other).keys()
    if ours != theirs:
        raise SystemExit(f"Jinja2 writes other files, such as {min(ours ^ theirs)}")
    for path in sorted(ours):
        if not filecmp.cmp(f"{landgrant}/{path}", f"{other}/{path}", shallow=False):
            raise SystemExit(f"Jinja2 writes another text: {path}")


def same_stacks(landgrant, other):
    """That the CDK app makes the resources and outputs of Landgrant's templates, which are in JSON here, for each hub stack
    and for each target with its parameters."""
    folder = f"{landgrant}/cloudformation"
    stacks = {
        name.removesuffix(".json"): read(f"{folder}/{name}")
        for name in os.listdir(folder)
        if name.startswith("hub")
    }
    template = read(f"{folder}/target.json")
    for name in os.listdir(f"{folder}/parameters"):
        given = {entry["ParameterKey"]: entry["ParameterValue"] for entry in read(f"{folder}/parameters/{name}")}
        for parameter, declared in template["Parameters"].items():
            if declared["Type"] == "Number":
                given[parameter] = int(given[parameter])
        stacks[f"target-{name.removesuffix('.json')}"] = filled(template, given)
    theirs = {name.removesuffix(".template.json") for name in os.listdir(other) if name.endswith(".template.json")}
    if stacks.keys() != theirs:
        raise SystemExit(f"the CDK app makes other stacks, such as {min(stacks.keys() ^ theirs)}")
    for name, stack in stacks.items():
        # What scanners are told makes nothing.
        for resource in stack["Resources"].values():
            resource.pop("Metadata", None)
        made = read(f"{other}/{name}.template.json")
        for part in ["Resources", "Outputs"]:
            if made[part] != stack[part]:
                raise SystemExit(f"the CDK app makes something else: {part} of {name}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def filled(value, given):
    """A template with the values of its parameters."""
    if isinstance(value, list):
        return [filled(item, given) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"} and value["Ref"] in given:
        return given[value["Ref"]]
    return {key: filled(item, given) for key, item in value.items()}
