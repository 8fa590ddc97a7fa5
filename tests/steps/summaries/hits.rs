//! The shipped feed of hits: which search engine and which words brought how much revenue.

use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_tests::read;

use super::{delivered, file, mail, tables};
use crate::world::World;

const KEY: &str = "inbox/hits/data.tsv";
const LABELS: &str = "Search Engine Domain\tSearch Keyword\tRevenue\n";
const DELIVERED: &str = "search-revenue/2026-11-21/2026-11-21_SearchKeywordPerformance.tab";
const SEARCH: &str = "http://www.google.com/search?hl=en&q=Ipod&aq=f&oq=";

/// A world with the shipped feed, changed.
fn world(changes: &[(&str, &str)]) -> World {
    let mut world = World::new();
    world.chunk_bytes = 200;
    let mut yaml = read("feeds/hits.yaml");
    for (from, to) in changes {
        assert!(yaml.contains(from), "{from} is not in the feed");
        yaml = yaml.replace(from, to);
    }
    world.objects.insert(&keys::feed_file("search-engines.csv"), read("feeds/search-engines.csv"));
    world.feed("hits", &yaml);
    world
}

/// A hit, with the columns that an export of analytics has.
fn hit(time: u64, ip: &str, agent: &str, events: &str, products: &str, referrer: &str) -> String {
    format!(
        "{time}\t2026-09-27 06:34:40\t{agent}\t{ip}\t{events}\tSalem\tOR\tUS\tHome\thttp://shop.example/\t{products}\t{referrer}\n"
    )
}

/// A file of hits.
fn hits(hits: &[String]) -> String {
    let labels = "hit_time_gmt\tdate_time\tuser_agent\tip\tevent_list\tgeo_city\tgeo_region\tgeo_country\tpagename\tpage_url\t\
                  product_list\treferrer\n";
    format!("{labels}{}", hits.concat())
}

/// A search, and a purchase a minute later.
fn bought(referrer: &str, events: &str, products: &str) -> String {
    hits(&visit("1.1.1.1", referrer, events, products))
}

fn visit(ip: &str, referrer: &str, events: &str, products: &str) -> [String; 2] {
    [hit(100, ip, "A", "", "", referrer), hit(160, ip, "A", events, products, "")]
}

/// The rows of a file with these visits, a referrer, events and products each, by visitor: a row or none for each.
async fn rows<'t>(visits: impl Iterator<Item = (&'t str, &'t str, &'t str)>) -> Vec<String> {
    let by_visitor = [
        ("    columns:\n", "    columns:\n      - {label: Visitor, by: record.ip}\n"),
        ("[\"-Revenue\"]", "[Visitor]"),
    ];
    let visitors: Vec<String> = visits
        .enumerate()
        .flat_map(|(at, (referrer, events, products))| visit(&format!("{at:03}"), referrer, events, products))
        .collect();
    let world = world(&by_visitor);
    let run = imported(&world, &hits(&visitors)).await;
    let file = file(&world, &run);
    let mut rows = vec![String::new(); visitors.len() / 2];
    for line in file.lines().skip(1) {
        let (visitor, row) = line.split_once('\t').unwrap();
        row.clone_into(&mut rows[visitor.parse::<usize>().unwrap()]);
    }
    rows
}

async fn imported(world: &World, text: &str) -> RunId {
    let (run, verdict) = world.import_file(KEY, text).await;
    assert_eq!(verdict, Verdict::Imported, "{:?} {text}", world.tally(&run).reasons);
    run
}

#[tokio::test]
async fn revenue_by_search_engine_and_words() {
    let quoted = "\"Mozilla/5.0 (KHTML, like Gecko)\"";
    let text = hits(&[
        hit(1_254_033_280, "67.98.123.1", "A", "", "", SEARCH),
        hit(
            1_254_033_379,
            "23.8.61.21",
            quoted,
            "2",
            "Electronics;Zune;1;;",
            "http://www.bing.com/search?q=Zune&go=&form=QBLH",
        ),
        hit(1_254_033_478, "112.33.98.231", "B", "", "", "http://search.yahoo.com/search?p=cd+player&toggle=1"),
        hit(1_254_033_577, "44.12.96.2", "C", "", "", "http://www.google.com/search?q=ipod&aqi=g-p1g9"),
        hit(1_254_033_676, "23.8.61.21", quoted, "12", "Electronics;Zune;1;;", "http://shop.example/search/?k=Ipod"),
        hit(1_254_034_567, "44.12.96.2", "C", "1", "Electronics;Ipod - Nano;1;190;", "http://shop.example/checkout/"),
        hit(
            1_254_034_666,
            "23.8.61.21",
            quoted,
            "1",
            "Electronics;Zune - 32GB;1;250;",
            "http://shop.example/checkout/",
        ),
        hit(
            1_254_034_765,
            "67.98.123.1",
            "A",
            "1,200",
            "Electronics;Ipod - Touch;1;290;",
            "http://shop.example/checkout/",
        ),
        hit(1_254_034_800, "5.5.5.5", "D", "1", "Electronics;Cable;1;3.5;", "http://shop.example/"),
    ]);
    let world = world(&[]);
    let run = imported(&world, &text).await;
    let expected = format!("{LABELS}google.com\tipod\t480.00\nbing.com\tzune\t250.00\n");
    assert_eq!(file(&world, &run), expected);
    assert_eq!(delivered(&world, DELIVERED), expected);
    assert_eq!(world.tally(&run).tally, Tally { read: 9, imported: 9, ..Tally::default() });
    let tables = tables(&world, &run);
    let missed = tables[0].unattributed.as_ref().unwrap();
    assert_eq!((missed.records, &missed.numbers[..]), (1, &[("Revenue".to_owned(), "3.50".to_owned())][..]));
    let text = mail(&world, 0);
    for line in [
        "google.com",
        "480.00",
        "Not among the rows: 1 record that has no touch before (Revenue 3.50).",
        "Delivered to",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[tokio::test]
async fn table_of_referrers() {
    let table = [
        (SEARCH, "google.com\tipod\t7.00"),
        ("http://www.bing.com/search?q=Zune&go=&form=QBLH&qs=n", "bing.com\tzune\t7.00"),
        ("http://search.yahoo.com/search?p=cd+player&ei=UTF-8", "yahoo.com\tcd player\t7.00"),
        ("https://de.search.yahoo.com/search;_ylt=x?q=no&p=Z%C3%BCge", "yahoo.com\tzüge\t7.00"),
        ("http://search.msn.com/results.aspx?q=Xbox", "msn.com\txbox\t7.00"),
        ("http://www.google.co.uk/search?q=rock+%26+roll#q=jazz", "google.co.uk\trock & roll\t7.00"),
        ("HTTPS://WWW.GOOGLE.COM/search?q=%20Caf%C3%A9%20", "google.com\tcafé\t7.00"),
        ("https://duckduckgo.com/?q=headphones", "duckduckgo.com\theadphones\t7.00"),
        ("http://www.google.com/search?oq=other&aq=f&pid=p&q=ipod", "google.com\tipod\t7.00"),
        ("http://www.google.com/search?q=first&q=second", "google.com\tfirst\t7.00"),
        ("http://www.google.com/search?q=a%09b", "google.com\t\"a\tb\"\t7.00"),
        // An engine without words, words elsewhere, and what is no address.
        ("http://www.google.com/search?hl=en", ""),
        ("http://www.google.com/search?q=", ""),
        ("http://www.google.com/search?q=+%20", ""),
        ("http://www.google.com/", ""),
        ("http://search.yahoo.com/search?q=wrong", ""),
        ("http://shop.example/search/?k=Ipod&q=x", ""),
        ("http://notgoogle.com/search?q=x", ""),
        ("http://google.com.evil.example/search?q=x", ""),
        ("http://user:google.com@evil.example/?q=x", ""),
        ("http://66.249.93.104/search?q=x", ""),
        ("www.google.com/search?q=x", ""),
        ("android-app://com.google.android.googlequicksearchbox/?q=x", ""),
        ("http://[::1/?q=x", ""),
        ("", ""),
        ("   ", ""),
    ];
    let found = rows(table.iter().map(|(referrer, _)| (*referrer, "1", "a;b;1;7;"))).await;
    for ((referrer, expected), found) in table.into_iter().zip(found) {
        assert_eq!(found, expected, "{referrer}");
    }
}

#[tokio::test]
async fn table_of_purchases() {
    let table = [
        ("1", true),
        ("2,1,200", true),
        ("12,1", true),
        ("1,200,201", true),
        ("2,200", false),
        ("2,200,201,100", false),
        ("10", false),
        ("10,11,21", false),
        ("12", false),
        ("", false),
    ];
    let found = rows(table.iter().map(|(events, _)| (SEARCH, *events, "a;b;1;7;"))).await;
    for ((events, is_purchase), found) in table.into_iter().zip(found) {
        assert_eq!(found, if is_purchase { "google.com\tipod\t7.00" } else { "" }, "{events}");
    }
}

#[tokio::test]
async fn table_of_revenues() {
    let table = [
        ("Electronics;Zune;1;250;", "250.00"),
        ("Electronics;Zune;1;;", "0.00"),
        ("Computers;HP;1;1000;200|201,Office;Folders;4;4.00;205|206", "1004.00"),
        ("E;Ipod;1;200;,A;Case;2;29.99;", "229.99"),
        ("E;A;1;0.1;,E;B;1;0.2;", "0.30"),
        ("E;A;1;0.005", "0.01"),
        ("E;Refund;1;-50.00;1", "-50.00"),
        ("E;A;1; 12.50 ;", "12.50"),
        ("A;B", "0.00"),
        ("bad", "0.00"),
        ("", "0.00"),
    ];
    let found = rows(table.iter().map(|(products, _)| (SEARCH, "1", *products))).await;
    for ((products, revenue), found) in table.into_iter().zip(found) {
        assert_eq!(found, format!("google.com\tipod\t{revenue}"), "{products}");
    }
}

/// A revenue that is no number rejects its record, before any summary.
#[tokio::test]
async fn a_revenue_that_is_no_number_rejects_the_hit() {
    let world = world(&[]);
    let run = imported(&world, &bought(SEARCH, "1", "a;b;1;7 EUR;")).await;
    assert_eq!(world.tally(&run).tally, Tally { read: 2, imported: 1, rejected: 1, ..Tally::default() });
    assert_eq!(file(&world, &run), LABELS);
    // What is bought by nobody's purchase event is not read.
    let run = imported(&world, &bought(SEARCH, "2", "a;b;1;7 EUR;")).await;
    assert_eq!(world.tally(&run).tally.rejected, 0);
}

/// First touch, other visitors and a pause are options of the feed.
#[tokio::test]
async fn options_of_credit() {
    let search = |words: &str| format!("http://www.google.com/search?q={words}");
    let text = hits(&[
        hit(100, "1.1.1.1", "A", "", "", &search("one")),
        hit(200, "1.1.1.1", "B", "", "", &search("two")),
        hit(300, "1.1.1.1", "A", "1", "a;b;1;1;", ""),
        hit(2200, "1.1.1.1", "A", "1", "a;b;1;2;", ""),
        // A hit like any other ends the pause.
        hit(2000, "1.1.1.1", "B", "", "", ""),
        hit(3000, "1.1.1.1", "B", "1", "a;b;1;4;", ""),
        // The export is not in the order of time: this purchase comes before the search.
        hit(50, "1.1.1.1", "A", "1", "a;b;1;8;", ""),
    ]);
    for (changes, expected, missed) in [
        (&[][..], "google.com\ttwo\t7.00\n", 1),
        (&[("per: [ip]", "per: [ip]\n      model: first")], "google.com\tone\t7.00\n", 1),
        (&[("per: [ip]", "per: [ip, user_agent]")], "google.com\ttwo\t4.00\ngoogle.com\tone\t3.00\n", 1),
        (&[("per: [ip]", "per: [ip]\n      gap: 30m")], "google.com\ttwo\t7.00\n", 1),
        (
            &[("per: [ip]", "per: [ip, user_agent]\n      gap: 30m")],
            "google.com\ttwo\t4.00\ngoogle.com\tone\t1.00\n",
            2,
        ),
        (&[("per: [ip]", "per: [ip, user_agent]\n      gap: 16m")], "google.com\tone\t1.00\n", 3),
    ] {
        let world = world(changes);
        let run = imported(&world, &text).await;
        assert_eq!(file(&world, &run), format!("{LABELS}{expected}"), "{changes:?}");
        assert_eq!(tables(&world, &run)[0].unattributed.as_ref().unwrap().records, missed, "{changes:?}");
    }
}
