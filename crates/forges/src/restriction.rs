//! What rules about refs come to, where a forge lists rules instead of saying what a ref is.

/// Whether a ref is protected, of whether each protecting rule is about it, `None` where only the
/// forge itself knows that. One that is, is enough; where none is and one may be, nobody knows.
pub(crate) fn protects(rules: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let rules: Vec<_> = rules.collect();
    match rules.contains(&Some(true)) {
        true => Some(true),
        false => (!rules.contains(&None)).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_is_enough_and_a_doubt_is_no_answer() {
        let check = |rules: &[Option<bool>], expect| {
            assert_eq!(protects(rules.iter().copied()), expect, "{rules:?}");
        };
        check(&[], Some(false));
        check(&[Some(false), Some(false)], Some(false));
        check(&[Some(false), None], None);
        check(&[None, Some(true), Some(false)], Some(true));
    }
}
