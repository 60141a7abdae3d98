//! Commands that a program runs as one text: `os.system("az login …")`.

use super::{
    Site,
    units::{Id, Units},
};
use crate::{lang, text::Span};

/// Where a sign-in stands in one literal of a program, if another one can take its place there: what the
/// program puts into it is the user's name and password, and nothing else.
pub(super) fn whole(units: &Units<'_>, id: Id, site: &Site, at: Span) -> Option<Span> {
    let unit = units.get(id);
    let outer = units.get(Id { script: unit.outer.as_ref()?.script, ..id });
    let is_file = outer.outer.is_none() && outer.script.place.is_whole();
    if !is_file || lang::SHELLS.contains(&outer.script.language) || !site.call.is_call {
        return None;
    }
    let (script, place) = (&unit.script.text, &unit.script.place);
    let raw = units.sources[id.source].raw();
    let call = site.call.span;
    let around = outer.parsed.texts.iter().filter(|it| it.span.contains(Span::at(call.start)));
    let around = around.min_by_key(|it| it.span.end - it.span.start)?;
    let start = around.literals().first().map(|it| it.start).filter(|it| *it <= call.start)?;
    let quote = raw[..start].chars().next_back();
    let quote = quote.filter(|it| matches!(it, '"' | '\'' | '`'))?;
    // What is put in, as the shell and as the program see it.
    let expressions = unit.script.expressions.iter().map(|it| it.span);
    let inner: Vec<Span> = expressions.filter(|it| at.contains(*it)).collect();
    let holes = inner.iter().map(|it| place.outer(*it)).collect::<Option<Vec<Span>>>()?;
    let is_kept = |it: &Span| site.call.kept.iter().any(|kept| kept.contains(*it));
    // The place of what is put in ends before its brace.
    let is_open = holes.iter().any(|it| it.end == call.end) && !raw[..call.end].ends_with('}');
    let end = call.end + usize::from(is_open);
    let said = without(raw, Span::new(start, call.end), &holes);
    let is_closed = said.replace(&format!("\\{quote}"), "").contains(quote);
    // `%s`, `{0}`: what fills these stands elsewhere.
    let is_filled_there = raw[..start - quote.len_utf8()].ends_with(['$', '@', 'f', 'F']);
    let is_filled = |it: &Span| {
        let said = &raw[it.start..it.end];
        said.starts_with('%') || said.starts_with('{') && !is_filled_there
    };
    let is_counted = without(script, at, &inner).contains(['%', '{', '}']);
    let is_counted = is_counted || holes.iter().any(is_filled);
    let is_whole = !is_open || raw[call.end..].starts_with('}');
    let is_one = is_whole && !is_closed && !is_counted && !holes.iter().any(is_kept);
    is_one.then(|| Span::new(call.start, end))
}

/// A part of a text without some parts of that.
fn without(text: &str, part: Span, gone: &[Span]) -> String {
    let mut left = String::new();
    let mut done = part.start;
    for it in gone.iter().filter(|it| part.contains(**it)) {
        left.push_str(text.get(done..it.start).unwrap_or_default());
        done = it.end;
    }
    left.push_str(text.get(done..part.end).unwrap_or_default());
    left
}

#[cfg(test)]
mod tests {
    use crate::{platform::Repository, scan::scan, text::Source};

    #[test]
    fn a_text_is_written_where_it_is_one_literal() {
        let of = |path: &str, text: &str| {
            let found = scan(&[Source::new(path, text)], &Repository::default());
            assert_eq!(found.sites.len(), 1, "{text}");
            let call = found.sites[0].call.span;
            found.sites[0].obstacle.is_none().then(|| text[call.start..call.end].to_owned())
        };
        for (path, text, call) in [
            (
                "a.py",
                "os.system('az login -u a@b.c -p \"x y\" && az group list')",
                "az login -u a@b.c -p \"x y\"",
            ),
            (
                "a.py",
                "os.system(f\"az login -u {user} -p '{os.environ['P']}' -o none\")",
                "az login -u {user} -p '{os.environ['P']}' -o none",
            ),
            (
                "a.cs",
                "class A { void F() { Run($\"az login -u {user} -p {password} && az group list\"); } }",
                "az login -u {user} -p {password}",
            ),
            (
                "a.js",
                "execSync(`az login -u ${user} -p ${process.env.P}`);",
                "az login -u ${user} -p ${process.env.P}",
            ),
        ] {
            assert_eq!(of(path, text).as_deref(), Some(call), "{text}");
        }
        for (path, text) in [
            ("a.py", "os.system('az login -u ' + user + ' -p ' + password)"),
            ("a.py", "os.system('az login -u %s -p %s' % (user, password))"),
            ("a.py", "os.system('az login -u {} -p {}'.format(user, password))"),
            ("a.py", "os.system(f'az login -u {user} -p {password} --query {query}')"),
            (
                "a.cs",
                "class A { void F() { Process.Start(\"az\", $\"login -u {user} -p {password}\"); } }",
            ),
        ] {
            assert_eq!(of(path, text), None, "{text}");
        }
    }
}
