//! What happened in, figures without persons out: tables whose small numbers are hidden, and charts.

pub mod arrivals;
mod chart;
