"""Builds access by hand, as a team does without Landgrant, and saves what AWS then tells of an account.

build ACCOUNT FILE    makes the users, groups, policies and roles that a JSON file describes
save ACCOUNT FILE     writes what `aws iam get-account-authorization-details` would print
"""

import json
import pathlib
import sys

from accounts import administrator, answer, save_snapshot


def build(account, file):
    wanted = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    iam = administrator(account).client("iam")
    for group in wanted.get("groups", []):
        iam.create_group(GroupName=group["name"], Path=group.get("path", "/"))
        for name, document in group["inline"].items():
            iam.put_group_policy(GroupName=group["name"], PolicyName=name, PolicyDocument=json.dumps(document))
        for arn in group.get("of_aws", []):
            iam.attach_group_policy(GroupName=group["name"], PolicyArn=arn)
    for user in wanted.get("users", []):
        iam.create_user(UserName=user["name"], Path=user.get("path", "/"), Tags=tags(user["tags"]), **bounded(user))
        for group in user["groups"]:
            iam.add_user_to_group(GroupName=group, UserName=user["name"])
        for name, document in user.get("inline", {}).items():
            iam.put_user_policy(UserName=user["name"], PolicyName=name, PolicyDocument=json.dumps(document))
    for role in wanted.get("roles", []):
        iam.create_role(
            RoleName=role["name"],
            Path=role.get("path", "/"),
            AssumeRolePolicyDocument=json.dumps(role["trust"]),
            Description=role["description"],
            MaxSessionDuration=role["max_session"],
            Tags=tags(role["tags"]),
            **bounded(role),
        )
        for profile in role.get("instance_profiles", []):
            path, name = profile.rsplit("/", 1)
            iam.create_instance_profile(InstanceProfileName=name, Path=f"{path}/")
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role["name"])
        for name, document in role.get("inline", {}).items():
            iam.put_role_policy(RoleName=role["name"], PolicyName=name, PolicyDocument=json.dumps(document))
        for arn in role.get("of_aws", []):
            iam.attach_role_policy(RoleName=role["name"], PolicyArn=arn)
    for policy in wanted.get("policies", []):
        created = iam.create_policy(
            PolicyName=policy["name"],
            Path=policy.get("path", "/"),
            PolicyDocument=json.dumps(policy["document"]),
            Description=policy["description"],
            Tags=tags(policy["tags"]),
        )
        arn = created["Policy"]["Arn"]
        for group in policy.get("attached_to_groups", []):
            iam.attach_group_policy(GroupName=group, PolicyArn=arn)
        for role in policy.get("attached_to_roles", []):
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return account


def bounded(wanted):
    return {"PermissionsBoundary": wanted["boundary"]} if wanted["boundary"] else {}


def tags(wanted):
    return [{"Key": key, "Value": value} for key, value in wanted.items()]


def save(account, file):
    save_snapshot(administrator(account).client("iam"), pathlib.Path(file))
    return account


def main():
    command, *arguments = sys.argv[1:]
    answer({"build": build, "save": save}[command](*arguments))


main()
