//! exp and ln by plain arithmetic: the same bits on every machine, so that a model trained anywhere is the same file.

const LN_2: f64 = std::f64::consts::LN_2;

/// e to the power of `x`; `x` is held within ±40.
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-40.0, 40.0);
    let n = (x / LN_2).round();
    let r = x - n * LN_2;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..=14 {
        term *= r / f64::from(k);
        sum += term;
    }
    let mut scale = 1.0;
    for _ in 0..(n.abs() as u32) {
        scale *= 2.0;
    }
    if n < 0.0 { sum / scale } else { sum * scale }
}

/// The natural logarithm of a positive, normal `x`.
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mut m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if m > std::f64::consts::SQRT_2 {
        m /= 2.0;
        exponent += 1;
    }
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    let (mut power, mut sum) = (t, 0.0);
    for k in 0..12 {
        sum += power / f64::from(2 * k + 1);
        power *= t2;
    }
    2.0 * sum + exponent as f64 * LN_2
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_the_library() {
        for n in 1..2000 {
            let x = f64::from(n) * 0.013;
            assert!((super::ln(x) - x.ln()).abs() < 1e-12, "{x}");
            let y = x - 13.0;
            assert!((super::exp(y) / y.exp() - 1.0).abs() < 1e-12, "{y}");
        }
    }
}
