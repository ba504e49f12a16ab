//! A pattern's machine: states that are walked side by side over a text.

use super::PATTERN_CHARS_MAX;

/// States of a compiled pattern: no character takes more than one, and the end takes one.
pub(super) const STATES_MAX: usize = (PATTERN_CHARS_MAX + 1).next_multiple_of(64);

/// What one state of the machine does; the next one follows it unless it says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
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

/// Whether the states match the whole text, of which the first `known` literals are known to.
pub(super) fn matches(states: &[State], known: usize, rest: &str) -> bool {
    let mut now = StateSet::default();
    now.add(states, known);
    for c in rest.chars() {
        let mut next = StateSet::default();
        now.each(|state| match step(states, state, c) {
            Step::Nowhere => {}
            Step::Stays => next.add(states, state),
            Step::GoesOn => next.add(states, state + 1),
        });
        if next.is_empty() {
            return false;
        }
        now = next;
    }
    now.contains(states.len() - 1)
}

/// Where a character leads from one state.
pub(super) enum Step {
    Nowhere,
    /// To the state itself.
    Stays,
    /// To the next one.
    GoesOn,
}

/// Takes the text forward by one character from one state.
pub(super) fn step(states: &[State], state: usize, c: char) -> Step {
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
pub(super) fn free(state: &State, at: usize) -> impl Iterator<Item = usize> + '_ {
    let (next, others) = match state {
        State::NameRun | State::Run => (Some(at + 1), &[][..]),
        State::Jump(to) => (Some(*to), &[][..]),
        State::Fork(others) => (Some(at + 1), &others[..]),
        _ => (None, &[][..]),
    };
    next.into_iter().chain(others.iter().copied())
}

/// The literals that the machine begins with.
pub(super) fn literal_prefix(states: &[State]) -> String {
    let literal = |state: &State| match state {
        State::Literal(c) => Some(*c),
        _ => None,
    };
    states.iter().map_while(literal).collect()
}

/// The literals that the machine ends with, whichever way it took to them.
pub(super) fn literal_suffix(states: &[State]) -> String {
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
