//! Temperatures and blood pressures, each against its threshold.

use super::super::language::Language;
use super::super::thresholds::Thresholds;
use super::reader::{Number, Reader};
use super::units::Unit;

impl Reader<'_> {
    pub fn temperature(&self, n: &Number, thresholds: &Thresholds, put: &mut impl FnMut(&str, &Number)) {
        const HOT: [&str; 22] = [
            "熱",
            "ねつ",
            "fever",
            "temp",
            "therm",
            "sot",
            "nong",
            "febr",
            "烧",
            "烫",
            "体温",
            "検温",
            "degree",
            "measure",
            "axil",
            "nach",
            "tai",
            "ouvido",
            "ear",
            "高热",
            "termom",
            "はかっ",
        ];
        let name = |v: f64| {
            if v >= thresholds.fever - 1e-9 {
                "temp_hi"
            } else if v >= 36.0 {
                "temp_mild"
            } else {
                "temp_low"
            }
        };
        let degree = matches!(n.unit, Some(Unit::Degree));
        let free = n.unit.is_none() || degree;
        if (34.0..43.0).contains(&n.value) && free && (degree || (n.decimal && n.digits) || self.near(n, 14, 12, &HOT))
        {
            // 「38/90」「38,000」「38人」 are no temperatures.
            if self.letters.get(n.end).is_some_and(|c| matches!(c, '/' | ':'))
                || (n.start > 0 && matches!(self.letters[n.start - 1], '/' | ':' | '-'))
            {
                return;
            }
            put(name(n.value), n);
        } else if (7.0..10.0).contains(&n.value)
            && self.language == Language::Ja
            && degree
            && (n.decimal || self.near(n, 10, 6, &["熱", "ねつ", "台"]))
        {
            // 「熱が8度5分」
            put(name(n.value + 30.0), n);
        } else if (97.0..=107.9).contains(&n.value)
            && ((n.decimal && n.unit.is_none() && self.language == Language::En)
                || matches!(n.unit, Some(Unit::Fahrenheit))
                || (free
                    && self.near(n, 20, 14, &["fever", "temp", "therm", "burning", "rectal", "forehead", "degree"])))
        {
            put(name((n.value - 32.0) / 1.8), n);
        }
    }

    pub fn pressure(
        &self,
        n: &Number,
        next: Option<&Number>,
        thresholds: &Thresholds,
        put: &mut impl FnMut(&str, &Number),
    ) {
        let (high, low) = (f64::from(thresholds.pressure.0), f64::from(thresholds.pressure.1));
        let spoken = || {
            self.anywhere(&[
                "血圧",
                "けつあつ",
                "血压",
                "血壓",
                "高压",
                "huyet ap",
                "pressao",
                "bp",
                "blood pressure",
                "pa ",
            ])
        };
        // The second of a pair was read with the first.
        let second = n.start > 0 && matches!(self.letters[n.start - 1], '/' | 'の' | 'と' | '-');
        let joined = next.filter(|m| {
            let gap: String = self.letters[n.end.min(m.start)..m.start].iter().collect();
            matches!(
                gap.trim(),
                "/" | "の"
                    | "と"
                    | "ー"
                    | "-"
                    | "over"
                    | "por"
                    | "x"
                    | "tren"
                    | ","
                    | "下が"
                    | ",下が"
                    | "下"
                    | "上,下"
            )
        });
        match joined {
            Some(m) if (90.0..=260.0).contains(&n.value) && (40.0..=160.0).contains(&m.value) && m.value < n.value => {
                put(if n.value >= high || m.value >= low { "bp_hi" } else { "bp_ok" }, n)
            }
            // 「14 por 9」
            Some(m)
                if (9.0..=26.0).contains(&n.value)
                    && (4.0..=16.0).contains(&m.value)
                    && m.value < n.value
                    && self.language == Language::Pt
                    && spoken() =>
            {
                put(if n.value * 10.0 >= high || m.value * 10.0 >= low { "bp_hi" } else { "bp_ok" }, n);
            }
            None if (100.0..=260.0).contains(&n.value)
                && !n.decimal
                && matches!(n.unit, None | Some(Unit::Other))
                && !second
                && spoken() =>
            {
                put(if n.value >= high { "bp_hi" } else { "bp_ok" }, n)
            }
            _ => {}
        }
    }
}
