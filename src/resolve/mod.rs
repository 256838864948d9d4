//! Resolve: binds what a deployment names to catalog entries and expands it to grants. No IO.
//!
//! 1. `catalog` checks a catalog and gives it its types.
//! 2. `bind` finds the catalogs and features that the deployment names.
//! 3. `accounts` checks the hub, the role, the trust and the targets; `listed` takes those from lists of accounts.
//! 4. `expand` turns the selected features into grants for the hub and for the targets, each with its origin.

mod accounts;
mod action;
mod attached;
mod audience;
mod bind;
mod boundary;
mod caller;
mod candidate;
mod catalog;
mod catalog_access;
mod catalog_check;
mod condition;
mod denial;
mod denied;
mod entry;
mod expand;
mod federated;
mod form;
mod given;
mod guard;
mod inert;
mod kit;
mod limit;
mod lint;
mod listed;
mod managed;
mod misfit;
mod narrow;
mod one_of;
mod overrides;
mod parameter_value;
mod parameters;
mod per_target;
mod placeholder;
mod prerequisites;
mod principal;
mod reason;
mod request;
mod room;
mod rules;
mod selection;
mod selector;
mod service_trust;
mod settings;
mod several;
mod shape;
mod shared;
mod tags;
mod targets;
mod together;
mod trust;
mod trust_credentials;
mod trust_entry;
mod trust_external_id;
mod trusted;
mod typed;
mod unknown;
mod variants;
mod verdict;

pub use attached::SelectedManaged;
pub use caller::{Caller, Shown};
pub use catalog::{
    Catalog, Entry, EntryResource, Feature, Inert, ManagedEntry, Parameter, SourceRef,
};
pub use catalog_access::catalog_access;
pub use catalog_check::check as check_catalog;
pub use condition::judge_conditions;
pub use denied::{Denial, Undenied};
pub use kit::{Hosted, KitSettings};
pub use request::Request;
pub use selection::{Counts, LeftOut, LeftOutReason, SelectedFeature};
pub use trusted::{ExternalIds, Trusted, TrustedPrincipal};
pub use verdict::Verdict;

use crate::diag::{self, Diagnostic, Span};
use crate::load::Document;
use crate::load::Loaded;
use crate::load::deployment::{DeploymentDoc, OutputDoc};
use crate::load::lists::Located;
use crate::load::roles::RoleOf;
use crate::load::sink;
use crate::model::{
    AccountId, Action, ArnPattern, CloudFormationShape, Conditions, ExternalId, GroupName,
    HubPermissions, IamPath, KeyAge, Level, LintLevel, OrganizationalUnitId, Partition,
    ResourceScoping, RoleName, SessionDuration, StackSetPermissions, Tags, TemplateFormat,
    TerraformShape, UserName,
};
use crate::reference::Reference;
use variants::Variants;

/// A deployment with every name bound and every set expanded.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The deployment's short name.
    pub name: String,
    /// Where it is named.
    pub name_span: Span,
    /// The partition of every account.
    pub partition: Partition,
    /// What actions are granted on where the catalog says `*`.
    pub resources: ResourceScoping,
    /// Whether Terraform is written.
    pub terraform: bool,
    /// Whether CloudFormation is written, and in which syntax.
    pub cloudformation: Option<TemplateFormat>,
    /// How they are laid out.
    pub layout: Layout,
    /// The selected products, in the deployment's order.
    pub products: Vec<Product>,
    /// The hub, if there is one.
    pub hub: Option<Hub>,
    /// What the product may do in the hub account.
    pub hub_grants: Vec<SelectedGrant>,
    /// What it is denied there.
    pub hub_denials: Vec<Denial>,
    /// The managed policies of AWS that the hub's groups get.
    pub hub_managed: Vec<SelectedManaged>,
    /// The roles. One, unless the deployment lists several.
    pub roles: Vec<Role>,
    /// Sets of grants that targets refer to: first what a target gets that names no variant, then each variant by name.
    /// Some may be used by no target.
    pub grant_sets: Vec<GrantSet>,
    /// The targets, by account id.
    pub targets: Vec<Target>,
    /// Actions that the deployment narrows to certain resources.
    pub narrowed: Vec<Narrowed>,
    /// Accounts of lists that the deployment leaves out, by reason.
    pub excluded: Vec<ExcludedAccounts>,
    /// The tags of the hub's users.
    pub hub_tags: Tags,
    /// The folder with templates of the user's own, as the deployment writes it.
    pub templates: Option<Located>,
    /// What the deployment says of findings.
    pub lint: LintSettings,
    /// What the audit finds and was accepted.
    pub audit_allows: Vec<AllowedFinding>,
    /// What the deployment says of its handoff kit.
    pub kit: KitSettings,
}

/// How the output is laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    pub terraform: TerraformShape,
    pub cloudformation: CloudFormationShape,
    /// The role of a target by which Terraform enters it from one root module: its path and name.
    pub entered_by: (IamPath, RoleName),
    /// The account whose credentials apply a root module of all targets; absent in other shapes.
    pub entered_from: Option<AccountId>,
    /// The stack set, if any shape has one.
    pub stack_set: Option<StackSetSettings>,
    /// Where the deployment says how Terraform is laid out.
    pub terraform_span: Span,
}

/// What a deployment says of its stack set.
#[derive(Debug, Clone)]
pub struct StackSetSettings {
    /// The account that it is in.
    pub account: AccountId,
    pub region: String,
    /// Whose roles it works with.
    pub permissions: StackSetPermissions,
    /// Where the deployment says so.
    pub span: Span,
}

/// What a deployment says of findings.
#[derive(Debug, Clone, Default)]
pub struct LintSettings {
    /// Levels by the name of a rule, each with its place.
    pub levels: Vec<(String, LintLevel, Span)>,
    /// Findings that were accepted.
    pub allows: Vec<AllowedFinding>,
}

/// A finding that was looked at and accepted.
#[derive(Debug, Clone)]
pub struct AllowedFinding {
    /// The rule's name.
    pub rule: String,
    /// What it is about, with wildcards; everything if absent.
    pub about: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Option<time::Date>,
    /// Where the deployment says so.
    pub span: Span,
}

/// Accounts of a list that get no role.
#[derive(Debug, Clone)]
pub struct ExcludedAccounts {
    /// Why, in the deployment's words.
    pub reason: String,
    /// The accounts, as people call them.
    pub accounts: Vec<String>,
}

/// Actions that the deployment narrows to certain resources, in its own words.
#[derive(Debug, Clone)]
pub struct Narrowed {
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// The variant, if it is only the targets of one.
    pub variant: Option<String>,
}

/// A role, which its targets have.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name in the deployment; absent in a deployment that has one role and gives it none.
    pub name: Option<String>,
    /// What the deployment says of it in every target; absent where it names no role.
    pub defaults: Option<RoleDefaults>,
    /// What it is denied in every target.
    pub denials: Vec<Denial>,
    /// Who may assume it; nobody where there are no targets.
    pub trust: Vec<Trusted>,
}

impl Role {
    /// Whether principals of the hub are let in, which need to be allowed to assume the role there.
    pub fn is_of_hub(&self) -> bool {
        self.trust.iter().any(Trusted::is_of_hub)
    }
}

/// What the deployment says of a role in every target.
#[derive(Debug, Clone)]
pub struct RoleDefaults {
    /// Its name, if all targets that say no other have the same.
    pub name: Option<RoleName>,
    /// Where the deployment says it.
    pub name_span: Span,
    pub path: IamPath,
    /// The longest session.
    pub max_session: SessionDuration,
}

/// A product, what was selected of it, and what was not.
#[derive(Debug, Clone)]
pub struct Product {
    /// Which of [`Resolved::roles`] is for it.
    pub role: usize,
    /// Where the deployment names the catalog.
    pub span: Span,
    /// The whole catalog.
    pub catalog: Catalog,
    /// The selected features with their levels.
    pub features: Vec<SelectedFeature>,
    /// What was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// What its catalog demands to be denied and is not, and why.
    pub undenied: Vec<Undenied>,
}

/// The account that holds the user and the groups.
#[derive(Debug, Clone)]
pub struct Hub {
    pub account: AccountId,
    /// The user, if the deployment names one.
    pub user: Option<(UserName, IamPath)>,
    /// Where the deployment names that user; where it names the hub, if there is none.
    pub user_span: Span,
    /// The first group.
    pub group: (GroupName, IamPath),
    /// Where the deployment names that group.
    pub group_span: Span,
    /// Where the product's permissions in the hub account go.
    pub permissions: HubPermissions,
    /// The user's permissions boundary.
    pub permissions_boundary: Option<ArnPattern>,
    /// How old the user's access keys may be.
    pub access_key_max_age: Option<KeyAge>,
    /// Where the deployment names the hub.
    pub span: Span,
}

/// An account that gets a role.
#[derive(Debug, Clone)]
pub struct Target {
    pub account: AccountId,
    /// Its name for people.
    pub name: String,
    /// The organizational units that it is in, from the root down; none where not all of them are known.
    pub units: Vec<OrganizationalUnitId>,
    /// The role's name.
    pub role_name: RoleName,
    /// The role's path.
    pub role_path: IamPath,
    /// The longest session.
    pub max_session: SessionDuration,
    /// The role's permissions boundary.
    pub permissions_boundary: Option<ArnPattern>,
    /// The external id that the role asks for.
    pub external_id: Option<ExternalId>,
    /// Where the deployment names that external id; where it names the target, if there is none.
    pub external_id_span: Span,
    /// The role's tags.
    pub tags: Tags,
    /// Which of [`Resolved::roles`] it is.
    pub role: usize,
    /// Which of [`Resolved::grant_sets`] the role carries.
    pub grant_set: usize,
    /// Where the deployment names the target.
    pub span: Span,
}

/// What the role may do in the targets that refer to it.
#[derive(Debug, Clone)]
pub struct GrantSet {
    /// The variant's name; absent in what a target gets that names none.
    pub variant: Option<String>,
    pub grants: Vec<SelectedGrant>,
    /// The managed policies of AWS that it gets besides.
    pub managed: Vec<SelectedManaged>,
}

/// A catalog entry, selected.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectedGrant {
    pub action: Action,
    /// What it is granted on.
    pub resource: GrantResource,
    /// On what conditions.
    pub conditions: Conditions,
    /// Whether it is for the setup of the product only.
    pub setup: bool,
    /// Whether AWS lets it be granted on nothing but `*`; of a wildcard, each action that it stands for.
    pub only_star: bool,
    /// The feature and level it comes from.
    pub origin: Origin,
    /// Where the catalog lists it.
    pub span: Span,
}

/// What an action is granted on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantResource {
    /// The hub user itself.
    OwnUser,
    /// The groups of the hub user.
    OwnGroups,
    /// ARN patterns, or `*`.
    Arns(Vec<ArnPattern>),
}

impl GrantResource {
    /// The patterns; none of what only the hub has.
    pub fn arns(&self) -> &[ArnPattern] {
        match self {
            GrantResource::Arns(arns) => arns,
            GrantResource::OwnUser | GrantResource::OwnGroups => &[],
        }
    }
}

/// Where a grant comes from. Orders grants as the deployment and the catalogs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Index into [`Resolved::products`].
    pub product: usize,
    /// Index into the catalog's features.
    pub feature: usize,
    pub level: Level,
}

/// Resolves every deployment that was read, and refuses two that would be in each other's way.
///
/// Actions are those that the reference knows: they are written as AWS writes them, and granted on what they take.
pub fn resolve(loaded: &Loaded, reference: &Reference) -> (Vec<Resolved>, Vec<Diagnostic>) {
    let mut all: Vec<Resolved> = Vec::new();
    let mut diagnostics = Vec::new();
    for deployment in &loaded.deployments {
        let (resolved, faults) = resolve_one(loaded, deployment, reference);
        diagnostics.extend(faults);
        let Some(resolved) = resolved else { continue };
        for other in &all {
            diagnostics.extend(shared::refuse_shared(other, &resolved));
        }
        all.push(resolved);
    }
    (all, diagnostics)
}

/// Resolves one deployment, role by role. Gives nothing where any fault is an error.
fn resolve_one(
    loaded: &Loaded,
    deployment: &Document<DeploymentDoc>,
    reference: &Reference,
) -> (Option<Resolved>, Vec<Diagnostic>) {
    let mut sink = sink::Sink::default();
    several::check_roles(&mut sink, deployment);
    several::refuse_colliding_names(&mut sink, deployment);
    let hub = accounts::check_hub(&mut sink, deployment);
    let hub_tags = tags::of_hub(&mut sink, deployment, hub.as_ref());
    let hub_denials = denial::of_hub(&mut sink, deployment, hub.as_ref(), reference);
    let mut whole: Option<Resolved> = None;
    let mut complete = true;
    for role in deployment.roles() {
        let (resolved, faults) = resolve_role(loaded, &role, hub.as_ref(), reference);
        faults.into_iter().for_each(|fault| sink.push(fault));
        complete &= resolved.is_some();
        let Some(resolved) = resolved else { continue };
        match &mut whole {
            None => whole = Some(resolved),
            Some(whole) => several::add(&mut sink, whole, resolved),
        }
    }
    let with_hub = whole.iter().filter(|whole| whole.hub.is_some());
    let hub_limits: Vec<Denial> = with_hub
        .flat_map(|whole| {
            let (grants, policies) = (whole.hub_grants.iter(), whole.hub_managed.iter());
            limit::denials(&mut sink, deployment, grants, policies)
        })
        .collect();
    let mut diagnostics = sink.into_diagnostics();
    diag::sort(&mut diagnostics);
    // What the roles have in common is checked with each of them.
    diagnostics.dedup();
    if !complete || diag::has_errors(&diagnostics) {
        return (None, diagnostics);
    }
    if let Some(whole) = &mut whole {
        whole.hub_tags = hub_tags;
        whole.hub_denials.extend(hub_denials);
        whole.hub_denials.extend(hub_limits);
        whole
            .targets
            .sort_by(|a, b| (&a.account, a.role).cmp(&(&b.account, b.role)));
    }
    (whole, diagnostics)
}

/// Resolves one role of a deployment.
fn resolve_role(
    loaded: &Loaded,
    role: &RoleOf<'_>,
    hub: Option<&Hub>,
    reference: &Reference,
) -> (Option<Resolved>, Vec<Diagnostic>) {
    let deployment = &*role.document;
    let mut sink = sink::Sink::default();
    let doc = &deployment.doc;
    let root = deployment.root();
    let name = sink.take(
        "bad-name",
        root.key("name").span(),
        crate::model::parse_identifier(&doc.name, "a deployment"),
    );
    let bound = bind::bind(&mut sink, loaded, deployment, reference);
    let variants = Variants::new(deployment);
    variants.check_names(&mut sink);
    let given = accounts::Given {
        loaded,
        deployment,
        hub,
        products: &bound,
        variants: &variants,
        reference,
    };
    let accounts = accounts::check(&mut sink, &given);
    let mut expanded = match room::has_room(&mut sink, root, doc, &bound, &variants, reference) {
        true => expand::expand(
            &mut sink, deployment, bound, &accounts, &variants, reference,
        ),
        false => expand::Expanded::default(),
    };
    let demanded = denial::demanded(&mut sink, deployment, &mut expanded.products);
    let mut denials = demanded.in_role;
    denials.extend(denial::of_role(&mut sink, deployment, reference));
    let in_role = expanded.grant_sets.iter().flat_map(|set| &set.grants);
    let policies = expanded.grant_sets.iter().flat_map(|set| &set.managed);
    denials.extend(limit::denials(&mut sink, deployment, in_role, policies));
    let lint = lint::check(&mut sink, deployment);
    let audit_allows = lint::check_audit(&mut sink, deployment);
    let kit = kit::check(&mut sink, deployment, accounts.partition);
    let mut diagnostics = sink.into_diagnostics();
    diag::sort(&mut diagnostics);
    if accounts.unknown_targets || diag::has_errors(&diagnostics) {
        return (None, diagnostics);
    }
    let (Some(name), Some(layout)) = (name, accounts.layout) else {
        return (None, diagnostics);
    };
    let resolved = Resolved {
        name,
        name_span: root.key("name").span(),
        partition: accounts.partition,
        resources: doc.resources,
        terraform: doc.outputs.contains(&OutputDoc::Terraform),
        cloudformation: doc
            .outputs
            .contains(&OutputDoc::Cloudformation)
            .then_some(doc.cloudformation.format()),
        layout,
        products: expanded.products,
        hub: accounts.hub,
        hub_grants: expanded.hub_grants,
        hub_denials: demanded.in_hub,
        hub_managed: expanded.hub_managed,
        roles: vec![Role {
            name: role.name.map(str::to_owned),
            defaults: accounts.role,
            denials,
            trust: accounts.trust,
        }],
        grant_sets: expanded.grant_sets,
        targets: accounts.targets,
        narrowed: expanded.narrowed,
        excluded: accounts.excluded,
        hub_tags: Tags::new(),
        templates: doc.templates.clone().map(|text| Located {
            text,
            span: root.key("templates").span(),
        }),
        lint,
        audit_allows,
        kit,
    };
    (Some(resolved), diagnostics)
}
