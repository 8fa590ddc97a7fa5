//! What `sluice` does with a stack, and what it prints if a stack cannot be used. A local socket stands in for AWS; no test
//! opens another connection.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod connections;
mod datasets;
mod doctor;
mod fake;
mod feeds;
mod queues;
mod runs;
mod tables;

use std::net::TcpListener;
use std::process::Output;

use self::fake::{FakeAws, here, sluice, stack};

const RUN: &str = "products-0123456789abcdef01234567";

/// The standard output of a command, after asserting its exit code.
fn stdout(output: &Output, code: i32) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    out
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
