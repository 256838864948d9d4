#!/usr/bin/env python3
"""The root modules of docs/benchmarks/scale.py by a Jinja2 script, as an engineer would write one for a deployment: each
kind of file is a template that is compiled once, and the text is the same as Landgrant's.

It checks nothing: no name, no action, no quota beyond two constants, nothing that was there before.

    python3 render.py TARGETS.csv OUT
"""
import csv
import os
import sys

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HUB = "111111111111"
USER = "svc-micetro"
GROUP = "micetro-access"
# An inline policy takes 141 of the 5,120 characters of a group; a user is in ten groups at most.
TARGETS_PER_GROUP = 36
GROUPS_PER_USER = 10

DEPLOYMENT = {
    "name": "acme",
    "product": "micetro@11.0",
    "hub": HUB,
    "role": "MicetroAccess",
    "max_session": 3600,
    "tags": {"owner": "network-platform"},
    "statements": [
        {
            "feature": "dns",
            "level": "required",
            "actions": [
                "route53:GetHostedZoneCount",
                "route53:ListHealthChecks",
                "route53:ListHostedZones",
                "route53:ListHostedZonesByName",
            ],
        },
        {
            "feature": "dns",
            "level": "recommended",
            "actions": [
                "route53:ChangeResourceRecordSets",
                "route53:CreateHostedZone",
                "route53:DeleteHostedZone",
                "route53:GetHostedZone",
                "route53:ListResourceRecordSets",
            ],
        },
        {
            "feature": "network",
            "level": "required",
            "actions": [
                "ec2:DescribeInstances",
                "ec2:DescribeRegions",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
        },
        {
            "feature": "network",
            "level": "recommended",
            "actions": [
                "ec2:CreateSubnet",
                "ec2:CreateTags",
                "ec2:CreateVpc",
                "ec2:DeleteSubnet",
                "ec2:DeleteTags",
                "ec2:DeleteVpc",
            ],
        },
    ],
}

HUB_FILES = {
    "main.tf": "hub/main.tf.j2",
    "locals.tf": "hub/locals.tf.j2",
    "outputs.tf": "hub/outputs.tf.j2",
    "providers.tf": "providers.tf.j2",
    "terraform.tf": "terraform.tf.j2",
    "variables.tf": "variables.tf.j2",
}
MODULE_FILES = {
    "main.tf": "module/main.tf.j2",
    "outputs.tf": "module/outputs.tf.j2",
    "terraform.tf": "terraform.tf.j2",
    "variables.tf": "module/variables.tf.j2",
}
TARGET_FILES = {
    "main.tf": "target.tf.j2",
}


def chunks(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def numbered(name, number):
    return name if number == 1 else f"{name}-{number}"


def users_of(targets):
    """Targets in groups, and groups in users, as the quotas allow; each target is told its user."""
    groups = [
        {"number": number, "name": numbered(GROUP, number), "targets": own}
        for number, own in enumerate(chunks(targets, TARGETS_PER_GROUP), 1)
    ]
    users = []
    for number, own in enumerate(chunks(groups, GROUPS_PER_USER), 1):
        name = numbered(USER, number)
        resource = "micetro" if number == 1 else f"micetro_user_{number}"
        users.append({"name": name, "resource": resource, "groups": own})
        for group in own:
            for target in group["targets"]:
                target["user"] = name
    return groups, users


def main():
    list_of_targets, out = sys.argv[1:]
    with open(list_of_targets, newline="", encoding="utf-8") as file:
        targets = sorted(csv.DictReader(file), key=lambda target: target["account"])
    groups, users = users_of(targets)

    environment = Environment(
        loader=FileSystemLoader(os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")),
        keep_trailing_newline=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(DEPLOYMENT)

    def write(folder, files, **values):
        os.makedirs(folder)
        for name, template in files:
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(template.render(values))

    def compiled(files):
        return [(name, environment.get_template(template)) for name, template in files.items()]

    write(f"{out}/terraform/hub", compiled(HUB_FILES), account=HUB, groups=groups, users=users, width=len(f'"{len(groups)}"'))
    write(f"{out}/terraform/modules/target-role", compiled(MODULE_FILES))
    of_target = compiled(TARGET_FILES)
    for target in targets:
        folder = f"{out}/terraform/targets/{target['account']}"
        write(folder, of_target, account=target["account"], target=target)


if __name__ == "__main__":
    main()
