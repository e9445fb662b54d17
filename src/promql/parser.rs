//! Going through the words of a query one by one. Knows nothing of the grammar.

use super::lex::Token;
use super::mistake::Mistake;

/// A text, and how far it was read.
pub(super) struct Parser {
    pub(super) tokens: Vec<(usize, Token)>,
    pub(super) next: usize,
    pub(super) depth: u8,
}

impl Parser {
    /// The next word.
    pub(super) fn peek(&self) -> Token {
        self.tokens
            .get(self.next)
            .map_or(Token::End, |(_, token)| token.clone())
    }

    /// Goes on to the one after it.
    pub(super) fn advance(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// Says that something else belongs here.
    pub(super) fn unexpected(&self, wanted: &str) -> Mistake {
        let at = self.tokens.get(self.next).or(self.tokens.last());
        let at = at.map_or(0, |(at, _)| *at);
        let found = match self.peek() {
            Token::Number(number) => number.to_string(),
            Token::Duration(_) => "a duration".to_owned(),
            Token::Text(text) => format!("the text {text:?}"),
            Token::Word(word) => format!("\"{word}\""),
            Token::Sign(sign) => format!("\"{sign}\""),
            Token::End => "the end".to_owned(),
        };
        Mistake::new(at, format!("{found} stands where {wanted} is expected"))
    }

    /// Goes on if that sign is next.
    pub(super) fn takes(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Token::Sign(sign);
        if found {
            self.advance();
        }
        found
    }

    /// Goes on, for that sign must be next.
    pub(super) fn expect(&mut self, sign: &'static str) -> Result<(), Mistake> {
        if self.takes(sign) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("\"{sign}\"")))
        }
    }

    /// Goes on if that word is next, in capitals or not.
    pub(super) fn takes_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        if found {
            self.advance();
        }
        found
    }
}
