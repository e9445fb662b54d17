//! Any list, any chunks: the same items come out.

use super::*;
use proptest::prelude::*;

/// Everything that came out, and how it ended.
fn split(bytes: &[u8], cuts: &[usize], largest: usize) -> (Vec<String>, Result<ListMeta, SplitError>) {
    let mut splitter = ItemSplitter::with_largest(largest);
    let mut items = Vec::new();
    let mut from = 0;
    for to in cuts.iter().copied().chain([bytes.len()]) {
        let result = splitter.push(&bytes[from..to], |piece| {
            items.push(match piece {
                Piece::Item(item) => String::from_utf8(item.to_vec()).unwrap(),
                Piece::TooLarge { bytes } => format!("too large: {bytes}"),
            });
        });
        if let Err(error) = result {
            return (items, Err(error));
        }
        from = to;
    }
    (items, splitter.finish())
}

const LIST: &str = r#" {"kind":"PodList","apiVersion":"v1","other":{"items":[1,{"a":"]"}]},
    "metadata":{"resourceVersion":"42","remainingItemCount":3,"continue":"abc"},
    "items" : [ {"a":"}\"]{\\"} , {"b":[[]]},5,"text" ,null], "after":-1.5e3 } "#;

#[test]
fn the_elements_of_items_and_nothing_else() {
    let (items, meta) = split(LIST.as_bytes(), &[], LARGEST_ITEM);
    assert_eq!(
        items,
        [r#"{"a":"}\"]{\\"}"#, r#"{"b":[[]]}"#, "5", r#""text""#, "null"]
    );
    let meta = meta.unwrap();
    assert_eq!(meta.resource_version.as_deref(), Some("42"));
    assert_eq!(meta.r#continue.as_deref(), Some("abc"));
    assert_eq!(meta.remaining_item_count, Some(3));
}

#[test]
fn metadata_may_come_last_and_items_may_be_null() {
    let (items, meta) = split(
        br#"{"items":[{}],"metadata":{"resourceVersion":"7"}}"#,
        &[],
        LARGEST_ITEM,
    );
    assert_eq!(
        (items.len(), meta.unwrap().resource_version.as_deref()),
        (1, Some("7"))
    );
    let (items, meta) = split(
        br#"{"items":null,"metadata":{"resourceVersion":"8"}}"#,
        &[],
        LARGEST_ITEM,
    );
    assert_eq!(
        (items.len(), meta.unwrap().resource_version.as_deref()),
        (0, Some("8"))
    );
}

#[test]
fn an_item_that_is_too_large_costs_only_itself() {
    let list = format!(
        r#"{{"items":[{{}},"{}",{{"x":1}}],"metadata":{{}}}}"#,
        "y".repeat(500)
    );
    let (items, meta) = split(list.as_bytes(), &[100, 300], 64);
    assert_eq!(items, ["{}", "too large: 502", r#"{"x":1}"#]);
    assert!(meta.is_ok());
}

#[test]
fn what_is_no_list_is_told() {
    let (_, page) = split(b"<html><title>Sign in</title></html>", &[], LARGEST_ITEM);
    assert!(page.unwrap_err().to_string().contains("Sign in"));
    for wrong in [
        r#"{"items":{}}"#,
        r#"{"items" 5}"#,
        "{5:1}",
        r#"{"items":[]} x"#,
        r#"{"items":[}]}"#,
    ] {
        let (_, result) = split(wrong.as_bytes(), &[], LARGEST_ITEM);
        assert!(
            matches!(result, Err(SplitError::Unexpected { .. })),
            "{wrong}: {result:?}"
        );
    }
}

#[test]
fn every_truncation_is_noticed() {
    let text = LIST.trim_end();
    for end in 1..text.len() {
        let (_, result) = split(&text.as_bytes()[..end], &[], LARGEST_ITEM);
        assert!(result.is_err(), "cut after {end}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        items in prop::collection::vec(json(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        pretty in any::<bool>(),
    ) {
        let list = serde_json::json!({"kind": "List", "items": items, "metadata": {"resourceVersion": "9"}});
        let text = if pretty { serde_json::to_vec_pretty(&list) } else { serde_json::to_vec(&list) }.unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).collect();
        cuts.sort_unstable();
        let (found, meta) = split(&text, &cuts, LARGEST_ITEM);
        let found: Vec<serde_json::Value> = found.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
        prop_assert_eq!(found, items);
        prop_assert_eq!(meta.unwrap().resource_version, Some("9".to_owned()));
    }

    #[test]
    fn garbage_never_panics_and_ends_the_same_in_any_chunks(
        bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ inullitems0".to_vec()), 0..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let (whole, whole_end) = split(&bytes, &[], 16);
        let (parts, parts_end) = split(&bytes, &cuts, 16);
        prop_assert_eq!(whole, parts);
        prop_assert_eq!(whole_end.is_ok(), parts_end.is_ok());
    }

    #[test]
    fn events_of_a_watch_in_any_chunks(
        events in prop::collection::vec(json(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let lines: Vec<String> = events.iter().map(|object| serde_json::json!({"object": object}).to_string()).collect();
        let text = lines.join("\n") + "\n";
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        let mut splitter = WatchSplitter::default();
        let mut found = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().chain([text.len()]) {
            splitter.push(&text.as_bytes()[from..to], |piece| match piece {
                Piece::Item(item) => found.push(String::from_utf8(item.to_vec()).unwrap()),
                Piece::TooLarge { .. } => panic!("nothing is too large"),
            }).unwrap();
            from = to;
        }
        prop_assert!(splitter.is_between());
        prop_assert_eq!(found, lines);
    }
}
