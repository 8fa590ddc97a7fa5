//! Summaries on the deployed stack: hits in small chunks become a file in the outbound bucket, and an older upload stays out.

use serde_json::Value;
use sluice_contract::documents::{Manifest, SummariesDocument};
use sluice_contract::{RunId, keys};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::read;

use crate::imports::{PATIENCE, document};

/// Hits of twenty visitors: each searches, looks at a hundred bytes of a page, and buys.
fn hits(price: u32) -> String {
    let mut text = "hit_time_gmt\tuser_agent\tip\tevent_list\tproduct_list\treferrer\n".to_owned();
    for (step, second) in [(0, 100), (1, 200), (2, 300)] {
        for visitor in 0..20_u32 {
            let word = ["Ipod", "zune", "cd+player"][visitor as usize % 3];
            let (events, products, referrer) = match step {
                0 => (String::new(), String::new(), format!("http://www.google.com/search?q={word}")),
                1 => (
                    "2".to_owned(),
                    format!("Electronics;{word};1;;"),
                    format!("http://shop.example/?{}", "x".repeat(100)),
                ),
                _ => ("1".to_owned(), format!("Electronics;{word};1;{price}.25;"), "http://shop.example/".to_owned()),
            };
            let row = format!("{second}\tA\t10.0.0.{visitor}\t{events}\t{products}\t{referrer}\n");
            text.push_str(&row);
        }
    }
    text
}

/// The file that the hits give.
fn expected(price: u32) -> String {
    let sum = |buyers: u32| format!("{}.{:02}", buyers * price + buyers / 4, buyers % 4 * 25);
    format!(
        "Search Engine Domain\tSearch Keyword\tRevenue\ngoogle.com\tipod\t{}\ngoogle.com\tzune\t{}\ngoogle.com\tcd player\t{}\n",
        sum(7),
        sum(7),
        sum(6)
    )
}

async fn imported(aws: &LocalAws, run: &RunId) -> SummariesDocument {
    let ended = aws.concluded(run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    assert_eq!(ended["conclusion"]["tally"]["imported"], "60", "{ended:#}");
    document(aws, &keys::summaries(run)).await
}

#[tokio::test]
async fn hits_become_a_file_for_others() {
    let aws = LocalAws::from_env().await;
    aws.configure("pin", &[("CHUNK_BYTES", "700")]).await;
    let run = aws.upload("hits", "data.tsv", hits(3)).await;
    let summaries = imported(&aws, &run).await;
    aws.configure("pin", &[("CHUNK_BYTES", "32768")]).await;
    assert!(document::<Manifest>(&aws, &keys::manifest(&run)).await.chunks.len() > 5);
    let table = &summaries.summaries[0];
    let to = format!("search-revenue/{}", table.file);
    assert_eq!(aws.object_of(&aws.outbound, &to).await.unwrap(), expected(3).as_bytes());
    assert_eq!(aws.object(&table.key).await.unwrap(), expected(3).as_bytes());
    let mail = &aws.mails_about(&run).await[0].body_text;
    let location = format!("s3://{}/{to}", aws.outbound);
    assert!(mail.contains("google.com") && mail.contains(&location), "{mail}");
    let head = aws.s3.head_object().bucket(&aws.outbound).key(&to).send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/tab-separated-values; charset=utf-8"));
}

#[tokio::test]
async fn an_older_upload_that_comes_late_stays_out() {
    let aws = LocalAws::from_env().await;
    // Its file has the same name on every day.
    let yaml =
        read("feeds/hits.yaml").replace("name: hits\n", "name: hits-of-all-days\n").replace("{date}/{date}_", "");
    aws.put_feed("hits-of-all-days", &yaml).await;
    let to = "search-revenue/SearchKeywordPerformance.tab";
    let delivered = async || String::from_utf8(aws.object_of(&aws.outbound, to).await.unwrap()).unwrap();
    let upload = async |price| {
        let run = aws.upload("hits-of-all-days", "data.tsv", hits(price)).await;
        let table = imported(&aws, &run).await.summaries.remove(0);
        assert_eq!(aws.object(&table.key).await.unwrap(), expected(price).as_bytes());
        (run, table.delivered.unwrap().overtaken)
    };
    assert!(!upload(3).await.1);
    assert_eq!(delivered().await, expected(3));

    // As if a later run had been faster: a file of a later order is there.
    let head = aws.s3.head_object().bucket(&aws.outbound).key(to).send().await.unwrap();
    let later = format!("9{}", &head.metadata().unwrap()["sluice-order"][1..]);
    let put = aws.s3.put_object().bucket(&aws.outbound).key(to).metadata("sluice-order", later);
    put.body(b"of a later run".to_vec().into()).send().await.unwrap();
    let (late, overtaken) = upload(4).await;
    assert!(overtaken);
    assert_eq!(delivered().await, "of a later run");
    let report = aws.output("hits-of-all-days", &late, keys::REPORT_JSON).await.unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["summaries"][0]["delivered"]["overtaken"], true, "{report:#}");
    assert!(aws.mails_about(&late).await[0].body_text.contains("Not delivered"));

    // A file that somebody has put there has no order, so the next run replaces it.
    let put = aws.s3.put_object().bucket(&aws.outbound).key(to).body(b"by hand".to_vec().into());
    put.send().await.unwrap();
    assert!(!upload(5).await.1);
    assert_eq!(delivered().await, expected(5));
}
