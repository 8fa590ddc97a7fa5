//! Builds the tree from the events of the parser.

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{Document, Kind, MAX_DEPTH, MAX_KEY, MAX_NODES, Node, scalar};
use crate::spec::{FeedProblem, Position};

/// A problem that ends parsing.
type Fatal = Box<FeedProblem>;

/// Parses all events of a text.
pub(super) fn build(text: &str) -> Result<Document, Vec<FeedProblem>> {
    // The limit on the length of keys is checked here instead of in the parser.
    let options = granit_parser::options! { emit_comments: false };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { parser, anchors: HashMap::new(), nodes: 0, problems: Vec::new(), repeated: Vec::new() };
    match builder.document() {
        Ok(root) => Ok(Document { root, problems: builder.problems, repeated: builder.repeated }),
        Err(fatal) => {
            builder.problems.append(&mut builder.repeated);
            builder.problems.push(*fatal);
            Err(builder.problems)
        }
    }
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Complete nodes that an alias can repeat, by the parser's number of their anchor.
    anchors: HashMap<usize, Node>,
    nodes: usize,
    problems: Vec<FeedProblem>,
    repeated: Vec<FeedProblem>,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Fatal> {
        match self.parser.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(unreadable(&error).into()),
            None => Err(FeedProblem::new("", "ends before it is complete").into()),
        }
    }

    fn document(&mut self) -> Result<Node, Fatal> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return root.ok_or_else(|| FeedProblem::new("", "is empty").into()),
                Event::DocumentStart(..) if root.is_some() => {
                    let problem = FeedProblem::new("", "holds a second document; a file is one document");
                    return Err(problem.at(Some(position(&span))).into());
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, &span, 0)?),
            }
        }
    }

    /// The node that begins with an event.
    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, Fatal> {
        let at = position(span);
        self.count(1, at)?;
        if depth > MAX_DEPTH {
            let message = format!("is nested more than {MAX_DEPTH} levels deep");
            return Err(FeedProblem::new("", message).at(Some(at)).into());
        }
        let (kind, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain || self.is_text(tag.as_deref(), at);
                let kind = if quoted { Kind::Text(text.into_owned()) } else { scalar::plain(&text) };
                (kind, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), at);
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), at);
                (self.map(depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, at, depth),
            _ => return Err(FeedProblem::new("", "is not readable as YAML here").at(Some(at)).into()),
        };
        let node = Node { kind, at };
        if anchor != 0 {
            // An anchored node is stored a second time, so it counts twice.
            self.count(node.count(), at)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Fatal> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(items)),
                (event, span) => items.push(self.node(event, &span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind, Fatal> {
        let mut entries: Vec<(String, Position, Node)> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Kind::Map(entries));
            }
            let key = self.node(event, &span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, &span, depth + 1)?;
            let Some(name) = self.key(&key) else { continue };
            if seen.insert(name.clone()) {
                entries.push((name, key.at, value));
                continue;
            }
            let first = entries.iter().find(|(other, ..)| *other == name).map_or(0, |(_, at, _)| at.line);
            let message = format!("the key {name:?} is repeated; it was first used in line {first}");
            self.repeated.push(FeedProblem::new("", message).at(Some(key.at)));
        }
    }

    /// A key as text. Numbers and truth values are taken as they are written.
    fn key(&mut self, key: &Node) -> Option<String> {
        let message = match &key.kind {
            Kind::Text(text) if text.chars().count() > MAX_KEY => format!("a key has more than {MAX_KEY} characters"),
            Kind::Text(text) => return Some(text.clone()),
            Kind::Number(number) => return Some(number.to_string()),
            Kind::Bool(truth) => return Some(truth.to_string()),
            Kind::Null => "a key is missing before the colon".to_owned(),
            Kind::List(_) => "a list cannot be a key".to_owned(),
            Kind::Map(_) => "a map cannot be a key".to_owned(),
        };
        let hint = matches!(key.kind, Kind::List(_) | Kind::Map(_))
            .then(|| "put a text that begins with [ or { in quotes".to_owned());
        self.problems.push(FeedProblem::new("", message).hint(hint).at(Some(key.at)));
        None
    }

    fn alias(&mut self, anchor: usize, at: Position, depth: usize) -> Result<Node, Fatal> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(FeedProblem::new("", "an alias refers to a value that contains it").at(Some(at)).into());
        };
        let (count, height) = (node.count(), node.height());
        if depth + height > MAX_DEPTH {
            let message = format!("an alias nests more than {MAX_DEPTH} levels deep");
            return Err(FeedProblem::new("", message).at(Some(at)).into());
        }
        self.count(count, at)?;
        self.anchors.get(&anchor).cloned().ok_or_else(|| FeedProblem::new("", "an alias refers to nothing").into())
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Fatal> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("has more than {MAX_NODES} keys and values, aliases included");
            return Err(FeedProblem::new("", message).at(Some(at)).into());
        }
        Ok(())
    }

    /// Whether a tag makes the value after it a text. Other tags are reported.
    fn is_text(&mut self, tag: Option<&Tag>, at: Position) -> bool {
        let Some(tag) = tag else { return false };
        if !tag.is_yaml_core_schema() && (tag.handle(), tag.suffix()) != ("!", "") && tag.suffix() != "!" {
            let message = "a tag has no meaning in a feed";
            let hint = "put a text that begins with ! in quotes".to_owned();
            self.problems.push(FeedProblem::new("", message).hint(Some(hint)).at(Some(at)));
        }
        !tag.is_yaml_core_schema() || tag.is_yaml_core_schema_tag("str")
    }
}

fn position(span: &Span) -> Position {
    let one_line = span.start.line() == span.end.line();
    let length = if one_line { span.end.col().saturating_sub(span.start.col()).max(1) } else { 1 };
    Position { length, ..marked(span.start) }
}

fn marked(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1, length: 1 }
}

/// The parser's message, with a likely correction.
fn unreadable(error: &ScanError) -> FeedProblem {
    let hint = match error.kind() {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            Some("indent with spaces; YAML allows no tabs there")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            Some("a backslash is written twice between double quotes, and once between single quotes")
        }
        ErrorKind::UnexpectedCharacter { character: '@' | '`' | '%' } => {
            Some("put a text that begins with this character in quotes")
        }
        ErrorKind::UnknownAnchor => Some("put a text that begins with * in quotes"),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Some("put a text with a colon and a space in quotes")
        }
        _ => None,
    };
    let message = format!("not readable as YAML: {}", error.info());
    FeedProblem::new("", message).hint(hint.map(str::to_owned)).at(Some(marked(*error.marker())))
}
