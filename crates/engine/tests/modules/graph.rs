//! The graph of modules that use each other, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Names;

/// The modules of a crate by path (`a::b`; the crate itself has the empty path), and the modules that each uses.
pub struct Graph {
    modules: BTreeMap<String, Names>,
    /// For each module, the modules that it uses, with the places of use.
    uses: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// The graph of these sources, given by file name, such as `a/b.rs`.
    pub fn of(sources: &BTreeMap<String, String>) -> Self {
        let mut modules: BTreeMap<String, Names> = sources
            .iter()
            .map(|(file, source)| (file.trim_end_matches(".rs").replace('/', "::"), Names::of(source)))
            .map(|(path, names)| (if path == "lib" { String::new() } else { path }, names))
            .collect();
        let tests: Vec<String> =
            modules.iter().flat_map(|(path, names)| names.tests.iter().map(move |test| joined(path, test))).collect();
        modules.retain(|path, _| !tests.iter().any(|test| is_below(path, test)));
        let mut graph = Self { modules, uses: BTreeMap::new() };
        for (module, names) in &graph.modules {
            for (within, path) in &names.paths {
                let mut from = module.clone();
                for inner in within {
                    from = joined(&from, inner);
                }
                for used in graph.resolve(&from, path, 0) {
                    let place = format!("{}.rs: {}", module.replace("::", "/"), path.join("::"));
                    graph.uses.entry(module.clone()).or_default().entry(used).or_default().insert(place);
                }
            }
        }
        graph
    }

    /// Whether a top-level module uses another one.
    pub fn uses(&self, from: &str, to: &str) -> bool {
        self.below("").get(from).is_some_and(|used| used.contains_key(to))
    }

    /// The circles among the direct children of a module, a line each.
    pub fn circles(&self, parent: &str) -> Vec<String> {
        let edges = self.below(parent);
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            edges.keys().map(|from| (from, reach(&edges, from))).collect();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (from, reaches) in &reached {
            if !reaches.contains(from) || !seen.insert(*from) {
                continue;
            }
            let members: BTreeSet<&String> =
                reaches.iter().copied().filter(|to| reached.get(to).is_some_and(|back| back.contains(from))).collect();
            seen.extend(members.iter().copied());
            let places = members.iter().flat_map(|member| &edges[*member]).filter(|(to, _)| members.contains(to));
            let places: Vec<String> = places.flat_map(|(_, places)| places).cloned().collect();
            let names: Vec<&str> = members.iter().map(|member| member.as_str()).collect();
            found.push(format!("{}: {}", names.join(", "), places.join("; ")));
        }
        found
    }

    /// The uses among the direct children of a module.
    fn below(&self, parent: &str) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        let mut edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (from, used) in &self.uses {
            for (to, places) in used {
                if let (Some(from), Some(to)) = (child(from, parent), child(to, parent))
                    && from != to
                {
                    edges.entry(from).or_default().entry(to).or_default().extend(places.iter().cloned());
                }
            }
        }
        edges
    }

    /// The modules that a path in a module leads to: the one that defines the name, and those that re-export it on the way.
    fn resolve(&self, module: &str, path: &[String], depth: usize) -> Vec<String> {
        let mut at = module.to_owned();
        let mut passed = Vec::new();
        for (index, word) in path.iter().enumerate() {
            match word.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => at = at.rsplit_once("::").map_or_else(String::new, |(parent, _)| parent.to_owned()),
                word => {
                    let next = joined(&at, word);
                    if self.modules.contains_key(&next) || self.modules.keys().any(|other| is_below(other, &next)) {
                        at = next;
                        continue;
                    }
                    let exports = self.modules.get(&at).map(|names| &names.exports);
                    let export = exports.and_then(|exports| exports.iter().find(|(name, _)| name == word));
                    if let Some((_, behind)) = export.filter(|_| depth < 8) {
                        passed.push(at.clone());
                        let rest = behind.iter().chain(&path[index + 1..]).cloned().collect::<Vec<_>>();
                        passed.extend(self.resolve(&at, &rest, depth + 1));
                        return passed;
                    }
                    break;
                }
            }
        }
        passed.push(at);
        passed
    }
}

/// All modules that are reachable from a module.
fn reach<'g>(edges: &'g BTreeMap<String, BTreeMap<String, BTreeSet<String>>>, from: &str) -> BTreeSet<&'g String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = edges.get(from).into_iter().flat_map(BTreeMap::keys).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(edges.get(next).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

/// The direct child of `parent` that contains a module.
fn child(module: &str, parent: &str) -> Option<String> {
    let rest = if parent.is_empty() { module } else { module.strip_prefix(parent)?.strip_prefix("::")? };
    Some(rest.split("::").next().unwrap_or_default().to_owned()).filter(|child| !child.is_empty())
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn is_below(module: &str, other: &str) -> bool {
    module.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
