//! The built-in catalogs.

/// A built-in catalog: product, version, text.
pub struct BuiltinCatalog {
    /// The product, as used in deployments.
    pub product: &'static str,
    /// The version, as used in deployments.
    pub version: &'static str,
    /// Both, as `product@version`.
    pub name: &'static str,
    /// The text of the file.
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

/// All built-in catalogs, by product, then version.
pub const BUILTIN_CATALOGS: &[BuiltinCatalog] =
    builtin!["micetro" / "10.2", "micetro" / "11.0", "multitool" / "1",];
