//! The quotas of IAM, in characters without white space or in what is counted.
//!
//! Source: the IAM User Guide, "IAM and AWS STS quotas". A quota that AWS raises on request is taken at its default.

use crate::model::IdentityKind;

/// All inline policies of one group, summed.
pub(super) const GROUP_INLINE: usize = 5_120;
/// All inline policies of one role, summed.
pub(crate) const ROLE_INLINE: usize = 10_240;
/// One managed policy.
pub(super) const MANAGED_POLICY: usize = 6_144;
/// Managed policies attached to one principal; for a role, AWS raises it on request.
pub(super) const ATTACHED: usize = 10;
/// Groups that one user can be in; AWS does not raise it.
pub(super) const GROUPS_PER_USER: usize = 10;
/// Groups of one account; AWS raises it on request.
pub(super) const GROUPS_PER_ACCOUNT: usize = 300;

/// What AWS limits, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quota {
    /// All inline policies of one principal, summed.
    Inline(IdentityKind),
    /// The groups of one account.
    Groups,
    ManagedPolicy,
    /// Managed policies attached to one principal.
    Attached(IdentityKind),
    /// The trust policy of one role; AWS raises it on request.
    TrustPolicy,
    /// Tags of one user, role or managed policy.
    Tags,
}

impl Quota {
    /// What AWS allows, in [`Quota::unit`].
    pub(super) fn limit(self) -> usize {
        match self {
            Quota::Inline(IdentityKind::User) | Quota::TrustPolicy => 2_048,
            Quota::Inline(IdentityKind::Group) => GROUP_INLINE,
            Quota::Inline(IdentityKind::Role) => ROLE_INLINE,
            Quota::Groups => GROUPS_PER_ACCOUNT,
            Quota::ManagedPolicy => MANAGED_POLICY,
            Quota::Attached(_) => ATTACHED,
            Quota::Tags => 50,
        }
    }

    /// `characters`, or what is counted.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Quota::Inline(_) | Quota::ManagedPolicy | Quota::TrustPolicy => "characters",
            Quota::Groups => "groups",
            Quota::Attached(_) => "policies",
            Quota::Tags => "tags",
        }
    }

    /// Whether Landgrant makes room when it is full: another group, another policy.
    pub(super) fn grows(self) -> bool {
        let of_user = self == Quota::Inline(IdentityKind::User);
        matches!(self, Quota::Inline(_) | Quota::ManagedPolicy) && !of_user
    }
}
