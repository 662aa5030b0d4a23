//! The numbers by which the kernel knows system calls and the operations of futex(2).

/// System calls.
#[cfg(target_arch = "x86_64")]
pub(crate) mod call {
    use core::ffi::c_long;

    pub(crate) const SCHED_YIELD: c_long = 24;
    pub(crate) const NANOSLEEP: c_long = 35;
    pub(crate) const FUTEX: c_long = 202;
    pub(crate) const CLOCK_GETTIME: c_long = 228;
    pub(crate) const CLOCK_NANOSLEEP: c_long = 230;
    pub(crate) const GETRANDOM: c_long = 318;
}

/// System calls.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) mod call {
    use core::ffi::c_long;

    pub(crate) const SCHED_YIELD: c_long = 124;
    pub(crate) const NANOSLEEP: c_long = 101;
    pub(crate) const FUTEX: c_long = 98;
    pub(crate) const CLOCK_GETTIME: c_long = 113;
    pub(crate) const CLOCK_NANOSLEEP: c_long = 115;
    pub(crate) const GETRANDOM: c_long = 278;
}

/// The operations of futex(2), and their flags.
pub(crate) mod futex {
    use core::ffi::c_long;

    pub(crate) const WAIT: c_long = 0;
    pub(crate) const WAKE: c_long = 1;
    pub(crate) const REQUEUE: c_long = 3;
    pub(crate) const CMP_REQUEUE: c_long = 4;
    pub(crate) const WAIT_BITSET: c_long = 9;
    pub(crate) const WAKE_BITSET: c_long = 10;
    /// The operation without its flags.
    pub(crate) const OPERATION: c_long = 0x7f;
    pub(crate) const PRIVATE: c_long = 128;
    pub(crate) const BY_TIME_OF_DAY: c_long = 256;
}
