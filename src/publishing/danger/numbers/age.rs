//! Days, weeks, months and years: the age of somebody who is born, or the weeks of a pregnancy.

use super::super::language::Language;
use super::super::thresholds::Thresholds;
use super::reader::{Number, Reader};
use super::units::Unit;

impl Reader<'_> {
    pub fn age(
        &self,
        n: &Number,
        pregnant: bool,
        child: bool,
        thresholds: &Thresholds,
        put: &mut impl FnMut(&str, &Number),
    ) {
        let Some(unit) = n.unit else { return };
        if unit == Unit::Year && (1.0..20.0).contains(&n.value) {
            put("age_year", n);
            return;
        }
        let days = match unit {
            Unit::Day => 1.0,
            Unit::Week => 7.0,
            Unit::Month => 30.0,
            _ => return,
        };
        let before = |words: &[&str]| words.iter().any(|w| self.within(n.start.saturating_sub(12), n.start, w));
        let after = |words: &[&str], reach: usize| words.iter().any(|w| self.within(n.after, n.after + reach, w));
        let ago = after(&["前", "ago", "truoc", "atras", "ぶり", "おき", "ごと", "straight"], 8)
            || before(&[
                "产后",
                "产後",
                "産後",
                "産后",
                "さんご",
                "postpartum",
                "sau sinh",
                "sau mo",
                "de xong",
                "parto",
                "pari",
                "parid",
                "cesarea",
                "生完",
                "剖",
                "since",
                "every",
                "每",
                "for the last",
                "past",
                "うんで",
                "産んで",
                "出産",
                "退院",
                "pp",
                "分娩",
                "顺产",
                "坐月子",
                "月子",
                "puerperio",
                "resguardo",
                "next",
                "last",
                "in ",
            ])
            || after(
                &[
                    "postpartum",
                    "post partum",
                    "pp",
                    "after birth",
                    "after my",
                    "after the",
                    "after giving",
                    "after c",
                    "after deliv",
                    "sau sinh",
                    "sau khi sinh",
                    "de parto",
                    "pos parto",
                    "pos-parto",
                    "de pos",
                    "de puer",
                    "de resguardo",
                    "since",
                    "産後",
                    "产后",
                ],
                18,
            );
        let born = before(&[
            "生後",
            "生后",
            "生まれて",
            "産まれて",
            "うまれて",
            "せいご",
            "出生",
            "刚生",
            "生下来",
            "sinh duoc",
            "de duoc",
            "so sinh",
            "nascid",
            "nasceu",
            "bebe de",
            "bebezinho de",
            "bebezinha de",
            "rn de",
            "recem",
            "baby is",
            "newborn is",
            "hes",
            "shes",
            "he is",
            "she is",
            "be duoc",
            "con duoc",
            "be moi",
            "con moi",
            "sinh moi",
            "chau duoc",
            "宝宝",
            "孩子",
            "娃",
            "女儿",
            "儿子",
            "新生儿",
            "filho de",
            "filha de",
            "menino de",
            "menina de",
            "neném de",
            "nenem de",
            "turned",
            "only",
        ]) || after(
            &[
                "old",
                "大",
                "tuoi",
                "de vida",
                "of age",
                "baby",
                "newborn",
                "infant",
                "boy",
                "girl",
                "の子",
                "の赤",
                "のあか",
                "の娘",
                "の息子",
                "の男",
                "の女",
                "のべび",
                "の乳",
                "健診",
                "宝",
                "的娃",
                "的孩",
                "的婴",
                "bebe",
                "lo ",
            ],
            7,
        );
        let pregnancy = before(&[
            "妊娠",
            "にんしん",
            "preg",
            "gravida",
            "gestante",
            "bau",
            "thai",
            "mang thai",
            "孕",
            "怀",
            "gestacao",
            "gravidez",
            "妊婦",
        ]) || after(
            &[
                "preg",
                "妊娠",
                "の妊婦",
                "孕",
                "gravida",
                "de gestacao",
                "de gravidez",
                "gestacao",
                "thai",
                "bau",
                "along",
                "gestation",
            ],
            9,
        );
        let age = match unit {
            _ if ago && !born => false,
            Unit::Day => born && n.value >= 1.0,
            Unit::Week => (born || (child && !self.span(n))) && !pregnancy,
            Unit::Month => !pregnancy && (!pregnant || born),
            _ => false,
        };
        // 「3か月半」はしきい値の後、「2か月半」は前: the half never changes a whole number's side.
        if age {
            put(
                if n.value * days < f64::from(thresholds.young_months) * 30.0 + 0.5
                    && (unit != Unit::Month || n.value < f64::from(thresholds.young_months))
                {
                    "age_lt3m"
                } else {
                    "age_ge3m"
                },
                n,
            );
            return;
        }
        let (late, term) = match unit {
            Unit::Week if (4.0..=42.9).contains(&n.value) && !ago && !born && (!self.span(n) || pregnancy) => {
                (n.value >= f64::from(super::LATE_WEEKS), n.value >= f64::from(thresholds.term_weeks))
            }
            Unit::Month if (1.0..=10.0).contains(&n.value) && !ago && (pregnancy || pregnant) => {
                (n.value >= 5.0, n.value >= if self.language == Language::Ja { 10.0 } else { 9.0 })
            }
            _ => return,
        };
        put("gest_any", n);
        put(if term { "gest_term" } else { "gest_pre37" }, n);
        if late {
            put("gest_late", n);
        }
    }
    /// 「2週間」: how long, not how old.
    fn span(&self, n: &Number) -> bool {
        self.at(n.after.saturating_sub(1), "間") || self.at(n.after.saturating_sub(2), "かん")
    }
}
