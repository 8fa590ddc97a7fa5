//! How answers of S3 are handled.

use sluice_contract::ErrorName;

use super::*;
use crate::aws::scripted::{Answer, Scripted};
use crate::documents::settle_json;

#[test]
fn table_of_content_ranges() {
    for (header, expected) in [
        ("bytes 10-19/100", Some((10, 20, Some(100)))),
        ("bytes 10-19/*", Some((10, 20, None))),
        ("bytes 0-0/1", Some((0, 1, Some(1)))),
        ("bytes 0-18446744073709551615/1", None),
        ("bytes */100", None),
        ("10-19/100", None),
        ("the whole object", None),
        ("", None),
    ] {
        let found = read_range(header).map(|(range, length)| (range.start, range.end, length));
        assert_eq!(found, expected, "{header}");
    }
}

fn error(status: u16, code: &str) -> Answer {
    Answer::Response(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

#[tokio::test]
async fn what_is_written_once_meets_others_who_write_it() {
    let written = || Answer::Response(200, String::new());
    let there = || error(412, "PreconditionFailed");
    let conflict = || error(409, "ConditionalRequestConflict");
    for (name, answers, expected) in [
        ("nobody else", vec![written()], Ok(true)),
        ("another was first", vec![there()], Ok(false)),
        ("another at the same time, who fails", vec![conflict(), written()], Ok(true)),
        ("another at the same time, who is first", vec![conflict(), conflict(), there()], Ok(false)),
        ("one's own first attempt, whose answer is lost", vec![Answer::Lost, there()], Ok(false)),
        ("a conflict that does not end", vec![conflict(); 5], Err(ErrorName::Transient)),
        ("no permission", vec![error(403, "AccessDenied")], Err(ErrorName::Misconfigured)),
    ] {
        let service = Scripted::new(&answers);
        let objects = S3Objects::new(&service.aws().await, "data");
        let found =
            objects.put("k", ContentType::Json, Bytes::from("{}"), Existing::Keep).await.map_err(|fault| fault.name());
        assert_eq!(found, expected, "{name}");
        let requests = service.requests();
        assert_eq!(requests.len(), answers.len(), "{name}");
        assert!(requests.iter().all(|head| head.contains("if-none-match: *")), "{name}: {requests:?}");
    }
}

#[tokio::test]
async fn a_listing_goes_on_to_the_last_page() {
    let page = |key: &str, next: &str| {
        let contents = format!("<Contents><Key>{key}</Key></Contents>");
        let truncated = !next.is_empty();
        let next =
            if truncated { format!("<NextContinuationToken>{next}</NextContinuationToken>") } else { String::new() };
        let body = format!("<IsTruncated>{truncated}</IsTruncated>{contents}{next}");
        Answer::Response(200, format!("<ListBucketResult>{body}</ListBucketResult>"))
    };
    let service = Scripted::new(&[page("feeds/a.yaml", "more"), page("feeds/b.yaml", "")]);
    let objects = S3Objects::new(&service.aws().await, "data");
    assert_eq!(objects.list("feeds/").await.unwrap(), ["feeds/a.yaml", "feeds/b.yaml"]);
    let requests = service.requests();
    assert!(requests[0].contains("prefix=feeds%2f") && !requests[0].contains("continuation-token"), "{requests:?}");
    assert!(requests[1].contains("continuation-token=more"), "{requests:?}");
}

#[tokio::test]
async fn whoever_finds_a_document_answers_from_it() {
    let answers = [error(412, "PreconditionFailed"), Answer::Response(200, "2".to_owned())];
    let service = Scripted::new(&answers);
    let objects = S3Objects::new(&service.aws().await, "data");
    assert_eq!(settle_json(&objects, "k", 1).await.unwrap(), 2);
}
