//! How far a fence takes its program: it is executed, only built, only shown, or the compiler must reject it.

use std::fmt;

/// How far a program is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It is built and executed.
    #[default]
    Run,
    /// `no_run`: it is built.
    Build,
    /// `ignore`: its source is shown, and it is not even built.
    Show,
    /// `compile_fail`: the compiler must reject it.
    Refuse(Refused),
}

/// The errors with which the compiler must reject a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The codes of the expected errors, like `E0373`: all of these and no others. Empty: any error will do.
    pub codes: Vec<String>,
}

impl Purpose {
    /// Returns whether the program is executed.
    pub fn is_run(&self) -> bool {
        *self == Purpose::Run
    }

    /// Returns whether the program has no output: neither its own nor the compiler's.
    pub fn is_silent(&self) -> bool {
        matches!(self, Purpose::Build | Purpose::Show)
    }

    /// Returns the expected errors if the compiler must reject the program.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Purpose::Refuse(refused) => Some(refused),
            Purpose::Run | Purpose::Build | Purpose::Show => None,
        }
    }

    /// Describes a program that is not executed, after its name: `is built and not executed`.
    pub fn in_words(&self) -> &'static str {
        match self {
            Purpose::Run => "is executed",
            Purpose::Build => "is built and not executed",
            Purpose::Show => "is neither built nor executed",
            Purpose::Refuse(_) => "must not compile",
        }
    }
}

impl fmt::Display for Purpose {
    /// Writes the attributes that declare the purpose: `no_run`, `compile_fail,E0373`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Purpose::Run => Ok(()),
            Purpose::Build => f.write_str("no_run"),
            Purpose::Show => f.write_str("ignore"),
            Purpose::Refuse(Refused { codes }) => {
                f.write_str("compile_fail")?;
                codes.iter().try_for_each(|code| write!(f, ",{code}"))
            }
        }
    }
}
