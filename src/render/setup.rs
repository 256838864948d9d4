//! How the permissions that only the setup of a product needs are taken away after it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Texts;
use crate::plan::Plan;

/// The section of the texts.
const TEXTS: &str = "setup";

/// What is granted for the setup of a product only, and how it is taken away.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Setup")]
pub struct SetupView {
    /// Whose permissions they are, in words.
    pub what: String,
    /// The actions that are taken away.
    pub actions: Vec<String>,
    /// What to do, in order.
    pub steps: Vec<String>,
}

/// What is left to take away after the setup, in the words of a language.
pub fn setup_views(plan: &Plan, texts: &Texts) -> Vec<SetupView> {
    let setups = plan.setups.iter();
    setups
        .map(|setup| {
            let product = ("product", setup.product.as_str());
            let (what, field) = match &setup.role {
                None => ("of_product", "field"),
                Some(_) => ("of_product_in_role", "field_in_role"),
            };
            let role = ("role", setup.role.as_deref().unwrap_or_default());
            let say = |name| texts.get(TEXTS, name, &[product, role]);
            SetupView {
                what: say(what),
                actions: setup.actions.iter().cloned().collect(),
                steps: [field, "render", "apply"].map(say).to_vec(),
            }
        })
        .collect()
}
