# Two stages: build with Rust and a C compiler, run on a base without a shell. Builds on amd64 and arm64.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# rust-toolchain.toml stays out: the image is the toolchain, and rustup downloads nothing.
COPY Cargo.toml Cargo.lock ./
# The dependencies alone, behind a program that does nothing: this layer is built again only when Cargo.lock changes.
# Cargo.toml names a test and benchmarks by their paths: they must be there, and are not built.
RUN mkdir -p src tests/torture benches/receiver benches/consumer benches/cloud && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
 && touch tests/torture/main.rs benches/receiver/main.rs benches/consumer/main.rs benches/cloud/main.rs \
 && cargo build --release --locked --bin wabridge \
 && rm -r src
COPY .env.example ./
COPY src src
# Cargo goes by time stamps: the copied sources may be older than the program that does nothing.
RUN touch src/main.rs src/lib.rs && cargo build --release --locked --bin wabridge && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Wabridge" \
      org.opencontainers.image.description="A WhatsApp Business backend: webhooks become durable, each message gets at most one reply" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /build/target/release/wabridge /wabridge
COPY LICENSE-MIT LICENSE-APACHE /licenses/
# A named volume takes its owner from here. No VOLUME: an anonymous one would hide that nothing is kept.
COPY --from=build --chown=65532:65532 /data /data
WORKDIR /data
ENV WABRIDGE_DATA_DIR=/data
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/wabridge", "health"]
ENTRYPOINT ["/wabridge"]
CMD ["serve"]
