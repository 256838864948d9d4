//! What is taken, what it holds, and what is refused, with the byte at which it begins.

use super::{Scope, Value, expression, parse};

fn value(text: &str) -> Result<String, String> {
    let parsed = expression(text).map_err(|fault| format!("{}: {}", fault.offset, fault.what))?;
    let value = Scope::default().evaluate(&parsed)?;
    value
        .to_json()
        .map(|json| json.to_string())
        .ok_or_else(|| "a file".to_owned())
}

/// Each value is what `terraform console` prints of `jsonencode` of it; a conformance test asks it.
#[test]
fn literals_hold_what_terraform_says() {
    for (text, expected) in [
        ("\"\"", "\"\""),
        ("\"a$$${b}\"", "\"a$${b}\""),
        ("\"$$ $ %% $\"", "\"$$ $ %% $\""),
        ("\"%%{ if x }\"", "\"%{ if x }\""),
        ("\"\\\"\\\\\\n\\t\"", "\"\\\"\\\\\\n\\t\""),
        ("\"\\u0007\"", "\"\\u0007\""),
        ("\"${\"$\"}{\"", "\"${\""),
        ("[1, true, null,]", "[1,true,null]"),
        (
            "{\n  b = 1 # one\n  \"a b\" = { c-d = [] }\n}",
            "{\"a b\":{\"c-d\":[]},\"b\":1}",
        ),
        ("{ a = 1, b = 2 }", "{\"a\":1,\"b\":2}"),
        (
            "{ for k, v in { b = \"x\", a = \"y\" } : v => k }",
            "{\"x\":\"b\",\"y\":\"a\"}",
        ),
        ("[for v in { b = 1, a = 2 } : v]", "[2,1]"),
        ("merge([{ a = 1 }, { b = 2 }]...)", "{\"a\":1,\"b\":2}"),
    ] {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_has_two_readings_is_refused_where_it_begins() {
    for (text, offset, what) in [
        ("<<E\nE\n", 0, "a heredoc"),
        ("\"%{ if true }x%{ endif }\"", 1, "a directive"),
        ("\"${~ \"x\" ~}\"", 3, "is not understood here"),
        ("\"${ \"x\" }\"", 3, "is not understood here"),
        ("\"\\u0024{x}\"", 1, "an escape of four digits"),
        ("\"\\u212aey\"", 1, "an escape of four digits"),
        ("\"\\x\"", 1, "this escape"),
        ("\"a\nb\"", 2, "a control character"),
        ("\"a", 0, "no closing quote"),
        ("\"e\u{301}\"", 0, "no text of one spelling"),
        ("007", 0, "the number 007"),
        ("1e3", 0, "the number 1e3"),
        ("-1", 0, "expected a value"),
        ("{ (a) = 1 }", 2, "expected a name"),
        ("{ \"${a}\" = 1 }", 2, "a key is a name"),
        ("{ null = 1 }", 2, "a key is a name"),
        ("{ a = 1, a = 2 }", 9, "`a` appears twice"),
        ("{ a : 1 }", 4, "expected `=`"),
        ("a[*]", 2, "expected a value"),
        ("a ? 1 : 2", 2, "a condition"),
        ("a == 1", 2, "a condition"),
        ("!a", 0, "expected a value"),
        ("[for v in a : v if true]", 16, "expected `]`"),
        ("{ for v in a : v => v... }", 21, "expected `}`"),
        ("f(a...,)", 6, "expected `,` or `)`"),
        ("a /* b */", 2, "a condition"),
        ("[ // a\n]", 2, "a comment begins with `#`"),
        ("\u{feff}1", 0, "expected a value"),
    ] {
        match expression(text) {
            Ok(parsed) => panic!("{text}: {parsed:?}"),
            Err(fault) => {
                assert!(fault.what.contains(what), "{text}: {}", fault.what);
                assert_eq!(fault.offset, offset, "{text}: {}", fault.what);
            }
        }
    }
    for (text, offset, what) in [
        ("a = 1\n", 0, "outside any block"),
        ("a {\n  b = 1 c = 2\n}\n", 12, "expected a new line"),
        ("a {\n  b = 1\n  b = 2\n}\n", 14, "`b` appears twice"),
        ("a {\n", 4, "expected `}`"),
        ("a { b {} }\n", 6, "expected `=`"),
        ("a b {\n}\n", 2, "expected `{`"),
        ("a \"${b}\" {\n}\n", 2, "a label is a plain text"),
        ("a {\r}\n", 3, "expected a name"),
        ("# a\u{7}b\n", 3, "a control character in a comment"),
    ] {
        match parse(text) {
            Ok(_) => panic!("{text} is read"),
            Err(fault) => {
                assert!(fault.what.contains(what), "{text}: {}", fault.what);
                assert_eq!(fault.offset, offset, "{text}: {}", fault.what);
            }
        }
    }
}

#[test]
fn nesting_is_limited() {
    let deep = "[".repeat(100_000);
    let fault = expression(&deep).expect_err("it nests too deep");
    assert!(fault.what.contains("nested more than 32 levels deep"));
    let places = "\"${".repeat(100_000);
    let fault = expression(&places).expect_err("it nests too deep");
    assert!(fault.what.contains("nested more than 32 levels deep"));
    let blocks = "a {\n".repeat(100_000);
    let fault = parse(&blocks).expect_err("it nests too deep");
    assert!(fault.what.contains("nested more than 32 levels deep"));
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let parsed = expression("var.who[each.key]").expect("a path");
    let mut scope = Scope::default();
    scope.declare("var", Value::from(super::Map::new()));
    let told = scope.evaluate(&parsed).expect_err("nothing is known");
    assert_eq!(
        told,
        "var.who is known only when it is applied: write the value where it is used"
    );
}

#[test]
fn a_key_of_two_maps_is_refused() {
    for text in [
        "merge({ a = 1 }, { a = 2 })",
        "{ for v in [\"a\", \"a\"] : v => 1 }",
    ] {
        assert_eq!(
            value(text),
            Err("there are two of the key a".to_owned()),
            "{text}"
        );
    }
}
