//! Finds out whether an upload is a file that a join put into the inbox.
//!
//! Before a join puts a file into the inbox, it writes what it offers. An upload is that file if it has exactly the offered bytes. So the
//! name alone means nothing: an upload by somebody else under such a name is an ordinary one.

use sluice_contract::documents::{OfferDocument, Origin, Upload};
use sluice_contract::{Order, RunId, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::Fault;
use sluice_platform::documents::find_json;

use crate::Deps;

/// Bytes of an upload that are read at most if the inbox knows no checksum of it: 1 MiB.
const MOST_BYTES: u64 = 1024 * 1024;

/// The origin of an upload that a join has offered; `None` for another one.
pub(crate) async fn find(deps: &Deps, upload: &Upload, run: &RunId) -> Result<Option<Origin>, Fault> {
    let Some(key) = keys::offer(&upload.key) else { return Ok(None) };
    let Some(offer) = find_json::<OfferDocument>(&*deps.objects, &key).await? else { return Ok(None) };
    if offer.bytes != upload.bytes || !has_content(deps, upload, &offer).await? {
        return Ok(None);
    }
    let order = Order::of_join(&offer.place, &offer.newest, offer.of.generation, run);
    Ok(Some(Origin::Join { of: offer.of, order }))
}

/// Whether an upload of the offered length has the offered content.
async fn has_content(deps: &Deps, upload: &Upload, offer: &OfferDocument) -> Result<bool, Fault> {
    // S3 knows this checksum of whatever Sluice writes.
    if let Some(crc) = deps.inbox.crc64nvme(&upload.key, &upload.version_id).await? {
        return Ok(crc == offer.crc64nvme);
    }
    if upload.bytes > MOST_BYTES {
        return Ok(false);
    }
    let bytes = deps.inbox.first_bytes(&upload.key, &upload.version_id, MOST_BYTES).await?;
    Ok(bytes.is_some_and(|bytes| Checksum::of(&bytes).to_base64() == offer.crc64nvme))
}
