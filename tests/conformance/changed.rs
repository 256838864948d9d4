//! What becomes of a deployment that is applied already: targets leave and change, a role gets its principal, and the next
//! apply does that and nothing else.

use std::fs;

use camino::Utf8PathBuf;

use crate::case::{self, Case};
use crate::moto::{self, Moto};
use crate::terraform::{self, Terraform};

const NOTHING: &str = "0 added, 0 changed, 0 destroyed";

/// A change of a case's deployment.
pub(crate) struct Change {
    case: &'static str,
    /// What stands in the deployment, and what stands there then.
    edits: &'static [(&'static str, &'static str)],
    /// What Terraform makes, changes and destroys, by root module.
    done: &'static [&'static str],
    /// In one root module: the provider whose target leaves.
    leaving: Option<&'static str>,
}

/// The changes.
pub(crate) const CHANGES: &[Change] = &[
    Change {
        // Everything gets another name. IAM renames users and groups, and the user's access key stays; a role is made anew.
        case: "micetro-two-targets",
        edits: &[
            ("user: svc-micetro", "user: svc-ipam"),
            ("group: micetro-access", "group: ipam-access"),
            ("name: MicetroAccess", "name: IpamAccess"),
        ],
        done: &[
            // The user and the group change. What names them is made again: the membership, the policies for the two roles,
            // the managed policy and its attachment.
            "5 added, 2 changed, 5 destroyed",
            // The role and its policy.
            "2 added, 0 changed, 2 destroyed",
            "2 added, 0 changed, 2 destroyed",
        ],
        leaving: None,
    },
    Change {
        // The vendor has named its account and the external id. The role stays, with the ARN that the vendor was given.
        case: "trust-pending",
        edits: &[(
            "principal: pending",
            "principal: vendor\n  external_id: acme-2026",
        )],
        done: &["0 added, 1 changed, 0 destroyed"],
        leaving: None,
    },
    Change {
        case: "shape-single-root",
        edits: &[(
            "  - account: \"333333333333\"\n    name: test\n    role: {max_session: 2h}\n",
            "",
        )],
        // The role with its policy, and the group's policy.
        done: &["0 added, 0 changed, 3 destroyed"],
        leaving: Some("account_333333333333"),
    },
    Change {
        case: "shape-stackset",
        edits: &[
            ("tags: {stage: test}", "tags: {stage: staging}"),
            ("    variant: no-deletes\n", ""),
            (
                "variants:\n  no-deletes:\n    omit:\n      - action: ec2:DeleteVpc\n        reason: Only the network team deletes VPCs.\n",
                "",
            ),
            ("ou-ab12-22222222]", "ou-ab12-22222222, ou-ab12-33333333]"),
        ],
        done: &[
            NOTHING,
            // Two stacks are made again: the one whose tag changes, which is noted beside, and the one that leaves its stack
            // set, which goes with it. The third stays as it is, although there is a unit more.
            "2 added, 1 changed, 3 destroyed",
            NOTHING,
        ],
        leaving: None,
    },
    Change {
        case: "shape-stackset-self-managed",
        edits: &[
            ("external_id: multitool-dev", "external_id: multitool-two"),
            (
                "  - account: \"333333333333\"\n    name: test\n    external_id: multitool-test\n",
                "",
            ),
            ("owner: delivery", "owner: platform"),
        ],
        done: &[
            // The list of roles, and the user's tag.
            "0 added, 2 changed, 0 destroyed",
            // The stack set with its tag and the role's, and the stack with another external id.
            "0 added, 2 changed, 1 destroyed",
        ],
        leaving: None,
    },
];

/// Renders the changed deployment over a case, and applies it. Gives the case as it is then.
pub(crate) fn apply(terraform: &Terraform, moto: &Moto, case: &Case, change: &Change) -> Case {
    let provider = change.leaving.map(|alias| provider(case, alias));
    let next = render(case, change);
    assert_eq!(next.roots.len(), change.done.len());
    for (root, done) in next.roots.iter().zip(change.done) {
        let credentials = moto::credentials(moto, &root.account);
        let kept = root.folder.join("leaving.tf");
        if let Some(provider) = &provider {
            // Terraform wants the provider of what it destroys, and says so before it does anything.
            let why = "Provider configuration not present";
            terraform::assert_refused(terraform, root, &credentials, why);
            fs::write(&kept, provider).unwrap();
        }
        assert_eq!(terraform::apply(terraform, root, &credentials), *done);
        if provider.is_some() {
            fs::remove_file(&kept).unwrap();
        }
        if *done != NOTHING {
            terraform::assert_no_change(terraform, root, &credentials);
        }
    }
    next
}

fn render(case: &Case, change: &Change) -> Case {
    let mut text = fs::read_to_string(case::deployment(change.case)).unwrap();
    for (from, to) in change.edits {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    let out = case.folder.parent().unwrap();
    let changed = Utf8PathBuf::from_path_buf(out.join(format!("{}.yaml", change.case))).unwrap();
    fs::write(&changed, text).unwrap();
    let next = case::render_file(&changed, change.case, out);
    // The same modules, and their provider is there.
    for root in &next.roots {
        root.initialized.set(()).unwrap();
    }
    next
}

/// The text of a provider configuration.
fn provider(case: &Case, alias: &str) -> String {
    let text = fs::read_to_string(case.roots[0].folder.join("providers.tf")).unwrap();
    let blocks = text.split("\n\n# ");
    let mut of_alias = blocks.filter(|block| block.contains(alias));
    let block = of_alias.next().unwrap();
    assert!(of_alias.next().is_none());
    format!("# {block}\n")
}

/// The change of a case.
pub(crate) fn of(case: &str) -> Option<&'static Change> {
    CHANGES.iter().find(|change| change.case == case)
}
