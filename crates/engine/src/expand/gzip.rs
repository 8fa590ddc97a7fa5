//! Gzip.

use std::io::{ErrorKind, Write};

use flate2::write::GzDecoder;

use super::Broken;

/// How much input is taken at once. A byte expands to at most 1032, so 4 KiB expand to about 4 MiB.
const STEP: usize = 4 * 1024;

/// A gzip file of any number of members, possibly followed by zeros, because some media pad their last block.
#[derive(Default)]
pub(super) struct Gzip {
    /// The current member; `None` before the first and between members.
    member: Option<GzDecoder<Vec<u8>>>,
}

impl Gzip {
    pub(super) fn advance(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Broken> {
        let Some(first) = input.first() else { return Ok(false) };
        let member = match &mut self.member {
            Some(member) => member,
            none if *first == 0x1F => none.insert(GzDecoder::new(Vec::new())),
            None if *first == 0 => {
                *input = &input[1..];
                return Ok(true);
            }
            None => return Err(Broken::Corrupt("the data after its end is neither gzip nor zeros".to_owned())),
        };
        let taken = member.write(&input[..input.len().min(STEP)]).map_err(|error| broken(&error))?;
        out.append(member.get_mut());
        *input = &input[taken..];
        if taken == 0 {
            self.finish(out)?;
        }
        Ok(true)
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        let Some(mut member) = self.member.take() else { return Ok(()) };
        let finished = member.try_finish();
        out.append(member.get_mut());
        finished.map_err(|error| match error.kind() {
            // A missing checksum is reported like a wrong one.
            ErrorKind::InvalidInput => Broken::Corrupt("its checksum is missing or wrong".to_owned()),
            _ => broken(&error),
        })
    }
}

fn broken(error: &std::io::Error) -> Broken {
    match error.kind() {
        ErrorKind::UnexpectedEof => Broken::Truncated,
        _ => Broken::Corrupt(error.to_string()),
    }
}
