//! Lists, page after page.

use super::*;

#[test]
fn a_list_that_took_all_its_looks_goes_on_with_the_very_next_key() {
    let mut world = with_bucket();
    // Each of these folders is more than one look; the key lies where the next would begin.
    for folder in 0..8 {
        for number in 0..=1000 {
            left(&mut world, &format!("p{folder}/{number:04}"));
        }
    }
    left(&mut world, "p70");
    let expect: Vec<String> =
        (0..8).map(|folder| format!("p{folder}/")).chain(["p70".to_owned()]).collect();
    assert_eq!(paged(&mut world, "", "/", 1000), expect);
}

/// A list as S3 documents it, written for this test only.
fn naive(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let folded = (!delimiter.is_empty()).then(|| rest.find(delimiter)).flatten();
        let entry = folded.map_or_else(
            || key.clone(),
            |at| key[..prefix.len() + at + delimiter.len()].to_owned(),
        );
        if shown.last() != Some(&entry) {
            shown.push(entry);
        }
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn pages_of_any_size_make_up_the_documented_list(
        keys in proptest::collection::btree_set("[ab/ü]{1,5}", 0..14),
        prefix in "[ab/]{0,2}", delimiter in "[/b]?", most in 1_u32..6,
    ) {
        let mut world = with_bucket();
        for key in &keys {
            put(&mut world, key).expect("it is put");
        }
        prop_assert_eq!(paged(&mut world, &prefix, &delimiter, most), naive(&keys, &prefix, &delimiter));
    }
}
