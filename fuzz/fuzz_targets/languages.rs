//! Every front-end takes any text, and every place that it tells is one in that text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workid::lang::{LANGUAGES, Word};
use workid::text::Span;

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let language = LANGUAGES[usize::from(choice) % LANGUAGES.len()];
    let parsed = language.parse(text, &[]);
    let is_in = |it: Span| assert!(text.get(it.start..it.end).is_some(), "{it:?}");
    let word = |it: &Word| {
        is_in(it.span);
        it.literals().into_iter().for_each(is_in);
    };
    for call in &parsed.calls {
        is_in(call.span);
        call.arguments.iter().for_each(word);
        call.options.iter().filter_map(|it| it.value.as_ref()).for_each(word);
    }
    for it in &parsed.assignments {
        is_in(it.span);
        word(&it.value);
    }
    for it in &parsed.entries {
        is_in(it.span);
        word(&it.value);
    }
    parsed.texts.iter().for_each(word);
    parsed.comments.iter().copied().for_each(is_in);
    for it in &parsed.nested {
        if let Some(outer) = it.text.place.outer(Span::new(0, it.text.text.len())) {
            is_in(outer);
        }
    }
});
