//! Zstandard.
//!
//! `ruzstd` decodes blocks. This file does the rest: it waits until a block is complete, advances from frame
//! to frame, skips skippable frames, compares checksums, and refuses a frame that needs more memory than the
//! reference implementation allows by default. The layout is that of RFC 8878, section 3.1.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Broken;

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The largest window, 128 MiB: the default limit of `zstd -d`.
const MAX_WINDOW: u64 = 128 * 1024 * 1024;

/// How much output is appended at once.
const PIECE: usize = 1024 * 1024;

/// A Zstandard file of any number of frames.
#[derive(Default)]
pub(super) struct Zstd {
    /// Bytes that were read and not yet processed: at most a block, 128 KiB.
    pending: Vec<u8>,
    state: State,
}

#[derive(Default)]
enum State {
    /// Before a frame, or after the last.
    #[default]
    Between,
    /// In a skippable frame with this many bytes left.
    Skipping(u64),
    /// In a frame.
    Frame { decoder: Box<FrameDecoder>, checksum: bool },
    /// After the last block of a frame, with output left.
    Ended { decoder: Box<FrameDecoder>, checksum: bool },
}

impl Zstd {
    pub(super) fn advance(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Broken> {
        if let State::Ended { decoder, checksum } = &mut self.state {
            if hand_out(decoder, out)? {
                return Ok(true);
            }
            if *checksum && decoder.get_checksum_from_data() != decoder.get_calculated_checksum() {
                return Err(Broken::Corrupt("its checksum is wrong".to_owned()));
            }
            self.state = State::Between;
        }
        if let State::Skipping(left) = self.state {
            let skipped = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            *input = &input[skipped..];
            let left = left - skipped as u64;
            self.state = if left == 0 { State::Between } else { State::Skipping(left) };
            return Ok(left == 0);
        }
        // Newly available bytes may show that even more are needed, so this is a loop.
        loop {
            let needed = self.needed()?;
            if self.pending.len() >= needed {
                break;
            }
            if input.is_empty() {
                return Ok(false);
            }
            let taken = input.len().min(needed - self.pending.len());
            self.pending.extend_from_slice(&input[..taken]);
            *input = &input[taken..];
        }
        self.understand(out)?;
        Ok(true)
    }

    pub(super) fn finish(&mut self) -> Result<(), Broken> {
        let whole = matches!(self.state, State::Between) && self.pending.is_empty();
        if whole { Ok(()) } else { Err(Broken::Truncated) }
    }

    /// How many bytes the next step needs, as far as the pending bytes show.
    fn needed(&self) -> Result<usize, Broken> {
        let pending = &self.pending[..];
        if let State::Frame { checksum, .. } = &self.state {
            let [first, second, third, ..] = *pending else { return Ok(3) };
            let header = u32::from_le_bytes([first, second, third, 0]);
            let (last, kind, size) = (header & 1 == 1, (header >> 1) & 3, (header >> 3) as usize);
            // An RLE block holds a single byte.
            let content = if kind == 1 { 1 } else { size };
            // At most 128 KiB. The decoder reports a larger block itself once it sees the header.
            let content = content.min(128 * 1024);
            return Ok(3 + content + if last && *checksum { 4 } else { 0 });
        }
        let Some(magic) = pending.get(..4) else { return Ok(4) };
        if is_skippable(magic) {
            return Ok(8);
        }
        if magic != MAGIC {
            return Err(Broken::Corrupt("the data after a frame is not another frame".to_owned()));
        }
        let Some(descriptor) = pending.get(4) else { return Ok(5) };
        Ok(header_length(*descriptor))
    }

    /// Performs the step for which everything is pending.
    fn understand(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        let pending = std::mem::take(&mut self.pending);
        let mut bytes = &pending[..];
        match std::mem::take(&mut self.state) {
            State::Frame { mut decoder, checksum } => {
                let last = decoder.decode_blocks(&mut bytes, BlockDecodingStrategy::UptoBlocks(1)).map_err(corrupt)?;
                hand_out(&mut decoder, out)?;
                self.state = if last { State::Ended { decoder, checksum } } else { State::Frame { decoder, checksum } };
            }
            _ if is_skippable(bytes) => {
                let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map_or(0, u32::from_le_bytes);
                self.state = if length == 0 { State::Between } else { State::Skipping(length.into()) };
            }
            _ => {
                let descriptor = bytes.get(4).copied().unwrap_or_default();
                let window = window(bytes, descriptor);
                if window > MAX_WINDOW {
                    let message = format!("it asks for a window of {window} bytes; the limit is {MAX_WINDOW}");
                    return Err(Broken::Corrupt(message));
                }
                let mut decoder = Box::<FrameDecoder>::default();
                decoder.reset(&mut bytes).map_err(corrupt)?;
                self.state = State::Frame { decoder, checksum: descriptor & 0b100 != 0 };
            }
        }
        Ok(())
    }
}

/// Appends a piece of output; `false` if there is none.
fn hand_out(decoder: &mut FrameDecoder, out: &mut Vec<u8>) -> Result<bool, Broken> {
    let start = out.len();
    out.resize(start + decoder.can_collect().min(PIECE), 0);
    let read = std::io::Read::read(decoder, &mut out[start..]).map_err(corrupt)?;
    out.truncate(start + read);
    Ok(read > 0)
}

fn corrupt(error: impl std::error::Error) -> Broken {
    Broken::Corrupt(error.to_string())
}

fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// The length of a frame's header, magic included, by its descriptor.
fn header_length(descriptor: u8) -> usize {
    let single_segment = descriptor & 0b10_0000 != 0;
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 0b11)];
    let content_size = [usize::from(single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
    5 + usize::from(!single_segment) + dictionary + content_size
}

/// The window that a frame asks for, by its whole header.
fn window(header: &[u8], descriptor: u8) -> u64 {
    if descriptor & 0b10_0000 == 0 {
        let byte = header.get(5).copied().unwrap_or_default();
        let base = 1u64 << (10 + (byte >> 3));
        return base + (base / 8) * u64::from(byte & 0b111);
    }
    // In a single segment, the window is the content.
    let length = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let field = &header[header.len().saturating_sub(length)..];
    let size = field.iter().rev().fold(0, |size, byte| size << 8 | u64::from(*byte));
    // Two bytes encode the size less 256.
    if length == 2 { size + 256 } else { size }
}
