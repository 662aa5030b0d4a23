//! Content hashes.

use sha2::{Digest, Sha256};

/// The SHA-256 hash of bytes, in lower-case hexadecimal digits.
pub fn hash_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
