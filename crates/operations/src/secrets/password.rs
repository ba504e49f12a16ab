//! Passwords that nobody can guess, made and not kept.

use domain::Secret;
use wire::secretsmanager as shapes;

use super::{invalid_parameter, invalid_request};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::table::operation;

const LENGTH: i64 = 32;
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

operation! {
    /// `secretsmanager:GetRandomPassword`.
    Get: shapes::GetRandomPasswordInput => shapes::GetRandomPasswordOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, input, _, _, changes) {
        let random_password = Secret::new(password(input, &mut Chance::of(caller))?);
        Ok((changes, shapes::GetRandomPasswordOutput { random_password }))
    }
}

/// The kinds of characters that were asked for, without those that were not.
fn kinds(input: &shapes::GetRandomPasswordInput) -> Vec<Vec<char>> {
    let excluded = input.exclude_characters.as_deref().unwrap_or_default();
    let all = [
        (LOWER, !input.exclude_lowercase.unwrap_or_default()),
        (UPPER, !input.exclude_uppercase.unwrap_or_default()),
        (NUMBERS, !input.exclude_numbers.unwrap_or_default()),
        (PUNCTUATION, !input.exclude_punctuation.unwrap_or_default()),
        (" ", input.include_space.unwrap_or_default()),
    ];
    let wanted = all.into_iter().filter(|(_, wanted)| *wanted);
    let left = |kind: &str| kind.chars().filter(|it| !excluded.contains(*it)).collect::<Vec<_>>();
    wanted.map(|(kind, _)| left(kind)).filter(|kind| !kind.is_empty()).collect()
}

fn password(
    input: &shapes::GetRandomPasswordInput,
    chance: &mut Chance,
) -> Result<String, Refused> {
    let length = input.password_length.unwrap_or(LENGTH) as usize;
    let kinds = kinds(input);
    if kinds.is_empty() {
        return Err(invalid_request(
            "No character is left to make a password of: exclude fewer of them.",
        ));
    }
    let each = input.require_each_included_type.unwrap_or(true);
    if each && length < kinds.len() {
        return Err(invalid_parameter("Password length is too short based on the required types."));
    }
    let all = kinds.concat();
    let required = if each { &kinds[..] } else { &[] };
    let mut chosen: Vec<char> = required.iter().map(|kind| chance.one_of(kind)).collect();
    while chosen.len() < length {
        chosen.push(chance.one_of(&all));
    }
    for at in (1..chosen.len()).rev() {
        chosen.swap(at, chance.below(at + 1));
    }
    Ok(chosen.into_iter().collect())
}

/// Numbers that nobody can guess, made of a call's nonce.
struct Chance<'a> {
    caller: &'a Caller,
    blocks: u32,
    bytes: Vec<u8>,
}

impl<'a> Chance<'a> {
    fn of(caller: &'a Caller) -> Self {
        Self { caller, blocks: 0, bytes: Vec::new() }
    }

    fn byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.bytes.pop() {
                return byte;
            }
            let word = self.caller.word(&format!("password {}", self.blocks));
            self.blocks += 1;
            self.bytes = hex::decode(word).unwrap_or_default();
            // A UUID's seventh and ninth byte say which kind it is.
            for marked in [8, 6] {
                self.bytes.remove(marked);
            }
        }
    }

    /// Every number below is as likely as the others: what would favour some is thrown away.
    fn below(&mut self, count: usize) -> usize {
        let fair = (1 << 16) - (1 << 16) % count;
        loop {
            let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
            if number < fair {
                return number % count;
            }
        }
    }

    fn one_of(&mut self, kind: &[char]) -> char {
        kind[self.below(kind.len())]
    }
}
