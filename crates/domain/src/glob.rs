//! The patterns of trigger filters, as CodePipeline documents them.
//!
//! `*` stays within one name, `**` crosses slashes, `**/` is zero or more folders, `?` is one
//! character of a name, `[a-z]` and `[!a-z]` are sets, `{a,b}` are alternatives that do not nest,
//! `\` takes away a character's meaning (AWS's "Working with glob patterns in syntax").
//!
//! A pattern becomes a small machine whose states are walked side by side, so matching takes
//! text length × pattern length steps at worst; nothing is ever expanded or tried again.

mod classes;

pub use classes::{Class, Classes};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters in a pattern (the service's own limit for one filter pattern).
pub const PATTERN_CHARS_MAX: usize = 255;

/// States of a compiled pattern: no character takes more than one, and the end takes one.
const STATES_MAX: usize = (PATTERN_CHARS_MAX + 1).next_multiple_of(64);

/// A pattern that was read, ready to match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    /// The literal text that every match begins with.
    prefix: String,
    /// The literal text that every match ends with: most paths are refused by it without a walk.
    suffix: String,
    states: Vec<State>,
}

/// What one state of the machine does; the next one follows it unless it says otherwise.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Literal(char),
    /// `?`
    AnyOfName,
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`
    NameRun,
    /// `**`
    Run,
    /// Goes on at the next state and at the given ones.
    Fork(Vec<usize>),
    /// Goes on at the given state.
    Jump(usize),
    Match,
}

/// What is wrong with a pattern, with the position of the character (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing can match nothing.
    #[error("an empty pattern matches nothing; write ** to match everything")]
    Empty,
    /// Longer than [`PATTERN_CHARS_MAX`].
    #[error("the pattern has {0} characters; {PATTERN_CHARS_MAX} are allowed")]
    TooLong(usize),
    /// `\` as the last character.
    #[error("the \\ at the end escapes nothing; write \\\\ for a backslash")]
    DanglingEscape,
    /// `[` without its `]`, or with nothing in it.
    #[error("the set that begins with [ at character {0} is empty or never closed with ]")]
    OpenSet(usize),
    /// A range such as `z-a`.
    #[error("the range {1}-{2} in the set at character {0} runs backwards")]
    BackwardRange(usize, char, char),
    /// `{` without its `}`.
    #[error("the alternatives that begin with {{ at character {0} are never closed with }}")]
    OpenAlternatives(usize),
    /// `{` inside `{`.
    #[error("alternatives in {{ }} cannot be nested (character {0})")]
    NestedAlternatives(usize),
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        let chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            return Err(GlobError::Empty);
        }
        if chars.len() > PATTERN_CHARS_MAX {
            return Err(GlobError::TooLong(chars.len()));
        }
        let mut compiler = Compiler { chars, at: 0, states: Vec::new(), group: None };
        compiler.run()?;
        let states = compiler.states;
        debug_assert!(states.len() <= STATES_MAX);
        let (prefix, suffix) = (literal_prefix(&states), literal_suffix(&states));
        Ok(Self { text: text.to_owned(), prefix, suffix, states })
    }

    /// Whether the whole text matches. Case matters; a leading dot is nothing special.
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix.as_str()) else { return false };
        if !text.ends_with(self.suffix.as_str()) {
            return false;
        }
        let mut now = StateSet::default();
        now.add(&self.states, self.prefix.chars().count());
        for c in rest.chars() {
            let mut next = StateSet::default();
            now.each(|state| match step(&self.states, state, c) {
                Step::Nowhere => {}
                Step::Stays => next.add(&self.states, state),
                Step::GoesOn => next.add(&self.states, state + 1),
            });
            if next.is_empty() {
                return false;
            }
            now = next;
        }
        now.contains(self.states.len() - 1)
    }

    /// Whether the pattern has no special character left and so matches one text only.
    pub fn is_literal(&self) -> bool {
        self.prefix.chars().count() + 1 == self.states.len()
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Where a character leads from one state.
enum Step {
    Nowhere,
    /// To the state itself.
    Stays,
    /// To the next one.
    GoesOn,
}

/// Takes the text forward by one character from one state.
fn step(states: &[State], state: usize, c: char) -> Step {
    let goes_on = match &states[state] {
        State::Literal(wanted) => *wanted == c,
        State::AnyOfName => c != '/',
        State::Set { negated, ranges } => {
            c != '/' && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
        }
        State::NameRun if c != '/' => return Step::Stays,
        State::Run => return Step::Stays,
        State::NameRun | State::Fork(_) | State::Jump(_) | State::Match => false,
    };
    if goes_on { Step::GoesOn } else { Step::Nowhere }
}

/// The states that one at this place reaches without a character.
fn free(state: &State, at: usize) -> impl Iterator<Item = usize> + '_ {
    let (next, others) = match state {
        State::NameRun | State::Run => (Some(at + 1), &[][..]),
        State::Jump(to) => (Some(*to), &[][..]),
        State::Fork(others) => (Some(at + 1), &others[..]),
        _ => (None, &[][..]),
    };
    next.into_iter().chain(others.iter().copied())
}

/// The literals that the machine begins with.
fn literal_prefix(states: &[State]) -> String {
    let literal = |state: &State| match state {
        State::Literal(c) => Some(*c),
        _ => None,
    };
    states.iter().map_while(literal).collect()
}

/// The literals that the machine ends with, whichever way it took to them.
fn literal_suffix(states: &[State]) -> String {
    let from = states.iter().enumerate().map(|(at, state)| match state {
        State::Literal(_) | State::Match => 0,
        State::Jump(to) => (at + 1).max(*to),
        State::Fork(others) => others.iter().fold(at + 1, |from, other| from.max(*other)),
        _ => at + 1,
    });
    literal_prefix(&states[from.max().unwrap_or_default()..])
}

/// A set of states as bits: no allocation while matching.
#[derive(Clone, Copy)]
struct StateSet {
    words: [u64; STATES_MAX / 64],
    /// Words in use, so that a short pattern walks only its own.
    used: usize,
}

impl Default for StateSet {
    fn default() -> Self {
        Self { words: [0; STATES_MAX / 64], used: 0 }
    }
}

impl StateSet {
    /// Adds a state and all that it reaches without a character.
    fn add(&mut self, states: &[State], state: usize) {
        if self.contains(state) {
            return;
        }
        self.words[state / 64] |= 1 << (state % 64);
        self.used = self.used.max(state / 64 + 1);
        free(&states[state], state).for_each(|other| self.add(states, other));
    }

    fn contains(&self, state: usize) -> bool {
        self.words[state / 64] & (1 << (state % 64)) != 0
    }

    fn is_empty(&self) -> bool {
        self.used == 0
    }

    fn each(&self, mut act: impl FnMut(usize)) {
        for (index, word) in self.words[..self.used].iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                act(index * 64 + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }
}

/// Reads a pattern's characters into states.
struct Compiler {
    chars: Vec<char>,
    at: usize,
    states: Vec<State>,
    group: Option<Group>,
}

/// The `{ }` being read.
struct Group {
    /// Where its `{` stands, from 1.
    opened: usize,
    /// Its fork, whose targets are the later alternatives.
    fork: usize,
    /// The jumps at the end of each alternative but the last, still without a target.
    exits: Vec<usize>,
}

impl Compiler {
    fn run(&mut self) -> Result<(), GlobError> {
        while let Some(c) = self.take() {
            match c {
                '\\' => {
                    let escaped = self.take().ok_or(GlobError::DanglingEscape)?;
                    self.states.push(State::Literal(escaped));
                }
                '*' => self.stars(),
                '?' => self.states.push(State::AnyOfName),
                '[' => self.set()?,
                '{' => self.open()?,
                ',' if self.group.is_some() => self.alternative(),
                '}' if self.group.is_some() => self.close(),
                other => self.states.push(State::Literal(other)),
            }
        }
        self.states.push(State::Match);
        match &self.group {
            Some(group) => Err(GlobError::OpenAlternatives(group.opened)),
            None => Ok(()),
        }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let found = self.chars.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    /// `*`, `**`, or `**/` at the start of a name, where it also stands for no folder at all.
    fn stars(&mut self) {
        let first = self.at - 1;
        if !self.take_if('*') {
            return self.states.push(State::NameRun);
        }
        while self.take_if('*') {}
        let begins_name = first == 0 || matches!(self.chars[first - 1], '/' | '{' | ',');
        if begins_name && self.take_if('/') {
            let after = self.states.len() + 3;
            self.states.extend([State::Fork(vec![after]), State::Run, State::Literal('/')]);
        } else {
            self.states.push(State::Run);
        }
    }

    /// `[…]`: `-` first or last is itself, and `*`, `?`, `\` have no meaning inside.
    fn set(&mut self) -> Result<(), GlobError> {
        let opened = self.at;
        let negated = self.take_if('!');
        let mut ranges = Vec::new();
        loop {
            let from = self.take().ok_or(GlobError::OpenSet(opened))?;
            if from == ']' {
                break;
            }
            let is_range = self.chars.get(self.at) == Some(&'-')
                && self.chars.get(self.at + 1).is_some_and(|to| *to != ']');
            let to = if is_range { self.chars[self.at + 1] } else { from };
            self.at += if is_range { 2 } else { 0 };
            if to < from {
                return Err(GlobError::BackwardRange(opened, from, to));
            }
            ranges.push((from, to));
        }
        if ranges.is_empty() {
            return Err(GlobError::OpenSet(opened));
        }
        self.states.push(State::Set { negated, ranges });
        Ok(())
    }

    fn open(&mut self) -> Result<(), GlobError> {
        if self.group.is_some() {
            return Err(GlobError::NestedAlternatives(self.at));
        }
        self.group = Some(Group { opened: self.at, fork: self.states.len(), exits: Vec::new() });
        self.states.push(State::Fork(Vec::new()));
        Ok(())
    }

    /// Ends one alternative; its exit is pointed behind the group when that closes.
    fn alternative(&mut self) {
        let next = self.states.len() + 1;
        let Some(group) = &mut self.group else { return };
        group.exits.push(next - 1);
        if let State::Fork(others) = &mut self.states[group.fork] {
            others.push(next);
        }
        self.states.push(State::Jump(next));
    }

    fn close(&mut self) {
        let behind = self.states.len();
        let exits = self.group.take().map(|group| group.exits).unwrap_or_default();
        exits.into_iter().for_each(|exit| self.states[exit] = State::Jump(behind));
    }
}

impl TryFrom<String> for Pattern {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, GlobError> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
