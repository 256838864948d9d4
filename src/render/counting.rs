//! The steps that templates of the user's own may take: what [`super::meter`] calls, and the filters that make more than
//! they are given.

use std::cell::Cell;

use tera::{Error, Kwargs, State, StringInput, Tera, TeraResult, Value};

/// So many bytes of text are a step.
pub(super) const BYTES_A_STEP: usize = 8;

/// What the calls are named in a template.
pub(super) const STEP: &str = "__step";
pub(super) const COUNTED: &str = "__counted";
pub(super) const MEASURED: &str = "__measured";
pub(super) const INDEX: &str = "__index";
const SQUARED: &str = "__squared";
const BYTES: &str = "__bytes";

thread_local! {
    /// What is left to the templates of the render that this thread is at.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Gives the next template its steps; none where nothing is counted.
pub(super) fn allow(steps: Option<usize>) {
    LEFT.set(steps);
}

/// What is left of the steps, or nothing where they were too few.
pub(super) fn left() -> usize {
    LEFT.get().unwrap_or_default()
}

fn spend(steps: usize) -> TeraResult<()> {
    let Some(left) = LEFT.get() else {
        return Ok(());
    };
    LEFT.set(Some(left.saturating_sub(steps)));
    match steps < left {
        true => Ok(()),
        false => Err(Error::message("the steps of the templates are used up")),
    }
}

/// Takes the steps of a text.
pub(super) fn take_text(bytes: usize) -> TeraResult<()> {
    spend(1 + bytes / BYTES_A_STEP)
}

/// How the work of a filter on its value is counted, if it is more than a step: it goes through the text or the list, through
/// all that is in it, or compares each item with each.
pub(super) fn class_of(filter: &str) -> Option<&'static str> {
    match filter {
        "default" | "get" | "first" | "last" | "nth" | "abs" | "round" => None,
        "length" | "keys" | "values" | "pairs" | "int" | "float" => Some(COUNTED),
        // Each byte can become an item.
        "split" => Some(BYTES),
        "unique" => Some(SQUARED),
        _ => Some(MEASURED),
    }
}

/// Adds what the calls in metered templates stand for.
pub(super) fn register(tera: &mut Tera) {
    tera.register_function(STEP, |arguments: Kwargs, _: &State<'_>| {
        spend(arguments.must_get::<usize>("n")?).map(|()| Value::safe_string(""))
    });
    tera.register_filter(COUNTED, |value: Value, _: Kwargs, _: &State<'_>| {
        count(&value).map(|()| value)
    });
    tera.register_filter(MEASURED, |value: Value, _: Kwargs, _: &State<'_>| {
        measure(&value).map(|()| value)
    });
    tera.register_filter(SQUARED, |value: Value, _: Kwargs, _: &State<'_>| {
        for _ in 0..value.len().unwrap_or_default() {
            measure(&value)?;
        }
        Ok::<_, Error>(value)
    });
    tera.register_filter(INDEX, |index: Value, arguments: Kwargs, _: &State<'_>| {
        let of: Option<Value> = arguments.get("of")?;
        of.map_or(Ok(()), |of| match of.is_string() {
            true => count(&of),
            false => spend(1),
        })
        .map(|()| index)
    });
    tera.register_filter(BYTES, |value: Value, _: Kwargs, _: &State<'_>| {
        spend(1 + value.as_str().map_or(0, str::len)).map(|()| value)
    });
    tera.register_function("range", range);
    tera.register_filter("replace", replace);
    tera.register_filter("join", join);
    tera.register_filter("indent", indent);
}

/// Takes the steps of going through a text or the items of a list.
fn count(value: &Value) -> TeraResult<()> {
    match (value.as_str(), value.as_map()) {
        (Some(text), _) => take_text(text.len()),
        (_, Some(map)) => spend(1 + map.len()),
        _ => spend(1),
    }
}

/// Takes the steps of going through all that is in a value.
fn measure(value: &Value) -> TeraResult<()> {
    if let Some(text) = value.as_str() {
        return take_text(text.len());
    }
    spend(1)?;
    for item in value.as_array().unwrap_or_default() {
        measure(item)?;
    }
    for item in value.as_map().into_iter().flat_map(|map| map.values()) {
        measure(item)?;
    }
    Ok(())
}

/// As Tera's, and no more than the steps that are left.
fn range(arguments: Kwargs, _: &State<'_>) -> TeraResult<Vec<i64>> {
    let start = arguments.get::<i64>("start")?.unwrap_or_default();
    let end: i64 = arguments.must_get("end")?;
    let step = arguments.get::<i64>("step_by")?.unwrap_or(1);
    if step == 0 || (step > 0 && start > end) {
        return Err(Error::message("range leads nowhere"));
    }
    let mut numbers = Vec::new();
    let mut next = Some(start);
    while let Some(number) = next.filter(|number| match step > 0 {
        true => *number < end,
        false => *number > end,
    }) {
        spend(1)?;
        numbers.push(number);
        next = number.checked_add(step);
    }
    Ok(numbers)
}

/// As Tera's, and no more than the steps that are left.
fn replace(value: StringInput<'_>, arguments: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    let from: &str = arguments.must_get("from")?;
    let to: StringInput<'_> = arguments.must_get("to")?;
    let is_safe = state.autoescaping_enabled() && (value.is_safe() || to.is_safe());
    let replaced = |text: &str, to: &str| {
        take_text(text.len() + text.matches(from).count().saturating_mul(to.len()))?;
        Ok::<_, Error>(text.replace(from, to))
    };
    match is_safe {
        true => {
            let (text, to) = (value.rendered(state)?, to.rendered(state)?);
            replaced(&text, &to).map(|text| Value::safe_string(&text))
        }
        false => replaced(value.as_str(), to.as_str()).map(Value::from),
    }
}

/// As Tera's, and no more than the steps that are left.
fn join(value: Value, arguments: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    let Some(items) = value.as_array() else {
        return Err(Error::message(format!(
            "join takes a list, and not {}",
            value.name()
        )));
    };
    let separator: Option<StringInput<'_>> = arguments.get("sep")?;
    let is_safe = state.autoescaping_enabled()
        && (items.iter().any(|item| item.is_string() && item.is_safe())
            || separator.as_ref().is_some_and(StringInput::is_safe));
    let between = match &separator {
        Some(separator) if is_safe => separator.rendered(state)?.into_owned(),
        Some(separator) => separator.as_str().to_owned(),
        None => String::new(),
    };
    take_text(items.len().saturating_mul(between.len()))?;
    let parts: Vec<String> = match is_safe {
        true => {
            let parts = items.iter().map(|item| match item.is_undefined() {
                true => Ok(String::new()),
                false => state.escape_if_needed(item),
            });
            parts.collect::<TeraResult<_>>()?
        }
        false => items.iter().map(Value::to_string).collect(),
    };
    let text = parts.join(&between);
    Ok(match is_safe {
        true => Value::safe_string(&text),
        false => Value::from(text),
    })
}

/// As Tera's, and no more than the steps that are left. Lines are indented by blanks, as the formats want it.
fn indent(value: StringInput<'_>, arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let width = arguments.get::<usize>("width")?.unwrap_or(4).min(1_000);
    let first = arguments.get::<bool>("first")?.unwrap_or(false);
    let blank = arguments.get::<bool>("blank")?.unwrap_or(false);
    if arguments
        .get::<StringInput<'_>>("indentation")?
        .is_some_and(|with| with.as_str() != " ")
    {
        return Err(Error::message("indent takes blanks only"));
    }
    let text = value.as_str();
    take_text(text.len() + text.lines().count().saturating_mul(width))?;
    let mut indented = String::with_capacity(text.len() * 2);
    for (number, line) in text.lines().enumerate() {
        let wanted = match number {
            0 => first,
            _ => blank || !line.is_empty(),
        };
        if number > 0 {
            indented.push('\n');
        }
        if wanted {
            indented.extend(std::iter::repeat_n(' ', width));
        }
        indented.push_str(line);
    }
    if text.ends_with('\n') {
        indented.push('\n');
    }
    Ok(value.inherit_safety(indented))
}
