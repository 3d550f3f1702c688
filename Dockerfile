FROM rust:1.95.0-slim-bookworm AS build
# The image's own toolchain; the pinned file would fetch components that only development needs.
ENV RUSTUP_TOOLCHAIN=1.95.0 CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin colloquy && cp target/release/colloquy /colloquy

FROM debian:12.13-slim
# For sslmode=verify-full to the database; nothing else is installed.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /colloquy /usr/local/bin/colloquy
# Nobody's number: it owns no file and needs no entry in /etc/passwd.
USER 10001:10001
ENV COLLOQUY_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["colloquy", "ready"]
ENTRYPOINT ["colloquy"]
CMD ["serve"]
