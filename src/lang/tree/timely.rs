//! Parsing up to a bound: what takes much longer than texts of its size do is written against the parser.

use crate::text::Span;
use std::{cell::Cell, ops::ControlFlow};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Programs take a fiftieth step for every byte to parse, or less.
const BYTES_PER_STEP: usize = 20;
const LEAST_STEPS: usize = 500;

/// A step may look at all that follows, as scanners of grammars do for a quote that nothing closes, or where
/// they recover from an error. The text is handed out in pieces of so many bytes, which tells how often.
const PIECE: usize = 256;
/// Programs are handed out less than this often.
const TIMES: usize = 100;
const LEAST_PIECES: usize = 40_000;

pub(in crate::lang) const TAKES_TOO_LONG: &str = "its syntax takes too long to read";

/// The tree of a part of a text, if there is one to be had in reasonable time.
pub(in crate::lang) fn timely(parser: &mut Parser, text: &[u8], part: Span) -> Option<Tree> {
    let size = part.end - part.start;
    let mut steps = 0..size / BYTES_PER_STEP + LEAST_STEPS;
    let pieces = Cell::new(size / PIECE * TIMES + LEAST_PIECES);
    let mut look = |_: &ParseState| match steps.next().filter(|_| pieces.get() > 0) {
        Some(_) => ControlFlow::Continue(()),
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut look);
    let mut piece = |at: usize, _| {
        pieces.set(pieces.get().saturating_sub(1));
        let rest = text.get(at..).unwrap_or_default();
        &rest[..rest.len().min(PIECE)]
    };
    parser.parse_with_options(&mut piece, None, Some(options))
}
