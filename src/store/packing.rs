//! A raw body as it is stored: as it is, or compressed. The same forms in every backend.

use std::io;

use bytes::Bytes;

/// Bodies over this are compressed, and Firestore, whose documents end at 1 MiB, gets pieces of this size.
pub(super) const LARGEST_PIECE: usize = 900_000;
/// zstd's own default: 3 MB of JSON in about 10 ms, to a tenth of its size.
const LEVEL: i32 = 3;

/// The bytes to store, and how to read them again.
pub(super) struct Packed {
    /// `identity` or `zstd`.
    pub(super) encoding: &'static str,
    pub(super) body: Bytes,
}

pub(super) fn pack(body: &Bytes) -> io::Result<Packed> {
    Ok(if body.len() > LARGEST_PIECE {
        Packed { encoding: "zstd", body: Bytes::from(zstd::encode_all(&body[..], LEVEL)?) }
    } else {
        Packed { encoding: "identity", body: body.clone() }
    })
}

pub(super) fn unpack(encoding: &str, stored: Vec<u8>) -> io::Result<Bytes> {
    Ok(Bytes::from(if encoding == "zstd" { zstd::decode_all(&stored[..])? } else { stored }))
}
