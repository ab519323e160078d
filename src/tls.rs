//! The cryptography under every TLS connection: libraries leave the choice to the program.

/// Before a client is made; again it does nothing.
pub fn install() {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
}
