//! How languages write comments and strings.

/// The tokens of a language that matter here.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    /// What begins a comment that goes on to the line's end.
    pub line: &'static [&'static str],
    /// Such a comment begins a word, and so does a string: the marks in `a#b` and `it's` begin none.
    pub at_word: bool,
    /// What encloses a comment.
    pub block: &'static [(&'static str, &'static str)],
    /// Such comments may stand in one another.
    pub nests: bool,
    /// The kinds of string; longer quotes come first.
    pub strings: &'static [Text],
    /// HTML: scripts and styles have comments of their own.
    pub embeds: bool,
    /// Rust: documentation is no comment, `'a` no string, `r#"…"#` one.
    pub rust: bool,
}

/// A kind of string.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// What it stands between.
    pub quotes: &'static str,
    /// A backslash takes the next character's meaning away.
    pub escapes: bool,
    /// It may go on to the next line.
    pub lines: bool,
    /// It may begin right behind a letter or a digit.
    pub in_word: bool,
}

impl Text {
    /// A string that ends with its line at the latest.
    pub const fn short(quotes: &'static str) -> Text {
        Text {
            quotes,
            escapes: true,
            lines: false,
            in_word: true,
        }
    }

    /// A string that may go on over lines.
    const fn long(quotes: &'static str) -> Text {
        Text {
            quotes,
            escapes: true,
            lines: true,
            in_word: true,
        }
    }

    /// A string in which a backslash is one.
    const fn literal(quotes: &'static str, lines: bool) -> Text {
        Text {
            quotes,
            escapes: false,
            lines,
            in_word: true,
        }
    }
}

/// Strings of the family of C: some have long ones, and in some `'` parts the digits of a number.
const C: &[Text] = &[
    Text::long("\"\"\""),
    Text::short("\""),
    Text {
        in_word: false,
        ..Text::short("'")
    },
];
const DOUBLE: &[Text] = &[Text::short("\"")];
const LONG_DOUBLE: &[Text] = &[Text::long("\"")];
const BOTH: &[Text] = &[Text::short("\""), Text::short("'")];
const LONG_BOTH: &[Text] = &[Text::long("\""), Text::long("'")];
const WITH_BACKTICKS: &[Text] = &[Text::short("\""), Text::short("'"), Text::long("`")];
const SHELL: &[Text] = &[Text::long("\""), Text::literal("'", true)];
const SQL: &[Text] = &[Text::literal("'", true), Text::literal("\"", true)];
const PYTHON: &[Text] = &[
    Text::long("\"\"\""),
    Text::long("'''"),
    Text::short("\""),
    Text::short("'"),
];
const TOML: &[Text] = &[
    Text::long("\"\"\""),
    Text::literal("'''", true),
    Text::short("\""),
    Text::literal("'", false),
];

const BASE: Syntax = Syntax {
    line: &[],
    at_word: false,
    block: &[],
    nests: false,
    strings: &[],
    embeds: false,
    rust: false,
};
const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];

/// The syntax of the language that an info string names; `None`: no comments are known of it.
pub fn of(language: &str) -> Option<Syntax> {
    Some(match language.to_ascii_lowercase().as_str() {
        "rust" | "rs" => Syntax {
            line: &["//"],
            block: C_BLOCK,
            nests: true,
            strings: LONG_DOUBLE,
            rust: true,
            ..BASE
        },
        "c" | "h" | "cpp" | "c++" | "cc" | "hpp" | "java" | "kotlin" | "kt" | "scala" | "swift"
        | "csharp" | "cs" | "c#" | "dart" | "objc" | "objective-c" | "zig" | "json" | "json5"
        | "jsonc" | "proto" | "protobuf" | "glsl" | "hlsl" | "wgsl" | "cuda" => Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: C,
            ..BASE
        },
        "javascript" | "js" | "jsx" | "mjs" | "typescript" | "ts" | "tsx" | "go" | "golang"
        | "groovy" => Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: WITH_BACKTICKS,
            ..BASE
        },
        "php" => Syntax {
            line: &["//", "#"],
            block: C_BLOCK,
            strings: LONG_BOTH,
            ..BASE
        },
        "css" => Syntax {
            block: C_BLOCK,
            strings: BOTH,
            ..BASE
        },
        "scss" | "sass" | "less" => Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: BOTH,
            ..BASE
        },
        "python" | "py" | "python3" | "py3" => Syntax {
            line: &["#"],
            strings: PYTHON,
            ..BASE
        },
        "toml" => Syntax {
            line: &["#"],
            strings: TOML,
            ..BASE
        },
        "sh" | "bash" | "shell" | "zsh" | "fish" | "ksh" | "console" | "shell-session"
        | "shellsession" | "bash-session" => Syntax {
            line: &["#"],
            at_word: true,
            strings: SHELL,
            ..BASE
        },
        "yaml" | "yml" => Syntax {
            line: &["#"],
            at_word: true,
            strings: SHELL,
            ..BASE
        },
        "ruby" | "rb" | "perl" | "pl" | "elixir" | "ex" | "exs" | "crystal" | "julia" | "jl"
        | "r" | "nim" | "nix" | "cmake" | "make" | "makefile" | "mk" | "just" | "justfile"
        | "tcl" | "awk" | "graphql" | "hcl" | "terraform" | "powershell" | "ps1" | "gdscript" => {
            Syntax {
                line: &["#"],
                strings: BOTH,
                ..BASE
            }
        }
        "dockerfile" | "docker" | "nginx" | "apacheconf" | "gitignore" | "properties" => Syntax {
            line: &["#"],
            at_word: true,
            strings: BOTH,
            ..BASE
        },
        "ini" | "cfg" | "dosini" => Syntax {
            line: &["#", ";"],
            at_word: true,
            ..BASE
        },
        "sql" | "mysql" | "postgresql" | "sqlite" | "plpgsql" => Syntax {
            line: &["--"],
            block: C_BLOCK,
            strings: SQL,
            ..BASE
        },
        "lua" => Syntax {
            line: &["--"],
            block: &[("--[[", "]]")],
            strings: BOTH,
            ..BASE
        },
        "haskell" | "hs" | "elm" | "purescript" | "idris" => Syntax {
            line: &["--"],
            block: &[("{-", "-}")],
            nests: true,
            strings: DOUBLE,
            ..BASE
        },
        "ada" | "vhdl" => Syntax {
            line: &["--"],
            strings: DOUBLE,
            ..BASE
        },
        "html" | "xml" | "svg" | "vue" | "svelte" | "markdown" | "md" | "xhtml" => Syntax {
            block: &[("<!--", "-->")],
            embeds: true,
            ..BASE
        },
        "lisp" | "commonlisp" | "clojure" | "clj" | "scheme" | "racket" | "elisp"
        | "emacs-lisp" => Syntax {
            line: &[";"],
            strings: LONG_DOUBLE,
            ..BASE
        },
        "nasm" | "asm" | "x86asm" => Syntax {
            line: &[";"],
            strings: BOTH,
            ..BASE
        },
        "tex" | "latex" | "matlab" | "octave" | "erlang" | "prolog" => Syntax {
            line: &["%"],
            ..BASE
        },
        "ocaml" | "ml" | "fsharp" | "fs" => Syntax {
            block: &[("(*", "*)")],
            nests: true,
            strings: LONG_DOUBLE,
            ..BASE
        },
        _ => return None,
    })
}
