//! Several roles in one deployment, as they come, change and go.

use serde_json::Value;

use crate::support::repository::{Repository, said};

const DEPLOYMENT: &str = r#"schema: landgrant/deployment/v1
name: acme
roles:
  monitoring:
    name: MonitoringAccess
    products:
      - {catalog: multitool@1, features: [cloudwatch]}
    trust: {principal: "arn:aws:iam::111111111111:role/ci"}
  api:
    name: ApiAccess
    products:
      - {catalog: multitool@1, features: [api-gateway]}
    trust: {principal: "arn:aws:iam::111111111111:role/ci"}
    targets:
      - {account: "222222222222", name: dev}
targets:
  - {account: "222222222222", name: dev}
  - {account: "333333333333", name: prod}
"#;

fn rendered() -> Repository {
    let repository = Repository::empty();
    repository.git(&["init", "-q"]);
    repository.write("landgrant.yaml", DEPLOYMENT);
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.commit("rendered");
    repository
}

#[test]
fn the_roles_of_an_account_are_one_job_of_a_matrix() {
    let repository = rendered();
    let output = repository.landgrant(&["targets", "--format", "matrix"]);
    let matrix: Value = serde_json::from_slice(&output.stdout).unwrap();
    let roots = matrix["include"].as_array().unwrap().iter();
    let roots: Vec<&str> = roots.map(|one| one["root"].as_str().unwrap()).collect();
    let expected =
        ["222222222222", "333333333333"].map(|one| format!("rendered/terraform/targets/{one}"));
    assert_eq!(roots, expected);
}

#[test]
fn a_role_that_leaves_an_account_is_told_with_its_stack() {
    let repository = rendered();
    let (before, rest) = DEPLOYMENT.split_once("  api:").unwrap();
    let (_, after) = rest.split_once("\ntargets:").unwrap();
    repository.write("landgrant.yaml", &format!("{before}targets:{after}"));
    let output = repository.landgrant(&["render"]);
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("delete-stack --stack-name acme-target-role-api"),
        "{told}"
    );
    assert!(!told.contains("terraform destroy"), "{told}");
    let removed = ["targets", "--removed", "--since", "HEAD"];
    let output = repository.landgrant(&removed);
    assert!(said(&output).contains("ApiAccess"), "{}", said(&output));
    // The next apply of the account's root module destroys it.
    let output = repository.landgrant(&[&removed[..], &["--format", "matrix"]].concat());
    assert_eq!(said(&output).trim(), r#"{"include":[]}"#);
}

#[test]
fn a_role_is_not_called_otherwise_unseen() {
    let repository = rendered();
    let renamed = DEPLOYMENT.replace("  monitoring:", "  metrics:");
    repository.write("landgrant.yaml", &renamed);
    let output = repository.landgrant(&["render"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("error[replaced-role]") && told.contains("`metrics`"),
        "{told}"
    );
    let output = repository.landgrant(&["render", "--replace"]);
    assert!(output.status.success(), "{}", said(&output));
}

/// A change of a catalog that the deployment names is reviewed with the deployment.
#[test]
fn catalogs_of_a_deployment_are_read_where_it_stands() {
    let repository = Repository::empty();
    let catalog = |actions: &str| {
        format!(
            "schema: landgrant/catalog/v1\nproduct: acme\nversion: \"1\"\ntitle: Acme\nvendor: Acme\n\
             sources: [{{id: guide, title: Guide}}]\naccess: {{authenticates_as: existing-principal}}\nfeatures:\n  zones:\n    title: Zones\n    \
             grant_to: [target]\n    required: [{actions}]\n"
        )
    };
    repository.git(&["init", "-q", "-b", "main"]);
    repository.write(
        "aws/catalogs/acme/1.yaml",
        &catalog("route53:ListHostedZones"),
    );
    repository.write(
        "aws/landgrant.yaml",
        "schema: landgrant/deployment/v1\nname: acme\ncatalogs: catalogs\n\
         products: [{catalog: acme@1, features: all}]\nrole: {name: ZoneAccess}\n\
         trust: {principal: \"arn:aws:iam::111111111111:role/ci\"}\n\
         targets: [{account: \"222222222222\", name: dev}]\n",
    );
    let render = ["render", "aws/landgrant.yaml", "--out", "aws/rendered"];
    let output = repository.landgrant(&render);
    assert!(output.status.success(), "{}", said(&output));
    repository.commit("rendered");
    let wider = catalog("route53:ListHostedZones, route53:DeleteHostedZone");
    repository.write("aws/catalogs/acme/1.yaml", &wider);
    let review = ["review", "HEAD:aws/landgrant.yaml", "aws/landgrant.yaml"];
    let told = said(&repository.landgrant(&review));
    assert!(told.contains("route53:DeleteHostedZone"), "{told}");
}

/// What names the target is another value in each, as files that were read back say.
#[test]
fn a_role_name_and_an_external_id_can_name_their_target() {
    let repository = Repository::empty();
    let deployment = DEPLOYMENT
        .replace("name: MonitoringAccess", "name: \"Monitoring-${name}\"")
        .replacen(
            "role/ci\"}",
            "role/ci\", external_id: \"acme-${account}\"}",
            1,
        );
    repository.write("landgrant.yaml", &deployment);
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    let output = repository.landgrant(&["targets", "--format", "csv"]);
    let told = said(&output);
    assert!(
        told.contains("role/Monitoring-dev,") && told.contains(",acme-222222222222"),
        "{told}"
    );
    assert!(
        told.contains("role/Monitoring-prod,") && told.contains(",acme-333333333333"),
        "{told}"
    );
    repository.write(
        "landgrant.yaml",
        &deployment.replace("name: prod", "name: Production (EU)"),
    );
    let output = repository.landgrant(&["render"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("for account 333333333333, whose name is `Production (EU)`"),
        "{told}"
    );
}
