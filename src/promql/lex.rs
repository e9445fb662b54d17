//! The words of a query: numbers, durations, texts, names, signs.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::mistake::Mistake;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// In milliseconds.
    Duration(i64),
    Text(String),
    Word(String),
    Sign(&'static str),
    End,
}

/// Longer signs first.
const SIGNS: [&str; 24] = [
    "==", "!=", "=~", "!~", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", "[",
    "]", ",", ":", "@",
];

/// Units of durations, in milliseconds.
const UNITS: [(&str, i64); 7] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("y", 31_536_000_000),
];

type Characters = Peekable<IntoIter<(usize, char)>>;

/// All words of a text with their places, the end last.
pub(super) fn lex(text: &str) -> Result<Vec<(usize, Token)>, Mistake> {
    let characters: Vec<(usize, char)> = text.chars().enumerate().collect();
    let end = characters.len();
    let mut rest = characters.into_iter().peekable();
    let mut tokens = Vec::new();
    while let Some((at, first)) = rest.peek().copied() {
        match first {
            space if space.is_whitespace() => drop(rest.next()),
            '#' => while rest.next_if(|(_, it)| *it != '\n').is_some() {},
            '"' | '\'' | '`' => tokens.push((at, Token::Text(quoted(&mut rest)?))),
            digit if digit.is_ascii_digit() || digit == '.' => tokens.push((at, number(&mut rest)?)),
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                tokens.push((at, word(take(&mut rest, is_name))));
            }
            // A recording rule may begin with a colon; alone it parts the steps of a subquery.
            ':' if is_rule(&rest) => tokens.push((at, Token::Word(take(&mut rest, is_name)))),
            _ => tokens.push((at, sign(&mut rest, at)?)),
        }
    }
    tokens.push((end, Token::End));
    Ok(tokens)
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == ':'
}

fn is_rule(rest: &Characters) -> bool {
    let next = rest.clone().nth(1);
    next.is_some_and(|(_, it)| it.is_ascii_alphabetic() || it == '_')
}

fn take(rest: &mut Characters, wanted: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    while let Some((_, character)) = rest.next_if(|(_, it)| wanted(*it)) {
        text.push(character);
    }
    text
}

fn word(text: String) -> Token {
    match text.to_ascii_lowercase().as_str() {
        "inf" => Token::Number(f64::INFINITY),
        "nan" => Token::Number(f64::NAN),
        _ => Token::Word(text),
    }
}

fn sign(rest: &mut Characters, at: usize) -> Result<Token, Mistake> {
    let ahead: String = rest.clone().take(2).map(|(_, it)| it).collect();
    let Some(found) = SIGNS.into_iter().find(|sign| ahead.starts_with(sign)) else {
        let what = format!(
            "{:?} stands for nothing here",
            ahead.chars().next().unwrap_or(' ')
        );
        return Err(Mistake::new(at, what));
    };
    for _ in found.chars() {
        rest.next();
    }
    Ok(Token::Sign(found))
}

fn quoted(rest: &mut Characters) -> Result<String, Mistake> {
    let Some((start, quote)) = rest.next() else {
        return Ok(String::new());
    };
    let mut text = String::new();
    while let Some((at, character)) = rest.next() {
        match character {
            end if end == quote => return Ok(text),
            '\\' if quote != '`' => match rest.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, plain @ ('\\' | '"' | '\''))) => text.push(plain),
                Some(_) | None => {
                    return Err(Mistake::new(at, "an unknown escape; a backslash is written \\\\"));
                }
            },
            '\n' if quote != '`' => break,
            plain => text.push(plain),
        }
    }
    Err(Mistake::new(start, "a text that does not end"))
}

/// A number, or a duration where a unit follows.
fn number(rest: &mut Characters) -> Result<Token, Mistake> {
    let at = rest.peek().map_or(0, |(at, _)| *at);
    let hex = rest.clone().nth(1).is_some_and(|(_, it)| it == 'x' || it == 'X');
    let mut text = take(rest, |it| it.is_ascii_digit() || it == '.');
    if hex && text == "0" {
        rest.next();
        let digits = take(rest, |it| it.is_ascii_hexdigit());
        let value = u32::from_str_radix(&digits, 16);
        return value
            .map(|it| Token::Number(f64::from(it)))
            .map_err(|_no| no_number(at, &digits));
    }
    let unit = rest
        .peek()
        .filter(|(_, it)| it.is_ascii_alphabetic() && !"eE".contains(*it));
    if unit.is_some() {
        return duration(rest, at, &text);
    }
    if rest.peek().is_some_and(|(_, it)| *it == 'e' || *it == 'E') {
        rest.next();
        text.push('e');
        text.push_str(&take(rest, |it| it == '+' || it == '-'));
        text.push_str(&take(rest, |it| it.is_ascii_digit()));
    }
    text.parse()
        .map(Token::Number)
        .map_err(|_no| no_number(at, &text))
}

fn no_number(at: usize, text: &str) -> Mistake {
    Mistake::new(at, format!("\"{text}\" is no number"))
}

fn duration(rest: &mut Characters, at: usize, first: &str) -> Result<Token, Mistake> {
    let wrong = || Mistake::new(at, "no duration; one is written such as 30s, 5m or 1h30m");
    let (mut total, mut digits) = (0_i64, first.to_owned());
    loop {
        let count: i64 = digits.parse().map_err(|_no| wrong())?;
        let unit = take(rest, |it| it.is_ascii_alphabetic());
        let factor = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?.1;
        let part = count.checked_mul(factor);
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        digits = take(rest, |it| it.is_ascii_digit());
        if digits.is_empty() {
            return Ok(Token::Duration(total));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        lex(text).unwrap().into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn numbers_durations_texts_and_signs_are_told_apart() {
        let number = Token::Number;
        for (text, wanted) in [
            ("1.5", number(1.5)),
            ("1e3", number(1000.0)),
            (".5", number(0.5)),
            ("0x1f", number(31.0)),
            ("1h30m", Token::Duration(5_400_000)),
            ("500ms", Token::Duration(500)),
            (r#""a\"b\\c""#, Token::Text("a\"b\\c".to_owned())),
            (r"`a\d`", Token::Text(r"a\d".to_owned())),
            ("job:rate", Token::Word("job:rate".to_owned())),
            ("!~", Token::Sign("!~")),
        ] {
            assert_eq!(tokens(text), [wanted, Token::End], "{text}");
        }
        let steps = [
            Token::Duration(300_000),
            Token::Sign(":"),
            Token::Duration(60_000),
            Token::End,
        ];
        assert_eq!(tokens("5m:1m"), steps);
        assert_eq!(tokens("1 # nothing"), [number(1.0), Token::End]);
    }

    #[test]
    fn what_is_no_word_is_told_with_its_place() {
        for (text, at) in [
            ("a ? b", 2),
            ("x{a=\"b}", 4),
            ("[5q]", 1),
            ("1.2.3", 0),
            (r#""\q""#, 1),
        ] {
            let mistake = lex(text).unwrap_err();
            assert_eq!(mistake.at, at, "{text}: {mistake}");
        }
    }
}
