//! Ranges of IP addresses.

use core::net::IpAddr;

/// Addresses whose first bits are the same.
#[derive(Debug, Clone, Copy)]
pub struct IpRange {
    address: IpAddr,
    bits: u32,
}

impl IpRange {
    /// The range, or the one address, that a text such as `203.0.113.0/24` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// The address as bits that begin on the left.
    fn left(self) -> u128 {
        match self.address {
            IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
            IpAddr::V6(address) => address.into(),
        }
    }

    /// Whether some address is in both.
    pub fn meets(self, other: Self) -> bool {
        let bits = self.bits.min(other.bits);
        let same = bits == 0 || (self.left() ^ other.left()) >> (128 - bits) == 0;
        self.address.is_ipv4() == other.address.is_ipv4() && same
    }

    /// What such addresses are, where none reaches AWS over the internet (RFC 1918, RFC 4193).
    pub fn never(self) -> Option<&'static str> {
        const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
        let within = |private: Self| self.bits >= private.bits && self.meets(private);
        let private = PRIVATE.iter().filter_map(|range| Self::parse(range));
        private
            .into_iter()
            .any(within)
            .then_some("it is a private address")
    }
}

#[cfg(test)]
mod tests {
    use super::IpRange;

    #[test]
    fn ranges_meet_where_they_share_an_address() {
        let meets = |one: &str, other: &str| {
            let (one, other) = (IpRange::parse(one).unwrap(), IpRange::parse(other).unwrap());
            assert_eq!(one.meets(other), other.meets(one));
            one.meets(other)
        };
        assert!(meets("203.0.113.0/24", "203.0.113.128/25"));
        assert!(meets("0.0.0.0/0", "203.0.113.1"));
        assert!(meets("2001:db8::/32", "2001:db8:1::/48"));
        assert!(!meets("203.0.113.0/25", "203.0.113.128/25"));
        assert!(!meets("::/0", "203.0.113.1"));
        assert!(IpRange::parse("10.1.0.0/16").unwrap().never().is_some());
        assert!(IpRange::parse("10.0.0.0/7").unwrap().never().is_none());
    }
}
