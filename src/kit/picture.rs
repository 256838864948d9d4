//! The picture of who assumes what from where: an SVG for broad pages, and one for narrow ones. Colours are those of the
//! page, and others where there is no page around it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::Texts;
use crate::render::html::escape;
use crate::render::kit_view::{KitView, PermissionView, TargetView};

/// As many boxes stand below one another; of more, the rest is counted.
const MOST_ROWS: usize = 8;

const BOX: usize = 46;
const GAP: usize = 12;
const PAD: usize = 14;
const TITLE: usize = 13;
const SMALL: usize = 11;

/// Whoever holds the key or joins the group, the group, and the roles that it opens: a line of the picture.
struct Chain {
    user: Option<Label>,
    group: Option<Label>,
    roles: Vec<Label>,
}

/// What stands in a box.
#[derive(Clone)]
struct Label {
    title: String,
    small: String,
    /// Whether the box stands for several.
    many: bool,
}

/// Texts of the picture, which are in the section `access`.
struct Words<'a>(&'a Texts);

impl Words<'_> {
    fn get(&self, name: &str) -> String {
        self.0.get("access", name, &[])
    }

    fn fill(&self, name: &str, value: impl ToString) -> String {
        let value = value.to_string();
        self.0
            .get("access", name, &[("count", &value), ("account", &value)])
    }
}

/// Both pictures, of which a page shows the one that fits.
pub(super) fn pictures(kit: &KitView, texts: &Texts) -> String {
    let words = Words(texts);
    format!("{}{}", broad(kit, &words), narrow(kit, &words))
}

/// The picture in three columns: the product, the hub, the targets.
fn broad(kit: &KitView, words: &Words<'_>) -> String {
    let chains = chains(kit, words);
    let (product_width, user_width, group_width, role_width) = (150, 160, 190, 230);
    let has_users = chains.iter().any(|chain| chain.user.is_some());
    let has_groups = chains.iter().any(|chain| chain.group.is_some());
    let user_width = if has_users { user_width } else { 0 };
    let group_width = if has_groups { group_width } else { 0 };
    let between = if has_users && has_groups { 36 } else { 0 };
    let in_hub = match user_width + between + group_width {
        0 => 190,
        some => some,
    };
    let hub_x = product_width + 84;
    let role_x = hub_x + in_hub + 2 * PAD + 96;
    let has_roles = chains.iter().any(|chain| !chain.roles.is_empty());
    let width = if has_roles {
        role_x + role_width
    } else {
        hub_x + in_hub + 2 * PAD
    };
    let rows: usize = chains.iter().map(|chain| chain.roles.len().max(1)).sum();
    let top = 34;
    let inner = rows * (BOX + GAP) - GAP;
    let height = top + inner + PAD + 2;
    let mut canvas = Canvas::new(kit, words, "broad", width, height);
    let middle = top + inner / 2;
    canvas.frame(
        hub_x,
        2,
        in_hub + 2 * PAD,
        height - 4,
        &hub_title(kit, words),
    );
    canvas.boxed(
        0,
        middle - BOX / 2,
        product_width,
        &product(kit, words),
        true,
    );
    let mut y = top;
    let mut user_from = top;
    let mut groups_at: Vec<usize> = Vec::new();
    let user_x = hub_x + PAD;
    let group_x = user_x + user_width + between;
    let spine = |x: usize| x + 18;
    for (index, chain) in chains.iter().enumerate() {
        let tall = chain.roles.len().max(1) * (BOX + GAP) - GAP;
        let at = y + tall / 2;
        if let Some(group) = &chain.group {
            canvas.boxed(group_x, at - BOX / 2, group_width, group, false);
        }
        groups_at.push(at);
        for (number, role) in chain.roles.iter().enumerate() {
            let role_y = y + number * (BOX + GAP);
            canvas.boxed(role_x, role_y, role_width, role, false);
            let from = hub_x + in_hub + PAD;
            canvas.elbow(from, at, role_x - 24, role_y + BOX / 2, role_x);
        }
        y += tall + GAP;
        let last = chains.get(index + 1).is_none_or(|next| next.user.is_some());
        if last {
            let at = usize::midpoint(user_from, y - GAP);
            let user = chains[..=index]
                .iter()
                .rev()
                .find_map(|chain| chain.user.as_ref());
            let entry = if let Some(user) = user {
                canvas.boxed(user_x, at - BOX / 2, user_width, user, false);
                for group in groups_at.drain(..).filter(|_| has_groups) {
                    canvas.elbow(
                        user_x + user_width,
                        at,
                        spine(user_x + user_width),
                        group,
                        group_x,
                    );
                }
                user_x
            } else {
                groups_at.clear();
                if has_groups { group_x } else { hub_x }
            };
            canvas.elbow(product_width, middle, product_width + 40, at, entry);
            user_from = y;
        }
    }
    if kit.hub.as_ref().is_some_and(|hub| !hub.users.is_empty()) {
        canvas.word(product_width + 8, middle - 8, &words.get("key"), SMALL, 70);
    }
    if has_roles {
        canvas.word(
            hub_x + in_hub + 2 * PAD + 6,
            14,
            "sts:AssumeRole",
            SMALL,
            110,
        );
    }
    canvas.done()
}

/// The picture in one column, from top to bottom.
fn narrow(kit: &KitView, words: &Words<'_>) -> String {
    let chains = chains(kit, words);
    let width = 340;
    let inner = width - 2 * PAD;
    let users = chains.iter().filter(|chain| chain.user.is_some()).count();
    let groups = chains.iter().filter(|chain| chain.group.is_some()).count();
    let roles: Vec<&Label> = chains.iter().flat_map(|chain| &chain.roles).collect();
    let in_hub = users + groups;
    let hub_height = 34 + in_hub * (BOX + GAP) + if in_hub == 0 { 0 } else { 2 };
    let hub_y = BOX + 44;
    let roles_y = hub_y + hub_height + 48;
    let height = if roles.is_empty() {
        hub_y + hub_height + 2
    } else {
        roles_y + roles.len() * (BOX + GAP)
    };
    let mut canvas = Canvas::new(kit, words, "narrow", width, height);
    canvas.boxed(0, 2, width, &product(kit, words), true);
    canvas.down(30, BOX + 2, hub_y);
    if kit.hub.as_ref().is_some_and(|hub| !hub.users.is_empty()) {
        canvas.word(42, BOX + 28, &words.get("key"), SMALL, 200);
    }
    canvas.frame(0, hub_y, width, hub_height, &hub_title(kit, words));
    let mut y = hub_y + 34;
    let mut last_user = None;
    for chain in &chains {
        if let Some(user) = &chain.user {
            canvas.boxed(PAD, y, inner, user, false);
            last_user = Some(y + BOX);
            y += BOX + GAP;
        }
        if let Some(group) = &chain.group {
            let indent = if last_user.is_some() { 36 } else { 0 };
            canvas.boxed(PAD + indent, y, inner - indent, group, false);
            if let Some(from) = last_user {
                canvas.branch(PAD + 14, from, y + BOX / 2, PAD + indent);
            }
            y += BOX + GAP;
        }
    }
    if !roles.is_empty() {
        let from = hub_y + hub_height;
        canvas.word(26, from + 28, "sts:AssumeRole", SMALL, 200);
        for (number, role) in roles.iter().enumerate() {
            let y = roles_y + number * (BOX + GAP);
            canvas.boxed(36, y, width - 36, role, false);
            canvas.branch(14, from, y + BOX / 2, 36);
        }
    }
    canvas.done()
}

fn product(kit: &KitView, words: &Words<'_>) -> Label {
    let titles: Vec<&str> = kit.products.iter().map(|product| &*product.title).collect();
    let mut vendors: Vec<&str> = kit
        .products
        .iter()
        .map(|product| &*product.vendor)
        .collect();
    vendors.dedup();
    let _ = words;
    Label {
        title: titles.join(", "),
        small: vendors.join(", "),
        many: false,
    }
}

fn hub_title(kit: &KitView, words: &Words<'_>) -> String {
    match &kit.hub {
        Some(hub) => words.fill("hub", &hub.account),
        None => words.get("trusted"),
    }
}

/// Permissions that are granted in the hub, or outside of it.
fn granted(kit: &KitView, in_hub: bool) -> usize {
    let here = |permission: &&PermissionView| {
        permission
            .places
            .iter()
            .any(|place| (place.kind == "hub") == in_hub)
    };
    kit.permissions.iter().filter(here).count()
}

fn chains(kit: &KitView, words: &Words<'_>) -> Vec<Chain> {
    let one_by_one = kit.targets.len() <= MOST_ROWS;
    let permissions = words.fill("permissions", granted(kit, false));
    let own = granted(kit, true);
    let roles = |of: &dyn Fn(&TargetView) -> bool| -> Vec<Label> {
        let mine: Vec<_> = kit.targets.iter().filter(|target| of(target)).collect();
        if mine.is_empty() {
            return Vec::new();
        }
        if one_by_one {
            let label = |target: &&TargetView| Label {
                title: format!("{} ({})", target.name, target.account),
                small: format!("{}, {permissions}", role_name(&target.role)),
                many: false,
            };
            return mine.iter().map(label).collect();
        }
        let names: BTreeSet<&str> = mine.iter().map(|target| role_name(&target.role)).collect();
        let named = names.into_iter().collect::<Vec<_>>().join(", ");
        vec![Label {
            title: words.fill("roles", mine.len()),
            small: format!("{named}, {permissions}"),
            many: true,
        }]
    };
    let Some(hub) = &kit.hub else {
        let trusted = kit.trusted.clone().unwrap_or_default();
        let user = Label {
            title: if trusted.is_empty() {
                words.get("people")
            } else {
                trusted
            },
            small: String::new(),
            many: false,
        };
        return vec![Chain {
            user: Some(user),
            group: None,
            roles: roles(&|_| true),
        }];
    };
    let user_small = if own == 0 {
        words.get("user")
    } else {
        words.fill("permissions_hub", own)
    };
    let user_label = |name: &str| Label {
        title: name.to_owned(),
        small: user_small.clone(),
        many: false,
    };
    let group_label = |name: &str, targets: usize| Label {
        title: name.to_owned(),
        small: words.fill("group_roles", targets),
        many: false,
    };
    let first_user = |index: usize| match (index, &hub.users[..]) {
        (0, []) => Some(Label {
            title: words.get("people"),
            small: String::new(),
            many: true,
        }),
        _ => None,
    };
    let mut chains: Vec<Chain> = Vec::new();
    if hub.groups.len() <= MOST_ROWS {
        let mut users: Vec<&str> = Vec::new();
        for (index, group) in hub.groups.iter().enumerate() {
            let user = hub
                .users
                .iter()
                .find(|user| user.groups.contains(&group.name));
            let new = user.filter(|user| !users.contains(&&*user.name));
            users.extend(new.map(|user| &*user.name));
            chains.push(Chain {
                user: new
                    .map(|user| user_label(&user.name))
                    .or_else(|| first_user(index)),
                group: Some(group_label(&group.name, group.targets)),
                roles: roles(&|target| target.group.as_ref() == Some(&group.name)),
            });
        }
        for user in hub
            .users
            .iter()
            .filter(|user| !users.contains(&&*user.name))
        {
            chains.push(Chain {
                user: Some(user_label(&user.name)),
                group: None,
                roles: Vec::new(),
            });
        }
        return chains;
    }
    let shown = if hub.users.len() <= MOST_ROWS {
        hub.users.len()
    } else {
        MOST_ROWS - 1
    };
    for user in &hub.users[..shown] {
        chains.push(Chain {
            user: Some(user_label(&user.name)),
            group: Some(Label {
                title: words.fill("user_groups", user.groups.len()),
                small: words.fill("group_roles", user.targets),
                many: true,
            }),
            roles: roles(&|target| target.user.as_ref() == Some(&user.name)),
        });
    }
    let rest = &hub.users[shown..];
    if !rest.is_empty() {
        let groups = rest.iter().map(|user| user.groups.len()).sum::<usize>();
        let mine = |target: &TargetView| {
            rest.iter()
                .any(|user| target.user.as_ref() == Some(&user.name))
        };
        chains.push(Chain {
            user: Some(Label {
                title: words.fill("more_users", rest.len()),
                small: String::new(),
                many: true,
            }),
            group: Some(Label {
                title: words.fill("more_groups", groups),
                small: String::new(),
                many: true,
            }),
            roles: roles(&mine),
        });
    }
    chains
}

/// The name of a role in its ARN.
fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// An SVG as it is drawn.
struct Canvas {
    svg: String,
    kind: &'static str,
}

impl Canvas {
    fn new(
        kit: &KitView,
        words: &Words<'_>,
        kind: &'static str,
        width: usize,
        height: usize,
    ) -> Self {
        let title = escape(&words.get("picture"));
        let description = escape(&words.get("picture_description"));
        let _ = kit;
        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{kind}\" viewBox=\"-1 0 {} {height}\" width=\"{}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{kind}-title {kind}-description\" \
             font-family=\"system-ui, sans-serif\">\
             <title id=\"{kind}-title\">{title}</title><desc id=\"{kind}-description\">{description}</desc>\
             <defs><marker id=\"{kind}-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\" fill=\"var(--accent, #1f5fa8)\"/></marker></defs>\n",
            width + 2,
            width + 2,
        );
        Self { svg, kind }
    }

    fn frame(&mut self, x: usize, y: usize, width: usize, height: usize, title: &str) {
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"none\" \
             stroke=\"var(--firm, #85868a)\" stroke-dasharray=\"4 3\"/>"
        );
        self.word(x + PAD, y + 20, title, SMALL, width - 2 * PAD);
    }

    fn boxed(&mut self, x: usize, y: usize, width: usize, label: &Label, strong: bool) {
        let (fill, stroke) = if strong {
            ("var(--accent, #1f5fa8)", "var(--accent, #1f5fa8)")
        } else {
            ("var(--panel, #f6f6f4)", "var(--firm, #85868a)")
        };
        let (ink, quiet) = if strong {
            ("var(--on-accent, #ffffff)", "var(--on-accent, #ffffff)")
        } else {
            ("var(--ink, #1c1d1f)", "var(--quiet, #595c62)")
        };
        let _ = write!(self.svg, "<g><title>{}", escape(&label.title));
        if !label.small.is_empty() {
            let _ = write!(self.svg, ", {}", escape(&label.small));
        }
        self.svg.push_str("</title>");
        if label.many {
            let _ = write!(
                self.svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BOX}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\"/>",
                x + 5,
                y + 5,
                width - 5
            );
        }
        let width = if label.many { width - 5 } else { width };
        let _ = write!(
            self.svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
        );
        let room = width - 22;
        let title_y = if label.small.is_empty() {
            y + 28
        } else {
            y + 20
        };
        self.text(x + 11, title_y, &label.title, TITLE, room, ink, 600);
        self.text(x + 11, y + 36, &label.small, SMALL, room, quiet, 400);
        self.svg.push_str("</g>\n");
    }

    fn word(&mut self, x: usize, y: usize, text: &str, size: usize, room: usize) {
        self.text(x, y, text, size, room, "var(--quiet, #595c62)", 400);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a text has a place, a size and a look"
    )]
    fn text(
        &mut self,
        x: usize,
        y: usize,
        text: &str,
        size: usize,
        room: usize,
        fill: &str,
        weight: usize,
    ) {
        if text.is_empty() {
            return;
        }
        let text = escape(&cut(text, size, room));
        let _ = write!(
            self.svg,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{text}</text>"
        );
    }

    /// From the left, by way of a vertical line, to a box at the right.
    fn elbow(&mut self, x: usize, y: usize, bend: usize, to_y: usize, to_x: usize) {
        self.path(&format!("M{x} {y}H{bend}V{to_y}H{to_x}"));
    }

    /// From above, down a vertical line, to a box at its right.
    fn branch(&mut self, x: usize, y: usize, to_y: usize, to_x: usize) {
        self.path(&format!("M{x} {y}V{to_y}H{to_x}"));
    }

    fn down(&mut self, x: usize, y: usize, to_y: usize) {
        self.path(&format!("M{x} {y}V{to_y}"));
    }

    fn path(&mut self, path: &str) {
        let _ = writeln!(
            self.svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"var(--accent, #1f5fa8)\" stroke-width=\"1.5\" \
             marker-end=\"url(#{}-tip)\"/>",
            self.kind
        );
    }

    fn done(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

/// As much of a text as has room. No font is at hand, so that letters are taken to be broad: 0.62 of their height, and
/// those beyond ASCII as broad as high.
fn cut(text: &str, size: usize, room: usize) -> String {
    let breadth = |c: char| if c.is_ascii() { size * 62 } else { size * 105 };
    let whole: usize = text.chars().map(breadth).sum();
    if whole <= room * 100 {
        return text.to_owned();
    }
    let mut left = (room * 100).saturating_sub(size * 105);
    let mut kept = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(breadth(character)) else {
            break;
        };
        left = rest;
        kept.push(character);
    }
    kept.push('…');
    kept
}
