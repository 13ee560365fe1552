//! An SVG path in, a curve out: a native function for the templates. A code has a thousand corners; as calls of Typst's
//! own language they took a third of the time of a flyer.

use kurbo::{BezPath, PathEl, Point};
use std::sync::LazyLock;
use typst::diag::{SourceResult, bail};
use typst::foundations::{
    Args, Content, Func, IntoValue as _, NativeElement as _, NativeFuncData, NativeFuncPtr, Packed, Reflect as _,
    Scope, Smart, Value,
};
use typst::layout::{Axes, Length, Rel};
use typst::visualize::{
    CloseMode, CurveClose, CurveComponent, CurveCubic, CurveElem, CurveLine, CurveMove, CurveQuad, Paint, Stroke,
};

static SVG_PATH: NativeFuncData = NativeFuncData {
    function: NativeFuncPtr(&|_, _, args| svg_path(args)),
    name: "svg-path",
    title: "SVG Path",
    docs: "The path of an SVG drawing (`d`) as a curve; `unit` is how long one of its units is.",
    def_site: None,
    keywords: &[],
    contextual: false,
    scope: LazyLock::new(&Scope::new),
    params: LazyLock::new(&Vec::new),
    returns: LazyLock::new(&Content::output),
};

/// Makes `svg-path(d, unit, fill: none, stroke: none)` known to every template.
pub fn define(scope: &mut Scope) {
    scope.define(SVG_PATH.name, Func::from(&SVG_PATH));
}

fn svg_path(args: &mut Args) -> SourceResult<Value> {
    let d: String = args.expect("d")?;
    let unit: Length = args.expect("unit")?;
    let fill: Option<Paint> = args.named("fill")?.flatten();
    let stroke: Option<Stroke> = args.named("stroke")?.flatten();
    match BezPath::from_svg(&d) {
        Ok(path) => Ok(curve(&path, unit, fill, stroke).into_value()),
        Err(e) => bail!(args.span, "SVG のパスとして読めません（{e}）: {}", d.chars().take(40).collect::<String>()),
    }
}

fn curve(path: &BezPath, unit: Length, fill: Option<Paint>, stroke: Option<Stroke>) -> Content {
    let at = |p: Point| Axes::new(Rel::from(unit * p.x), Rel::from(unit * p.y));
    let component = |element: &PathEl| match *element {
        PathEl::MoveTo(to) => CurveComponent::Move(Packed::new(CurveMove::new(at(to)))),
        PathEl::LineTo(to) => CurveComponent::Line(Packed::new(CurveLine::new(at(to)))),
        PathEl::QuadTo(control, to) => {
            CurveComponent::Quad(Packed::new(CurveQuad::new(Smart::Custom(Some(at(control))), at(to))))
        }
        PathEl::CurveTo(first, second, to) => CurveComponent::Cubic(Packed::new(CurveCubic::new(
            Some(Smart::Custom(at(first))),
            Some(at(second)),
            at(to),
        ))),
        PathEl::ClosePath => CurveComponent::Close(Packed::new(CurveClose::new().with_mode(CloseMode::Straight))),
    };
    CurveElem::new(path.elements().iter().map(component).collect())
        .with_fill(fill)
        .with_stroke(Smart::Custom(stroke))
        .pack()
}
