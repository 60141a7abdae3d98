//! Paths, as scripts write them.

use crate::lang::{Value, Word};

/// What is written out of a path, after whatever is computed: `"$PSScriptRoot/login.ps1"`.
pub(super) fn tail(word: &Word) -> Option<String> {
    let literal = |value: &Value| match value {
        Value::Literal(_) => true,
        Value::Variable(_) | Value::Computed { .. } => false,
    };
    let from = word.parts.iter().rposition(|it| !literal(&it.value)).map_or(0, |it| it + 1);
    let rest = Word { span: word.span, parts: word.parts[from..].to_vec() };
    rest.literal().map(|it| it.into_owned()).filter(|it| !it.is_empty())
}

/// The path without `.` and `..`; `None` if it leaves the repository.
pub(super) fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normal_and_stays_inside() {
        assert_eq!(normal("/scripts/../a/./b.sh").as_deref(), Some("a/b.sh"));
        assert_eq!(normal("../../etc/passwd"), None);
    }
}
