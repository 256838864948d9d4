"""What moto's stack sets do otherwise than AWS documents, put right as far as the tests go.

- A stack gets the stack set's parameters with its own on top. moto gives it the one or the other, and tells all of them
  as its own.
- `DeploymentTargets` with INTERSECTION means the accounts that it names. moto has no units of these names, so every
  account is taken to be in the first one. The account of the stack set, as the management account, gets nothing.
- A change of the stack set, or of a stack's own parameters, reaches the stacks. They are made again here; AWS changes
  them in place.
- Capabilities, automatic deployment and managed execution are told as they were given.
- A self-managed stack set needs its two roles, the second of which trusts the first. What they may do is not asked.
- The resource AWS::CloudFormation::StackSet.

Preferences of an operation, `CallAs` and automatic deployment do nothing in moto, and nothing here.
"""

import json

from moto.cloudformation import models
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto_additions import Addition, known

# moto tells from the name of a class's module which service it belongs to.
MODULE = "moto.cloudformation.additions"


class StackInstanceNotFound(CloudFormationError):
    __module__ = MODULE
    code = "StackInstanceNotFoundException"
    message = "There is no such stack instance"


class StackInstance(models.StackInstance):
    """A stack of a stack set."""

    __module__ = MODULE

    def __init__(self, stack_set, account, region, own, unit):
        super().__init__(
            account_id=account,
            region_name=region,
            stackset_id=stack_set.id,
            stack_name=stack_set.instances.stack_name,
            name=stack_set.name,
            template=stack_set.template,
            parameters={**stack_set.parameters, **by_key(own)},
            permission_model=stack_set.permission_model,
        )
        # What is told of it.
        self.parameters = own
        self.place = (account, region)
        self.unit = unit

    def to_dict(self):
        return {**super().to_dict(), "OrganizationalUnitId": self.unit}


class StackSet(models.StackSet):
    __module__ = MODULE
    # In moto a property that nothing sets.
    managed_execution = {"Active": False}

    def create_stack_instances(self, accounts, regions, deployment_targets, parameters):
        accounts, unit = self.reached(accounts, deployment_targets)
        for account, region in pairs(accounts, regions):
            if any(instance.place == (account, region) for instance in self.stack_instances):
                raise ValidationError(message="a stack instance that is there already is not played here")
            self.assert_roles(account)
            self.stack_instances.append(StackInstance(self, account, region, parameters, unit))
        return self.done("CREATE", accounts, regions)["OperationId"]

    def update_instances(self, accounts, regions, parameters):
        for account, region in pairs(accounts, regions):
            self.make_again(self.instances.get_instance(account, region), parameters)
        return self.done("UPDATE", accounts, regions)

    def delete_stack_instances(self, accounts, regions, deployment_targets=None):
        accounts, _ = self.reached(accounts, deployment_targets)
        for account, region in pairs(accounts, regions):
            self.remove(self.instances.get_instance(account, region))
        self.done("DELETE", accounts, regions)

    def update(self, **changes):
        # Without accounts, a change is for all.
        operation = super().update(**changes)
        for instance in list(self.stack_instances):
            self.make_again(instance, instance.parameters)
        return operation

    def make_again(self, instance, own):
        self.remove(instance)
        again = StackInstance(self, instance.account_id, instance.region_name, own, instance.unit)
        self.stack_instances.append(again)

    def remove(self, instance):
        instance.delete()
        self.stack_instances.remove(instance)

    def reached(self, accounts, targets):
        """The accounts that a request is for, and the unit that they are in."""
        if self.permission_model == "SELF_MANAGED":
            if targets or not accounts:
                raise ValidationError(message="a self-managed stack set is deployed to accounts")
            return accounts, None
        if accounts or not targets or targets.get("AccountFilterType") != "INTERSECTION":
            raise ValidationError(message="only units with the accounts that are meant are played here")
        others = [account for account in targets["Accounts"] if account != self.instances.account_id]
        return others, targets["OrganizationalUnitIds"][0]

    def assert_roles(self, account):
        if self.permission_model != "SELF_MANAGED":
            return
        administration = self.administration_role_arn
        role_of(self.instances.account_id, administration.rsplit("/", 1)[1], self.instances.partition)
        execution = role_of(account, self.execution_role_name, self.instances.partition)
        [statement] = json.loads(execution.assume_role_policy_document)["Statement"]
        if statement["Principal"] != {"AWS": administration}:
            raise ValidationError(message=f"{execution.arn} does not trust {administration}")

    def done(self, action, accounts, regions):
        return self._create_operation(str(mock_random.uuid4()), action, "SUCCEEDED", accounts, regions)


class StackSetResource(Addition, CloudFormationModel):
    __module__ = MODULE

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudFormation::StackSet"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = known(
            cloudformation_json,
            "StackSetName",
            "Description",
            "PermissionModel",
            "CallAs",
            "AutoDeployment",
            "AdministrationRoleARN",
            "ExecutionRoleName",
            "Capabilities",
            "OperationPreferences",
            "Parameters",
            "StackInstancesGroup",
            "Tags",
            "TemplateBody",
        )
        stack_set = models.cloudformation_backends[account_id][region_name].create_stack_set(
            name=properties["StackSetName"],
            template=properties["TemplateBody"],
            parameters=by_key(properties.get("Parameters")),
            tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
            permission_model=properties["PermissionModel"],
            admin_role=properties.get("AdministrationRoleARN"),
            exec_role=properties.get("ExecutionRoleName"),
            description=properties.get("Description"),
        )
        for group in properties.get("StackInstancesGroup", []):
            targets = group["DeploymentTargets"]
            by_unit = "OrganizationalUnitIds" in targets
            stack_set.create_stack_instances(
                [] if by_unit else targets["Accounts"],
                group["Regions"],
                targets if by_unit else None,
                group.get("ParameterOverrides", []),
            )
        return cls(stack_set.id)


def by_key(parameters):
    return {item["ParameterKey"]: item["ParameterValue"] for item in parameters or []}


def pairs(accounts, regions):
    return [(account, region) for account in accounts for region in regions]


def role_of(account, name, partition):
    for role in iam_backends[account][partition].roles.values():
        if role.name == name:
            return role
    raise ValidationError(message=f"Account {account} has no role {name}")


def get_instance(self, account, region):
    for instance in self.stack_instances:
        if instance.place == (account, region):
            return instance
    raise StackInstanceNotFound()


def create_stack_set(self):
    result = call_create_stack_set(self)
    stack_set = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    stack_set.managed_execution = self._get_param("ManagedExecution", {"Active": False})
    stack_set.auto_deployment = self._get_param("AutoDeployment")
    stack_set.capabilities = self._get_param("Capabilities", [])
    return result


def delete_stack_instances(self):
    stack_set = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
    stack_set.delete_stack_instances(
        self._get_param("Accounts", []),
        self._get_param("Regions", []),
        self._get_param("DeploymentTargets"),
    )
    return ActionResult({"OperationId": stack_set.operations[-1]["OperationId"]})


call_create_stack_set = CloudFormationResponse.create_stack_set


def install():
    models.StackSet = StackSet
    models.StackInstances.get_instance = get_instance
    CloudFormationResponse.create_stack_set = create_stack_set
    CloudFormationResponse.delete_stack_instances = delete_stack_instances
