//! What binds to what, and what is said of a mistake.

use super::*;

fn shown(expr: &Expr) -> String {
    match expr {
        Expr::Number(number) => number.to_string(),
        Expr::Text(text) => format!("{text:?}"),
        Expr::Instant(selector) => selector.matchers[0].value.clone(),
        Expr::Range(selector, span) => format!("{}[{span}]", selector.matchers[0].value),
        Expr::Subquery(of, span) => format!("{}[{span}:]", shown(of)),
        Expr::Call { name, arguments } => {
            let all: Vec<String> = arguments.iter().map(shown).collect();
            format!("{name}({})", all.join(","))
        }
        Expr::Aggregate {
            name, grouping, of, ..
        } => format!("{name} {grouping:?} {}", shown(of)),
        Expr::Binary {
            operator,
            left,
            right,
            ..
        } => {
            format!("({} {operator:?} {})", shown(left), shown(right))
        }
        Expr::Negative(of) => format!("-{}", shown(of)),
    }
}

#[test]
fn what_binds_more_tightly_comes_first() {
    for (text, wanted) in [
        ("1 + 2 * 3", "(1 Add (2 Multiply 3))"),
        ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
        ("2 ^ 3 ^ 2", "(2 Power (3 Power 2))"),
        ("-a ^ 2", "-(a Power 2)"),
        ("-a * 2", "(-a Multiply 2)"),
        ("(1 + 2) * 3", "((1 Add 2) Multiply 3)"),
        ("a or b and c", "(a Or (b And c))"),
        ("a > 0 and b", "((a Greater 0) And b)"),
        ("rate(a[5m])", "rate(a[300000])"),
        ("sum by (pod) (a)", r#"sum By(["pod"]) a"#),
        ("sum(a) by (pod, le,)", r#"sum By(["pod", "le"]) a"#),
        ("max without (le) (a offset 5m)", r#"max Without(["le"]) a"#),
        (
            "max_over_time(rate(a[1m])[5m:30s])",
            "max_over_time(rate(a[60000])[300000:])",
        ),
        ("sum", "sum"),
        ("topk(3, a)", "topk By([]) a"),
        ("a / on (pod) group_left (x) b", "(a Divide b)"),
        ("a @ end()", "a"),
    ] {
        assert_eq!(shown(&parse(text).unwrap()), wanted, "{text}");
    }
}

#[test]
fn a_mistake_has_its_place_and_what_is_expected() {
    for (text, at, words) in [
        ("sum by (pod) (rate(a[5m])", 25, "\",\" or \")\""),
        ("rate(a[5m)", 9, "\"]\""),
        ("a{pod=x}", 6, "a text in quotes"),
        ("a{}b", 3, "the end, or an operator"),
        ("{}", 0, "a metric"),
        ("{pod=~\".*\"}", 0, "a metric"),
        ("", 0, "an expression"),
        ("1 +", 3, "an expression"),
        ("sum()", 3, "one vector"),
        ("(a + b)[5m]", 10, "\":\""),
        ("a offset b", 9, "a duration"),
    ] {
        let mistake = parse(text).unwrap_err();
        assert_eq!(mistake.at, at, "{text}: {mistake}");
        assert!(mistake.what.contains(words), "{text}: {mistake}");
    }
    let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
    assert!(
        parse(&deep).is_err(),
        "a stack is no place for a stranger's parentheses"
    );
    assert!(parse(&"-".repeat(10_000)).is_err());
}
