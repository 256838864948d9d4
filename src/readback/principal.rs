//! What both formats do alike with what was read so far: who is made, under which name, and with which policies.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use serde_json::Value;

use super::ReadbackError;
use crate::model::{
    Access, AutoDeployed, AwsPolicy, Grants, IamPath, Identity, IdentityKind, Partition,
    PolicyKind, PolicyName, name_in_account,
};

/// What was read so far. Whatever is made comes in here and nowhere else, so that nothing takes the place of something
/// of the same name: of the two, an apply would refuse one or bring either.
#[derive(Debug, Default)]
pub(super) struct Built {
    access: Access,
    taken: BTreeSet<String>,
    /// The roles that stack sets are deployed by.
    working: BTreeSet<String>,
    /// The templates that stack sets deploy.
    bodies: Vec<Arc<Value>>,
    settings: Settings,
}

/// What stack sets say besides what they grant, by the name that a review has for it: each value once.
pub type Settings = BTreeMap<&'static str, BTreeSet<String>>;

impl Built {
    /// Adds a user, a group or a role.
    pub(super) fn principal(
        &mut self,
        place: &str,
        arn: String,
        identity: impl Into<Arc<Identity>>,
    ) -> Result<(), ReadbackError> {
        self.take_name(place, &arn)?;
        let identity = identity.into();
        for profile in &identity.instance_profiles {
            self.take_name(place, &profile_arn(&arn, profile))?;
        }
        // Terraform makes none of it, and CloudFormation refuses it.
        if identity.permissions_boundary.as_deref() == Some("") {
            return Err(ReadbackError::new(
                place,
                "an empty permissions boundary is none: leave it out",
            ));
        }
        self.access.identities.insert(arn, identity);
        Ok(())
    }

    /// Adds a managed policy.
    pub(super) fn policy(
        &mut self,
        place: &str,
        arn: String,
        grants: Grants,
    ) -> Result<(), ReadbackError> {
        self.take_name(place, &arn)?;
        self.access.managed_policies.insert(arn, grants);
        Ok(())
    }

    fn take_name(&mut self, place: &str, arn: &str) -> Result<(), ReadbackError> {
        match self.taken.insert(name_in_account(arn)) {
            true => Ok(()),
            false => Err(ReadbackError::new(
                place,
                format!(
                    "{arn} is created twice, or another resource has its name: it is not known which one takes effect"
                ),
            )),
        }
    }

    /// Adds all of what was read elsewhere.
    pub(super) fn extend(&mut self, place: &str, other: &Access) -> Result<(), ReadbackError> {
        for (arn, identity) in &other.identities {
            self.principal(place, arn.clone(), Arc::clone(identity))?;
        }
        for (arn, grants) in &other.managed_policies {
            self.policy(place, arn.clone(), grants.clone())?;
        }
        for (arn, audiences) in &other.identity_providers {
            self.identity_provider(place, arn.clone(), audiences.clone())?;
        }
        for (arn, tags) in &other.tags {
            self.tagged(arn.clone(), tags.clone());
        }
        Ok(())
    }

    /// A principal that was added before.
    pub(super) fn identity(&mut self, arn: &str, kind: IdentityKind) -> &mut Identity {
        self.access.identity(arn, kind)
    }

    /// Puts an inline policy into a principal that was added before.
    pub(super) fn inline(
        &mut self,
        place: &str,
        arn: &str,
        kind: IdentityKind,
        name: &str,
        grants: Grants,
    ) -> Result<(), ReadbackError> {
        let policies = &mut self.identity(arn, kind).policies;
        let is_taken = policies
            .keys()
            .any(|(kind, known)| *kind == PolicyKind::Inline && known.eq_ignore_ascii_case(name));
        if is_taken {
            return Err(ReadbackError::new(
                place,
                "a second inline policy of this name overwrites the first",
            ));
        }
        policies.insert((PolicyKind::Inline, name.to_owned()), grants);
        Ok(())
    }

    /// Attaches a managed policy of AWS's own to a principal that was added before.
    pub(super) fn attach(
        &mut self,
        place: &str,
        owner: &str,
        kind: IdentityKind,
        arn: &str,
    ) -> Result<(), ReadbackError> {
        if AwsPolicy::named_in(arn).is_none() {
            return Err(ReadbackError::new(
                place,
                format!("{arn} is no managed policy of AWS"),
            ));
        }
        let policies = &mut self.identity(owner, kind).policies;
        let before = policies.insert((PolicyKind::OfAws, arn.to_owned()), Grants::default());
        match before {
            None => Ok(()),
            Some(_) => Err(ReadbackError::new(
                place,
                format!("{arn} is attached twice"),
            )),
        }
    }

    /// Puts a role that was added before into an instance profile.
    pub(super) fn instance_profile(
        &mut self,
        place: &str,
        role: &str,
        profile: &str,
    ) -> Result<(), ReadbackError> {
        self.take_name(place, profile)?;
        let (_, path_and_name) = profile.split_once(PROFILE).unwrap_or_default();
        let profiles = &mut self.identity(role, IdentityKind::Role).instance_profiles;
        profiles.insert(path_and_name.to_owned());
        Ok(())
    }

    /// Adds an OIDC provider.
    pub(super) fn identity_provider(
        &mut self,
        place: &str,
        arn: String,
        audiences: BTreeSet<String>,
    ) -> Result<(), ReadbackError> {
        let providers = &mut self.access.identity_providers;
        if audiences.is_empty() {
            return Err(ReadbackError::new(
                place,
                "no audience: nobody's token would fit",
            ));
        }
        if providers.contains_key(&arn) {
            return Err(ReadbackError::new(
                place,
                format!("{arn} is made twice: IAM takes an issuer once in an account"),
            ));
        }
        providers.insert(arn, audiences);
        Ok(())
    }

    /// States the tags of a managed policy, an OIDC provider or an instance profile.
    pub(super) fn tagged(&mut self, arn: String, tags: BTreeMap<String, String>) {
        self.access.tags.insert(arn, tags);
    }

    /// The grants of a managed policy that was added before.
    pub(super) fn managed(&self, arn: &str) -> Option<&Grants> {
        self.access.managed_policies.get(arn)
    }

    /// What the accounts get that join units of a stack set, which may be known already.
    pub(super) fn auto_deployed(&mut self, set: &str) -> Entry<'_, String, AutoDeployed> {
        self.access.auto_deployed.entry(set.to_owned())
    }

    /// States that a stack set is deployed by this role.
    pub(super) fn works_as(&mut self, arn: String) {
        self.working.insert(arn);
    }

    /// The roles that stack sets are deployed by.
    pub(super) fn working(&self) -> &BTreeSet<String> {
        &self.working
    }

    /// States that a stack set deploys this template.
    pub(super) fn deploys(&mut self, template: &Arc<Value>) {
        if !self.bodies.contains(template) {
            self.bodies.push(Arc::clone(template));
        }
    }

    /// The templates that stack sets deploy.
    pub(super) fn bodies(&self) -> &[Arc<Value>] {
        &self.bodies
    }

    /// States what a stack set says besides what it grants.
    pub(super) fn says(&mut self, setting: &'static str, value: impl Into<String>) {
        self.settings
            .entry(setting)
            .or_default()
            .insert(value.into());
    }

    /// What stack sets say besides what they grant.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What all of it grants.
    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// The same, when nothing more comes.
    pub(super) fn into_access(self) -> Access {
        self.access
    }
}

/// What stands before path and name in the ARN of an instance profile.
const PROFILE: &str = ":instance-profile";

/// The ARN of an instance profile, by that of its role and by its path and name.
fn profile_arn(role: &str, profile: &str) -> String {
    let (account, _) = role.split_once(":role/").unwrap_or_default();
    format!("{account}{PROFILE}{profile}")
}

/// The ARN of what is made. With a slash in a name, or none at the end of a path, it would be that of another.
pub(super) fn arn(
    partition: Partition,
    account: &str,
    entity: &str,
    path: &str,
    name: &str,
) -> Result<String, String> {
    let path = IamPath::parse(path).map_err(|refusal| refusal.what)?;
    // The longest name that anything has in IAM is that of a policy or a group.
    let name = PolicyName::parse(name).map_err(|refusal| refusal.what)?;
    Ok(format!(
        "arn:{partition}:iam::{account}:{entity}{}{name}",
        path.as_str()
    ))
}

/// The ARN of an OIDC provider, which IAM names after its issuer.
pub(super) fn provider_arn(
    partition: Partition,
    account: &str,
    url: &str,
) -> Result<String, String> {
    let issuer = url.strip_prefix("https://").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    match !issuer.is_empty() && issuer.chars().all(fits) && !issuer.ends_with('/') {
        true => Ok(format!(
            "arn:{partition}:iam::{account}:oidc-provider/{issuer}"
        )),
        false => Err(format!("{url} is not the URL of an issuer")),
    }
}

/// The maximum session duration of a role in seconds, as a string or a number.
pub(super) fn max_session(
    place: &str,
    text: Option<&str>,
    number: Option<u64>,
) -> Result<u32, ReadbackError> {
    let number = number.and_then(|seconds| seconds.try_into().ok());
    text.and_then(|text| text.parse().ok())
        .or(number)
        .ok_or_else(|| ReadbackError::new(place, "the maximum session duration is not a number"))
}

/// The principals that a module or a stack made, by what others in it call them: their names.
#[derive(Debug, Default)]
pub(super) struct Made(BTreeMap<(IdentityKind, String), String>);

impl Made {
    pub(super) fn add(&mut self, kind: IdentityKind, name: &str, arn: &str) {
        self.0.insert((kind, name.to_owned()), arn.to_owned());
    }

    /// The ARN of the principal of this name that was made before.
    pub(super) fn named(
        &self,
        place: &str,
        kind: IdentityKind,
        name: Option<&str>,
    ) -> Result<&str, ReadbackError> {
        let found = name.and_then(|name| self.0.get(&(kind, name.to_owned())));
        found.map(String::as_str).ok_or_else(|| {
            ReadbackError::new(
                place,
                format!("there is no {kind} {}", name.unwrap_or("without a name")),
            )
        })
    }
}
