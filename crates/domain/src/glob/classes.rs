//! Many texts held against many patterns at once: ten thousand changed files against the patterns of
//! every filter of a trigger.
//!
//! The machines of all patterns are walked side by side, and what a set of their states becomes by a
//! character is remembered, so that a text costs one look-up a character however many patterns there
//! are. What is remembered is limited and made again where it was forgotten.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Pattern;
use super::machine::{Step, free, step};

/// Sets of states that are remembered.
const SETS_MAX: usize = 4096;
/// The place of a set that was not made yet.
const UNKNOWN: u32 = u32::MAX;

/// Texts in classes: those of one class are matched by the same patterns.
#[derive(Debug)]
pub struct Classes {
    /// Every pattern's number, by its text.
    numbers: BTreeMap<String, usize>,
    classes: Vec<Class>,
}

/// The texts that the same patterns match.
#[derive(Debug)]
pub struct Class {
    /// The place of the first of them among all texts.
    pub first: usize,
    /// The numbers of the patterns, in order.
    matched: Vec<usize>,
}

impl Classes {
    /// Sorts texts into classes.
    pub fn of<'a>(patterns: &[Pattern], texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut machine = Machine::new(patterns);
        let (mut classes, mut known) = (Vec::new(), HashSet::<Vec<usize>>::new());
        for (first, text) in texts.into_iter().enumerate() {
            let end = machine.walk(text);
            if std::mem::replace(&mut machine.sets[end as usize].ended, true) {
                continue;
            }
            let matched = machine.matched(end);
            if known.insert(matched.clone()) {
                classes.push(Class { first, matched });
            }
        }
        let numbers = patterns.iter().enumerate().map(|(n, it)| (it.text.clone(), n)).collect();
        Self { numbers, classes }
    }

    /// The classes, in the order of their first texts.
    pub fn iter(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter()
    }

    /// Whether one of the patterns, by its text, matches the texts of a class.
    pub fn is_matched(&self, class: &Class, pattern: &Pattern) -> bool {
        let number = self.numbers.get(&pattern.text);
        number.is_some_and(|number| class.matched.binary_search(number).is_ok())
    }
}

/// The machines of all patterns as one, determined as far as texts have asked for it.
struct Machine<'a> {
    patterns: &'a [Pattern],
    /// Of each state of the whole: its pattern, and its place there.
    states: Vec<(usize, usize)>,
    /// Where the states of each pattern begin.
    begins: Vec<usize>,
    sets: Vec<Set>,
    places: HashMap<Vec<u32>, u32>,
    /// What a set becomes by a character that is not ASCII.
    rare: HashMap<(u32, char), u32>,
    /// By which gathering each state was reached last.
    reached: Vec<u64>,
    gathering: u64,
    start: u32,
}

/// States that are walked side by side.
struct Set {
    states: Vec<u32>,
    /// What it becomes by each character of ASCII.
    next: Box<[u32; 128]>,
    /// Whether a text has ended here.
    ended: bool,
}

impl<'a> Machine<'a> {
    fn new(patterns: &'a [Pattern]) -> Self {
        let (mut states, mut begins) = (Vec::new(), Vec::new());
        for (number, pattern) in patterns.iter().enumerate() {
            begins.push(states.len());
            states.extend((0..pattern.states.len()).map(|at| (number, at)));
        }
        let (sets, places, rare) = (Vec::new(), HashMap::new(), HashMap::new());
        let (reached, gathering, start) = (vec![0; states.len()], 0, UNKNOWN);
        Self { patterns, states, begins, sets, places, rare, reached, gathering, start }
    }

    /// The set in which a text ends.
    fn walk(&mut self, text: &str) -> u32 {
        if self.start == UNKNOWN {
            self.start = self.beginning();
        }
        let mut at = self.start;
        for c in text.chars() {
            let known = match c.is_ascii() {
                true => self.sets[at as usize].next[c as usize],
                false => self.rare.get(&(at, c)).copied().unwrap_or(UNKNOWN),
            };
            at = if known == UNKNOWN { self.determine(at, c) } else { known };
        }
        at
    }

    fn beginning(&mut self) -> u32 {
        self.gathering += 1;
        let mut into = Vec::new();
        (0..self.patterns.len()).for_each(|number| self.reach(number, 0, &mut into));
        self.place(into)
    }

    /// What a set becomes by a character.
    fn determine(&mut self, from: u32, c: char) -> u32 {
        self.gathering += 1;
        let (held, mut into) = (self.sets[from as usize].states.clone(), Vec::new());
        for state in held {
            let (number, at) = self.states[state as usize];
            match step(&self.patterns[number].states, at, c) {
                Step::Nowhere => {}
                Step::Stays => self.reach(number, at, &mut into),
                Step::GoesOn => self.reach(number, at + 1, &mut into),
            }
        }
        let forgotten = self.sets.len() >= SETS_MAX;
        let to = self.place(into);
        // The set that it came from may have been forgotten for it.
        match c.is_ascii() {
            _ if forgotten => {}
            true => self.sets[from as usize].next[c as usize] = to,
            false => drop(self.rare.insert((from, c), to)),
        }
        to
    }

    /// Adds a state and all that it reaches without a character.
    fn reach(&mut self, number: usize, at: usize, into: &mut Vec<u32>) {
        let state = self.begins[number] + at;
        if std::mem::replace(&mut self.reached[state], self.gathering) == self.gathering {
            return;
        }
        into.push(state as u32);
        for other in free(&self.patterns[number].states[at], at) {
            self.reach(number, other, into);
        }
    }

    /// The place of a set; a new one where it has none.
    fn place(&mut self, mut states: Vec<u32>) -> u32 {
        states.sort_unstable();
        if let Some(known) = self.places.get(&states) {
            return *known;
        }
        if self.sets.len() >= SETS_MAX {
            self.sets.clear();
            self.places.clear();
            self.rare.clear();
            self.start = UNKNOWN;
        }
        let place = self.sets.len() as u32;
        self.places.insert(states.clone(), place);
        self.sets.push(Set { states, next: Box::new([UNKNOWN; 128]), ended: false });
        place
    }

    /// The patterns that match a text which ends in this set.
    fn matched(&self, end: u32) -> Vec<usize> {
        let held = self.sets[end as usize].states.iter().map(|state| self.states[*state as usize]);
        let is_last = |(number, at): &(usize, usize)| at + 1 == self.patterns[*number].states.len();
        held.filter(is_last).map(|(number, _)| number).collect()
    }
}
