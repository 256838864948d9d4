//! Services of AWS that assume roles, by the name that stands in a trust policy.

use std::sync::LazyLock;

/// Its header says where its facts are from.
const SERVICES: &str = include_str!("../../reference/services.txt");

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = SERVICES.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('+')).collect()
});

/// The month of the list.
pub const SERVICES_DATED: &str = "2026-11";

/// Every service principal that is known, in the order of the alphabet.
pub fn service_principals() -> &'static [&'static str] {
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_names_what_products_run_in() {
        assert!(service_principals().is_sorted());
        for name in ["ec2", "ecs-tasks", "lambda", "pods.eks", "backup"] {
            let name = format!("{name}.amazonaws.com");
            assert!(service_principals().contains(&name.as_str()), "{name}");
        }
        assert!(SERVICES.contains(&format!("|{SERVICES_DATED}|")));
    }
}
