//! Each row gets the answers to its own keys, whatever the windows are.

use std::sync::Mutex;

use sluice_engine::dialect::Dialect;
use sluice_engine::record::Position;

use super::*;
use crate::objects::MemoryObjects;

const KEY: &str = "rows.csv";

/// Doubles numbers, and remembers the batches of questions.
#[derive(Default)]
struct Double(Mutex<Vec<Vec<u64>>>);

/// The number in a cell.
fn number(cell: &[u8]) -> Option<u64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

#[async_trait]
impl Lookup<u64, String, u64> for Double {
    fn keys(&self, row: &Record<'_>, asking: &mut Asking<'_, u64, String, u64>) {
        for key in row.iter().filter_map(number) {
            asking.key(key, || if key == 0 { Asked::Answer(0) } else { Asked::Question(key.to_string()) });
        }
    }

    async fn answer(&self, questions: Vec<(u64, String)>) -> Result<Vec<(u64, u64)>, Fault> {
        let mut answers = Vec::new();
        for (key, question) in &questions {
            assert_eq!(question, &key.to_string());
            answers.push((*key, 2 * key));
        }
        self.0.lock().unwrap().push(questions.into_iter().map(|(key, _)| key).collect());
        tokio::task::yield_now().await;
        Ok(answers)
    }
}

/// Looks ahead over rows of two keys each, and returns the batches.
async fn batches(rows: &[[u64; 2]], limits: Limits) -> Vec<Vec<u64>> {
    let objects = MemoryObjects::new();
    let lines: Vec<String> = rows.iter().map(|[a, b]| format!("{a},{b}\n")).collect();
    objects.insert(KEY, lines.concat());
    let records = Records::open(&objects, KEY, None, Dialect::CANONICAL, Position::START).await.unwrap();
    let double = Arc::new(Double::default());
    let mut ahead = Lookahead::new(Arc::clone(&double) as Arc<_>, records, limits);
    for row in rows {
        if !ahead.advance_at_hand() {
            ahead.advance().await.unwrap();
        }
        for key in row {
            assert_eq!(ahead.answer(key), Some(&(2 * key)), "{row:?}");
        }
    }
    ahead.advance().await.unwrap();
    assert!(!ahead.advance_at_hand());
    std::mem::take(&mut *double.0.lock().unwrap())
}

const LIMITS: Limits = Limits { keys: 3, rows: 4, ahead: 2, remembered: 1_000 };

#[tokio::test]
async fn a_window_ends_with_its_keys_or_its_rows_and_names_each_key_once() {
    let rows = [[1, 2], [2, 3], [0, 0], [0, 0], [0, 4], [4, 4], [5, 6], [1, 7], [8, 9]];
    assert_eq!(batches(&rows, LIMITS).await, [vec![1, 2, 3], vec![4], vec![5, 6, 7], vec![8, 9]]);
}

#[tokio::test]
async fn answers_are_remembered_and_forgotten() {
    let rows: Vec<[u64; 2]> = (0..600).map(|row| [row % 100 + 1; 2]).collect();
    let asked = |batches: Vec<Vec<u64>>| batches.concat().len();
    assert_eq!(asked(batches(&rows, LIMITS).await), 100);
    assert_eq!(asked(batches(&rows, Limits { remembered: 0, ..LIMITS }).await), 600);
}
