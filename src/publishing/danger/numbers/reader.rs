//! Letters in; the numbers that stand in them out, in digits or words, each with the unit behind it.

use super::super::language::Language;
use super::units::{UNITS, Unit, WORDS};

pub(super) struct Number {
    pub start: usize,
    pub end: usize,
    pub value: f64,
    pub decimal: bool,
    pub digits: bool,
    pub unit: Option<Unit>,
    /// Behind the unit.
    pub after: usize,
}

pub(super) struct Reader<'a> {
    pub letters: &'a [char],
    pub language: Language,
}

impl Reader<'_> {
    pub fn at(&self, from: usize, word: &str) -> bool {
        let rest = &self.letters[from.min(self.letters.len())..];
        let mut n = 0;
        word.chars().all(|c| {
            n += 1;
            rest.get(n - 1) == Some(&c)
        })
    }
    pub fn anywhere(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.within(0, self.letters.len(), w))
    }
    /// One of the words stands between these letters.
    pub fn within(&self, from: usize, to: usize, word: &str) -> bool {
        let to = to.min(self.letters.len());
        let first = word.chars().next();
        let len = word.chars().count();
        (from..to.saturating_sub(len - 1)).any(|n| {
            let latin = first.is_some_and(|c| c.is_ascii_alphabetic());
            Some(self.letters[n]) == first
                && !(latin && n > 0 && self.letters[n - 1].is_alphabetic())
                && self.at(n, word)
        })
    }
    pub fn near(&self, n: &Number, before: usize, after: usize, words: &[&str]) -> bool {
        words.iter().any(|w| self.within(n.start.saturating_sub(before), n.after.max(n.end) + after, w))
    }
    fn unit(&self, from: usize) -> Option<(Unit, usize)> {
        let latin = |n: usize| self.letters.get(n).is_some_and(|c| c.is_ascii_alphabetic());
        UNITS
            .iter()
            .find(|(word, _, alone)| self.at(from, word) && !(*alone && latin(from + word.chars().count())))
            .map(|(word, unit, _)| (*unit, from + word.chars().count()))
    }
    pub fn numbers(&self) -> Vec<Number> {
        let mut found = Vec::new();
        let mut n = 0;
        while n < self.letters.len() {
            let number = if self.letters[n].is_ascii_digit() { self.digits(n) } else { self.word(n) };
            match number {
                Some(number) => {
                    n = number.end.max(n + 1);
                    found.push(number);
                }
                None => n += 1,
            }
        }
        found
    }
    fn digits(&self, start: usize) -> Option<Number> {
        let digit = |n: usize| self.letters.get(n).and_then(|c| c.to_digit(10));
        let mut end = start;
        let (mut value, mut decimal) = (0.0, false);
        while let Some(d) = digit(end) {
            value = value * 10.0 + f64::from(d);
            end += 1;
        }
        if end - start > 4 {
            return Some(Number {
                start,
                end,
                value: 0.0,
                decimal: false,
                digits: true,
                unit: Some(Unit::Other),
                after: end,
            });
        }
        let gap = usize::from(self.letters.get(end + 1) == Some(&' '));
        if self.letters.get(end).is_some_and(|c| matches!(c, '.' | ',' | '·' | '・'))
            && let Some(tenth) = digit(end + 1 + gap)
            && (gap == 0 || (34.0..43.0).contains(&value))
            && digit(end + 3 + gap).is_none()
        {
            value += f64::from(tenth) / 10.0;
            decimal = true;
            end += 2 + gap;
            while digit(end).is_some() {
                end += 1;
            }
        }
        let (unit, after) = self.unit_after(end);
        if matches!(unit, Some(Unit::Degree)) && !decimal {
            // 「38度2分」「38 độ 5」
            let next = after + usize::from(self.letters.get(after) == Some(&' '));
            if let Some(tenth) = digit(next)
                && digit(next + 1).is_none()
            {
                value += f64::from(tenth) / 10.0;
                return Some(Number {
                    start,
                    end: next + 1,
                    value,
                    decimal: true,
                    digits: true,
                    unit,
                    after: next + 1,
                });
            }
        }
        Some(Number { start, end, value, decimal, digits: true, unit, after })
    }
    fn unit_after(&self, end: usize) -> (Option<Unit>, usize) {
        let skip = usize::from(self.letters.get(end).is_some_and(|c| matches!(c, ' ' | '-')));
        // 「36w5d」「34+2週」
        let plus = if self.letters.get(end) == Some(&'+') {
            self.letters[end + 1..].iter().take_while(|c| c.is_ascii_digit()).count() + 1
        } else {
            0
        };
        let skip = skip + plus + usize::from(plus > 0 && self.letters.get(end + plus) == Some(&' '));
        match self.unit(end + skip) {
            Some((unit, after)) => (Some(unit), after),
            None => (None, end),
        }
    }
    /// A number in words, if a unit follows.
    fn word(&self, start: usize) -> Option<Number> {
        let latin = !self.language.dense();
        if latin && start > 0 && self.letters[start - 1].is_alphabetic() {
            return None;
        }
        let mut at = start;
        let mut value = 0;
        let mut words = 0;
        while let Some((_, word, n)) = WORDS.iter().find(|(l, word, _)| {
            *l == self.language
                && self.at(at, word)
                && (!latin || !self.letters.get(at + word.chars().count()).is_some_and(|c| c.is_alphabetic()))
        }) {
            value = if *n == 10 && value > 0 && value < 10 { value * 10 } else { value + n };
            at += word.chars().count();
            words += 1;
            if words == 3 || !latin {
                break;
            }
            let and = if self.at(at, " e ") {
                3
            } else {
                usize::from(self.letters.get(at).is_some_and(|c| matches!(c, ' ' | '-')))
            };
            if and > 0 && WORDS.iter().any(|(l, word, _)| *l == self.language && self.at(at + and, word)) {
                at += and
            } else {
                break;
            }
        }
        if words == 0 {
            return None;
        }
        let of = if self.at(at, " of ") { 3 } else { 0 };
        let (unit, after) = self.unit_after(at + of);
        let unit = unit.filter(|u| *u != Unit::Other && (latin || matches!(u, Unit::Month | Unit::Week)))?;
        Some(Number { start, end: at, value: f64::from(value), decimal: false, digits: false, unit: Some(unit), after })
    }
}
