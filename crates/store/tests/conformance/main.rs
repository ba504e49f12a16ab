//! What the store promises, told once and run against every database: SQLite in memory, SQLite in
//! a file, and PostgreSQL where `TOWPATH_POSTGRES` names a server (`postgres://user@host/database`)
//! on which databases may be made.

mod audit;
mod commits;
mod crashes;
mod keeping;
mod lists;
mod model;
mod places;
mod rows;

use places::each_place;

/// Runs each promise against every database, each time on a fresh one.
macro_rules! promises {
    ($($module:ident: $($promise:ident)*;)*) => {$($(
        #[test]
        fn $promise() {
            each_place(stringify!($promise), |store| Box::pin($module::$promise(store)));
        }
    )*)*};
}

promises! {
    commits:
        what_was_written_reads_back
        a_stale_decision_writes_nothing
        a_row_that_was_only_looked_at_counts
        two_that_saw_the_same_absence_do_not_both_write
        two_that_saw_each_others_absence_do_not_both_write
        a_row_made_anew_is_not_the_one_that_was_seen
        what_is_inserted_must_be_new
        a_repeat_under_one_key_writes_nothing
        of_many_at_once_only_the_stale_one_is_refused
        no_count_is_lost_between_many_who_count
        effects_come_back_with_their_commit;
    audit:
        what_a_caller_changed_is_told_once_and_the_log_holds
        whatever_is_done_to_the_log_shows
        a_log_that_was_swept_holds_from_where_it_begins
        a_log_that_was_cut_is_not_mended_by_signing_it_again
        a_chain_of_somebody_elses_shows
        what_no_signature_and_no_witness_names_is_told
        a_log_that_is_gone_as_a_whole_shows_by_the_accounts
        many_who_commit_at_once_leave_whole_chains;
    lists:
        a_push_finds_who_watches_its_repository
        deliveries_come_in_pages_and_new_ones_in_order
        texts_are_ordered_by_their_bytes
        lines_wake_in_their_order
        who_is_in_an_account_reads_back_and_names_have_no_case
        an_account_stands_below_its_own_policies_and_those_above_all;
    keeping:
        what_is_too_old_is_swept_and_the_rest_stays
        an_artifact_that_another_row_names_stays
        what_an_object_names_stays_and_what_nobody_completed_goes
        a_sealed_secret_opens_in_its_own_row_only
        what_is_to_be_revoked_is_sealed_anew;
}
