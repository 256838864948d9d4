//! Many actions at once: what a wildcard stands for, and what an unknown name may have meant.

use super::{ActionFacts, Reference};
use crate::diag::did_you_mean;
use crate::model;

impl Reference {
    /// The actions that a name stands for, by service and name: one or none without wildcards, as many as match with
    /// them. `*` stands for all, and only then every service is parsed.
    pub fn expand(&self, action: &str) -> Vec<ActionFacts<'_>> {
        if action == "*" {
            return self
                .services()
                .flat_map(|service| service.actions())
                .collect();
        }
        let Some((prefix, name)) = action.split_once(':') else {
            return Vec::new();
        };
        let Some(service) = self.service(prefix) else {
            return Vec::new();
        };
        if !name.contains(['*', '?']) {
            return service.action(name).into_iter().collect();
        }
        let pattern = name.to_ascii_lowercase();
        service
            .actions()
            .filter(|facts| model::matches(&pattern, &facts.name().to_ascii_lowercase()))
            .collect()
    }

    /// What an unknown action may have meant, best first, at most three: the nearest name of the same service, then
    /// actions of other services that have the very name. A service that is not known is taken for the nearest one.
    pub fn near(&self, action: &str) -> Vec<String> {
        let (prefix, name) = action.split_once(':').unwrap_or(("", action));
        let mut near = Vec::new();
        let service = self.service(prefix).or_else(|| {
            let prefix = did_you_mean(prefix, self.prefixes())?;
            self.service(prefix)
        });
        if let Some(service) = service {
            match service.action(name) {
                Some(facts) => return vec![facts.canonical()],
                None => {
                    let names = service.actions().map(ActionFacts::name);
                    near.extend(
                        did_you_mean(name, names)
                            .map(|name| format!("{}:{name}", service.prefix())),
                    );
                }
            }
        }
        for block in &self.blocks {
            if near.len() >= 3 {
                break;
            }
            // The text is searched first, so that services without the name are not parsed.
            if !block.text.is_empty() && !mentions(block.text, name) {
                continue;
            }
            if let Some(facts) = block.service().action(name) {
                let canonical = facts.canonical();
                if !near.contains(&canonical) {
                    near.push(canonical);
                }
            }
        }
        near
    }
}

/// Whether a line of the block is about an action of this name.
fn mentions(block: &str, name: &str) -> bool {
    block.lines().any(|line| {
        let line = line.as_bytes();
        let end = 2 + name.len();
        line.get(2..end)
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && matches!(line.get(end), None | Some(b'|'))
    })
}
