//! The executor in Rust follows the definitions: with the same answers, both make the same calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_contract::Verdict;
use sluice_contract::documents::JoinEnd;
use sluice_engine::sink::SinkKind;
use sluice_pipeline::{Caller, Execution, Failed, Join, Site, Task};
use sluice_platform::objects::{MemoryObjects, Objects};
use sluice_tests::definition::Machine;
use sluice_tests::template::Stack;

use crate::inputs::{Answers, EXECUTION, Walk, chunk, generation, range, run_id, walk_through_join, walk_through_main};

/// Answers calls as a walk does, and keeps them.
struct Recorder {
    objects: MemoryObjects,
    /// The function that each state calls.
    functions: BTreeMap<String, String>,
    walk: RefCell<Walk>,
    /// The states that called a function, each with its input.
    calls: RefCell<Vec<(String, Value)>>,
    maps: RefCell<Vec<String>>,
}

impl Recorder {
    fn new(answers: Answers) -> Self {
        let objects = MemoryObjects::new();
        let insert = |key: &str, document: Value| objects.insert(key, document.to_string().into_bytes());
        insert(
            "runs/manifest.json",
            json!({
                "version": 1, "run_id": run_id(), "header": {"start": 0, "end": 20}, "records": 3, "problems": [],
                "notes": [], "chunks": (1..=answers.chunks).map(chunk).collect::<Vec<_>>(),
            }),
        );
        insert(
            "runs/scan.json",
            json!({"version": 1, "run_id": run_id(), "max_record_bytes": 100, "ranges": [range()]}),
        );
        let stack = Stack::example();
        let machines = ["main-orchestrator", "chunk-processor", "join"].map(|name| Machine::named(&stack, name));
        let states = machines.iter().flat_map(Machine::states);
        let functions = states.filter_map(|state| {
            let (_, function) = state.resource().rsplit_once("function:sluice-")?;
            Some((state.name.to_owned(), function.to_owned()))
        });
        Self {
            objects,
            functions: functions.collect(),
            walk: RefCell::new(Walk::new(answers)),
            calls: RefCell::default(),
            maps: RefCell::default(),
        }
    }
}

impl Caller for Recorder {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.objects.clone())
    }

    async fn call<I, O>(&self, site: Site, input: I, _: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        let input = serde_json::to_value(&input).unwrap();
        self.calls.borrow_mut().push((site.state.to_owned(), input.clone()));
        let answer = self.walk.borrow_mut().call(&self.functions[site.state], &input);
        Ok(serde_json::from_value(answer).unwrap())
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, state: &'static str, items: Vec<(u32, F)>) {
        self.maps.borrow_mut().push(state.to_owned());
        for (_, item) in items {
            item.await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_executor_makes_the_calls_of_the_definitions() {
    let of = |ranges, chunks, go, verdict, sink| Answers { ranges, go, sink, verdict, ..Answers::imported(chunks) };
    let answers = |ranges, chunks, go, verdict| of(ranges, chunks, go, verdict, SinkKind::Table);
    let stack = Stack::example();
    let main = Machine::named(&stack, "main-orchestrator");
    let is_map = |name: &String| main.states().iter().any(|state| state.name == name && state.kind() == "Map");
    for answers in [
        answers(0, 1, true, Verdict::Imported),
        answers(0, 1, false, Verdict::Rejected),
        answers(0, 2, true, Verdict::Imported),
        answers(0, 2, false, Verdict::Rejected),
        answers(0, 0, true, Verdict::Imported),
        answers(0, 0, false, Verdict::Rejected),
        answers(2, 1, true, Verdict::Imported),
        answers(2, 2, true, Verdict::Imported),
        answers(2, 0, false, Verdict::Rejected),
        answers(0, 1, true, Verdict::Inconsistent),
        Answers { summaries: 2, ..answers(0, 1, true, Verdict::Imported) },
        Answers { summaries: 1, ..answers(0, 2, true, Verdict::Imported) },
        of(0, 1, true, Verdict::Imported, SinkKind::Collection),
        of(0, 2, true, Verdict::Imported, SinkKind::Collection),
    ] {
        let (ended, walk) = walk_through_main(answers);
        let recorder = Recorder::new(answers);
        let executed = Execution { caller: &recorder, run: &run_id(), name: EXECUTION }.run().await;
        assert_eq!(recorder.calls.take(), walk.calls);
        let maps: Vec<String> = walk.entered.into_iter().filter(&is_map).collect();
        assert_eq!(recorder.maps.take(), maps);
        assert_eq!(executed.map(drop).map_err(|failed| failed.error), ended.map(drop));
    }
}

#[tokio::test]
async fn a_join_makes_the_calls_of_its_definition() {
    for (ended, partitions) in
        [(JoinEnd::Published, 1), (JoinEnd::Published, 3), (JoinEnd::Stopped, 1), (JoinEnd::Published, 0)]
    {
        let (_, walk) = walk_through_join(ended, partitions);
        let recorder = Recorder::new(Answers { join: (ended, partitions), ..Answers::imported(0) });
        let joined = Join { caller: &recorder, of: &generation() }.run().await.unwrap();
        assert_eq!(recorder.calls.take(), walk.calls);
        assert_eq!(joined.ended, if partitions == 0 { JoinEnd::Superseded } else { ended });
        let maps = walk
            .entered
            .into_iter()
            .filter(|name| ["Sort members", "Link level", "Merge partitions"].contains(&name.as_str()));
        assert_eq!(recorder.maps.take(), maps.collect::<Vec<_>>());
    }
}
