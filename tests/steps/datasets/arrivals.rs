//! The order in which files come.

use serde_json::json;
use sluice_contract::documents::JoinEnd;

use super::world::{DAY, FILES, Shop};

/// What the joined records of the shipped files must be.
fn expected() -> Vec<serde_json::Value> {
    let order = |id: u64, customer: &str, amount: serde_json::Value, items: &[u64]| {
        let items: Vec<_> = items.iter().map(|item| json!({"item_id": item, "order_id": id})).collect();
        json!({"order_id": id, "customer_id": customer, "amount": amount, "items": items})
    };
    vec![
        json!({"customer_id": "1", "customer_name": "John Doe", "orders": [
            order(1001, "1", json!(250), &[501, 502]), order(1002, "1", json!(150), &[503]),
        ]}),
        json!({"customer_id": "2", "customer_name": "Jane Smith", "orders": [order(1003, "2", json!(300), &[504])]}),
        json!({"customer_id": "3", "customer_name": "Alice Johnson", "orders": [
            order(1004, "3", json!(120), &[505]), order(1005, "3", json!(80), &[506]),
        ]}),
    ]
}

#[tokio::test]
async fn files_are_joined_in_any_order_of_their_arrival() {
    for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let shop = Shop::new();
        for (number, at) in [a, b, c].into_iter().enumerate() {
            assert_eq!(shop.joins.started(), [], "nothing partial is joined: {number} of 3 are there");
            let (member, content) = FILES[at];
            shop.put(member, DAY, content).await;
        }
        assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
        assert_eq!(shop.joined(DAY, 3), expected());
        assert_eq!(shop.orphans(DAY, 3), Vec::<String>::new());
        assert_eq!(shop.items("customer-messages").len(), 3);
        assert_eq!(shop.items("customer-totals").len(), 3);
    }
}
