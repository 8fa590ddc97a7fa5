//! Checks that a collection can be written to.

use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::{Client, Database};
use sluice_platform::Fault;
use sluice_platform::sink::Target;

use crate::command::in_time;
use crate::refusal::{self, Meaning};

/// The version of the protocol with which MongoDB 5.0 came. Before it, a pipeline had no `$unsetField`.
const MONGODB_5: i32 = 13;
/// What a batch does with a collection.
const ACTIONS: [&str; 3] = ["find", "insert", "update"];

/// The problems of a collection, one sentence each.
pub(crate) async fn problems(client: &Client, target: &Target) -> Result<Vec<String>, Fault> {
    let Some((name, collection)) = target.name.split_once('.') else {
        return Ok(vec![format!("The collection {:?} has no database.", target.name)]);
    };
    let database = client.database(name);
    match found(&database, collection, &target.name).await {
        Ok(problems) => Ok(problems),
        Err(error) => match refusal::of_command(&error, &format!("look at the collection {:?}", target.name)) {
            Meaning::Fault(Fault::Misconfigured { source, .. }) => {
                Ok(vec![format!("The connection cannot be used: {source}.")])
            }
            Meaning::Fault(fault) => Err(fault),
            Meaning::Again | Meaning::Refused(_) => Ok(vec![
                "The server does not answer as the primary of its replica set, or cannot be reached.".to_owned(),
            ]),
        },
    }
}

async fn found(database: &Database, collection: &str, name: &str) -> Result<Vec<String>, Error> {
    let hello = in_time(database.run_command(doc! {"hello": 1})).await?;
    if hello.get_i32("maxWireVersion").unwrap_or_default() < MONGODB_5 {
        return Ok(vec!["The server is older than MongoDB 5.0.".to_owned()]);
    }
    let mut problems = Vec::new();
    let status = in_time(database.run_command(doc! {"connectionStatus": 1, "showPrivileges": true})).await?;
    let missing = missing(&status, database.name(), collection);
    if !missing.is_empty() {
        problems.push(format!(
            "The user of the connection lacks rights to the collection {name:?}: {}.",
            missing.join(", ")
        ));
    }
    let listed = in_time(database.list_collections().filter(doc! {"name": collection})).await;
    // Who may not list collections may still write to them.
    if let Ok(mut listed) = listed
        && in_time(listed.advance()).await?
    {
        let is_kind = |kind| listed.current().get_str("type").is_ok_and(|found| found == kind);
        if !is_kind("collection") {
            problems.push(format!("{name:?} is a view or of another special kind, not a plain collection."));
        }
        let has = |option| {
            let options = listed.current().get_document("options");
            options.is_ok_and(|options| options.get(option).is_ok_and(|found| found.is_some()))
        };
        if has("collation") {
            problems.push(format!("The collection {name:?} has a collation, by which different keys can be the same."));
        }
        if has("capped") {
            problems.push(format!("The collection {name:?} is capped, so that its documents go away by themselves."));
        }
    }
    Ok(problems)
}

/// The actions that the signed-in user lacks for a collection. Without users, everybody may do everything.
fn missing(status: &Document, database: &str, collection: &str) -> Vec<&'static str> {
    let info = status.get_document("authInfo").ok();
    let list = |name: &str| info.and_then(|info| info.get_array(name).ok());
    if list("authenticatedUsers").is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let privileges = list("authenticatedUserPrivileges").into_iter().flatten().filter_map(Bson::as_document);
    let of_collection = |privilege: &&Document| {
        privilege.get_document("resource").is_ok_and(|resource| {
            let covers =
                |name: &str, wanted: &str| resource.get_str(name).is_ok_and(|of| of.is_empty() || of == wanted);
            resource.get_bool("anyResource").unwrap_or_default()
                || covers("db", database) && covers("collection", collection)
        })
    };
    let granted: Vec<&str> = privileges
        .filter(of_collection)
        .filter_map(|privilege| privilege.get_array("actions").ok())
        .flatten()
        .filter_map(Bson::as_str)
        .collect();
    ACTIONS.into_iter().filter(|action| !granted.contains(action) && !granted.contains(&"anyAction")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(resource: Document, actions: Vec<&str>) -> Document {
        let privileges = vec![Bson::from(doc! {"resource": resource, "actions": actions})];
        doc! {"authInfo": {"authenticatedUsers": [{"user": "me"}], "authenticatedUserPrivileges": privileges}}
    }

    #[test]
    fn rights_are_those_for_the_collection() {
        let all = || ACTIONS.to_vec();
        for (status, expected) in [
            (status(doc! {"db": "shop", "collection": "products"}, all()), vec![]),
            (status(doc! {"db": "shop", "collection": ""}, all()), vec![]),
            (status(doc! {"db": "", "collection": ""}, vec!["find"]), vec!["insert", "update"]),
            (status(doc! {"db": "shop", "collection": "prices"}, all()), all()),
            (status(doc! {"anyResource": true}, vec!["anyAction"]), vec![]),
            (doc! {"authInfo": {"authenticatedUsers": [], "authenticatedUserPrivileges": []}}, vec![]),
        ] {
            assert_eq!(missing(&status, "shop", "products"), expected, "{status}");
        }
    }
}
