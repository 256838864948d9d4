"""Tampers by hand with what was deployed, saves what the accounts then tell, and puts everything back.

usage: tamper.py FOLDER KIT HUB TARGET OTHER_TARGET

Makes a folder for each tampering, with a snapshot of each account and the credential report of the hub. Prints the day on
which each is to be judged, and what the kit's verify.sh says of it.
"""

import base64
import datetime
import json
import pathlib
import shutil
import sys
from contextlib import contextmanager

from accounts import administrator, answer, save_snapshot
from kit import Kit

ROLE = "MicetroAccess"
POLICY = "micetro"
GROUP = "micetro-access"
USER = "svc-micetro"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@contextmanager
def role_policy(iam, change):
    document = iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY)["PolicyDocument"]
    changed = json.loads(json.dumps(document))
    change(changed["Statement"])
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(changed))
    yield
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(document))


@contextmanager
def trust(iam, change):
    document = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    changed = json.loads(json.dumps(document))
    change(changed["Statement"])
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(changed))
    yield
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


@contextmanager
def removed_policy(iam, name):
    document = iam.get_group_policy(GroupName=GROUP, PolicyName=name)["PolicyDocument"]
    iam.delete_group_policy(GroupName=GROUP, PolicyName=name)
    yield
    iam.put_group_policy(GroupName=GROUP, PolicyName=name, PolicyDocument=json.dumps(document))


@contextmanager
def other_member(iam):
    iam.create_user(UserName="alice")
    iam.add_user_to_group(GroupName=GROUP, UserName="alice")
    yield
    iam.remove_user_from_group(GroupName=GROUP, UserName="alice")
    iam.delete_user(UserName="alice")


@contextmanager
def foreign_inline_policy(iam):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::444444444444:role/{ROLE}"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_group_policy(GroupName=GROUP, PolicyName="AssumeLab", PolicyDocument=json.dumps(document))
    yield
    iam.delete_group_policy(GroupName=GROUP, PolicyName="AssumeLab")


@contextmanager
def managed_policy_on_role(iam):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    arn = iam.create_policy(PolicyName="more", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    yield
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)


@contextmanager
def boundary_removed(iam):
    boundary = iam.get_role(RoleName=ROLE)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    iam.delete_role_permissions_boundary(RoleName=ROLE)
    yield
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=boundary)


@contextmanager
def administrator_attached(iam):
    iam.attach_user_policy(UserName=USER, PolicyArn=ADMINISTRATOR)
    yield
    iam.detach_user_policy(UserName=USER, PolicyArn=ADMINISTRATOR)


@contextmanager
def role_deleted(iam):
    role = iam.get_role(RoleName=ROLE)["Role"]
    document = iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY)["PolicyDocument"]
    iam.delete_role_policy(RoleName=ROLE, PolicyName=POLICY)
    iam.delete_role(RoleName=ROLE)
    yield
    iam.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
        Description=role["Description"],
        MaxSessionDuration=role["MaxSessionDuration"],
        PermissionsBoundary=role["PermissionsBoundary"]["PermissionsBoundaryArn"],
        Tags=role["Tags"],
    )
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(document))


@contextmanager
def new_policy_version(iam, account):
    arn = f"arn:aws:iam::{account}:policy/{GROUP}-{POLICY}"
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}]}
    before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    yield
    iam.set_default_policy_version(PolicyArn=arn, VersionId=before)
    iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])


@contextmanager
def other_group(iam):
    iam.create_group(GroupName="operators")
    iam.add_user_to_group(GroupName="operators", UserName=USER)
    yield
    iam.remove_user_from_group(GroupName="operators", UserName=USER)
    iam.delete_group(GroupName="operators")


@contextmanager
def longer_session(iam):
    before = iam.get_role(RoleName=ROLE)["Role"]["MaxSessionDuration"]
    iam.update_role(RoleName=ROLE, MaxSessionDuration=43200)
    yield
    iam.update_role(RoleName=ROLE, MaxSessionDuration=before)


@contextmanager
def nothing():
    yield


def extra_action(statements):
    statements.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"})


def foreign_principal(statements):
    principal = {"AWS": "arn:aws:iam::999999999999:root"}
    statements.append({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


def without_condition(statements):
    del statements[0]["Condition"]


def narrowed(statements):
    statements[1]["Resource"] = "arn:aws:route53:::hostedzone/Z1D633PJN98FT9"


def save_credentials(iam, folder):
    iam.generate_credential_report()
    content = iam.get_credential_report()["Content"]
    (folder / "credentials.csv").write_bytes(content)
    printed = {"Content": base64.b64encode(content).decode("ascii"), "ReportFormat": "text/csv"}
    (folder / "credentials.json").write_text(json.dumps(printed), encoding="utf-8")


def main():
    folder, kit, hub, target, other = sys.argv[1:]
    folder = pathlib.Path(folder)
    iam = {account: administrator(account).client("iam") for account in (hub, target, other)}
    key = iam[hub].create_access_key(UserName=USER)["AccessKey"]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    later = today + datetime.timedelta(days=91)

    # As in every account, there are roles that the deployment does not plan.
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for client in iam.values():
        client.create_role(RoleName="web", AssumeRolePolicyDocument=document)

    first = folder / "as-planned"
    first.mkdir(parents=True)
    for account, client in iam.items():
        save_snapshot(client, first / f"{account}.json")
    save_credentials(iam[hub], first)
    kit = Kit(kit, folder / "profiles", iam, key)
    days = {"as-planned": today}
    verified = {"as-planned": kit.check(), "assume": kit.as_product("--assume"), "as-the-product": kit.as_product()}

    def collect(name):
        verified[name] = kit.run("--profiles", "acme-{account}", "--collect", str(folder / name))
        days[name] = today

    collect("collected")
    tamperings = {
        "extra-action": (target, role_policy(iam[target], extra_action)),
        "removed-policy": (hub, removed_policy(iam[hub], f"assume-role-{other}")),
        "foreign-principal": (target, trust(iam[target], foreign_principal)),
        "trust-condition-removed": (other, trust(iam[other], without_condition)),
        "other-member": (hub, other_member(iam[hub])),
        "foreign-inline-policy": (hub, foreign_inline_policy(iam[hub])),
        "managed-policy-on-role": (target, managed_policy_on_role(iam[target])),
        "boundary-removed": (target, boundary_removed(iam[target])),
        "narrowed-policy": (target, role_policy(iam[target], narrowed)),
        "administrator": (hub, administrator_attached(iam[hub])),
        "role-deleted": (target, role_deleted(iam[target])),
        "new-policy-version": (hub, new_policy_version(iam[hub], hub)),
        "other-group": (hub, other_group(iam[hub])),
        "longer-session": (target, longer_session(iam[target])),
        "old-key": (hub, nothing()),
    }
    for name, (account, tampering) in tamperings.items():
        shutil.copytree(first, folder / name)
        with tampering:
            save_snapshot(iam[account], folder / name / f"{account}.json")
            verified[name] = kit.check(account)
            if name == "administrator":
                collect("collected-administrator")
            if name == "removed-policy":
                verified["assume-without-a-policy"] = kit.as_product("--assume")
        days[name] = later if name == "old-key" else today
    # Everything is as it was.
    last = folder / "restored"
    shutil.copytree(first, last)
    for account, client in iam.items():
        save_snapshot(client, last / f"{account}.json")
    days["restored"] = today
    verified["restored"] = kit.check()
    answer({"days": {name: day.isoformat() for name, day in days.items()}, "verified": verified})


main()
