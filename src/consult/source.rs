//! Where a question began, by the link that led to the form.

use super::category::Category;
use crate::content::{Article, Library, Profession};

/// Where a question began: `article:<slug>`, `page:loss`, `letter` or nowhere; as in the column `source`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// `article:<slug>`, `page:loss`, `letter` or empty.
    pub id: String,
    /// The article's title.
    pub title: String,
    /// What it suggests.
    pub category: Option<Category>,
    /// The profession that takes questions from there.
    pub profession: Option<Profession>,
    /// It is for those who have lost somebody.
    pub loss: bool,
}

/// Topic of the articles for those who have lost somebody.
const LOSS: &str = "loss";

/// The page for them.
const LOSS_PAGE: &str = "page:loss";

impl Source {
    /// Reads `?from=`; what is not in the library is nowhere (drafts are not).
    pub fn of(from: &str, library: &Library) -> Self {
        if from == "letter" {
            return Self { id: from.into(), title: "おたより".into(), ..Self::default() };
        }
        if from == LOSS_PAGE
            && let Some(page) = library.pages.get(LOSS)
        {
            let title = page
                .versions
                .get("ja")
                .or_else(|| page.versions.values().next())
                .map_or_else(String::new, |v| v.title.clone());
            return Self { id: from.into(), title, loss: true, ..Self::default() };
        }
        let Some(article) =
            from.strip_prefix("article:").and_then(|slug| library.articles.get(slug)).filter(|a| !a.draft)
        else {
            return Self::default();
        };
        let loss = article.topics.iter().any(|t| t == LOSS);
        Self {
            id: from.into(),
            title: article
                .versions
                .get("ja")
                .or_else(|| article.versions.values().next())
                .map_or_else(String::new, |v| v.title.clone()),
            category: if loss { Some(after_a_loss(article)) } else { Category::of_article(article) },
            profession: article.ask,
            loss,
        }
    }
    /// Who answers a question of `category` from here: the article's profession, as long as the asker did not turn to
    /// another matter.
    pub fn profession(&self, category: Category) -> Profession {
        let same = self.category.is_none_or(|c| c == category);
        self.profession.filter(|_| same).unwrap_or(category.profession())
    }
}

/// What an article for those who have lost somebody suggests: her body where a midwife or a doctor answers, else how
/// she feels; never a pregnancy.
fn after_a_loss(article: &Article) -> Category {
    match article.ask {
        Some(Profession::Midwife | Profession::Obstetrician) => Category::Body,
        _ => Category::Own,
    }
}
