//! The kinds of values that vary.

/// The kind of value in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The id of a process of this execution.
    Pid,
    /// The id of a thread of this execution, as the system numbers them.
    Tid,
    /// A duration: a number, with its unit if no space comes before the unit.
    Duration,
    /// A memory address.
    Address,
    /// A path below the program's working directory.
    Path,
    /// A time of day or a date, as in a log.
    Clock,
    /// A UUID.
    Uuid,
    /// A hash in the name of a file that Cargo or the compiler has written.
    Hash,
    /// A hexadecimal number, as a digest or a random id.
    Hex,
    /// The version of a program.
    Version,
    /// A network port.
    Port,
    /// A number of bytes with its unit.
    Size,
    /// Values in any order, as a `HashSet` has them.
    Set,
    /// An integer.
    Int,
    /// A number with a fraction.
    Number,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 15] = [
        Kind::Pid,
        Kind::Tid,
        Kind::Duration,
        Kind::Address,
        Kind::Path,
        Kind::Clock,
        Kind::Uuid,
        Kind::Hash,
        Kind::Hex,
        Kind::Version,
        Kind::Port,
        Kind::Size,
        Kind::Set,
        Kind::Int,
        Kind::Number,
    ];

    /// The kind's word in the text of a shape.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Pid => "pid",
            Kind::Tid => "tid",
            Kind::Duration => "duration",
            Kind::Address => "address",
            Kind::Path => "path",
            Kind::Clock => "clock",
            Kind::Uuid => "uuid",
            Kind::Hash => "hash",
            Kind::Hex => "hex",
            Kind::Version => "version",
            Kind::Port => "port",
            Kind::Size => "size",
            Kind::Set => "set",
            Kind::Int => "int",
            Kind::Number => "number",
        }
    }

    /// Returns whether values of this kind may be padded to fill a column.
    pub fn is_padded(self) -> bool {
        matches!(
            self,
            Kind::Pid
                | Kind::Tid
                | Kind::Duration
                | Kind::Port
                | Kind::Size
                | Kind::Int
                | Kind::Number
        )
    }
}
