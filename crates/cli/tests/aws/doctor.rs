//! `sluice doctor`.

use serde_json::json;

use super::fake::{Answer, Buckets, FakeAws, Request, refusal, sluice, stack};
use super::stdout;

const FEED: &str = "version: 1\nname: shop\nschema: {fields: [{name: id, constraints: {required: true}}]}\n\
                    import: {table: shop, key: [id]}\nreport: {recipients: [reader@example.com]}\n";

/// The answer of STS about the credentials.
const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/jo</Arn><UserId>u</UserId>\
                        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// An account with one problem.
fn account(problem: &'static str) -> FakeAws {
    let buckets = Buckets::default();
    buckets.put("data/feeds/shop.yaml", FEED);
    if problem == "late" || problem == "not late" {
        // The wait began in the past, or long after every run of this test.
        let since = if problem == "late" { "2020-01-01T00:00:00Z" } else { "9999-01-01T00:00:00Z" };
        let wait = json!({"version": 1, "feeds": {"shop": {"since": since, "told": true}}});
        buckets.put("data/sweep/feeds.json", &wait.to_string());
    }
    if problem.ends_with("late") || problem == "no sweep yet" {
        buckets.put("data/feeds/shop.yaml", &format!("{FEED}expect: {{every: 1d}}\n"));
    }
    if problem == "feed" {
        buckets.put("data/feeds/market.yaml", "version: 2\n");
    }
    FakeAws::serving(move |request: &Request| -> Answer {
        let table = json!({
            "TableStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        });
        let answer = match request.operation() {
            "GetCallerIdentity" => IDENTITY.to_owned(),
            "DescribeStacks" if problem == "status" => {
                deployed().replace("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
            }
            "DescribeStacks" => deployed(),
            "DescribeTable" if problem == "table" && request.body.contains("target-shop") => {
                return (400, json!({"__type": "x#ResourceNotFoundException"}).to_string());
            }
            "DescribeTable" => json!({"Table": table}).to_string(),
            "GetQueueUrl" if problem == "denied" => {
                return (400, json!({"__type": "x#AccessDeniedException"}).to_string());
            }
            "GetQueueUrl" => json!({"QueueUrl": "http://sqs/1/queue"}).to_string(),
            "GetQueueAttributes" => {
                let visible = if problem == "queue" { "2" } else { "0" };
                let attributes =
                    json!({"ApproximateNumberOfMessages": visible, "ApproximateNumberOfMessagesNotVisible": "0"});
                json!({"Attributes": attributes}).to_string()
            }
            _ if request.path.starts_with("/2016-08-19/account-settings") => {
                let free = if problem == "executions" { 8 } else { 10 };
                json!({"AccountLimit": {"ConcurrentExecutions": free, "UnreservedConcurrentExecutions": free}})
                    .to_string()
            }
            _ if request.path.starts_with("/v2/email/account") => {
                json!({"SendingEnabled": true, "ProductionAccessEnabled": problem != "sandbox"}).to_string()
            }
            _ if request.path.starts_with("/v2/email/identities/") => {
                // The domain is verified, unless the problem is the sender. In the sandbox, the reader is not verified.
                let name = request.path.replace("%40", "@");
                if problem == "sender" || name.contains('@') {
                    return (404, json!({"__type": "NotFoundException"}).to_string());
                }
                json!({"VerifiedForSendingStatus": problem != "sandbox" || name.ends_with("/shop.example")}).to_string()
            }
            _ => return buckets.answer(request),
        };
        (200, answer)
    })
}

/// The stack with its parameters.
fn deployed() -> String {
    let parameters = [("Sender", "imports@shop.example"), ("CheckConcurrency", "6"), ("ImportConcurrency", "2")].map(
        |(name, value)| {
            format!("<member><ParameterKey>{name}</ParameterKey><ParameterValue>{value}</ParameterValue></member>")
        },
    );
    stack().replace("<Outputs>", &format!("<Parameters>{}</Parameters><Outputs>", parameters.concat()))
}

#[test]
fn an_account_in_which_all_is_well_has_no_problem() {
    let said = stdout(&account("nothing").sluice(&["doctor"]), 0);
    assert!(said.lines().all(|line| line.starts_with("ok  ") || line == "Everything is in order."), "{said}");
    for part in ["user/jo, account 111122223333", "eu-west-3", "sluice, CREATE_COMPLETE", "1 feed can be used"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_feed_whose_files_come_is_no_problem() {
    for account_of in ["not late", "no sweep yet"] {
        let said = stdout(&account(account_of).sluice(&["doctor"]), 0);
        assert!(said.contains("ok       files: 1 feed with expect.every, none late"), "{said}");
    }
    let said = stdout(&account("nothing").sluice(&["doctor"]), 0);
    assert!(!said.contains("files:"), "no feed says how often a file comes: {said}");
}

#[test]
fn each_problem_comes_with_what_to_do() {
    for (problem, what, todo) in [
        ("feed", "feeds: market cannot be used", "sluice feed pull market --stack sluice"),
        ("table", "target-shop\" does not exist", "sluice table create shop --stack sluice"),
        ("sender", "has not verified the sender imports@shop.example", "create-email-identity"),
        ("sandbox", "in the sandbox and refuses mails to reader@example.com", "production access"),
        (
            "late",
            "files: shop has waited for a file since 2020-01-01T00:00:00Z, for more than 1 day",
            "sluice runs --feed shop",
        ),
        ("queue", "2 messages in sluice-undelivered", "sluice redrive undelivered --stack sluice"),
        ("executions", "8 unreserved executions at once", "CheckConcurrency=4"),
        ("status", "the last deployment of sluice failed", "describe-stack-events"),
        ("denied", "the permission is missing", "aws sts get-caller-identity"),
    ] {
        let said = stdout(&account(problem).sluice(&["doctor"]), 4);
        let lines: Vec<&str> = said.lines().collect();
        let at = lines.iter().position(|line| line.starts_with("PROBLEM  ") && line.contains(what));
        let at = at.unwrap_or_else(|| panic!("{what:?} is not in {said}"));
        assert!(lines[at + 1].starts_with("         what to do: ") && lines[at + 1].contains(todo), "{said}");
        // All other checks are made too.
        assert!(said.contains("concurrency: "), "{said}");
    }
}

#[test]
fn what_everything_depends_on_ends_the_examination() {
    let denied = FakeAws::serving(|_| (403, refusal("ExpiredToken", "expired")));
    let said = stdout(&denied.sluice(&["doctor"]), 4);
    assert!(said.contains("the AWS credentials have expired") && said.contains("aws sso login"), "{said}");
    assert!(said.ends_with("The rest cannot be checked before this is done.\n1 problem found.\n"), "{said}");

    let said = stdout(&sluice(&denied.endpoint(), &["doctor"]).output().unwrap(), 4);
    assert!(said.starts_with("PROBLEM  region: no AWS region is set\n") && said.contains("Set AWS_REGION"), "{said}");

    let unknown = FakeAws::serving(|request| match request.operation() {
        "GetCallerIdentity" => (200, IDENTITY.to_owned()),
        _ => (400, refusal("ValidationError", "Stack with id x does not exist")),
    });
    let said = stdout(&unknown.sluice(&["doctor", "--stack", "x"]), 4);
    assert!(
        said.contains("PROBLEM  stack: there is no stack \"x\"") && said.contains("--stack or SLUICE_STACK"),
        "{said}"
    );
}
