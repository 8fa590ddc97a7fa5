//! The state machines as deployed: the definitions in `statemachine/`, filled in by the template.

use serde_json::Value;

use crate::template::{Stack, replace_variables};

/// A state machine of a stack.
#[derive(Debug)]
pub struct Machine {
    /// Its name without that of the stack, which equals the name of its file.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The ARN of its role.
    pub role: String,
    /// Its definition, filled in.
    pub definition: Value,
    /// Its properties besides the definition.
    pub properties: Value,
}

/// A state with its position.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its definition.
    pub definition: &'a Value,
    /// Whether it is in the child of a Map.
    pub in_map: bool,
}

impl State<'_> {
    /// `Task`, `Choice`, `Map`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        self.definition["Type"].as_str().unwrap()
    }

    /// Whether it calls one of our functions directly, so that it sees our error names.
    #[must_use]
    pub fn calls_function(&self) -> bool {
        self.kind() == "Task" && self.resource().starts_with("arn:aws:lambda:")
    }

    /// What a task calls.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.definition["Resource"].as_str().unwrap_or_default()
    }

    /// The names of errors that a retrier or catcher matches.
    #[must_use]
    pub fn matched_errors(&self) -> Vec<String> {
        ["Retry", "Catch"]
            .iter()
            .flat_map(|field| crate::template::list(&self.definition[field]))
            .flat_map(|matcher| crate::template::texts(&matcher["ErrorEquals"]))
            .collect()
    }
}

impl Machine {
    /// Every state machine of a stack.
    #[must_use]
    pub fn all(stack: &Stack) -> Vec<Self> {
        let machines: Vec<Self> = stack
            .of_kind("AWS::StepFunctions::StateMachine")
            .map(|(_, resource)| Self::load(stack, &resource.properties))
            .collect();
        assert!(machines.len() >= 2, "the stack has the main orchestrator and the chunk processor");
        machines
    }

    fn load(stack: &Stack, properties: &Value) -> Self {
        let full_name = properties["StateMachineName"].as_str().unwrap();
        let name = full_name.strip_prefix(&format!("{}-", stack.name)).unwrap().to_owned();
        let file = format!("statemachine/{name}.asl.json");
        let filled =
            replace_variables(&crate::read(&file), |variable| match &properties["DefinitionSubstitutions"][variable] {
                _ if variable == "..." => variable.to_owned(), // How the comments call the variables.
                Value::String(text) => text.clone(),
                other => panic!("{file}: ${{{variable}}} is filled in with {other}"),
            });
        let definition = serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{file}, filled in: {error}"));
        Self {
            arn: format!(
                "arn:aws:states:{}:{}:stateMachine:{full_name}",
                crate::template::REGION,
                crate::template::ACCOUNT
            ),
            role: properties["RoleArn"].as_str().unwrap().to_owned(),
            name,
            definition,
            properties: properties.clone(),
        }
    }

    /// The machine of this name.
    #[must_use]
    pub fn named(stack: &Stack, name: &str) -> Self {
        Self::all(stack).into_iter().find(|machine| machine.name == name).unwrap_or_else(|| panic!("no machine {name}"))
    }

    /// Its states, including those in the children of Maps.
    #[must_use]
    pub fn states(&self) -> Vec<State<'_>> {
        let mut states = Vec::new();
        collect(&self.definition, false, &mut states);
        states
    }

    /// Its workflows: the machine itself, and the child of each Map.
    #[must_use]
    pub fn workflows(&self) -> Vec<&Value> {
        let mut workflows = vec![&self.definition];
        workflows.extend(
            self.states().iter().filter(|state| state.kind() == "Map").map(|map| &map.definition["ItemProcessor"]),
        );
        workflows
    }
}

fn collect<'a>(workflow: &'a Value, in_map: bool, states: &mut Vec<State<'a>>) {
    for (name, definition) in workflow["States"].as_object().unwrap() {
        states.push(State { name, definition, in_map });
        if definition["Type"] == "Map" {
            collect(&definition["ItemProcessor"], true, states);
        }
    }
}
