//! The process's arguments in, what they ask for out; help, and what is wrong with them, in Japanese.

use crate::diag::form::date_of;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Error, Parser};
use std::ffi::OsString;
use std::process::ExitCode;

/// The head of a page of help.
const HELP: &str = "{about-with-newline}\n書き方: {usage}\n\n{all-args}{after-help}";
/// Exit code of a command that is written wrongly.
const WRONG: u8 = 2;

/// Reads the process's arguments; help, the version or what is wrong is printed.
pub(super) fn read<T: Parser>() -> Result<T, ExitCode> {
    let arguments = asked_for_help(std::env::args_os().collect());
    let first = arguments.get(1).map(|first| first.to_string_lossy().into_owned()).unwrap_or_default();
    of(arguments).map_err(|error| {
        let told = in_japanese(&error, &first);
        if error.use_stderr() {
            err!("{}", told.trim_end());
            return ExitCode::from(WRONG);
        }
        // Whoever reads only the first lines has seen enough.
        let _ = super::say(&format!("{}\n", told.trim_end()));
        ExitCode::SUCCESS
    })
}

fn of<T: Parser>(arguments: Vec<OsString>) -> Result<T, Error> {
    let mut command = japanese(T::command()).disable_version_flag(true).arg(
        Arg::new("version")
            .short('V')
            .long("version")
            .action(ArgAction::Version)
            .help("この版の番号")
            .help_heading("指定"),
    );
    let matches = command.try_get_matches_from_mut(arguments)?;
    T::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
}

/// `otayori help review` is `otayori review --help`.
fn asked_for_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// The words that clap adds by itself.
fn japanese(command: Command) -> Command {
    command
        .help_template(HELP)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .mut_args(|arg| {
            let heading = if arg.is_positional() { "対象" } else { "指定" };
            with_values(arg).help_heading(heading)
        })
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help("この説明（--help では、よりくわしく）")
                .help_heading("指定"),
        )
        .mut_subcommands(japanese)
}

/// What can be given, and what holds if nothing is given, as part of the help.
fn with_values(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let possible = arg.get_possible_values();
    let values: Vec<String> = possible
        .iter()
        .map(|v| v.get_help().map_or_else(|| v.get_name().to_owned(), |help| format!("{}（{help}）", v.get_name())))
        .collect();
    let defaults: Vec<String> = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
    let mut more = String::new();
    if !values.is_empty() {
        more.push_str(&format!("。使えるもの: {}", values.join("、")));
    }
    if !defaults.is_empty() {
        more.push_str(&format!("（省くと {}）", defaults.join(" ")));
    }
    let (help, long) =
        (arg.get_help().map(ToString::to_string).unwrap_or_default(), arg.get_long_help().map(ToString::to_string));
    let arg = arg.help(format!("{help}{more}")).hide_default_value(true).hide_possible_values(true);
    match long {
        Some(long) => arg.long_help(format!("{long}{more}")),
        None => arg,
    }
}

/// An error of clap as an author reads it; `first` is the command that was typed.
fn in_japanese(error: &Error, first: &str) -> String {
    let rendered = error.render().to_string().replace("[OPTIONS]", "[指定]");
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return rendered;
    }
    let usage = text(error, ContextKind::Usage).replace("[OPTIONS]", "[指定]");
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let words: Vec<&str> =
        usage.split_whitespace().take_while(|w| w.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    let known = error.kind() != ErrorKind::InvalidSubcommand && first.starts_with(|c: char| c.is_ascii_lowercase());
    let command = match words.as_slice() {
        [] if known => format!("otayori {first}"),
        [] => "otayori".to_owned(),
        words => words.join(" "),
    };
    let what = what(error)
        .unwrap_or_else(|| rendered.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned());
    let written = if usage.is_empty() { String::new() } else { format!("\n書き方: {usage}") };
    format!("error: {what}{written}\nくわしくは {command} --help")
}

/// What is wrong; `None` for what authors do not meet.
fn what(error: &Error) -> Option<String> {
    let of = |kind| text(error, kind);
    let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let near =
        |kind| Some(of(kind)).filter(|s| !s.is_empty()).map(|s| format!("。「{s}」のことですか")).unwrap_or_default();
    Some(match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            format!("`{arg}` という指定はありません{}", near(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => format!("`{arg}` は余分です（ここには書けません）"),
        ErrorKind::InvalidSubcommand => format!(
            "`{}` という命令はありません{}",
            of(ContextKind::InvalidSubcommand),
            near(ContextKind::SuggestedSubcommand)
        ),
        ErrorKind::MissingRequiredArgument => format!("足りないものがあります: {arg}"),
        ErrorKind::MissingSubcommand => "どの命令かを書いてください".into(),
        ErrorKind::ArgumentConflict if of(ContextKind::PriorArg) == arg => format!("`{arg}` は1度だけ書いてください"),
        ErrorKind::ArgumentConflict => format!("`{arg}` と `{}` は、いっしょには使えません", of(ContextKind::PriorArg)),
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues if value.is_empty() => {
            format!("`{arg}` の後に、値を書いてください{}", possible(error))
        }
        ErrorKind::InvalidValue => {
            format!("`{arg}` に `{value}` は使えません{}{}", near(ContextKind::SuggestedValue), possible(error))
        }
        ErrorKind::TooManyValues => format!("`{arg}` の値が多すぎます: {value}"),
        ErrorKind::ValueValidation => format!("`{arg}` の `{value}` を読めません{}", reason(error, &arg, &value)),
        _ => return None,
    })
}

/// What could have been given.
fn possible(error: &Error) -> String {
    let all = text(error, ContextKind::ValidValue);
    if all.is_empty() { all } else { format!("。使えるもの: {all}") }
}

/// Why a value could not be read.
fn reason(error: &Error, arg: &str, value: &str) -> String {
    // Parsers of ours speak Japanese; those of dates and numbers do not.
    let source = std::error::Error::source(error).map(ToString::to_string).filter(|s| !s.is_ascii());
    let date = ["DATE>", "<D>"].iter().any(|name| arg.contains(name));
    match (source, date.then(|| date_of(value).err()).flatten()) {
        (Some(said), _) => format!("。{said}"),
        (None, Some((message, hint))) => format!("。{message}。{hint}"),
        (None, None) if date => "。2026-11-21 のように書いてください".into(),
        (None, None) => "。値の書き方が違います".into(),
    }
}

fn text(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        Some(other @ (ContextValue::Number(_) | ContextValue::Bool(_))) => other.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Otayori;
    use clap::CommandFactory as _;

    fn said(arguments: &[&str]) -> String {
        let typed = ["otayori"].iter().chain(arguments).map(OsString::from).collect();
        of::<Otayori>(asked_for_help(typed)).err().map(|e| in_japanese(&e, arguments[0])).unwrap_or_default()
    }

    #[test]
    fn mistakes_are_told_in_japanese() {
        for (arguments, words) in [
            (
                &["review", "netsu", "--bye", "natori"][..],
                "error: `--bye` という指定はありません。「--by」のことですか\n書き方: otayori review",
            ),
            (
                &["review", "netsu", "--by"],
                "error: `--by <ID>` の後に、値を書いてください\nくわしくは otayori review --help",
            ),
            (&["review", "netsu", "--on", "きのう"], "error: `--on <DATE>` の `きのう` を読めません。"),
            (
                &["review", "netsu", "--adopt", "--by", "a"],
                "error: `--adopt` と `--by <ID>` は、いっしょには使えません",
            ),
            (&["review", "netsu", "--until", "2026-12-01"], "error: 足りないものがあります: --sheet"),
            (&["check", "netsu"], "error: 足りないものがあります: --readability"),
            (
                &["check", "--format", "jsn"],
                "error: `--format <FORMAT>` に `jsn` は使えません。「json」のことですか。使えるもの: human、json",
            ),
            (&["chek"], "error: `chek` という命令はありません。「check」のことですか"),
            (&["preview", "--port", "x"], "error: `--port <N>` の `x` を読めません。値の書き方が違います"),
        ] {
            let said = said(arguments);
            assert!(said.starts_with(words), "{said}");
            for english in ["Usage", "OPTIONS", "unexpected", "required", "tip:", "For more"] {
                assert!(!said.contains(english), "{said}");
            }
        }
    }

    #[test]
    fn help_has_no_english_of_its_own() {
        japanese(Otayori::command()).debug_assert();
        for command in ["", "new", "build", "check", "review", "coverage", "preview", "flyer"] {
            let said = if command.is_empty() { said(&["help"]) } else { said(&["help", command]) };
            assert!(said.contains("書き方: otayori") && said.contains("この説明"), "{said}");
            for english in [
                "Usage",
                "Options:",
                "Arguments:",
                "Commands:",
                "[default",
                "[possible",
                "Print ",
                "OPTIONS",
                "Possible",
            ] {
                assert!(!said.contains(english), "{command}: {said}");
            }
        }
        assert!(said(&["review", "-h"]).contains("（省くと 12か月）"), "{}", said(&["review", "-h"]));
    }
}
