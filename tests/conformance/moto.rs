//! A moto server for one test, and what is in its accounts.
//!
//! Every test has a server of its own: the cases use the same accounts, and whether moto authorizes calls is a switch
//! of the whole server.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use landgrant::model::{Access, Grants, Identity, IdentityKind, PolicyKind};
use landgrant::plan::Plan;
use landgrant::readback::{read_policy, read_trust_policy};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::terraform::Credentials;

/// A running server.
#[derive(Debug)]
pub(crate) struct Moto {
    server: Child,
    endpoint: String,
    python: PathBuf,
    home: PathBuf,
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Runs after a panic too. The server ends by itself where even this does not run.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What became of a stack.
#[derive(Debug, Deserialize)]
pub(crate) struct Deployed {
    /// The status of the stack.
    pub(crate) status: String,
    /// The outputs by key.
    pub(crate) outputs: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Read {
    users: Vec<Principal>,
    groups: Vec<Principal>,
    roles: Vec<Principal>,
    /// Customer managed policies, attached or not.
    policies: BTreeMap<String, Value>,
    /// The audiences of OIDC providers.
    providers: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Deserialize)]
struct Principal {
    arn: String,
    inline: BTreeMap<String, Value>,
    managed: BTreeMap<String, Value>,
    /// The ARNs of managed policies of AWS's own.
    #[serde(default)]
    of_aws: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    boundary: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    trust: Option<Value>,
    max_session: Option<u32>,
    /// The instance profiles of a role: path and name.
    #[serde(default)]
    profiles: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

/// Starts a server for a case, whose accounts have the managed policies of AWS if it attaches any: they take a while.
pub(crate) fn start_for(python: &Path, home: &Path, plan: &Plan) -> Moto {
    match plan.attached().is_empty() {
        true => start(python, home),
        false => start_with_policies_of_aws(python, home),
    }
}

/// Starts a server.
pub(crate) fn start(python: &Path, home: &Path) -> Moto {
    start_with(python, home, &[])
}

/// Starts a server whose accounts have the managed policies of AWS.
pub(crate) fn start_with_policies_of_aws(python: &Path, home: &Path) -> Moto {
    start_with(python, home, &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")])
}

fn start_with(python: &Path, home: &Path, environment: &[(&str, &str)]) -> Moto {
    let mut server = script(python, home, "serve.py")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut port = String::new();
    let stdout = server.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut port).unwrap();
    let port: u16 = port.trim().parse().expect("the server prints its port");
    Moto {
        server,
        endpoint: format!("http://127.0.0.1:{port}"),
        python: python.to_owned(),
        home: home.to_owned(),
    }
}

/// Runs a script of `tests/conformance` against the server and gives what it prints.
pub(crate) fn call<T, S>(moto: &Moto, name: &str, arguments: impl IntoIterator<Item = S>) -> T
where
    T: DeserializeOwned,
    S: AsRef<OsStr>,
{
    let output = script(&moto.python, &moto.home, name)
        .args(arguments)
        .env("AWS_ENDPOINT_URL", &moto.endpoint)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The environment of an account's administrator.
pub(crate) fn credentials(moto: &Moto, account: &str) -> Credentials {
    let keys: Keys = call(moto, "cloud.py", ["keys", account]);
    [
        ("AWS_ENDPOINT_URL", moto.endpoint.clone()),
        ("AWS_ACCESS_KEY_ID", keys.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key),
        ("AWS_SESSION_TOKEN", keys.session_token),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        // A call that moto lacks fails at once and is not retried for minutes.
        ("AWS_MAX_ATTEMPTS", "2".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Makes what the deployment expects to exist: permissions boundaries, and roles that are trusted and not its own.
pub(crate) fn create_expected(moto: &Moto, planned: &Access) -> Vec<String> {
    let boundaries = planned
        .identities
        .values()
        .filter_map(|identity| identity.permissions_boundary.as_deref());
    let trusted = planned
        .identities
        .values()
        .flat_map(|identity| &identity.trust)
        .map(|trust| trust.principal.value.as_str())
        .filter(|arn| arn.contains(":role/") && !planned.identities.contains_key(*arn));
    let mut arns: Vec<&str> = boundaries.chain(trusted).collect();
    arns.sort_unstable();
    arns.dedup();
    call(moto, "cloud.py", ["create"].into_iter().chain(arns))
}

/// Reads all principals of some accounts.
pub(crate) fn read<'a>(moto: &Moto, accounts: impl IntoIterator<Item = &'a str>) -> Access {
    let read: Read = call(moto, "cloud.py", ["read"].into_iter().chain(accounts));
    let mut access = Access::default();
    for (kind, principals) in [
        (IdentityKind::User, read.users),
        (IdentityKind::Group, read.groups),
        (IdentityKind::Role, read.roles),
    ] {
        for principal in principals {
            let arn = principal.arn.clone();
            *access.identity(&arn, kind) = identity(kind, principal);
        }
    }
    for (arn, document) in read.policies {
        let grants = read_policy(&arn, &document).unwrap();
        access.managed_policies.insert(arn, grants);
    }
    access.identity_providers = read.providers;
    access
}

fn identity(kind: IdentityKind, principal: Principal) -> Identity {
    let mut identity = Identity::new(kind);
    for (kind, documents) in [
        (PolicyKind::Inline, principal.inline),
        (PolicyKind::Managed, principal.managed),
    ] {
        for (name, document) in documents {
            let place = format!("{} {name}", principal.arn);
            let grants = read_policy(&place, &document).unwrap();
            identity.policies.insert((kind, name), grants);
        }
    }
    for arn in principal.of_aws {
        let key = (PolicyKind::OfAws, arn);
        identity.policies.insert(key, Grants::default());
    }
    if let Some(document) = principal.trust {
        identity.trust = read_trust_policy(&principal.arn, &document).unwrap();
    }
    identity.groups = principal.groups.into_iter().collect();
    identity.permissions_boundary = principal.boundary;
    identity.max_session = principal.max_session;
    identity.instance_profiles = principal.profiles;
    identity.tags = principal.tags;
    identity
}

fn script(python: &Path, home: &Path, name: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(path.join(name))
        .env_clear()
        .env("HOME", home)
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "2")
        .stdin(Stdio::null());
    command
}
