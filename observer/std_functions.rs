//! The functions of std whose place the observer takes, a line each: a macro of `prints`, a name, a descriptor, and
//! the symbol.
//!
//! The tool replaces this file by one for the std at hand. The lines here name no function of any std: with them the
//! macros are compiled and linted like everything else.

crate::prints::prints! { print 1 "transcript_observer_print" }
crate::prints::locks! { lock 1 "transcript_observer_lock" }
crate::prints::writes_all! { write_all 1 "transcript_observer_write_all" }
crate::prints::writes! { write 1 "transcript_observer_write" }
crate::prints::writes_formatted! { write_formatted 1 "transcript_observer_write_fmt" }
