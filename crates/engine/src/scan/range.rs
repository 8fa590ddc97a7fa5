//! The scan of a byte range, in whatever state it begins.
//!
//! The range is read from every state at once. States that become the same stay the same, so only one of them
//! is followed from there; after the first line break there are seldom more than two, outside of quotes and
//! inside, and after the first quoted cell one. The way up to where states meet and the ways from there are put
//! together as the summaries of two ranges are.

use crate::ByteRange;
use crate::record::State;

use super::path::{Before, Path};
use super::track::{Place, Track};
use super::{Scanner, Summary};
use crate::fast::bits::BLOCK;

/// A range that is being scanned. Takes its bytes in pieces, and keeps none.
pub struct RangeScan<'a> {
    scanner: &'a Scanner,
    start: u64,
    place: Place,
    starts_with_lf: bool,
    /// From each state up to where the tracks begin.
    paths: Vec<(State, Path)>,
    /// From there on, from each state in which one of these paths ends.
    tracks: Vec<Track>,
}

impl<'a> RangeScan<'a> {
    pub(super) fn new(scanner: &'a Scanner, start: u64) -> Self {
        Self {
            scanner,
            start,
            place: Place { offset: start, lines: 0, after_cr: false },
            starts_with_lf: false,
            paths: State::ALL.map(|state| (state, Path::new(state))).to_vec(),
            tracks: State::ALL.map(|state| Track::new(state, scanner.sizes)).into(),
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
                self.place = self.place.behind(bytes, &scanner.blocks.look(bytes, self.place.after_cr));
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

    /// Reads blocks as long as one state is all that there is to follow: the only one, or the only one outside of
    /// quotes where no quote comes.
    fn count(&mut self, blocks: &[[u8; BLOCK]]) -> usize {
        let (track, up_to_quotes) = match &mut self.tracks[..] {
            [track] => (track, false),
            [track, inside] | [inside, track] if inside.state() == State::Quoted => (track, true),
            _ => return 0,
        };
        track.count(&self.scanner.blocks, blocks, &mut self.place, up_to_quotes)
    }

    /// Says that the range ends here.
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

    /// Of tracks that have come to the same state, follows one.
    fn merge(&mut self) {
        let tracks = &self.tracks;
        let met = |(at, track): (usize, &Track)| tracks[..at].iter().any(|other| other.state() == track.state());
        if tracks.iter().enumerate().any(met) {
            let mut states: Vec<State> = tracks.iter().map(Track::state).collect();
            states.sort_unstable();
            states.dedup();
            let fresh = states.into_iter().map(|state| Track::new(state, self.scanner.sizes)).collect();
            let tracks = std::mem::replace(&mut self.tracks, fresh);
            self.go_on_with(tracks);
        }
    }

    /// Extends the paths by what tracks found up to here.
    fn go_on_with(&mut self, tracks: Vec<Track>) {
        let end = self.place.offset;
        let found: Vec<(State, Path)> = tracks.into_iter().map(|track| (track.entry, track.finish(end))).collect();
        for (entry, path) in &mut self.paths {
            if let Some((_, next)) = found.iter().find(|(state, _)| *state == path.exit) {
                // Lines are counted from where the range begins.
                path.extend(*entry, next, end, Before::default(), self.scanner.sizes);
            }
        }
    }
}
