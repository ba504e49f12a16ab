//! Reads a pattern's characters into the states of a machine.

use super::GlobError;
use super::machine::State;

/// The states of a pattern that is neither empty nor too long.
pub(super) fn compile(chars: Vec<char>) -> Result<Vec<State>, GlobError> {
    let mut compiler = Compiler { chars, at: 0, states: Vec::new(), group: None };
    compiler.run()?;
    Ok(compiler.states)
}

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
