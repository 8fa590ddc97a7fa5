//! An object that was changed between two steps in any way cannot be read to its end.

use super::*;
use crate::objects::MemoryObjects;
use crate::part::PartWriter;

const TEXT: &str = "_record,id\n1,a\n2,\"b\nc\"\n3,d\n";

async fn write(objects: &MemoryObjects) -> Part {
    let mut writer = PartWriter::create(objects, "k".to_owned()).await.unwrap();
    for piece in TEXT.as_bytes().chunks(7) {
        writer.write(piece).await.unwrap();
    }
    writer.finish("_record,id\n".len() as u64, 3).await.unwrap()
}

async fn read(mut records: Records) -> Result<u64, Fault> {
    let mut found = 0;
    while records.advance().await? {
        found += 1;
    }
    Ok(found)
}

#[tokio::test]
async fn an_object_that_is_not_what_was_written_is_not_read_to_its_end() {
    for (damage, text) in [
        ("cut between two records", "_record,id\n1,a\n2,\"b\nc\"\n"),
        ("cut in the middle of a record", "_record,id\n1,a\n2,\"b"),
        ("cut before the last line break", "_record,id\n1,a\n2,\"b\nc\"\n3,d"),
        ("one record replaced", "_record,id\n1,a\n2,\"b\nc\"\n3,x\n"),
        ("two records in another order", "_record,id\n2,\"b\nc\"\n1,a\n3,d\n"),
        ("one record doubled", "_record,id\n1,a\n1,a\n2,\"b\nc\"\n3,d\n"),
        ("empty", ""),
    ] {
        let objects = MemoryObjects::new();
        let part = write(&objects).await;
        let before = Checksum::of(b"_record,id\n1,a\n");
        assert_eq!(read(Records::written(&objects, &part).await.unwrap()).await.unwrap(), 4);
        assert_eq!(read(Records::rest(&objects, &part, before).await.unwrap()).await.unwrap(), 2);
        objects.insert("k", text.as_bytes().to_vec());
        for found in [
            async { read(Records::written(&objects, &part).await?).await }.await,
            async { read(Records::rest(&objects, &part, before).await?).await }.await,
        ] {
            let fault = found.expect_err(damage);
            assert!(matches!(fault, Fault::Corrupt { .. }), "{damage}: {fault}");
            assert!(fault.to_string().contains("object k"), "{damage}: {fault}");
        }
    }
}

#[tokio::test]
async fn a_start_that_was_another_one_is_told_at_the_end() {
    let objects = MemoryObjects::new();
    let part = write(&objects).await;
    let other = Checksum::of(b"_record,id\n1,x\n");
    let fault = read(Records::rest(&objects, &part, other).await.unwrap()).await.unwrap_err();
    assert!(fault.to_string().starts_with("object k is not what was expected: its CRC64NVME is "), "{fault}");
    let beyond = Checksum::of(&[0; 100]);
    let fault = Records::rest(&objects, &part, beyond).await.err().unwrap();
    assert!(fault.to_string().ends_with("100 bytes of it were read, but 27 were written"), "{fault}");
}

#[tokio::test]
async fn a_record_is_found_by_its_position_and_by_no_other() {
    let objects = MemoryObjects::new();
    let part = write(&objects).await;
    let mut positions = Vec::new();
    let mut records = Records::written(&objects, &part).await.unwrap();
    while records.advance().await.unwrap() {
        positions.push(records.record().position);
    }
    let [_, first, second, third] = positions[..] else { panic!("{positions:?}") };
    for (at, found) in [
        (vec![first, third], vec![true, true]),
        (vec![second, third, first], vec![true, true, false]),
        (vec![Position { offset: second.offset + 4, ..second }], vec![false]),
        (vec![Position { offset: part.bytes, ..third }], vec![false]),
        (vec![Position { offset: part.bytes + 1, ..third }, third], vec![false, false]),
    ] {
        let mut records = Records::written(&objects, &part).await.unwrap();
        let mut results = Vec::new();
        for at in &at {
            results.push(records.advance_to(*at).await.unwrap());
        }
        assert_eq!(results, found, "{at:?}");
    }
}
