"""What moto leaves out of IAM without a word, added so that nothing which a file says is dropped unseen.

- CloudFormation resource types: AWS::IAM::Group, AWS::IAM::GroupPolicy and AWS::IAM::UserPolicy.
- Properties of AWS::IAM::User: Groups, Tags and PermissionsBoundary.
- The permissions boundary of a user, which CreateUser takes and GetUser tells.
- Tags of a user that gets another name.

moto reads the template and resolves its functions. What is here only makes the call that each resource stands for, and
refuses a property that it does not know.
"""

import json

from moto.core.common_models import CloudFormationModel
from moto.utilities.utils import get_partition
from moto.iam.models import Role, User, iam_backends
from moto.iam.responses import IamResponse

# moto tells from the name of a resource's module which service it belongs to.
MODULE = "moto.iam.additions"


def backend(account_id, region_name):
    return iam_backends[account_id][get_partition(region_name)]


def known(cloudformation_json, *names):
    properties = cloudformation_json["Properties"]
    unknown = properties.keys() - set(names)
    if unknown:
        raise ValueError(f"{cloudformation_json['Type']} with {sorted(unknown)} is not played here")
    return properties


class Addition:
    """A resource that is only ever made; a stack with it is neither updated nor deleted."""

    def __init__(self, name):
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return False


class StackGroup(Addition, CloudFormationModel):
    __module__ = MODULE

    @staticmethod
    def cloudformation_type():
        return "AWS::IAM::Group"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        group = known(cloudformation_json, "GroupName", "Path")
        backend(account_id, region_name).create_group(group["GroupName"], group["Path"])
        return cls(group["GroupName"])


class StackGroupPolicy(Addition, CloudFormationModel):
    __module__ = MODULE

    @staticmethod
    def cloudformation_type():
        return "AWS::IAM::GroupPolicy"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        policy = known(cloudformation_json, "GroupName", "PolicyName", "PolicyDocument")
        document = json.dumps(policy["PolicyDocument"])
        backend(account_id, region_name).put_group_policy(policy["GroupName"], policy["PolicyName"], document)
        return cls(policy["PolicyName"])


class StackUserPolicy(Addition, CloudFormationModel):
    __module__ = MODULE

    @staticmethod
    def cloudformation_type():
        return "AWS::IAM::UserPolicy"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        policy = known(cloudformation_json, "UserName", "PolicyName", "PolicyDocument")
        document = json.dumps(policy["PolicyDocument"])
        backend(account_id, region_name).put_user_policy(policy["UserName"], policy["PolicyName"], document)
        return cls(policy["PolicyName"])


def create_stack_user(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    properties = known(cloudformation_json, "UserName", "Path", "Groups", "Tags", "PermissionsBoundary")
    iam = backend(account_id, region_name)
    user = iam.create_user(
        region_name=region_name,
        user_name=properties["UserName"],
        path=properties["Path"],
        tags=properties.get("Tags", []),
    )
    user.permissions_boundary = boundary(properties.get("PermissionsBoundary"))
    for group in properties.get("Groups", []):
        iam.add_user_to_group(group, user.name)
    return user


def create_stack_role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    properties = known(
        cloudformation_json,
        "RoleName",
        "Path",
        "Description",
        "MaxSessionDuration",
        "PermissionsBoundary",
        "AssumeRolePolicyDocument",
        "Policies",
        "Tags",
    )
    # AWS::NoValue in a list is no item of it; moto leaves a hole.
    properties["Tags"] = [tag for tag in properties.get("Tags", []) if tag]
    # moto keeps the documents as they were parsed, and then tells them as Python prints them.
    for policy in properties.get("Policies", []):
        policy["PolicyDocument"] = json.dumps(policy["PolicyDocument"])
    return create_role(resource_name, cloudformation_json, account_id, region_name, **kwargs)


def create_user(self):
    result = call_create_user(self)
    user = self.backend.get_user(self._get_param("UserName"))
    user.permissions_boundary = boundary(self._get_param("PermissionsBoundary"))
    return result


def update_user(self):
    """moto keeps tags by ARN, and forgets them when a user gets another name."""
    tagger = self.backend.tagger
    user = self.backend.get_user(self._get_param("UserName"))
    tags = tagger.list_tags_for_resource(user.arn)["Tags"]
    tagger.delete_all_tags_for_resource(user.arn)
    result = call_update_user(self)
    tagger.tag_resource(user.arn, tags)
    return result


def boundary(arn):
    if not arn:
        return None
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}


create_role = Role.create_from_cloudformation_json
call_create_user = IamResponse.create_user
call_update_user = IamResponse.update_user


def install():
    User.create_from_cloudformation_json = classmethod(create_stack_user)
    Role.create_from_cloudformation_json = classmethod(create_stack_role)
    IamResponse.create_user = create_user
    IamResponse.update_user = update_user
