//! The numbers by which the kernel knows system calls and the operations of futex(2).

/// System calls.
#[cfg(target_arch = "x86_64")]
pub(crate) mod call {
    use core::ffi::c_long;

    pub(crate) const SCHED_YIELD: c_long = 24;
    pub(crate) const NANOSLEEP: c_long = 35;
    pub(crate) const GETPID: c_long = 39;
    pub(crate) const CLONE: c_long = 56;
    pub(crate) const WAIT4: c_long = 61;
    pub(crate) const KILL: c_long = 62;
    pub(crate) const SETPGID: c_long = 109;
    pub(crate) const GETPPID: c_long = 110;
    pub(crate) const SETSID: c_long = 112;
    pub(crate) const GETPGID: c_long = 121;
    pub(crate) const GETSID: c_long = 124;
    pub(crate) const GETTID: c_long = 186;
    pub(crate) const TKILL: c_long = 200;
    pub(crate) const FUTEX: c_long = 202;
    pub(crate) const SCHED_SETAFFINITY: c_long = 203;
    pub(crate) const SCHED_GETAFFINITY: c_long = 204;
    pub(crate) const CLOCK_GETTIME: c_long = 228;
    pub(crate) const CLOCK_NANOSLEEP: c_long = 230;
    pub(crate) const TGKILL: c_long = 234;
    pub(crate) const WAITID: c_long = 247;
    pub(crate) const PRLIMIT: c_long = 302;
    pub(crate) const GETRANDOM: c_long = 318;
    pub(crate) const PIDFD_SEND_SIGNAL: c_long = 424;
    pub(crate) const PIDFD_OPEN: c_long = 434;
    pub(crate) const CLONE3: c_long = 435;
    /// fork(2) and vfork(2), which other processors do by clone(2).
    pub(crate) const FORKS: [c_long; 2] = [57, 58];
    /// getpgrp(2), which other processors do by getpgid(2).
    pub(crate) const GETPGRP: c_long = 111;
}

/// System calls.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) mod call {
    use core::ffi::c_long;

    pub(crate) const WAITID: c_long = 95;
    pub(crate) const FUTEX: c_long = 98;
    pub(crate) const NANOSLEEP: c_long = 101;
    pub(crate) const CLOCK_GETTIME: c_long = 113;
    pub(crate) const CLOCK_NANOSLEEP: c_long = 115;
    pub(crate) const SCHED_SETAFFINITY: c_long = 122;
    pub(crate) const SCHED_GETAFFINITY: c_long = 123;
    pub(crate) const SCHED_YIELD: c_long = 124;
    pub(crate) const KILL: c_long = 129;
    pub(crate) const TKILL: c_long = 130;
    pub(crate) const TGKILL: c_long = 131;
    pub(crate) const SETPGID: c_long = 154;
    pub(crate) const GETPGID: c_long = 155;
    pub(crate) const GETSID: c_long = 156;
    pub(crate) const SETSID: c_long = 157;
    pub(crate) const GETPID: c_long = 172;
    pub(crate) const GETPPID: c_long = 173;
    pub(crate) const GETTID: c_long = 178;
    pub(crate) const CLONE: c_long = 220;
    pub(crate) const WAIT4: c_long = 260;
    pub(crate) const PRLIMIT: c_long = 261;
    pub(crate) const GETRANDOM: c_long = 278;
    pub(crate) const PIDFD_SEND_SIGNAL: c_long = 424;
    pub(crate) const PIDFD_OPEN: c_long = 434;
    pub(crate) const CLONE3: c_long = 435;
    pub(crate) const FORKS: [c_long; 0] = [];
    /// There is none.
    pub(crate) const GETPGRP: c_long = -1;
}

/// The operations of futex(2), and their flags.
pub(crate) mod futex {
    use core::ffi::c_long;

    pub(crate) const WAIT: c_long = 0;
    pub(crate) const WAKE: c_long = 1;
    pub(crate) const REQUEUE: c_long = 3;
    pub(crate) const CMP_REQUEUE: c_long = 4;
    pub(crate) const WAKE_OP: c_long = 5;
    pub(crate) const WAIT_BITSET: c_long = 9;
    pub(crate) const WAKE_BITSET: c_long = 10;
    /// The operation without its flags.
    pub(crate) const OPERATION: c_long = 0x7f;
    pub(crate) const PRIVATE: c_long = 128;
    pub(crate) const BY_TIME_OF_DAY: c_long = 256;
}
