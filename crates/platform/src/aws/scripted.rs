//! A fake AWS service with scripted answers, for tests of how answers are handled.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use aws_config::Region;
use aws_sdk_dynamodb::config::Credentials;

use super::{Aws, loader};
use crate::shared::Shared;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status and a body.
    Response(u16, String),
    /// The connection breaks when the request has arrived.
    Lost,
}

/// A service that gives these answers, one for each request, and no further ones.
pub(crate) struct Scripted {
    endpoint: String,
    requests: Shared<Vec<String>>,
}

impl Scripted {
    pub(crate) fn new(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::from([127, 0, 0, 1]), 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Shared::<Vec<String>>::default();
        let (seen, answers) = (requests.clone(), answers.to_vec());
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let head = read_request(&stream);
                seen.lock().push(head);
                if let Answer::Response(status, body) = answer {
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
                }
            }
        });
        Self { endpoint, requests }
    }

    /// An account whose services all are this one.
    pub(crate) async fn aws(&self) -> Aws {
        let config = loader()
            .endpoint_url(&self.endpoint)
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "scripted"))
            .load()
            .await;
        Aws::new(config, true)
    }

    /// The heads of the requests so far, in lower case.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

/// Reads a request to its end, and returns its head.
fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or_default();
    reader.take(length).read_to_end(&mut Vec::new()).unwrap();
    head
}
