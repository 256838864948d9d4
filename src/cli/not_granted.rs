//! What the selected features list and what is not granted, in the summary after a render.

use super::table::{columns, paragraph};
use crate::model::{Level, listed};
use crate::resolve::{LeftOut, LeftOutReason, Product, Resolved};

/// Every product with what is not granted of it, by reason.
pub(super) fn text(resolved: &Resolved) -> String {
    let mut text = String::new();
    for product in &resolved.products {
        for (title, rows) in groups(product) {
            let role = resolved.roles[product.role].name.iter();
            let role: String = role.map(|role| format!(" in the role {role}")).collect();
            let head = format!("{}{role}: {title}", product.catalog.id);
            text.push_str(&paragraph(&head, 2));
            text.push_str(&columns(&rows));
        }
    }
    text
}

/// Actions of a product that are not granted, by reason.
fn groups(product: &Product) -> Vec<(String, Vec<Vec<String>>)> {
    let mut groups: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for left_out in &product.left_out {
        let title = title(left_out);
        let row = vec![
            format!("  {}", left_out.action),
            left_out
                .without
                .clone()
                .or_else(|| left_out.purpose.clone())
                .unwrap_or_default(),
        ];
        match groups.iter_mut().find(|(known, _)| *known == title) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((title, vec![row])),
        }
    }
    groups
}

fn title(left_out: &LeftOut) -> String {
    let level = match left_out.level {
        Level::Required => "required by the vendor",
        Level::Recommended => "recommended by the vendor",
    };
    let why = match &left_out.reason {
        LeftOutReason::Level => format!("{level}, level not selected"),
        LeftOutReason::Omitted { reason } => match &left_out.variant {
            None => format!("{level}, omitted: {reason}"),
            Some(variant) => format!("{level}, omitted in the variant {variant}: {reason}"),
        },
        LeftOutReason::Partition { partitions } => format!("only for {}", listed(partitions)),
        LeftOutReason::SetUp => "only for the setup, which is done".to_owned(),
        LeftOutReason::Inert {
            reason,
            known: true,
        } => format!("without effect: {reason}"),
        LeftOutReason::Inert {
            reason,
            known: false,
        } => format!("unknown to AWS: {reason}"),
        LeftOutReason::When { parameters } => {
            let parameters = parameters.join(" and ");
            let variant = left_out.variant.iter();
            let off: String = variant
                .map(|variant| format!(", which is off in the variant {variant}"))
                .collect();
            format!("needed only with the parameter {parameters}{off}")
        }
    };
    match left_out.granted_in.as_slice() {
        [] => why,
        variants => format!(
            "granted only in the variant {}: {why}",
            variants.join(" and ")
        ),
    }
}
