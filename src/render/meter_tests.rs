//! What is counted in templates, what is refused, and where a render stops.

use serde_json::json;

use super::metered;
use crate::diag::{Diagnostic, SourceMap};
use crate::render::{Engine, RenderError, TEMPLATES, custom_templates};

/// What is told of these templates when `a.txt` is rendered.
fn rendered(templates: &[(&str, &str)]) -> Result<String, (SourceMap, Vec<Diagnostic>)> {
    let mut sources = SourceMap::default();
    let (custom, faults) = custom_templates(templates.iter().map(|(name, text)| {
        let file = sources.add(*name, *text);
        ((*name).to_owned(), file, (*text).to_owned())
    }));
    if !faults.is_empty() {
        return Err((sources, faults));
    }
    let view = json!({"name": "ab", "items": ["x", "y"], "map": {"k": "v"}, "n": 3});
    match Engine::new(&custom).render("files/a.txt", &view) {
        Ok(text) => Ok(text),
        Err(RenderError::Custom(faults)) => Err((sources, faults)),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_template_in_the_binary_can_be_counted() {
    for template in TEMPLATES {
        assert_eq!(metered(template.text).err(), None, "{}", template.name);
    }
}

#[test]
fn counting_changes_nothing() {
    for (template, made) in [
        ("{{ name ~ '-' ~ n ~ '}}' }}", "ab-3}}"),
        (
            "{% for i in items -%}  {{ i }}{% if not loop.last %}, {% endif %}{%- endfor %}",
            "x, y",
        ),
        (
            "{% for k, v in map %}{{ k }}={{ v | upper }}{% endfor %}",
            "k=V",
        ),
        (
            "{{ items[0] }}{{ items[n - 2] }}{{ map['k'] }}{{ name[0] }}",
            "xyva",
        ),
        (
            "{% if 'x' in items and name == 'ab' and n is odd and nope is not defined %}y{% endif %}",
            "y",
        ),
        (
            "{{ [name, 'c', n] | join(sep='/') | replace(from='/', to='+') }}",
            "ab+c+3",
        ),
        (
            "{% filter indent(width=2, first=true) %}a\n\nb{% endfilter %}",
            "  a\n\n  b",
        ),
        (
            "{% set s = name if n > 2 else 'no' %}{{ s | default(value='z') | length }}",
            "2",
        ),
        ("{% raw %}{{ name }}{% endraw %}{# {% for #}", "{{ name }}"),
        (
            "{% for i in range(end=3) %}{{ i }}{% break %}{% endfor %}{{ -n + 1 }}",
            "0-2",
        ),
    ] {
        let found = rendered(&[("files/a.txt", template)]);
        let found = found.map_err(|(_, faults)| format!("{template}: {faults:?}"));
        assert_eq!(found.unwrap().trim_end(), made, "{template}");
    }
}

#[test]
fn what_cannot_be_counted_is_refused_at_its_place() {
    for (template, marked) in [
        ("{% set s %}x{% endset %}", "set"),
        ("{{ [...items, ...items] | length }}", "..."),
        ("{{ name[1:] }}", "["),
        ("{{ [i for i in items] | length }}", "for"),
        (
            "{% component c() %}x{% endcomponent c %}{{<c/>}}",
            "component",
        ),
        ("{% block b %}{{ super() }}{% endblock %}", "super"),
        ("{{ __tera_context }}", "__tera_context"),
    ] {
        let (sources, faults) = rendered(&[("files/a.txt", template)]).unwrap_err();
        assert_eq!(faults[0].code, "template-unbounded", "{template}");
        let span = faults[0].span;
        assert_eq!(
            &sources.file(span.file).text[span.range()],
            marked,
            "{template}"
        );
    }
}

#[test]
fn what_would_not_end_or_fill_memory_ends_after_so_many_steps() {
    let doubled = format!(
        "{{% set s = name %}}{}{{{{ s }}}}",
        "{% set s = s ~ s %}".repeat(60)
    );
    let nested = format!(
        "{{% set s = [name] %}}{}{{{{ s }}}}",
        "{% set s = [s, s] %}".repeat(60)
    );
    let replaced = format!(
        "{{{{ name {} }}}}",
        "| replace(from='a', to='aaaaaaaaaaaaaaaa')".repeat(30)
    );
    let indented = format!(
        "{range}{range}{{% filter indent(width=900) %}}\na\n{{% endfilter %}}{{% endfor %}}{{% endfor %}}",
        range = "{% for a in range(end=100000) %}"
    );
    let joined = format!(
        "{{% set s = name %}}{}",
        "{% set s = [s, s, s] | join(sep=s) %}".repeat(60)
    );
    let range = "{% for a in range(end=100000) %}";
    let loops = format!("{range}{range}{{% endfor %}}{{% endfor %}}");
    let kept = format!(
        "{{% set s = '{}' %}}{range}{range}{{% if s == s ~ 'a' %}}x{{% endif %}}{{% endfor %}}{{% endfor %}}",
        "x".repeat(5000)
    );
    let captured = format!(
        "{{% filter upper %}}{range}{range}{{{{ '{}' | safe }}}}{{% endfor %}}{{% endfor %}}{{% endfilter %}}",
        "x".repeat(5000)
    );
    let text = format!(
        "{{% filter upper %}}{range}{range}{}{{% endfor %}}{{% endfor %}}{{% endfilter %}}",
        "x".repeat(5000)
    );
    let unique = "{% set l = range(end=100000) | unique %}";
    for template in [
        &doubled, &nested, &replaced, &indented, &joined, &loops, &kept, &captured, &text, unique,
    ] {
        let (_, faults) = rendered(&[("files/a.txt", template)]).unwrap_err();
        assert_eq!(faults[0].code, "template-steps", "{template}: {faults:?}");
    }
}

#[test]
fn parts_that_include_parts_are_counted_too() {
    let many = |name: &str| format!("{{% include \"{name}\" %}}").repeat(100);
    let texts = [
        many("p/1.txt"),
        many("p/2.txt"),
        many("p/3.txt"),
        many("p/4.txt"),
        many("p/5.txt"),
    ];
    let names = ["files/a.txt", "p/1.txt", "p/2.txt", "p/3.txt", "p/4.txt"];
    let mut templates: Vec<(&str, &str)> = names
        .into_iter()
        .zip(texts.iter().map(String::as_str))
        .collect();
    templates.push(("p/5.txt", ""));
    let (_, faults) = rendered(&templates).unwrap_err();
    assert_eq!(faults[0].code, "template-steps");
}
