//! Words of grief. All other words stand in `content/danger/`, where clinicians change them.

/// Words of somebody who has lost a child. No danger: nothing is marked and nobody is hurried, only the page speaks
/// more gently.
pub(super) const GRIEF: &str = "流産しま 流産した 流産して 流産にな 流産と言 流産でし 流産だ 流産のあと 流産後 \
    流産手術 稽留流産 死産 亡くしま 亡くした 亡くして 亡くなりま 亡くなった 亡くなって お空に お骨 天使にな 天使ママ \
    心臓が止まっていると言 動いていないと言わ あげる子がいない 掻爬 子宮外妊娠でし 胎児死亡 \
    心拍が止 心拍が確認でき 心拍がとま 心拍がなく お別れしま お別れした 人工妊娠中絶 中絶しま 中絶した miscarried \
    stillborn stillbirth mybabydied mybabyhasdied lostmybaby lostthebaby";
