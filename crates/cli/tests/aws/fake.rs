//! A fake AWS: a local socket, with its answers and the requests that it got.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// The loopback address.
pub fn here() -> Ipv4Addr {
    Ipv4Addr::from([127, 0, 0, 1])
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The head, with the line of method and path.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Request {
    /// Reads a request to its end.
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while reader.read_line(&mut head).unwrap() > 2 {}
        let mut words = head.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let length = header(&head, "content-length").and_then(|length| length.parse().ok());
        let mut body = Vec::new();
        reader.take(length.unwrap_or_default()).read_to_end(&mut body).unwrap();
        Self { method, path, head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// The operation that the request names in its body or in a header. Requests to S3, SES and Lambda name none.
    pub fn operation(&self) -> &str {
        let action = self.body.split('&').find_map(|part| part.strip_prefix("Action="));
        let target =
            || header(&self.head, "x-amz-target").and_then(|target| target.split_once('.')).map(|(_, name)| name);
        action.or_else(target).unwrap_or_default()
    }

    /// The bucket and the key of a request to S3.
    pub fn object(&self) -> (&str, String) {
        let path = self.path.split('?').next().unwrap_or_default().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        (bucket, key.replace("%20", " "))
    }
}

/// The value of a header.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// An answer: a status and a body.
pub type Answer = (u16, String);

/// A fake AWS.
pub struct FakeAws {
    endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeAws {
    /// A fake AWS with these answers.
    pub fn serving(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        Self::serving_with_heads(move |request| (answer(request), ""))
    }

    /// An AWS that answers what this says, with headers of its own.
    pub fn serving_with_heads(answer: impl Fn(&Request) -> (Answer, &'static str) + Send + 'static) -> Self {
        let listener = TcpListener::bind((here(), 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = Request::read(&stream);
                let ((status, body), more) = answer(&request);
                seen.lock().unwrap().push(request);
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} Answer\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n");
                // The client may have closed the connection.
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { endpoint, requests }
    }

    /// A fake AWS with one answer to requests for the stack and another to all other requests.
    pub fn new(of_stack: (u16, &str), of_others: (u16, &str)) -> Self {
        let [of_stack, of_others] = [of_stack, of_others].map(|(status, body)| (status, body.to_owned()));
        Self::serving(
            move |request| {
                if request.operation() == "DescribeStacks" { of_stack.clone() } else { of_others.clone() }
            },
        )
    }

    /// A fake AWS that refuses requests for the stack with this error.
    pub fn without(status: u16, code: &str, message: &str) -> Self {
        Self::new((status, &refusal(code, message)), (500, ""))
    }

    /// A fake AWS that has the stack, and answers other requests with this function.
    pub fn with_stack(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        Self::serving(
            move |request| {
                if request.operation() == "DescribeStacks" { (200, stack()) } else { answer(request) }
            },
        )
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The output of a command that uses this AWS.
    pub fn sluice(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A command that uses this AWS, in a region.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sluice(&self.endpoint, arguments);
        command.env("AWS_REGION", "eu-west-3");
        command
    }
}

/// Buckets in memory.
#[derive(Clone, Default)]
pub struct Buckets(Arc<Mutex<BTreeMap<String, String>>>);

impl Buckets {
    /// Puts an object.
    pub fn put(&self, path: &str, text: &str) {
        self.0.lock().unwrap().insert(path.to_owned(), text.to_owned());
    }

    /// An object.
    pub fn get(&self, path: &str) -> Option<String> {
        self.0.lock().unwrap().get(path).cloned()
    }

    /// The answer of S3.
    pub fn answer(&self, request: &Request) -> Answer {
        let (bucket, key) = request.object();
        let path = format!("{bucket}/{key}");
        if let Some((_, prefix)) = request.path.split_once("prefix=") {
            let prefix = prefix.split('&').next().unwrap_or_default().replace("%2F", "/");
            let all = self.0.lock().unwrap();
            let keys = all.keys().filter_map(|path| path.strip_prefix(&format!("{bucket}/")));
            let keys = keys.filter(|key| key.starts_with(&prefix));
            let contents: Vec<String> = keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
            let contents = contents.concat();
            return (200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"));
        }
        if request.method == "PUT" {
            self.put(&path, &request.body);
            return (200, String::new());
        }
        match self.get(&path) {
            Some(text) => (200, text),
            None => (404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".to_owned()),
        }
    }
}

/// The program with credentials, but without any AWS configuration of this machine.
pub fn sluice(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.args(arguments).env_clear();
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
    ] {
        command.env(name, value);
    }
    command
}

/// The outputs of a stack, in the format of CloudFormation.
pub fn stack() -> String {
    let outputs = [
        ("InboxBucket", "inbox"),
        ("DataBucket", "data"),
        ("RunsTable", "runs"),
        ("RejectsTable", "rejects"),
        ("TargetTablePrefix", "target-"),
        ("MainStateMachineArn", "arn:aws:states:eu-west-3:1:stateMachine:main"),
    ]
    .map(|(name, value)| format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"));
    format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult><Stacks>\
         <member><StackName>sluice</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime>\
         <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{}</Outputs></member></Stacks></DescribeStacksResult>\
         </DescribeStacksResponse>",
        outputs.concat()
    )
}

/// The error response of a service that answers in XML.
pub fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    )
}
