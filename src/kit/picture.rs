//! The picture of who assumes what from where: an SVG for broad pages, and one for narrow ones.

use super::canvas::{BOX, Canvas, GAP, Label, PAD};
use super::reach::{Sender, outsiders, senders};
use crate::model::Texts;
use crate::render::kit_view::{KitView, ProductView};

/// What AWS calls it when a role is taken on.
const ASSUME: &str = "sts:AssumeRole";

/// Both pictures, of which a page shows the one that fits.
pub(super) fn pictures(kit: &KitView, texts: &Texts) -> String {
    broad(kit, texts) + &narrow(kit, texts)
}

/// Where the columns of a broad picture are.
struct Columns {
    sender_x: usize,
    sender_width: usize,
    group_x: usize,
    role_x: usize,
}

const PRODUCT: usize = 150;
const GROUP: usize = 180;
const ROLE: usize = 300;
const BETWEEN: usize = 36;
const TOP: usize = 34;
/// Between two frames.
const APART: usize = 16;

/// The picture in three columns: the product, the hub and whoever else is trusted, the targets.
fn broad(kit: &KitView, texts: &Texts) -> String {
    let (senders, outsiders) = (senders(kit, texts), outsiders(kit, texts));
    let mut ways = senders.iter().chain(&outsiders).flat_map(|one| &one.ways);
    let has_groups = ways.clone().any(|way| way.group.is_some());
    let has_roles = ways.any(|way| !way.roles.is_empty());

    // Whoever is trusted without a group is often an ARN, and has the room.
    let sender_width = if has_groups { 170 } else { 340 };
    let hub = if senders.is_empty() { 0 } else { PRODUCT + 92 };
    let sender_x = hub + PAD;
    let group_x = sender_x + sender_width + BETWEEN;
    let hub_end = match has_groups {
        true => group_x + GROUP + PAD,
        false => sender_x + sender_width + PAD,
    };
    let role_x = hub_end + 78;
    let width = if has_roles { role_x + ROLE } else { hub_end };
    let heights = |senders: &[Sender]| senders.iter().map(height).sum::<usize>();
    let frame = |senders: &[Sender]| match heights(senders) {
        0 => 0,
        inner => TOP + inner - GAP + PAD,
    };
    let apart = match senders.is_empty() || outsiders.is_empty() {
        true => 0,
        false => APART,
    };
    let below = frame(&senders) + apart;
    let mut canvas = canvas("broad", kit, texts, width, below + frame(&outsiders) + 2);
    let columns = Columns {
        sender_x,
        sender_width,
        group_x,
        role_x,
    };
    if !senders.is_empty() {
        let bottom = frame(&senders) - 2;
        canvas.frame(hub, 2, hub_end - hub, bottom, &hub_title(kit, texts));
        let middle = TOP + (heights(&senders) - GAP) / 2;
        draw(&mut canvas, &senders, TOP, &columns, Some(middle));
        canvas.boxed(0, middle - BOX / 2, PRODUCT, &product(kit), true);
        if has_key(kit) {
            let key = texts.get("access", "key", &[]);
            canvas.word(PRODUCT + 6, middle - 8, &key, 76);
        }
    }
    if !outsiders.is_empty() {
        let title = outsiders_title(kit, texts);
        let bottom = frame(&outsiders) - 2;
        canvas.frame(hub, below + 2, hub_end - hub, bottom, &title);
        let columns = Columns {
            sender_width: hub_end - PAD - sender_x,
            ..columns
        };
        draw(&mut canvas, &outsiders, below + TOP, &columns, None);
    }
    if has_roles {
        canvas.word(role_x, 20, ASSUME, 120);
    }
    canvas.done()
}

/// Senders, one below the other, with what they open. The product comes to them from a height, if it does.
fn draw(
    canvas: &mut Canvas,
    senders: &[Sender],
    mut y: usize,
    columns: &Columns,
    product: Option<usize>,
) {
    let Columns {
        sender_x,
        sender_width,
        group_x,
        role_x,
    } = *columns;
    for sender in senders {
        let at = y + (height(sender) - GAP) / 2;
        if let Some(middle) = product {
            canvas.elbow(PRODUCT, middle, sender_x - PAD - 8, at, sender_x);
        }
        canvas.boxed(sender_x, at - BOX / 2, sender_width, &sender.label, false);
        for way in &sender.ways {
            let way_at = y + (rows(way.roles.len()) - GAP) / 2;
            let from = match &way.group {
                Some(group) => {
                    let end = sender_x + sender_width;
                    canvas.elbow(end, at, end + 16, way_at, group_x);
                    canvas.boxed(group_x, way_at - BOX / 2, GROUP, group, false);
                    group_x + GROUP
                }
                None => sender_x + sender_width,
            };
            for (number, role) in way.roles.iter().enumerate() {
                let role_y = y + number * (BOX + GAP);
                canvas.elbow(from, way_at, role_x - 24, role_y + BOX / 2, role_x);
                canvas.boxed(role_x, role_y, ROLE, role, false);
            }
            y += rows(way.roles.len());
        }
        if sender.ways.is_empty() {
            y += rows(0);
        }
    }
}

/// The picture in one column, from top to bottom.
fn narrow(kit: &KitView, texts: &Texts) -> String {
    const WIDTH: usize = 340;
    const INDENT: usize = 36;
    let (senders, outsiders) = (senders(kit, texts), outsiders(kit, texts));
    let groups = senders.iter().flat_map(|sender| &sender.ways);
    let roles: Vec<&Label> = groups.clone().flat_map(|way| &way.roles).collect();
    let groups = groups.filter(|way| way.group.is_some()).count();

    let hub = BOX + 44;
    let hub_end = hub + TOP + (senders.len() + groups) * (BOX + GAP) + 2;
    let first_role = hub_end + 44;
    let bottom = match (senders.len(), roles.len()) {
        (0, _) => 0,
        (_, 0) => hub_end + 2,
        (_, some) => first_role + some * (BOX + GAP),
    };
    let boxes = outsiders.iter().map(|sender| 1 + opened(sender).count());
    let height = match boxes.sum::<usize>() {
        0 => bottom,
        boxes => bottom + TOP + boxes * (BOX + GAP) + 4,
    };
    let mut canvas = canvas("narrow", kit, texts, WIDTH, height);
    if !senders.is_empty() {
        canvas.boxed(0, 2, WIDTH, &product(kit), true);
        canvas.down(30, BOX + 2, hub);
        if has_key(kit) {
            canvas.word(42, BOX + 28, &texts.get("access", "key", &[]), 200);
        }
        canvas.frame(0, hub, WIDTH, hub_end - hub, &hub_title(kit, texts));
    }
    let mut y = hub + TOP;
    for sender in &senders {
        canvas.boxed(PAD, y, WIDTH - 2 * PAD, &sender.label, false);
        let from = y + BOX;
        y += BOX + GAP;
        for group in sender.ways.iter().filter_map(|way| way.group.as_ref()) {
            canvas.branch(PAD + 14, from, y + BOX / 2, PAD + INDENT);
            canvas.boxed(PAD + INDENT, y, WIDTH - 2 * PAD - INDENT, group, false);
            y += BOX + GAP;
        }
    }
    if !roles.is_empty() {
        canvas.word(26, hub_end + 26, ASSUME, 200);
    }
    for (number, role) in roles.into_iter().enumerate() {
        let y = first_role + number * (BOX + GAP);
        canvas.branch(14, hub_end, y + BOX / 2, INDENT);
        canvas.boxed(INDENT, y, WIDTH - INDENT, role, false);
    }
    if !outsiders.is_empty() {
        let title = outsiders_title(kit, texts);
        canvas.frame(0, bottom + 2, WIDTH, height - bottom - 4, &title);
    }
    let mut y = bottom + TOP;
    for sender in &outsiders {
        canvas.boxed(PAD, y, WIDTH - 2 * PAD, &sender.label, false);
        let from = y + BOX;
        y += BOX + GAP;
        for role in opened(sender) {
            canvas.branch(PAD + 14, from, y + BOX / 2, PAD + INDENT);
            canvas.boxed(PAD + INDENT, y, WIDTH - 2 * PAD - INDENT, role, false);
            y += BOX + GAP;
        }
    }
    canvas.done()
}

fn canvas(kind: &'static str, kit: &KitView, texts: &Texts, width: usize, height: usize) -> Canvas {
    let title = texts.get("access", "picture", &[]);
    let several = kit.trusted.iter().any(|one| one.role.is_some());
    let description = match kit.hub {
        _ if several => "picture_of_roles",
        Some(_) => "picture_description",
        None => "picture_without_hub",
    };
    let description = texts.get("access", description, &[]);
    Canvas::new(kind, &title, &description, width, height)
}

/// The height of what a sender opens.
fn height(sender: &Sender) -> usize {
    match &sender.ways[..] {
        [] => rows(0),
        ways => ways.iter().map(|way| rows(way.roles.len())).sum(),
    }
}

/// The roles that a sender opens.
fn opened(sender: &Sender) -> impl Iterator<Item = &Label> {
    sender.ways.iter().flat_map(|way| &way.roles)
}

/// The height of as many boxes, or of one.
fn rows(boxes: usize) -> usize {
    boxes.max(1) * (BOX + GAP)
}

fn has_key(kit: &KitView) -> bool {
    kit.hub.as_ref().is_some_and(|hub| !hub.users.is_empty())
}

/// The products; of several roles, those that work in the hub or come from there.
fn product(kit: &KitView) -> Label {
    let opened_by_hub = |role: &Option<String>| {
        let mut trusted = kit.trusted.iter();
        trusted.any(|one| one.is_of_hub && one.role == *role)
    };
    let is_there = |product: &&ProductView| {
        let mut features = product.features.iter();
        features.any(|one| one.role.is_none() || one.in_hub || opened_by_hub(&one.role))
    };
    let products = kit.products.iter().filter(is_there);
    let titles: Vec<&str> = products.clone().map(|product| &*product.title).collect();
    let mut vendors: Vec<&str> = products.map(|product| &*product.vendor).collect();
    vendors.dedup();
    Label::one(titles.join(", "), vendors.join(", "))
}

fn outsiders_title(kit: &KitView, texts: &Texts) -> String {
    let name = match kit.hub {
        Some(_) => "others",
        None => "trusted",
    };
    texts.get("access", name, &[])
}

fn hub_title(kit: &KitView, texts: &Texts) -> String {
    match &kit.hub {
        Some(hub) => texts.get("access", "hub", &[("account", &hub.account)]),
        None => texts.get("access", "trusted", &[]),
    }
}
