"""Does with an access key of a user what Micetro does with it, and tries what it must not be able to do.

usage: micetro_walk.py HUB_ACCOUNT USER

Prints the roles it found as Micetro finds them, and by principal what each call came to: `allowed`, or the error code.
"""

import sys

from accounts import administrator, answer, enforce, session
from botocore.exceptions import ClientError

ANOTHER_ROLE = "SomebodyElsesRole"


def main():
    hub, user = sys.argv[1:]
    enforce(False)
    iam = administrator(hub).client("iam")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    try:
        answer(walk(session(key)))
    finally:
        enforce(False)
        # A user with a key cannot be deleted.
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])


def walk(own):
    # moto compares an action's resource with "*" only, so it would refuse the user to read itself although the policy
    # allows that on its ARN. What is shown here is that the names and documents are there to be found.
    enforce(False)
    roles = find_roles(own.client("iam"))

    enforce(True)
    sts = own.client("sts")
    sessions = {}
    other_roles = {}
    for role in roles:
        sessions[role] = probe(session(sts.assume_role(RoleArn=role, RoleSessionName="micetro")["Credentials"]))
        another = role.rsplit("/", 1)[0] + "/" + ANOTHER_ROLE
        other_roles[another] = attempt(sts.assume_role, RoleArn=another, RoleSessionName="micetro")
    user = probe(own)
    # AWS lets everybody call this; moto only whom a policy allows it, here one that is attached to the user's group.
    user["sts:GetCallerIdentity"] = attempt(sts.get_caller_identity)
    return {"roles": roles, "user": user, "sessions": sessions, "other_roles": other_roles}


def find_roles(iam):
    """The roles in the inline policies of the user's groups, read as strictly as the one documented shape allows."""
    name = iam.get_user()["User"]["UserName"]
    roles = []
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        group = group["GroupName"]
        for policy in iam.list_group_policies(GroupName=group)["PolicyNames"]:
            document = iam.get_group_policy(GroupName=group, PolicyName=policy)["PolicyDocument"]
            [statement] = document["Statement"]
            if statement.keys() - {"Sid"} != {"Effect", "Action", "Resource"}:
                raise ValueError(f"{policy} says more than Micetro reads: {statement}")
            if (statement["Effect"], statement["Action"]) != ("Allow", "sts:AssumeRole"):
                raise ValueError(f"{policy} is not about assuming a role: {statement}")
            role = statement["Resource"]
            if not isinstance(role, str) or "*" in role:
                raise ValueError(f"{policy} does not name one role: {statement}")
            roles.append(role)
    return roles


def probe(caller):
    """Calls that moto judges as AWS does: by action, over the Query protocol or as a REST call that changes something."""
    ec2 = caller.client("ec2")
    calls = {
        "ec2:DescribeVpcs": attempt(ec2.describe_vpcs),
        "ec2:DescribeSubnets": attempt(ec2.describe_subnets),
    }
    made = {}
    calls["ec2:CreateVpc"] = attempt(lambda: made.update(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]))
    calls["ec2:DeleteVpc"] = attempt(ec2.delete_vpc, VpcId=made.get("VpcId", "vpc-0123456789abcdef0"))
    calls["route53:CreateHostedZone"] = attempt(
        caller.client("route53").create_hosted_zone, Name="conformance.example", CallerReference="conformance"
    )
    calls["ec2:RunInstances"] = attempt(ec2.run_instances, ImageId="ami-12345678", MinCount=1, MaxCount=1)
    calls["s3:ListAllMyBuckets"] = attempt(caller.client("s3").list_buckets)
    calls["iam:CreateUser"] = attempt(caller.client("iam").create_user, UserName="intruder")
    return calls


def attempt(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        # moto refuses REST calls without a code.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"]["Code"] or f"HTTP {status}"
    return "allowed"


main()
