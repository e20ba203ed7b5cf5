//! Passwords as Argon2id hashes. RFC 9106; the PHC string format

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};

/// What a password is compared with.
pub(super) struct Hashed {
    argon2: Argon2<'static>,
    salt: Salt,
    output: Output,
}

/// Memory to hash in, used again and again: as many pieces as there were hashes at once.
#[derive(Default)]
pub(super) struct Memory(Mutex<Vec<Vec<Block>>>);

/// What one hash may cost: KiB of memory and passes over them. Ours takes 19,456 and 2.
const MOST_MEMORY: u32 = 64 << 10;
const MOST_PASSES: u32 = 16;

/// Makes a text of a password, with a salt of its own.
///
/// # Errors
///
/// Why it cannot be made, for people.
pub(super) fn hash(password: &[u8]) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password);
    hash.map(|hash| hash.to_string()).map_err(|error| format!("cannot hash: {error}"))
}

impl Hashed {
    /// Reads such a text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let hash = PasswordHash::new(text)
            .map_err(|error| format!("not a hash that --add-user writes: {error}"))?;
        let params = Params::try_from(&hash).ok();
        let version = Version::try_from(hash.version.unwrap_or(Version::V0x10.into())).ok();
        let is_argon2id = hash.algorithm == Algorithm::Argon2id.ident();
        let (Some(params), Some(version), Some(salt), Some(output), true) =
            (params, version, hash.salt, hash.hash, is_argon2id)
        else {
            return Err("not a hash of Argon2id".to_owned());
        };
        if params.m_cost() > MOST_MEMORY || params.t_cost() > MOST_PASSES {
            return Err(format!("costs more than m={MOST_MEMORY},t={MOST_PASSES}"));
        }
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, version, params), salt, output })
    }

    /// Is it this password? That takes as long whether it is or not.
    pub(super) fn is_of(&self, password: &[u8], memory: &Memory) -> bool {
        let blocks = self.argon2.params().block_count();
        let mut piece = memory.pieces(Vec::pop).unwrap_or_default();
        if piece.len() < blocks {
            piece.resize(blocks, Block::default());
        }
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..self.output.len()).unwrap_or_default();
        let used = piece.get_mut(..blocks).unwrap_or_default();
        let hashed = self.argon2.hash_password_into_with_memory(password, &self.salt, out, used);
        memory.pieces(|pieces| pieces.push(piece));
        hashed.is_ok() && http_lite::auth::constant_time_eq(out, self.output.as_bytes())
    }
}

impl Memory {
    fn pieces<T>(&self, act: impl FnOnce(&mut Vec<Vec<Block>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the reference implementation's tests: `password` with the salt `somesalt`.
    const REFERENCE: [&str; 3] = [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
    ];

    #[test]
    fn it_is_what_the_reference_makes() {
        let memory = Memory::default();
        for text in REFERENCE {
            let hashed = Hashed::parse(text).unwrap();
            assert!(hashed.is_of(b"password", &memory), "{text}");
            assert!(!hashed.is_of(b"Password", &memory) && !hashed.is_of(b"", &memory));
        }
    }

    #[test]
    fn memory_is_used_again() {
        let memory = Memory::default();
        let hashed = Hashed::parse(&hash(b"x").unwrap()).unwrap();
        for _ in 0..3 {
            assert!(hashed.is_of(b"x", &memory));
            assert_eq!(memory.pieces(|pieces| pieces.iter().map(Vec::len).sum::<usize>()), 19456);
        }
    }
}
