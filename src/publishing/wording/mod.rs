//! Texts of a library in, what their wording asks for out: phrases that the rules for medical advertising do not want
//! (`law`), and how hard a text is to read (`readability`).

pub mod law;
pub mod readability;
