//! Households and a `Library` in, this week's letters out (plan: pure; snapshot).
