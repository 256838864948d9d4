"""Acts on the accounts of a moto server and prints what it finds as JSON.

keys ACCOUNT                                  keys of an account's administrator
access-keys ACCOUNT USER                      ids of a user's access keys
create-access-key ACCOUNT USER                another one
delete-access-key ACCOUNT USER KEY            one less
create ARN...                                 policies and roles that a deployment expects to exist
read ACCOUNT...                               every user, group, role and customer managed policy
deploy ACCOUNT STACK TEMPLATE [PARAMETERS]    a CloudFormation stack, and what became of it
delete ACCOUNT STACK                          a stack with what it made
"""

import json
import pathlib
import sys

from accounts import administrator, administrator_keys, answer

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def keys(account):
    return administrator_keys(account)


def access_keys(account, user):
    iam = administrator(account).client("iam")
    listed = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in listed]


def create_access_key(account, user):
    iam = administrator(account).client("iam")
    return iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]


def delete_access_key(account, user, key):
    administrator(account).client("iam").delete_access_key(UserName=user, AccessKeyId=key)
    return key


def create(*arns):
    for arn in arns:
        account, resource = arn.split(":", 5)[4:]
        kind, *path, name = resource.split("/")
        path = "/".join(["", *path, ""])
        iam = administrator(account).client("iam")
        if kind == "policy":
            iam.create_policy(PolicyName=name, Path=path, PolicyDocument=json.dumps(POLICY))
        elif kind == "role":
            iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))
        else:
            raise ValueError(f"{arn} is neither a policy nor a role")
    return list(arns)


def read(*accounts):
    found = {"users": [], "groups": [], "roles": [], "policies": {}, "providers": {}}
    for account in accounts:
        iam = administrator(account).client("iam")
        for user in pages(iam, "list_users", "Users"):
            found["users"].append(read_user(iam, user["UserName"]))
        for group in pages(iam, "list_groups", "Groups"):
            found["groups"].append({"arn": group["Arn"], **policies(iam, "group", GroupName=group["GroupName"])})
        for role in pages(iam, "list_roles", "Roles"):
            found["roles"].append(read_role(iam, role["RoleName"]))
        for policy in pages(iam, "list_policies", "Policies", Scope="Local"):
            found["policies"][policy["Arn"]] = managed_document(iam, policy["Arn"])
        for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
            described = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
            found["providers"][provider["Arn"]] = described["ClientIDList"]
    return found


def read_user(iam, name):
    user = iam.get_user(UserName=name)["User"]
    groups = pages(iam, "list_groups_for_user", "Groups", UserName=name)
    return {
        **principal(user),
        **policies(iam, "user", UserName=name),
        "groups": [group["Arn"] for group in groups],
        # GetUser tells the tags in AWS; moto keeps them for ListUserTags only.
        "tags": tags(iam.list_user_tags(UserName=name)["Tags"]),
    }


def read_role(iam, name):
    role = iam.get_role(RoleName=name)["Role"]
    return {
        **principal(role),
        **policies(iam, "role", RoleName=name),
        "trust": role["AssumeRolePolicyDocument"],
        "max_session": role["MaxSessionDuration"],
        "profiles": [
            profile["Path"] + profile["InstanceProfileName"]
            for profile in pages(iam, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name)
        ],
        "tags": tags(iam.list_role_tags(RoleName=name)["Tags"]),
    }


def principal(described):
    return {
        "arn": described["Arn"],
        "boundary": described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def policies(iam, kind, **name):
    inline = {
        policy: getattr(iam, f"get_{kind}_policy")(PolicyName=policy, **name)["PolicyDocument"]
        for policy in pages(iam, f"list_{kind}_policies", "PolicyNames", **name)
    }
    attached = list(pages(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **name))
    of_aws = [policy["PolicyArn"] for policy in attached if ":iam::aws:" in policy["PolicyArn"]]
    managed = {
        policy["PolicyName"]: managed_document(iam, policy["PolicyArn"])
        for policy in attached
        if policy["PolicyArn"] not in of_aws
    }
    return {"inline": inline, "managed": managed, "of_aws": of_aws}


def managed_document(iam, arn):
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def tags(listed):
    return {tag["Key"]: tag["Value"] for tag in listed}


def pages(client, call, key, **arguments):
    for page in client.get_paginator(call).paginate(**arguments):
        yield from page[key]


def deploy(account, stack, template, parameters=None):
    cloudformation = administrator(account).client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=pathlib.Path(template).read_text(encoding="utf-8"),
        Parameters=json.loads(pathlib.Path(parameters).read_text(encoding="utf-8")) if parameters else [],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {
        "status": described["StackStatus"],
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])},
    }


def delete(account, stack):
    administrator(account).client("cloudformation").delete_stack(StackName=stack)
    return stack


def main():
    command, *arguments = sys.argv[1:]
    commands = {
        "keys": keys,
        "access-keys": access_keys,
        "create-access-key": create_access_key,
        "delete-access-key": delete_access_key,
        "create": create,
        "read": read,
        "deploy": deploy,
        "delete": delete,
    }
    answer(commands[command](*arguments))


main()
