//! Fast paths, which spare nearly every record the slow way.
//!
//! # What a fast path may answer
//!
//! A fast path is sure, or it is not. If it is sure, its answer equals that of the slow way. If it is not sure, it gives no
//! answer, and the caller takes the slow way. It is never wrongly sure. Being unsure too often only costs time. The name of
//! a function says how to read its answer:
//!
//! * `surely_…`: `true`, or a value, means "sure". `false` and `None` mean "not sure".
//! * `may_…`: `false`, or no bit, means "surely not". `true` means "not sure".
//! * Other functions return an `Option`, in which `None` means "not sure".
//!
//! # Fast paths in this folder
//!
//! They know bytes, texts and numbers, and nothing of feeds, so every module can use them.
//!
//! | fast path | slow way | test |
//! |---|---|---|
//! | [`alphabet`]: what all texts of a kind have in common | each text | `what_keeps_an_alphabet_keeps_its_texts` |
//! | [`bits`]: 64 bytes as bits | byte by byte | `every_byte_is_found_in_every_place` |
//! | [`glance`]: the classes of the bytes of a text | byte by byte | `a_glance_misses_nothing` |
//! | [`layout`]: dates in which every number has its full width | jiff | `what_is_read_is_what_jiff_reads` |
//! | [`memo`]: what a short text came to before | doing it again | `what_is_remembered_is_what_was_kept` |
//! | [`screen`]: clean texts, 16 bytes at once | [`glance`] | `what_is_clean_has_none_of_the_bits` |
//! | [`sieve`]: texts that have none of some words | looking for each | `a_text_with_a_word_is_let_through` |
//! | [`small`]: numbers of 64 bits | `BigDecimal` | `short_numbers_are_worked_with_as_long_ones` |
//! | [`table`]: a pattern as a table of states | `regex` | `a_table_matches_what_the_pattern_does` |
//! | [`text`]: texts that a step of cleaning leaves as they are | `CleanStep::apply` | `what_is_done_in_place_is_what_the_step_makes` |
//!
//! # Fast paths elsewhere
//!
//! They need private fields or all variants of the types of their module. In this folder they would make it depend on
//! modules that depend on it.
//!
//! | fast path | slow way | test |
//! |---|---|---|
//! | `Judge::surely_holds`: a record with nothing wrong in it | `Judge::look_at` | `a_record_that_surely_holds_has_nothing_wrong_with_it` |
//! | `SinkRules::surely_holds` (`sink/rules.rs`): a record that the sink can hold | `SinkRules::check` | `what_surely_fits_is_not_refused` |
//! | `is_short_number` (`sink/rules.rs`): a number in plain notation with few digits | `Decimal` | `a_short_number_is_seen_to_be_storable` |
//! | `Field::surely_final` (`schema/quick.rs`, `schema/limits.rs`): a good value as it is, but for zeros at the end of a number | `Field::check` | `what_is_good_at_once_is_good_when_it_is_looked_at` |
//! | `Field::surely_canonical`: a text that is written as its value is | writing the value | `what_is_good_at_once_is_good_when_it_is_looked_at` |
//! | `Prohibited::surely_has_none` (`rules/prohibited.rs`): a text that has no prohibited term | finding them in the folded text | `what_is_found_is_what_the_folded_text_has` |
//! | `Letters::may_be_similar` (`suggest.rs`): a candidate with enough letters of a text | comparing both | `no_similar_candidate_is_excluded` |
//! | `reject::row`: a record in UTF-8 without a brace | cell by cell | `a_record_is_written_as_cell_by_cell` |
//! | `Rule::surely_holds`: a record that does not break a rule | `Rule::check` | `problems_of`, through which the tests of all rules go |
//! | `Rule::bounds`: a rule that is held against a text when the field is made | `Rule::check` | `what_is_final_at_a_look_is_what_all_steps_make` |
//! | `CleanStep::may_change` (`clean/changes.rs`): what a step may change, as bits of a glance | `CleanStep::apply` | `what_has_none_of_the_bits_stays_as_it_is` |
//! | `CleanStep::surely_keeps` (`clean/changes.rs`): the same for all texts of an alphabet | `CleanStep::apply` | `what_keeps_an_alphabet_keeps_its_texts` |
//! | `Table::surely_keeps` (`clean/table.rs`): texts that are not in a table | looking them up | `what_is_done_in_place_is_what_the_step_makes` |
//! | `Look::surely_final` (`restructure/look.rs`): a cell whose final text is known at once, and often that it is valid | `Mapping::clean` and `Field::check` | `what_is_final_at_a_look_is_what_all_steps_make` |
//! | `ShortWay::surely_unchanged` (`restructure/way.rs`): a cell that goes through all steps as it is | `Mapping::clean` | `what_has_none_of_the_bits_stays_as_it_is` |
//! | `Expression::column`: an expression that is a column | evaluating it | `what_an_expression_comes_down_to_is_what_it_makes` |
//! | `Omit::name`: a record whose first byte says that it stays | all of its cells | `what_is_seen_at_once_is_what_all_cells_say` |
//! | `record/block.rs`, `record/blocks.rs`: the cells of 64 bytes at once | the automaton | `blocks_say_what_single_steps_say` |
//! | `Automaton::run`: bytes that change nothing | single steps | `a_run_is_what_single_steps_make_of_it` |
//! | `plain` (`json/grammar.rs`): bytes of a string that are only its text | single steps | `plain_bytes_change_nothing_in_a_string` |
//! | `scan/block.rs`: the records of 64 bytes at once | the automaton | `a_block_that_has_an_answer_has_that_of_the_automaton` |

pub(crate) mod alphabet;
pub(crate) mod bits;
pub(crate) mod glance;
pub(crate) mod layout;
pub(crate) mod memo;
pub(crate) mod screen;
pub(crate) mod sieve;
pub(crate) mod small;
pub(crate) mod table;
pub(crate) mod text;
