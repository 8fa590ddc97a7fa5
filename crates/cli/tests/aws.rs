//! What `sluice` prints if a stack cannot be used. A local socket stands in for AWS; no test opens another connection.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Output};

/// The loopback address.
fn here() -> Ipv4Addr {
    Ipv4Addr::from([127, 0, 0, 1])
}

const RUN: &str = "products-0123456789abcdef01234567";

/// A fake AWS, with one answer to requests for the stack and another to all other requests.
struct FakeAws {
    endpoint: String,
}

impl FakeAws {
    fn new(of_stack: (u16, &str), of_others: (u16, &str)) -> Self {
        let listener = TcpListener::bind((here(), 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let answers = [of_stack, of_others].map(|(status, body)| (status, body.to_owned()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let asks_for_stack = request(&stream).contains("Action=DescribeStacks");
                let (status, body) = &answers[usize::from(!asks_for_stack)];
                let head =
                    format!("HTTP/1.1 {status} Answer\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                // The client may have closed the connection.
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { endpoint }
    }

    /// A fake AWS that refuses requests for the stack with this error.
    fn without(status: u16, code: &str, message: &str) -> Self {
        Self::new((status, &refusal(code, message)), (500, ""))
    }

    fn sluice(&self, arguments: &[&str]) -> Output {
        sluice(&self.endpoint, arguments).env("AWS_REGION", "eu-west-3").output().unwrap()
    }
}

/// Reads a request to its end.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while reader.read_line(&mut text).unwrap() > 2 {}
    let length = text
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ").and_then(|length| length.trim().parse().ok()));
    let mut body = Vec::new();
    reader.take(length.unwrap_or_default()).read_to_end(&mut body).unwrap();
    text + &String::from_utf8_lossy(&body)
}

/// The program with credentials, but without any AWS configuration of this machine.
fn sluice(endpoint: &str, arguments: &[&str]) -> Command {
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
fn stack() -> String {
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
fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    )
}

/// Asserts that the command failed with a two-line error that contains these parts, and no debug output.
fn says(output: &Output, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.lines().count() == 2 && said.starts_with("error: "), "{said}");
    for part in parts.iter().chain(&["\n  what to do: "]) {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    // Parts of the debug output of the SDK.
    for debug in ["SdkError", "DispatchFailure", "ServiceError", "ConnectorError", "{ ", "Some("] {
        assert!(!said.contains(debug), "{debug:?} is in {said}");
    }
}

#[test]
fn a_stack_that_is_not_there_is_reported_with_its_region() {
    let aws = FakeAws::without(400, "ValidationError", "Stack with id sluise does not exist");
    for arguments in [&["rejects", RUN][..], &["resume", RUN], &["rerun", RUN], &["retry"]] {
        let said = aws.sluice(&[arguments, &["--stack", "sluise"]].concat());
        says(&said, &["there is no stack \"sluise\" in the region eu-west-3", "--stack or SLUICE_STACK", "AWS_REGION"]);
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let said = aws.sluice(&["import", file, "--feed", "products", "--stack", "sluise"]);
    says(&said, &["there is no stack \"sluise\" in the region eu-west-3"]);
}

#[test]
fn another_stack_is_reported() {
    let body = stack().replace("InboxBucket", "SiteBucket");
    says(&FakeAws::new((200, &body), (500, "")).sluice(&["retry"]), &["has no output InboxBucket", "SLUICE_STACK"]);
}

#[test]
fn what_is_wrong_with_credentials_is_reported() {
    for (status, code, message, parts) in [
        (
            403,
            "AccessDenied",
            "User: arn:aws:iam::1:user/jo is not authorized to perform: cloudformation:DescribeStacks",
            ["the permission is missing", "user/jo is not authorized to perform: cloudformation:DescribeStacks"],
        ),
        (403, "ExpiredToken", "The security token is expired", ["the AWS credentials have expired", "aws sso login"]),
        (403, "InvalidClientTokenId", "The token is invalid", ["does not accept the credentials", "AWS_SESSION_TOKEN"]),
        (403, "SignatureDoesNotMatch", "Signature expired: 2026", ["the clock of this machine", "Set the clock"]),
    ] {
        says(&FakeAws::without(status, code, message).sluice(&["resume", RUN]), &parts);
    }
}

#[test]
fn missing_credentials_and_a_missing_region_are_reported() {
    let mut command = sluice(&format!("http://{}:9", here()), &["resume", RUN]);
    command.env("AWS_REGION", "eu-west-3").env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    says(&command.output().unwrap(), &["there are no AWS credentials", "AWS_PROFILE", "aws sso login"]);
    let mut command = sluice(&format!("http://{}:9", here()), &["resume", RUN]);
    says(&command.output().unwrap(), &["no AWS region is set", "Set AWS_REGION"]);
}

#[test]
fn an_aws_that_cannot_be_reached_is_reported() {
    // Nobody listens on this port, because it was free a moment ago.
    let port = TcpListener::bind((here(), 0)).unwrap().local_addr().unwrap().port();
    let mut command = sluice(&format!("http://{}:{port}", here()), &["resume", RUN]);
    let said = command.env("AWS_REGION", "eu-west-3").output().unwrap();
    says(&said, &["AWS could not be reached", "efused", "Check the network", "AWS_REGION"]);
}

#[test]
fn a_permission_that_is_missing_later_is_reported_too() {
    let denied = r#"{"__type": "com.amazonaws#AccessDeniedException", "Message": "no dynamodb:GetItem for user/jo"}"#;
    let aws = FakeAws::new((200, &stack()), (400, denied));
    says(&aws.sluice(&["resume", RUN]), &["the permission is missing", "no dynamodb:GetItem", "get-caller-identity"]);

    let denied = "<Error><Code>AccessDenied</Code><Message>no s3:PutObject for user/jo</Message></Error>";
    let aws = FakeAws::new((200, &stack()), (403, denied));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let said = aws.sluice(&["import", file, "--feed", "products"]);
    says(&said, &["failed to upload to s3://inbox/inbox/products/Cargo.toml", "the permission is missing"]);
}
