//! Jobs that Jenkins keeps as XML: the commands of their steps.

use crate::text::{Placed, pattern};
use regex::Regex;
use std::sync::LazyLock;

static STEP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"<(hudson\.tasks\.Shell|hudson\.tasks\.BatchFile|hudson\.plugins\.powershell\.PowerShell)\b[^<>]*>\s*<command>([^<]*)</command>",
    )
});

/// Characters that XML writes otherwise.
const ENTITIES: &[(&str, &str)] = &[
    ("&amp;", "&"),
    ("&apos;", "'"),
    ("&gt;", ">"),
    ("&lt;", "<"),
    ("&quot;", "\""),
    ("&#xd;", "\r"),
    ("&#13;", "\r"),
];

pub(super) fn is_job(text: &str) -> bool {
    text.contains("<builders>") && text.contains("<command>")
}

/// The commands, each with its language.
pub(super) fn commands(text: &str) -> impl Iterator<Item = (&'static str, Placed)> {
    STEP.captures_iter(text).filter_map(|it| {
        let language = match &it[1] {
            "hudson.tasks.Shell" => "bash",
            "hudson.tasks.BatchFile" => "batch",
            _ => "powershell",
        };
        let command = it.get(2)?;
        Some((language, plain(command.as_str(), command.start())))
    })
}

/// What a text of XML says that begins at `start`.
fn plain(text: &str, start: usize) -> Placed {
    let mut plain = Placed::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        match ENTITIES.iter().find(|(written, _)| rest.starts_with(written)) {
            Some((written, meant)) => {
                plain.escape(meant, start + at, written.len());
                at += written.len();
            }
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let next = rest[first..].find('&').map_or(rest.len(), |it| first + it);
                plain.push(&rest[..next], start + at);
                at += next;
            }
        }
    }
    plain
}
