//! Typed scoping: `*` becomes the ARN patterns of the resource types that an action takes, in the account at hand.

use crate::model::{Action, ArnPattern};
use crate::reference::Reference;

/// The resources that stand for all that an action takes, or nothing where it has to stay on `*`: it works on `*`
/// alone, some of its calls may name no resource, or it is a wildcard, which stands for actions of tomorrow too.
pub(super) fn resources(action: &Action, reference: &Reference) -> Option<Vec<ArnPattern>> {
    if action.has_wildcard() {
        return None;
    }
    let facts = reference.action(action.as_str())?;
    if !facts.always_names_resource() {
        return None;
    }
    Some(facts.patterns_in_short())
}

#[cfg(test)]
mod tests {
    use super::resources;
    use crate::model::Action;
    use crate::reference::Reference;

    fn typed(action: &str) -> Option<Vec<String>> {
        let action = Action::parse(action).unwrap();
        let arns = resources(&action, Reference::embedded())?;
        Some(arns.iter().map(|arn| arn.text().pattern()).collect())
    }

    #[test]
    fn an_action_gets_every_type_that_it_takes() {
        assert_eq!(
            typed("route53:GetHostedZone").unwrap(),
            ["arn:${partition}:route53:::hostedzone/*"]
        );
        assert_eq!(
            typed("ec2:DeleteVpc").unwrap(),
            ["arn:${partition}:ec2:*:${account}:vpc/*"]
        );
        let subnet = typed("ec2:CreateSubnet").unwrap();
        assert!(subnet.iter().any(|arn| arn.ends_with(":subnet/*")));
        assert!(subnet.iter().any(|arn| arn.ends_with(":vpc/*")));
    }

    #[test]
    fn many_types_become_one_pattern_for_each_prefix() {
        let tags = typed("ec2:CreateTags").unwrap();
        assert!(tags.contains(&"arn:${partition}:ec2:*:${account}:*".to_owned()));
        assert!(tags.len() < 10, "{tags:?}");
    }

    #[test]
    fn what_may_name_no_resource_stays_on_everything() {
        assert_eq!(typed("route53:ListHostedZones"), None);
        assert_eq!(typed("apigateway:*"), None);
        // Ordinary metrics belong to no data set, which is the only type, and optional.
        assert_eq!(typed("cloudwatch:PutMetricData"), None);
    }

    #[test]
    fn policies_that_aws_manages_stay_within_reach() {
        let policy = typed("iam:GetPolicy").unwrap();
        assert!(policy.contains(&"arn:${partition}:iam::aws:policy/*".to_owned()));
    }
}
