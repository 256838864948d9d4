//! Where a value stands in the text of a template. It is asked only where something is wrong with the value.

use saphyr_parser::{Event, Parser, StrInput};

use super::Fault;

/// A step from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field of a mapping.
    Key(String),
    /// An item of a list.
    Item(usize),
}

/// The way from a template to a value in it.
pub(crate) type Path = [Step];

/// A fault at a value of a template, whose text was read before. Short tags are no steps of their own.
pub(crate) fn find(text: &str, path: &Path, what: String) -> Fault {
    let mut walk = Walk {
        parser: Parser::new_from_str(text),
        found: (1, 1),
    };
    // What was found until the events end is near enough.
    let _: Option<()> = walk.document(path);
    let (line, column) = walk.found;
    Fault { line, column, what }
}

struct Walk<'t> {
    parser: Parser<'t, StrInput<'t>>,
    found: (usize, usize),
}

impl<'t> Walk<'t> {
    fn document(&mut self, path: &Path) -> Option<()> {
        loop {
            match self.event()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (event, place) => return self.value(&event, place, path),
            }
        }
    }

    fn event(&mut self) -> Option<(Event<'t>, (usize, usize))> {
        let (event, span) = self.parser.next_event()?.ok()?;
        Some((event, (span.start.line(), span.start.col() + 1)))
    }

    fn value(&mut self, event: &Event<'t>, place: (usize, usize), path: &Path) -> Option<()> {
        let Some((step, rest)) = path.split_first() else {
            self.found = place;
            return Some(());
        };
        match (event, step) {
            (Event::MappingStart(..), Step::Key(wanted)) => loop {
                let (key, at) = self.event()?;
                let Event::Scalar(key, ..) = key else {
                    return None;
                };
                let (value, _) = self.event()?;
                if key == *wanted {
                    self.found = at;
                    return match rest.is_empty() {
                        true => Some(()),
                        false => self.value(&value, at, rest),
                    };
                }
                self.pass(&value)?;
            },
            (Event::SequenceStart(..), Step::Item(wanted)) => {
                let mut number = 0;
                loop {
                    let (item, at) = self.event()?;
                    if matches!(item, Event::SequenceEnd) {
                        return None;
                    }
                    if number == *wanted {
                        self.found = at;
                        return self.value(&item, at, rest);
                    }
                    self.pass(&item)?;
                    number += 1;
                }
            }
            // A short tag: its function is a step, and no mapping.
            (_, Step::Key(name)) if name == "Ref" || name.starts_with("Fn::") => {
                self.value(event, place, rest)
            }
            _ => None,
        }
    }

    /// Goes over the rest of a value.
    fn pass(&mut self, event: &Event<'t>) -> Option<()> {
        let mut depth = usize::from(opens(event));
        while depth > 0 {
            let (event, _) = self.event()?;
            if opens(&event) {
                depth += 1;
            } else if matches!(event, Event::MappingEnd | Event::SequenceEnd) {
                depth -= 1;
            }
        }
        Some(())
    }
}

fn opens(event: &Event<'_>) -> bool {
    matches!(event, Event::MappingStart(..) | Event::SequenceStart(..))
}

#[cfg(test)]
mod tests {
    use super::{Step, find};

    #[test]
    fn a_value_is_found_in_yaml_and_json() {
        let key = |key: &str| Step::Key(key.to_owned());
        let path = [key("a"), key("Fn::If"), Step::Item(1), key("b")];
        let yaml = "# x\nz: [1, [2]]\na: !If\n  - c\n  - z: 1\n    b: 2\n";
        let found = find(yaml, &path, String::new());
        assert_eq!((found.line, found.column), (6, 5));
        let json = "{\n  \"z\": [1, {}],\n  \"a\": {\"Fn::If\": [\"c\", {\"b\": 2}]}}";
        let found = find(json, &path, String::new());
        assert_eq!((found.line, found.column), (3, 26));
    }
}
