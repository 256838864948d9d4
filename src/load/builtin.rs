//! The catalogs in the binary.

/// A catalog file in the binary: product, version, text.
pub struct BuiltinCatalog {
    /// The product, as deployments write it.
    pub product: &'static str,
    /// The version, as deployments write it.
    pub version: &'static str,
    /// Both, as `product@version`.
    pub name: &'static str,
    /// The whole file.
    pub text: &'static str,
}

macro_rules! builtin {
    ($($product:literal / $version:literal),* $(,)?) => {
        &[$(BuiltinCatalog {
            product: $product,
            version: $version,
            name: concat!($product, "@", $version),
            text: include_str!(concat!("../../catalogs/", $product, "/", $version, ".yaml")),
        }),*]
    };
}

/// Every catalog in the binary, by product, then version.
pub const BUILTIN_CATALOGS: &[BuiltinCatalog] =
    builtin!["micetro" / "10.2", "micetro" / "11.0", "multitool" / "1",];
