//! Scans a byte range without knowing the state in which it begins.
//!
//! The range is read from every state at once. States that become equal stay equal, so only one of them is
//! followed further. After the first line break there are seldom more than two, outside and inside of quotes,
//! and after the first quoted cell only one. The paths before and after a merge are composed like the
//! summaries of two ranges.

use crate::ByteRange;
use crate::record::State;

use super::path::{Before, Path};
use super::track::{Place, Track};
use super::{Scanner, Summary};
use crate::fast::bits::BLOCK;

/// A scan in progress. It takes bytes in pieces and keeps none.
pub struct RangeScan<'a> {
    scanner: &'a Scanner,
    start: u64,
    place: Place,
    starts_with_lf: bool,
    /// The path from each state up to where the tracks begin.
    paths: Vec<(State, Path)>,
    /// The tracks from there on, one for each distinct state.
    tracks: Vec<Track>,
}

impl<'a> RangeScan<'a> {
    pub(super) fn new(scanner: &'a Scanner, start: u64) -> Self {
        Self {
            scanner,
            start,
            place: Place { offset: start, lines: 0, after_cr: false },
            starts_with_lf: false,
            paths: scanner.automaton.states().iter().map(|state| (*state, Path::new(*state))).collect(),
            tracks: scanner.automaton.states().iter().map(|state| Track::new(*state, scanner)).collect(),
        }
    }

    /// Reads the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.place.offset == self.start {
            self.starts_with_lf = bytes.first() == Some(&b'\n');
        }
        let (mut blocks, rest) = bytes.as_chunks::<BLOCK>();
        while !blocks.is_empty() {
            blocks = &blocks[self.count(blocks)..];
            if let Some((bytes, others)) = blocks.split_first() {
                let scanner = self.scanner;
                for track in &mut self.tracks {
                    track.block(scanner, bytes, self.place);
                }
                self.place = self.place.behind(bytes, &scanner.blocks.classify(bytes, self.place.after_cr));
                blocks = others;
                self.merge();
            }
        }
        for track in &mut self.tracks {
            track.steps(&self.scanner.automaton, rest, self.place);
        }
        for byte in rest {
            self.place.pass(*byte);
        }
        self.merge();
    }

    /// Reads blocks while only one state needs to be followed: the only one, or the one outside of quotes as
    /// long as no quote occurs.
    fn count(&mut self, blocks: &[[u8; BLOCK]]) -> usize {
        let (track, up_to_quotes) = match &mut self.tracks[..] {
            [track] => (track, false),
            [track, inside] | [inside, track] if inside.state() == State::Quoted => (track, true),
            _ => return 0,
        };
        track.count(&self.scanner.blocks, blocks, &mut self.place, up_to_quotes)
    }

    /// Ends the range.
    #[must_use]
    pub fn finish(mut self) -> Summary {
        let tracks = std::mem::take(&mut self.tracks);
        self.go_on_with(tracks);
        Summary {
            range: ByteRange { start: self.start, end: self.place.offset },
            lines: self.place.lines,
            starts_with_lf: self.starts_with_lf,
            ends_with_cr: self.place.after_cr,
            paths: self.paths.into_iter().collect(),
        }
    }

    /// Keeps only one of the tracks that have reached the same state.
    fn merge(&mut self) {
        let tracks = &self.tracks;
        let met = |(at, track): (usize, &Track)| tracks[..at].iter().any(|other| other.state() == track.state());
        if tracks.iter().enumerate().any(met) {
            let mut states: Vec<State> = tracks.iter().map(Track::state).collect();
            states.sort_unstable();
            states.dedup();
            let fresh = states.into_iter().map(|state| Track::new(state, self.scanner)).collect();
            let tracks = std::mem::replace(&mut self.tracks, fresh);
            self.go_on_with(tracks);
        }
    }

    /// Appends to the paths what the tracks found so far.
    fn go_on_with(&mut self, tracks: Vec<Track>) {
        let end = self.place.offset;
        let found: Vec<(State, Path)> = tracks.into_iter().map(|track| (track.entry, track.finish(end))).collect();
        for (entry, path) in &mut self.paths {
            if let Some((_, next)) = found.iter().find(|(state, _)| *state == path.exit) {
                // Lines are counted from the start of the range.
                path.extend(*entry, next, end, Before::default(), self.scanner.sizes);
            }
        }
    }
}
