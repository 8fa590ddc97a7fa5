//! `sluice connection`.

use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::fake::{Answer, FakeAws, Request};
use super::stdout;

const ADDRESS: &str = "mongodb://me:hidden@host/?tls=true";

fn error(name: &str) -> Answer {
    (400, json!({"__type": name, "Message": "m"}).to_string())
}

/// The secret of a connection with these permissions.
fn secret(feeds: &Value) -> Answer {
    let text = json!({"version": 1, "uri": ADDRESS, "feeds": feeds}).to_string();
    (200, json!({"SecretString": text}).to_string())
}

/// A stack with these answers of Secrets Manager and Lambda.
fn stack(answer: impl Fn(&Request) -> Answer + Send + 'static) -> FakeAws {
    FakeAws::with_stack(answer)
}

/// Runs a command with a text as its standard input.
fn with_input(aws: &FakeAws, arguments: &[&str], input: &str) -> Output {
    let mut command = aws.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What the stack was asked to keep, by the operation that did it.
fn kept(aws: &FakeAws, operation: &str) -> Value {
    let requests = aws.requests();
    let request = requests.iter().find(|request| request.operation() == operation).unwrap();
    let body: Value = serde_json::from_str(&request.body).unwrap();
    serde_json::from_str(body["SecretString"].as_str().unwrap()).unwrap()
}

#[test]
fn a_connection_is_created_or_replaced_with_its_permissions() {
    let permit = ["--permit", "products=shop.products", "--permit", "products=shop.prices"];
    let arguments = [&["connection", "set", "main"][..], &permit].concat();
    let expected = json!({"version": 1, "uri": ADDRESS, "feeds": {"products": ["shop.prices", "shop.products"]}});
    let aws = stack(|_| (200, "{}".to_owned()));
    let said = stdout(&with_input(&aws, &arguments, &format!("{ADDRESS}\n")), 0);
    assert_eq!(said, "created the connection main\nto test it: sluice connection test main --stack sluice\n");
    assert_eq!(kept(&aws, "CreateSecret"), expected);

    for (refusal, restored) in [("ResourceExistsException", 0), ("InvalidRequestException", 1)] {
        // A removed secret can only be restored, until it is.
        let is_there = AtomicBool::new(restored == 0);
        let aws = stack(move |request| match request.operation() {
            "CreateSecret" => error(refusal),
            "PutSecretValue" if !is_there.load(Ordering::Relaxed) => error("InvalidRequestException"),
            "RestoreSecret" => {
                is_there.store(true, Ordering::Relaxed);
                (200, "{}".to_owned())
            }
            _ => (200, "{}".to_owned()),
        });
        let said = stdout(&with_input(&aws, &arguments, ADDRESS), 0);
        assert!(said.starts_with("replaced the connection main\n"), "{said}");
        assert_eq!(kept(&aws, "PutSecretValue"), expected);
        let restores = aws.requests().iter().filter(|request| request.operation() == "RestoreSecret").count();
        assert_eq!(restores, restored);
    }
}

#[test]
fn permissions_can_change_without_the_address() {
    let aws = stack(|request| match request.operation() {
        "GetSecretValue" => secret(&json!({"old": ["shop.old"]})),
        _ => (200, "{}".to_owned()),
    });
    let arguments = ["connection", "set", "main", "--keep-address", "--permit", "new=shop.new"];
    stdout(&aws.sluice(&arguments), 0);
    assert_eq!(kept(&aws, "CreateSecret"), json!({"version": 1, "uri": ADDRESS, "feeds": {"new": ["shop.new"]}}));
}

#[test]
fn mistakes_are_said_without_the_address() {
    let aws = stack(|_| error("ResourceNotFoundException"));
    for (arguments, input, code, said) in [
        (&["connection", "set", "main"][..], "mongodb://me:hidden@host/", 2, "the address does without TLS"),
        (&["connection", "set", "main"], "hidden", 2, "begins neither with mongodb:// nor with mongodb+srv://"),
        (&["connection", "set", "Main"], "", 2, "is not the name of a connection"),
        (&["connection", "set", "main", "--permit", "products"], "", 2, "such as products=shop.products"),
        (&["connection", "set", "main", "--permit", "products=shop"], "", 2, "names no database"),
        (&["connection", "set", "main", "--keep-address"], "", 4, "the stack sluice has no connection main"),
        (&["connection", "test", "main"], "", 4, "the stack sluice has no connection main"),
        (&["connection", "remove", "main"], "", 4, "the stack sluice has no connection main"),
    ] {
        let output = with_input(&aws, arguments, input);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(said) && !text.contains("hidden"), "{arguments:?}: {text}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn connections_are_listed_and_removed_without_their_addresses() {
    let aws = stack(|request| match request.operation() {
        "ListSecrets" => {
            let named = ["sluice/connections/main", "sluice/connections/archive"].map(|name| json!({"Name": name}));
            (200, json!({"SecretList": named}).to_string())
        }
        "GetSecretValue" if request.body.contains("archive") => secret(&json!({})),
        "GetSecretValue" => secret(&json!({"products": ["shop.prices", "shop.products"]})),
        _ => (200, "{}".to_owned()),
    });
    let said = stdout(&aws.sluice(&["connection", "list"]), 0);
    let expected = "CONNECTION  FEED      COLLECTION\narchive     none\nmain        products  shop.prices\n\
                    main        products  shop.products\n";
    assert_eq!(said, expected);
    let said = stdout(&aws.sluice(&["connection", "remove", "main"]), 0);
    assert!(said.starts_with("removed the connection main; "), "{said}");
    let empty = stack(|_| (200, r#"{"SecretList": []}"#.to_owned()));
    assert!(stdout(&empty.sluice(&["connection", "list"]), 0).starts_with("there is no connection; "));
}

#[test]
fn a_test_asks_the_function_with_the_driver_about_each_collection() {
    let aws = stack(|request| match request.operation() {
        "GetSecretValue" => secret(&json!({"products": ["shop.products"], "prices": ["shop.prices"]})),
        _ if request.body.contains("shop.prices") => (200, json!({"problems": ["No."]}).to_string()),
        _ => (200, json!({"problems": []}).to_string()),
    });
    let said = stdout(&aws.sluice(&["connection", "test", "main"]), 4);
    let expected =
        "bad: the feed prices cannot write to shop.prices: No.\ngood: the feed products can write to shop.products\n";
    assert_eq!(said, expected);
    let asked: Vec<String> = aws
        .requests()
        .iter()
        .filter(|request| request.path.contains("/functions/sluice-import-mongodb/invocations"))
        .map(|request| request.body.clone())
        .collect();
    let check = json!({"check": {"feed": "prices", "connection": "main", "collection": "shop.prices"}});
    assert_eq!(serde_json::from_str::<Value>(&asked[0]).unwrap(), check);
    assert_eq!(asked.len(), 2);
}
