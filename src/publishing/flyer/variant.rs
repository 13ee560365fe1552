//! One size and place of an order in, its finished files out, or what is wrong with it.

use super::order::Order;
use super::sheet;
use super::template::Template;
use crate::config::Config;
use crate::content::Place;
use crate::diag::Diagnostics;
use crate::paper::Code;
use crate::paper::faults::Case;
use crate::paper::picture::Picture;
use crate::paper::proof::{Demand, Faults};
use crate::paper::size::{self, Least};
use crate::paper::{Engine, Pictures};
use crate::paper::{finished, pdf};
use anyhow::Context as _;
use typst_layout::PagedDocument;

/// A size of an order at a place.
#[derive(Clone, Copy)]
pub struct Variant<'a> {
    /// What is ordered.
    pub order: &'a Order<'a>,
    /// `a5`.
    pub size: &'a str,
    /// What lays it out.
    pub template: &'a Template,
    /// Where it will lie, if it is made for a place.
    pub place: Option<&'a Place>,
}

/// What was made of a variant.
pub struct Made {
    /// Names and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// The pictures of the content folder that stand on it.
    pub pictures: Pictures,
}

/// As it will be on the screen and on paper, without a fault.
pub struct Layout {
    screen: PagedDocument,
    print: PagedDocument,
    /// The first page, if it was looked at.
    picture: Option<Picture>,
    pictures: Pictures,
}

impl<'a> Variant<'a> {
    /// Of an order: each size without a place, then for each place.
    pub fn of(order: &'a Order<'a>) -> impl Iterator<Item = Self> {
        let places = || std::iter::once(None).chain(order.flyer.places.iter().map(Some));
        order
            .sizes
            .iter()
            .flat_map(move |(size, template)| places().map(move |place| Self { order, size, template, place }))
    }

    /// `touroku-a5-nanbu`: what its files are called.
    pub fn name(&self) -> String {
        format!("{}-{}{}", self.order.flyer.id, self.size, self.tail())
    }

    /// What the files of its bare code are called. The code belongs to no size: the first size makes it.
    pub fn code_name(&self) -> Option<String> {
        let first = self.order.sizes.first().is_some_and(|(first, _)| first == self.size);
        first.then(|| format!("{}{}.qr", self.order.flyer.id, self.tail()))
    }

    fn tail(&self) -> String {
        self.place.map(|p| format!("-{}", p.code)).unwrap_or_default()
    }

    /// What its code opens.
    pub fn url(&self, config: &Config) -> String {
        config.url(&sheet::path(self.order.flyer, self.place))
    }

    /// Everything that its template is given, but for which of the two PDFs it is.
    pub fn data(&self, config: &Config) -> Result<serde_json::Value, Diagnostics> {
        sheet::data(config, self.order.flyer, &self.order.text, self.size, self.place).map_err(|e| self.theme_fault(&e))
    }

    /// A template that cannot be laid out: the designer's mistake, not the author's.
    pub fn theme_fault(&self, e: &anyhow::Error) -> Diagnostics {
        theme_fault(self.order, self.size, &self.template.name, e)
    }

    /// Sets it twice and looks at it. `look_at`: how many pages are rendered, their codes read and their inks compared.
    pub fn lay_out(&self, config: &Config, engine: &Engine, look_at: usize) -> Result<Layout, Diagnostics> {
        let Self { order, size, template, place } = *self;
        let theme_fault = |e| self.theme_fault(&e);
        let mut data = self.data(config)?;
        let what = format!("{}（{}）", size::title(size), template.name);
        let case = Case {
            config,
            file: &order.flyer.file,
            source: &order.source,
            what: &what,
            pages: template.pages,
            body_line: order.flyer.body_line,
        };
        let url = self.url(config);
        let small_print =
            format!("{} {} {} {}", data["city"], data["office"], data["hours"], place.map_or("", |p| p.name.as_str()));
        let demand =
            Demand { least: Least::of(size), written: &order.written, small_print: &small_print, url: &url, look_at };
        let (screen, mut pictures) = engine.compile_noting(&template.name, &data).map_err(theme_fault)?;
        let (faults, picture) = Faults::of(&screen, &demand);
        case.check(&faults)?;
        data["print"] = true.into();
        let (print, more) = engine.compile_noting(&template.name, &data).map_err(theme_fault)?;
        case.check(&Faults::of(&print, &demand).0)?;
        pictures.extend(more);
        Ok(Layout { screen, print, picture, pictures })
    }

    /// All its files, by name.
    pub fn make(&self, config: &Config, engine: &Engine) -> Result<Made, Diagnostics> {
        let Layout { screen, print, picture, pictures } = self.lay_out(config, engine, usize::MAX)?;
        self.files(config, &screen, &print, picture.as_ref())
            .map(|files| Made { files, pictures })
            .map_err(|e| self.theme_fault(&e))
    }

    fn files(
        &self,
        config: &Config,
        screen: &PagedDocument,
        print: &PagedDocument,
        picture: Option<&Picture>,
    ) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let (screen, print) = (self.screen_pdf(screen)?, self.print_pdf(print)?);
        let lacks: Vec<&str> =
            [&screen, &print].into_iter().flat_map(|pdf| finished::lacks(pdf)).map(finished::Lack::title).collect();
        anyhow::ensure!(lacks.is_empty(), "{}", lacks.join("、"));
        let (name, picture) = (self.name(), picture.context("ページがありません")?);
        let mut files = vec![
            (format!("{name}.screen.pdf"), screen),
            (format!("{name}.print.pdf"), print),
            (format!("{name}.png"), picture.png()?),
        ];
        if let Some(name) = self.code_name() {
            let url = self.url(config);
            let code = Code::of(&url)?;
            files.push((format!("{name}.svg"), code.svg(&url).into_bytes()));
            files.push((format!("{name}.png"), code.png()?));
        }
        Ok(files)
    }

    fn ident(&self) -> String {
        format!("otayori/{}/{}", self.name(), self.order.made)
    }

    /// For the screen.
    pub fn screen_pdf(&self, document: &PagedDocument) -> anyhow::Result<Vec<u8>> {
        pdf::screen(document, &self.ident(), self.order.made)
    }

    /// For the press.
    pub fn print_pdf(&self, document: &PagedDocument) -> anyhow::Result<Vec<u8>> {
        pdf::print(document, &format!("{}/print", self.ident()), self.order.made)
    }
}

/// As [`Variant::theme_fault`], for sheets that are no variant.
pub fn theme_fault(order: &Order<'_>, size: &str, template: &str, e: &anyhow::Error) -> Diagnostics {
    let mut problems = Diagnostics::new();
    problems.error(
        &order.flyer.file,
        order.source.key("template"),
        format!("テンプレート `{template}` を組めません（大きさ {size}）\n{e}"),
        "テーマの flyers/ を作った人に見せてください",
    );
    problems
}
