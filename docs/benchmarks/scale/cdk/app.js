// The hub and the roles of docs/benchmarks/scale.py as an AWS CDK app: a stack for each user of the hub, as Landgrant
// splits it, and one for each target. What it synthesizes is compared with Landgrant's templates.
//
//   node app.js TARGETS.csv OUT
//
// The CDK is asked for as little as possible: constructs of the first level, no analytics, no tree of constructs, no asset
// manifests for a bootstrap that the targets do not have, no stack traces, no metadata. Each of these would make it slower.

const fs = require("fs");
const { App, BootstraplessSynthesizer, CfnOutput, Fn, Stack } = require("aws-cdk-lib");
const iam = require("aws-cdk-lib/aws-iam");

const PRODUCT = "micetro@11.0";
const HUB = "111111111111";
const USER = "svc-micetro";
const GROUP = "micetro-access";
const ROLE = "MicetroAccess";
const REGION = "us-east-1";
const TAGS = [{ key: "owner", value: "network-platform" }];
// An inline policy takes 141 of the 5,120 characters of a group; a user is in ten groups at most.
const TARGETS_PER_GROUP = 36;
const GROUPS_PER_USER = 10;

const FEATURES = {
  DnsRequired: [
    "route53:GetHostedZoneCount",
    "route53:ListHealthChecks",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
  ],
  DnsRecommended: [
    "route53:ChangeResourceRecordSets",
    "route53:CreateHostedZone",
    "route53:DeleteHostedZone",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
  ],
  NetworkRequired: [
    "ec2:DescribeInstances",
    "ec2:DescribeRegions",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
  ],
  NetworkRecommended: [
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:CreateVpc",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DeleteVpc",
  ],
};

const numbered = (name, number) => (number === 1 ? name : `${name}-${number}`);
const arn = (rest) => Fn.sub(`arn:\${AWS::Partition}:iam::${rest}`);
const policy = (statements) => ({ Version: "2012-10-17", Statement: statements });

function chunks(items, size) {
  const result = [];
  for (let start = 0; start < items.length; start += size) {
    result.push(items.slice(start, start + size));
  }
  return result;
}

/** A user of the hub with its groups, and an inline policy for each role that the groups' members may assume. */
class HubStack extends Stack {
  constructor(scope, number, groups) {
    super(scope, numbered("hub", number), {
      env: { account: HUB, region: REGION },
      synthesizer: new BootstraplessSynthesizer(),
    });
    const suffix = number === 1 ? "" : `${number}`;
    const first = (number - 1) * GROUPS_PER_USER + 1;
    const made = groups.map((targets, index) => {
      const id = first + index === 1 ? "Group" : `Group${first + index}`;
      const groupName = numbered(GROUP, first + index);
      const group = new iam.CfnGroup(this, id, { groupName, path: "/" });
      new CfnOutput(this, id === "Group" ? "GroupName" : `${id}Name`, {
        description: "Name of a group that carries the permissions.",
        value: group.ref,
      });
      for (const { account } of targets) {
        new iam.CfnGroupPolicy(this, `AssumeRole${account}`, {
          groupName: group.ref,
          policyName: `assume-role-${account}`,
          policyDocument: policy([
            { Effect: "Allow", Action: "sts:AssumeRole", Resource: arn(`${account}:role/${ROLE}`) },
          ]),
        });
      }
      return { group, groupName };
    });

    const userName = numbered(USER, number);
    const user = new iam.CfnUser(this, `User${suffix}`, {
      userName,
      path: "/",
      groups: made.map(({ group }) => group.ref),
      tags: TAGS,
    });
    const arns = made.map(({ groupName }) => groupName).sort().map((name) => arn(`${HUB}:group/${name}`));
    new iam.CfnManagedPolicy(this, number === 1 ? "MicetroPermissions" : `MicetroPermissionsUser${number}`, {
      managedPolicyName: `${made[0].groupName}-micetro`,
      description: "micetro: what the product may do in this account",
      groups: [made[0].group.ref],
      policyDocument: policy([
        {
          Sid: "MicetroAccountRequired",
          Effect: "Allow",
          Action: "sts:GetCallerIdentity",
          Resource: "*",
        },
        {
          Sid: "MicetroAccountRequired2",
          Effect: "Allow",
          Action: ["iam:GetUser", "iam:ListGroupsForUser"],
          Resource: arn(`${HUB}:user/${userName}`),
        },
        {
          Sid: "MicetroMultiAccountRequired",
          Effect: "Allow",
          Action: ["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListGroupPolicies"],
          Resource: arns.length === 1 ? arns[0] : arns,
        },
      ]),
    });
    new CfnOutput(this, `User${suffix}Arn`, {
      description: "ARN of a user that the product signs in as.",
      value: user.attrArn,
    });
    new CfnOutput(this, `User${suffix}Name`, {
      description: "Name of a user that the product signs in as.",
      value: user.ref,
    });
  }
}

/** The role of one target. */
class TargetStack extends Stack {
  constructor(scope, account, userName) {
    super(scope, `target-${account}`, {
      env: { account, region: REGION },
      synthesizer: new BootstraplessSynthesizer(),
    });
    const role = new iam.CfnRole(this, "Role", {
      roleName: ROLE,
      path: "/",
      description: `Access for ${PRODUCT}`,
      maxSessionDuration: 3600,
      assumeRolePolicyDocument: policy([
        {
          Effect: "Allow",
          Principal: { AWS: arn(`${HUB}:root`) },
          Action: "sts:AssumeRole",
          Condition: { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${HUB}:user/${userName}` } },
        },
      ]),
      policies: [
        {
          policyName: "micetro",
          policyDocument: policy(
            Object.entries(FEATURES).map(([feature, actions]) => ({
              Sid: `Micetro${feature}`,
              Effect: "Allow",
              Action: actions,
              Resource: "*",
            })),
          ),
        },
      ],
      tags: TAGS,
    });
    new CfnOutput(this, "RoleArn", { description: "ARN of the role.", value: role.attrArn });
    new CfnOutput(this, "RoleName", { description: "Name of the role.", value: role.ref });
  }
}

const [list, outdir] = process.argv.slice(2);
const targets = fs
  .readFileSync(list, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => ({ account: line.split(",")[0] }));
const app = new App({
  outdir,
  analyticsReporting: false,
  treeMetadata: false,
  context: {
    "aws:cdk:disable-creation-stack-traces": true,
    "aws:cdk:disable-logicalId-metadata": true,
    "aws:cdk:disable-stack-trace": true,
  },
});
chunks(targets, TARGETS_PER_GROUP * GROUPS_PER_USER).forEach((own, index) => {
  new HubStack(app, index + 1, chunks(own, TARGETS_PER_GROUP));
  for (const { account } of own) {
    new TargetStack(app, account, numbered(USER, index + 1));
  }
});
app.synth();
