//! Files of hits of a web shop of any size. The same size, number of visitors and seed give the same bytes.

use std::fmt::Write as _;
use std::io::{self, Write};

use fastrand::Rng;

const LABELS: &str = "hit_time_gmt\tdate_time\tuser_agent\tip\tevent_list\tgeo_city\tgeo_region\tgeo_country\tpagename\tpage_url\t\
                      product_list\treferrer\n";
/// Each visitor has so many hits, on average: one search or two, pages, and sometimes a purchase.
const HITS: u64 = 10;
/// The bytes of a hit, on average.
const BYTES: u64 = 345;
const ENGINES: [(&str, &str); 5] = [
    (
        "http://www.google.com/search?hl=en&client=firefox-a&rls=org.mozilla%3Aen-US%3Aofficial&hs=ZzP&q=",
        "&aq=f&oq=&aqi=",
    ),
    ("https://www.google.co.uk/search?q=", "&ie=UTF-8"),
    ("http://www.bing.com/search?q=", "&go=&form=QBLH&qs=n"),
    ("http://search.yahoo.com/search?p=", "&toggle=1&cop=mss&ei=UTF-8&fr=yfp-t-701"),
    ("https://duckduckgo.com/?q=", ""),
];
const THINGS: [&str; 8] =
    ["Ipod", "ipod", "Zune", "cd+player", "Headphones", "caf%C3%A9+grinder", "USB%20Cable", "laptop"];
/// The first of them has a comma, so an export puts it into quotes.
const AGENTS: [&str; 3] = [
    "\"Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10_4_11; en) AppleWebKit/525.27.1 (KHTML, like Gecko) Version/3.2.1 Safari/525.27.1\"",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.0.10) Gecko/2009042316 Firefox/3.0.10",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 1.1.4322)",
];
const PAGES: [&str; 5] = ["Home", "Hot Buys", "Zune - 32 GB", "Search Results", "Shopping Cart"];

/// Writes a file of at least this many bytes, which ends with a whole record.
///
/// # Errors
/// If the file cannot be written.
pub fn write(bytes: u64, seed: u64, mut out: impl Write) -> io::Result<()> {
    let mut rng = Rng::with_seed(seed);
    let visitors = (bytes / BYTES / HITS).max(1);
    let mut text = LABELS.to_owned();
    let (mut written, mut serial) = (0, 0);
    while written + (text.len() as u64) < bytes {
        hit(serial, visitors, &mut rng, &mut text);
        serial += 1;
        if text.len() > 64 * 1024 {
            out.write_all(text.as_bytes())?;
            written += text.len() as u64;
            text.clear();
        }
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Appends a hit. An export is nearly in the order of time.
fn hit(serial: u64, visitors: u64, rng: &mut Rng, text: &mut String) {
    let visitor = rng.u64(..visitors);
    let [a, b, c, d] = u32::try_from(visitor % (1 << 32)).unwrap_or_default().wrapping_mul(0x9E37_79B1).to_be_bytes();
    let time = 1_254_033_280 + serial / 40 + rng.u64(..3);
    let agent = AGENTS[usize::try_from(visitor % 3).unwrap_or_default()];
    let page = PAGES[rng.usize(..PAGES.len())];
    let _ = write!(text, "{time}\t2009-09-27 06:34:40\t{agent}\t{a}.{b}.{c}.{d}\t");
    match rng.u8(..20) {
        0..3 => {
            let (before, after) = ENGINES[rng.usize(..ENGINES.len())];
            let thing = THINGS[rng.usize(..THINGS.len())];
            // A few words are asked for often, and many seldom.
            let number = rng.u32(..1000) * rng.u32(..1000) / 100;
            let _ = writeln!(
                text,
                "\tSalem\tOR\tUS\t{page}\thttp://www.esshopzilla.com\t\t{before}{thing}+{number}{after}"
            );
        }
        3 => {
            let (euros, cents) = (rng.u32(1..900), rng.u32(..100));
            let events = if rng.bool() { "1" } else { "1,200,201" };
            let _ = writeln!(
                text,
                "{events}\tSalem\tOR\tUS\tOrder Complete\thttps://www.esshopzilla.com/checkout/?a=complete\t\
                 Electronics;Zune - 32GB;1;{euros}.{cents:02};,Office;Folders;4;4.00;205|206\t\
                 https://www.esshopzilla.com/checkout/?a=confirm"
            );
        }
        other => {
            let events = ["2", "12", "11", "", "10"][usize::from(other % 5)];
            let _ = writeln!(
                text,
                "{events}\tSalem\tOR\tUS\t{page}\thttp://www.esshopzilla.com/product/?pid=as{other}3213\t\
                 Electronics;Zune - 328GB;1;;\thttp://www.esshopzilla.com/search/?k=Ipod"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_hits_of_about_the_size_that_is_said() {
        let make = |seed| {
            let mut file = Vec::new();
            write(200_000, seed, &mut file).unwrap();
            file
        };
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        let file = make(1);
        assert!(file.len() >= 200_000 && file.len() < 201_000 && file.ends_with(b"\n"), "{}", file.len());
        let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(&file[..]);
        let hits = reader.records().map(Result::unwrap).count() as u64;
        let each = file.len() as u64 / hits;
        assert!(each.abs_diff(BYTES) < BYTES / 5, "a hit of a small file has {each} bytes");
    }
}
