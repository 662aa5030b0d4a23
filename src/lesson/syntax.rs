//! The syntax of comments and strings in each language.

/// The syntax of comments and strings in a language.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    /// The marks that begin a comment up to the end of the line.
    pub line: &'static [&'static str],
    /// Whether line comments and strings begin only at the start of a word: the marks in `a#b` and `it's` begin none.
    pub at_word: bool,
    /// The pairs of marks that enclose a block comment.
    pub block: &'static [(&'static str, &'static str)],
    /// Whether block comments nest.
    pub nests: bool,
    /// The kinds of string, those with longer quotes first.
    pub strings: &'static [StringSyntax],
    /// HTML: whether scripts and styles have comments of their own.
    pub embeds: bool,
    /// Rust: documentation is no comment, `'a` is no string, and `r#"…"#` is one.
    pub rust: bool,
}

/// The syntax of a kind of string.
#[derive(Debug, Clone, Copy)]
pub struct StringSyntax {
    /// The quotes around the string.
    pub quotes: &'static str,
    /// Whether a backslash escapes the next character.
    pub escapes: bool,
    /// Whether the string may span lines.
    pub multiline: bool,
    /// Whether the string may begin right after a letter or a digit.
    pub in_word: bool,
}

impl StringSyntax {
    /// A string on a single line, with escapes.
    pub const fn short(quotes: &'static str) -> StringSyntax {
        StringSyntax {
            quotes,
            escapes: true,
            multiline: false,
            in_word: true,
        }
    }

    /// A string that may span lines, with escapes.
    const fn long(quotes: &'static str) -> StringSyntax {
        StringSyntax {
            quotes,
            escapes: true,
            multiline: true,
            in_word: true,
        }
    }

    /// A string without escapes.
    const fn literal(quotes: &'static str, multiline: bool) -> StringSyntax {
        StringSyntax {
            quotes,
            escapes: false,
            multiline,
            in_word: true,
        }
    }
}

/// The strings of languages like C. Some have triple quotes, and in some `'` separates the digits of a number.
const C: &[StringSyntax] = &[
    StringSyntax::long("\"\"\""),
    StringSyntax::short("\""),
    StringSyntax {
        in_word: false,
        ..StringSyntax::short("'")
    },
];
const DOUBLE: &[StringSyntax] = &[StringSyntax::short("\"")];
const LONG_DOUBLE: &[StringSyntax] = &[StringSyntax::long("\"")];
const BOTH: &[StringSyntax] = &[StringSyntax::short("\""), StringSyntax::short("'")];
const LONG_BOTH: &[StringSyntax] = &[StringSyntax::long("\""), StringSyntax::long("'")];
const WITH_BACKTICKS: &[StringSyntax] = &[
    StringSyntax::short("\""),
    StringSyntax::short("'"),
    StringSyntax::long("`"),
];
const SHELL: &[StringSyntax] = &[StringSyntax::long("\""), StringSyntax::literal("'", true)];
const SQL: &[StringSyntax] = &[
    StringSyntax::literal("'", true),
    StringSyntax::literal("\"", true),
];
const PYTHON: &[StringSyntax] = &[
    StringSyntax::long("\"\"\""),
    StringSyntax::long("'''"),
    StringSyntax::short("\""),
    StringSyntax::short("'"),
];
const TOML: &[StringSyntax] = &[
    StringSyntax::long("\"\"\""),
    StringSyntax::literal("'''", true),
    StringSyntax::short("\""),
    StringSyntax::literal("'", false),
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

/// The syntax of each language, by its names in lower case, separated by spaces.
const LANGUAGES: &[(&str, Syntax)] = &[
    (
        "rust rs",
        Syntax {
            line: &["//"],
            block: C_BLOCK,
            nests: true,
            strings: LONG_DOUBLE,
            rust: true,
            ..BASE
        },
    ),
    (
        "c h cpp c++ cc hpp java kotlin kt scala swift csharp cs c# dart objc objective-c zig json json5 \
         jsonc proto protobuf glsl hlsl wgsl cuda",
        Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: C,
            ..BASE
        },
    ),
    (
        "javascript js jsx mjs typescript ts tsx go golang groovy",
        Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: WITH_BACKTICKS,
            ..BASE
        },
    ),
    (
        "php",
        Syntax {
            line: &["//", "#"],
            block: C_BLOCK,
            strings: LONG_BOTH,
            ..BASE
        },
    ),
    (
        "css",
        Syntax {
            block: C_BLOCK,
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "scss sass less",
        Syntax {
            line: &["//"],
            block: C_BLOCK,
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "python py python3 py3",
        Syntax {
            line: &["#"],
            strings: PYTHON,
            ..BASE
        },
    ),
    (
        "toml",
        Syntax {
            line: &["#"],
            strings: TOML,
            ..BASE
        },
    ),
    (
        "sh bash shell zsh fish ksh console shell-session shellsession bash-session",
        Syntax {
            line: &["#"],
            at_word: true,
            strings: SHELL,
            ..BASE
        },
    ),
    (
        "yaml yml",
        Syntax {
            line: &["#"],
            at_word: true,
            strings: SHELL,
            ..BASE
        },
    ),
    (
        "ruby rb perl pl elixir ex exs crystal julia jl r nim nix cmake make makefile mk just justfile \
         tcl awk graphql hcl terraform powershell ps1 gdscript",
        Syntax {
            line: &["#"],
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "dockerfile docker nginx apacheconf gitignore properties",
        Syntax {
            line: &["#"],
            at_word: true,
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "ini cfg dosini",
        Syntax {
            line: &["#", ";"],
            at_word: true,
            ..BASE
        },
    ),
    (
        "sql mysql postgresql sqlite plpgsql",
        Syntax {
            line: &["--"],
            block: C_BLOCK,
            strings: SQL,
            ..BASE
        },
    ),
    (
        "lua",
        Syntax {
            line: &["--"],
            block: &[("--[[", "]]")],
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "haskell hs elm purescript idris",
        Syntax {
            line: &["--"],
            block: &[("{-", "-}")],
            nests: true,
            strings: DOUBLE,
            ..BASE
        },
    ),
    (
        "ada vhdl",
        Syntax {
            line: &["--"],
            strings: DOUBLE,
            ..BASE
        },
    ),
    (
        "html xml svg vue svelte markdown md xhtml",
        Syntax {
            block: &[("<!--", "-->")],
            embeds: true,
            ..BASE
        },
    ),
    (
        "lisp commonlisp clojure clj scheme racket elisp emacs-lisp",
        Syntax {
            line: &[";"],
            strings: LONG_DOUBLE,
            ..BASE
        },
    ),
    (
        "nasm asm x86asm",
        Syntax {
            line: &[";"],
            strings: BOTH,
            ..BASE
        },
    ),
    (
        "tex latex matlab octave erlang prolog",
        Syntax {
            line: &["%"],
            ..BASE
        },
    ),
    (
        "ocaml ml fsharp fs",
        Syntax {
            block: &[("(*", "*)")],
            nests: true,
            strings: LONG_DOUBLE,
            ..BASE
        },
    ),
];

/// The syntax of the language that an info string names; `None`: the language is unknown or has no comments.
pub fn of(language: &str) -> Option<Syntax> {
    let language = language.to_ascii_lowercase();
    let found = LANGUAGES
        .iter()
        .find(|(names, _)| names.split(' ').any(|name| name == language));
    found.map(|(_, syntax)| *syntax)
}
