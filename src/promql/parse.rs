//! From a text to a query: the whole grammar, by precedence. Functions may have any name: a newer server knows more of them.

use super::expr::{Expr, Grouping, Matching, Selector};
use super::lex::{Token, lex};
use super::mistake::Mistake;
use super::operator::Operator;
use super::parser::Parser;
use super::selector::{Compare, Matcher};

/// The aggregations there are.
const AGGREGATIONS: [&str; 14] = [
    "sum",
    "avg",
    "max",
    "min",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "quantile",
    "count_values",
    "limitk",
    "limit_ratio",
];

/// Parentheses in parentheses that are followed.
const DEEPEST: u8 = 64;

/// Reads a query.
///
/// # Errors
///
/// When it is no PromQL, with the place and what is expected there.
pub fn parse(text: &str) -> Result<Expr, Mistake> {
    let mut parser = Parser {
        tokens: lex(text)?,
        next: 0,
        depth: 0,
    };
    let expr = parser.binary(0)?;
    if parser.peek() == Token::End {
        Ok(expr)
    } else {
        Err(parser.unexpected("the end, or an operator"))
    }
}

impl Parser {
    fn operator(&self) -> Option<Operator> {
        match self.peek() {
            Token::Sign(sign) => Operator::of(sign),
            Token::Word(word) => Operator::of(&word.to_ascii_lowercase()),
            Token::Number(_) | Token::Duration(_) | Token::Text(_) | Token::End => None,
        }
    }

    fn binary(&mut self, least: u8) -> Result<Expr, Mistake> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return Err(self.unexpected("something simpler"));
        }
        let mut left = self.unary()?;
        while let Some(operator) = self.operator().filter(|it| it.binds() > least) {
            self.advance();
            let is_bool = self.takes_word("bool");
            let matching = self.matching()?;
            // Powers are taken from the right, everything else from the left.
            let from = if operator == Operator::Power {
                operator.binds().saturating_sub(1)
            } else {
                operator.binds()
            };
            let right = self.binary(from)?;
            left = Expr::Binary {
                operator,
                left: Box::new(left),
                right: Box::new(right),
                is_bool,
                matching,
            };
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(left)
    }

    fn matching(&mut self) -> Result<Matching, Mistake> {
        let mut matching = Matching::default();
        if self.takes_word("on") {
            matching.on = Some(Grouping::By(self.names()?));
        } else if self.takes_word("ignoring") {
            matching.on = Some(Grouping::Without(self.names()?));
        }
        if self.takes_word("group_left") || self.takes_word("group_right") {
            matching.many = true;
            if self.peek() == Token::Sign("(") {
                self.names()?;
            }
        }
        Ok(matching)
    }

    fn unary(&mut self) -> Result<Expr, Mistake> {
        let power = Operator::Power.binds().saturating_sub(1);
        if self.takes("-") {
            return Ok(Expr::Negative(Box::new(self.binary(power)?)));
        }
        if self.takes("+") {
            return self.binary(power);
        }
        let mut expr = self.primary()?;
        loop {
            if self.takes("[") {
                expr = self.range(expr)?;
            } else if self.takes_word("offset") {
                let sign = if self.takes("-") { -1 } else { 1 };
                let offset = self.duration()?.saturating_mul(sign);
                self.amend(&mut expr, |selector| selector.offset = offset)?;
            } else if self.takes("@") {
                self.instant()?;
                self.amend(&mut expr, |selector| selector.fixed = true)?;
            } else {
                return Ok(expr);
            }
        }
    }

    /// What follows `@`.
    fn instant(&mut self) -> Result<(), Mistake> {
        if self.takes_word("start") || self.takes_word("end") {
            self.expect("(")?;
            return self.expect(")");
        }
        self.takes("-");
        if !matches!(self.peek(), Token::Number(_)) {
            return Err(self.unexpected("an instant in seconds"));
        }
        self.advance();
        Ok(())
    }

    fn amend(&self, expr: &mut Expr, change: impl FnOnce(&mut Selector)) -> Result<(), Mistake> {
        match expr {
            Expr::Instant(selector) | Expr::Range(selector, _) => change(selector),
            // Subqueries are read and never answered here.
            Expr::Subquery(_, _) => {}
            Expr::Number(_)
            | Expr::Text(_)
            | Expr::Call { .. }
            | Expr::Aggregate { .. }
            | Expr::Binary { .. }
            | Expr::Negative(_) => {
                return Err(self.unexpected("an operator: offset and @ belong to a selector"));
            }
        }
        Ok(())
    }

    fn duration(&mut self) -> Result<i64, Mistake> {
        let Token::Duration(span) = self.peek() else {
            return Err(self.unexpected("a duration such as 5m"));
        };
        self.advance();
        Ok(span)
    }

    fn range(&mut self, of: Expr) -> Result<Expr, Mistake> {
        let span = self.duration()?;
        if span <= 0 {
            return Err(self.unexpected("a duration above zero"));
        }
        if self.takes(":") {
            if matches!(self.peek(), Token::Duration(_)) {
                self.advance();
            }
            self.expect("]")?;
            return Ok(Expr::Subquery(Box::new(of), span));
        }
        let Expr::Instant(selector) = of else {
            return Err(self.unexpected("\":\", for ranges belong to selectors alone"));
        };
        self.expect("]")?;
        Ok(Expr::Range(selector, span))
    }

    fn primary(&mut self) -> Result<Expr, Mistake> {
        match self.peek() {
            Token::Number(number) => {
                self.advance();
                Ok(Expr::Number(number))
            }
            Token::Text(text) => {
                self.advance();
                Ok(Expr::Text(text))
            }
            Token::Sign("(") => {
                self.advance();
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("{") => self.selector(&[]),
            Token::Word(word) => {
                self.advance();
                if AGGREGATIONS.contains(&word.to_ascii_lowercase().as_str()) && self.begins_aggregation() {
                    return self.aggregation(word.to_ascii_lowercase());
                }
                if self.peek() == Token::Sign("(") {
                    let arguments = self.arguments()?;
                    return Ok(Expr::Call {
                        name: word,
                        arguments,
                    });
                }
                self.selector(&[word])
            }
            Token::Duration(_) | Token::Sign(_) | Token::End => Err(self.unexpected("an expression")),
        }
    }

    fn begins_aggregation(&self) -> bool {
        match self.peek() {
            Token::Sign("(") => true,
            Token::Word(word) => ["by", "without"].contains(&word.to_ascii_lowercase().as_str()),
            Token::Number(_) | Token::Duration(_) | Token::Text(_) | Token::Sign(_) | Token::End => false,
        }
    }

    fn aggregation(&mut self, name: String) -> Result<Expr, Mistake> {
        let mut grouping = self.grouping()?;
        let at = self.next;
        let mut arguments = self.arguments()?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let (Some(of), parameter, true) = (arguments.pop(), arguments.pop(), arguments.is_empty()) else {
            self.next = at;
            return Err(self.unexpected("one vector in parentheses"));
        };
        Ok(Expr::Aggregate {
            name,
            grouping: grouping.unwrap_or(Grouping::By(Vec::new())),
            parameter: parameter.map(Box::new),
            of: Box::new(of),
        })
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, Mistake> {
        if self.takes_word("by") {
            return Ok(Some(Grouping::By(self.names()?)));
        }
        if self.takes_word("without") {
            return Ok(Some(Grouping::Without(self.names()?)));
        }
        Ok(None)
    }

    fn names(&mut self) -> Result<Vec<String>, Mistake> {
        self.expect("(")?;
        let mut names = Vec::new();
        while !self.takes(")") {
            let (Token::Word(name) | Token::Text(name)) = self.peek() else {
                return Err(self.unexpected("a label"));
            };
            self.advance();
            names.push(name);
            if !self.takes(",") && self.peek() != Token::Sign(")") {
                return Err(self.unexpected("\",\" or \")\""));
            }
        }
        Ok(names)
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Mistake> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.takes(")") {
            arguments.push(self.binary(0)?);
            if !self.takes(",") && self.peek() != Token::Sign(")") {
                return Err(self.unexpected("\",\" or \")\""));
            }
        }
        Ok(arguments)
    }

    fn selector(&mut self, name: &[String]) -> Result<Expr, Mistake> {
        let at = self.next;
        let mut matchers: Vec<Matcher> = name.iter().map(|name| Matcher::named(name)).collect();
        if self.takes("{") {
            while !self.takes("}") {
                matchers.push(self.matcher()?);
                if !self.takes(",") && self.peek() != Token::Sign("}") {
                    return Err(self.unexpected("\",\" or \"}\""));
                }
            }
        }
        if matchers.iter().all(Matcher::takes_nothing) {
            self.next = at;
            return Err(self.unexpected("a metric, or a label with a value"));
        }
        Ok(Expr::Instant(Selector {
            matchers,
            ..Selector::default()
        }))
    }

    fn matcher(&mut self) -> Result<Matcher, Mistake> {
        let label = match self.peek() {
            Token::Word(label) => label,
            // A metric whose name is no plain word stands in quotes.
            Token::Text(name) => {
                self.advance();
                if !matches!(self.peek(), Token::Sign("=" | "!=" | "=~" | "!~")) {
                    return Ok(Matcher::named(&name));
                }
                self.next = self.next.saturating_sub(1);
                name
            }
            Token::Number(_) | Token::Duration(_) | Token::Sign(_) | Token::End => {
                return Err(self.unexpected("a label"));
            }
        };
        self.advance();
        let compare = match self.peek() {
            Token::Sign("=") => Compare::Is,
            Token::Sign("!=") => Compare::IsNot,
            Token::Sign("=~") => Compare::Fits,
            Token::Sign("!~") => Compare::FitsNot,
            Token::Number(_)
            | Token::Duration(_)
            | Token::Text(_)
            | Token::Word(_)
            | Token::Sign(_)
            | Token::End => {
                return Err(self.unexpected("=, !=, =~ or !~"));
            }
        };
        self.advance();
        let Token::Text(value) = self.peek() else {
            return Err(self.unexpected("a text in quotes"));
        };
        self.advance();
        Ok(Matcher {
            label,
            compare,
            value,
        })
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
