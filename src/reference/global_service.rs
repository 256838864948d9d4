//! Services that take all calls in one Region of a partition.

use crate::model::Partition;

/// Kept by hand; its header says where its facts are from.
const GLOBAL: &str = include_str!("../../reference/global.txt");

/// The month of the list.
pub const GLOBAL_DATED: &str = "2026-11";

/// How a service takes its calls, where that is in one Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It is global: its calls have this Region, wherever the caller works.
    Global(&'static str),
    /// It is in this Region alone.
    Only(&'static str),
}

/// How a service takes its calls in a partition, by the prefix of its actions; nothing where it is in several Regions, as far
/// as is known. Of a partition that the list has nothing of, services are taken to be as in `aws`.
pub fn takes(partition: Partition, service: &str) -> Option<Takes> {
    let of = |partition: Partition| {
        let own = lines().filter(move |(of, ..)| *of == partition.as_str());
        own.map(|(_, kind, region, services)| (kind, region, services))
    };
    let known = match of(partition).next() {
        Some(_) => partition,
        None => Partition::Aws,
    };
    let mut lines =
        of(known).filter(|(.., services)| services.split(' ').any(|one| one == service));
    let (kind, region, _) = lines.next()?;
    Some(match kind {
        "only" => Takes::Only(region),
        _ => Takes::Global(region),
    })
}

/// Partition, kind, Region, services.
fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    let lines = GLOBAL.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut words = line.splitn(4, ' ');
        Some((words.next()?, words.next()?, words.next()?, words.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    #[test]
    fn every_service_and_region_of_the_list_is_known() {
        let mut services = 0;
        for (partition, kind, region, names) in lines() {
            let partition = Partition::parse(partition).unwrap();
            assert!(partition.has_region(region), "{region}");
            assert!(["global", "only"].contains(&kind), "{kind}");
            for name in names.split(' ') {
                assert!(Reference::embedded().service(name).is_some(), "{name}");
                assert!(takes(partition, name).is_some(), "{name}");
                services += 1;
            }
        }
        assert!(services > 50, "{services}");
        assert!(GLOBAL.contains(&format!("Made {GLOBAL_DATED} from")));
        assert_eq!(takes(Partition::Aws, "ec2"), None);
        assert_eq!(takes(Partition::AwsCn, "sts"), None);
        assert_eq!(
            takes(Partition::AwsEusc, "iam"),
            Some(Takes::Global("us-east-1"))
        );
    }
}
